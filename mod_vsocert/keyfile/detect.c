/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/detect.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

/* Bytes of a base64 text that are decoded to see what it is a copy of. */
#define PROBE 48

#define NO_KEY                                                                 \
    "It does not hold the private key; a keystore file (PKCS#12, JCEKS, JKS "  \
    "or PEM) with the private key is needed."

#define IS_CERT   "This is a certificate without its private key. " NO_KEY
#define IS_CSR    "This is a certificate signing request (CSR). " NO_KEY
#define IS_PKCS7  "This is a PKCS#7 bag of certificates. " NO_KEY
#define IS_PUBLIC "This is a public key. " NO_KEY
#define IS_KEY                                                                 \
    "This is a private key without its certificate. Put key and certificate "  \
    "into one PEM or PKCS#12 file."

static int starts_with(const unsigned char *data, apr_size_t len,
                       const char *text, apr_size_t text_len)
{
    return len >= text_len && !memcmp(data, text, text_len);
}

#define STARTS(text) starts_with(data, len, text, sizeof(text) - 1)

/** Find text, case as given. */
static int contains(const unsigned char *data, apr_size_t len, const char *text)
{
    apr_size_t n = strlen(text);
    const unsigned char *end = data + len;
    const unsigned char *s = data;

    while (len >= n && (s = memchr(s, *text, (apr_size_t)(end - s))) &&
           (apr_size_t)(end - s) >= n) {
        if (!memcmp(s, text, n)) {
            return 1;
        }
        s++;
    }
    return 0;
}

/** PFX begins with SEQUENCE { INTEGER 3, SEQUENCE (RFC 7292, 4); the length
 * may be indefinite. No other type that is met here has version 3 in front. */
static int is_pkcs12(const unsigned char *data, apr_size_t len)
{
    apr_size_t skip;

    if (len < 2 || data[0] != 0x30) {
        return 0;
    }
    skip = data[1] <= 0x80 ? 2u : 2u + (data[1] & 0x7Fu);
    return len > skip &&
           starts_with(data + skip, len - skip, "\x02\x01\x03\x30", 4);
}

/** 1 when the ASN.1 type fills the data completely. */
static int is_asn1(const ASN1_ITEM *item, const unsigned char *data,
                   apr_size_t len)
{
    const unsigned char *end = data;
    ASN1_VALUE *value = ASN1_item_d2i(NULL, &end, (long)len, item);

    ASN1_item_free(value, item);
    return value && end == data + len;
}

static int is_private_key(const unsigned char *data, apr_size_t len)
{
    const unsigned char *end = data;
    EVP_PKEY *pkey;

    if (is_asn1(ASN1_ITEM_rptr(X509_SIG), data, len)) {
        return 1;
    }
    pkey = d2i_AutoPrivateKey(NULL, &end, (long)len);
    EVP_PKEY_free(pkey);
    return pkey != NULL;
}

static const char *der_mistake(const unsigned char *data, apr_size_t len)
{
    if (is_asn1(ASN1_ITEM_rptr(X509), data, len)) {
        return IS_CERT;
    }
    if (is_asn1(ASN1_ITEM_rptr(X509_REQ), data, len)) {
        return IS_CSR;
    }
    if (is_asn1(ASN1_ITEM_rptr(PKCS7), data, len)) {
        return IS_PKCS7;
    }
    if (is_asn1(ASN1_ITEM_rptr(X509_PUBKEY), data, len)) {
        return IS_PUBLIC;
    }
    if (is_private_key(data, len)) {
        return IS_KEY;
    }
    return "The file begins like ASN.1 (PKCS#12, a certificate) but is none "
           "that is known; it may be cut short or damaged. Export it again.";
}

/** PEM without a private key that could be read. */
static const char *pem_mistake(const unsigned char *data, apr_size_t len)
{
    static const struct {
        const char *label;
        const char *mistake;
    } labels[] = {
        {"-----BEGIN OPENSSH PRIVATE KEY-----",
         "This is an SSH key in OpenSSH's own format. A server certificate "
         "with its private key is needed."},
        {"-----BEGIN PGP ", "This is a PGP file. A server certificate with "
                            "its private key is needed."},
        {"CERTIFICATE REQUEST-----", IS_CSR},
        {"-----BEGIN PKCS7-----", IS_PKCS7},
        {"-----BEGIN CMS-----", IS_PKCS7},
        {"CERTIFICATE-----", IS_CERT},
        {"PUBLIC KEY-----", IS_PUBLIC},
    };
    apr_size_t i;

    for (i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
        if (contains(data, len, labels[i].label)) {
            return labels[i].mistake;
        }
    }
    return "This is a PEM file with neither a private key nor a certificate. "
           "Export key and certificate again.";
}

/** What a base64 text is a copy of, or NULL when it is no such text. */
static const char *base64_mistake(const unsigned char *data, apr_size_t len,
                                  apr_pool_t *p)
{
    unsigned char text[PROBE];
    unsigned char raw[PROBE];
    const char *inside = NULL;
    apr_size_t n = 0;
    apr_size_t i;
    int got;

    for (i = 0; i < len && n < PROBE; i++) {
        if (!apr_isspace(data[i])) {
            text[n++] = data[i];
        }
    }
    n -= n % 4;
    got = n ? EVP_DecodeBlock(raw, text, (int)n) : -1;
    if (got < 8) {
        return NULL;
    }
    switch (vso_detect(raw, (apr_size_t)got, &inside, p)) {
    case VSO_DETECT_PKCS12:
        inside = "PKCS#12 keystore";
        break;
    case VSO_DETECT_JKS:
        inside = "JKS keystore";
        break;
    case VSO_DETECT_JCEKS:
        inside = "JCEKS keystore";
        break;
    case VSO_DETECT_PEM:
        inside = "PEM file";
        break;
    case VSO_DETECT_MISTAKE:
        if (starts_with(raw, (apr_size_t)got, "-----BEGIN ", 11)) {
            inside = "PEM file";
        }
        else if (raw[0] == 0x30 && raw[1] & 0x80) {
            inside = "binary file";
        }
        else {
            return NULL;
        }
    }
    return apr_psprintf(p,
                        "This is a base64 copy of a %s. Decode it (`base64 "
                        "-d`) and import the result.",
                        inside);
}

/** Text that is neither PEM nor base64. */
static const char *text_mistake(const unsigned char *data, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len && apr_isspace(data[i]); i++) {
    }
    if (i < len && data[i] == '<') {
        return "This is a page of HTML or XML, perhaps an error page that was "
               "saved instead of the download. Fetch the keystore file again.";
    }
    return NULL;
}

static const char *mistake(const unsigned char *data, apr_size_t len,
                           apr_pool_t *p)
{
    const char *text;

    if (len == 0) {
        return "The file is empty.";
    }
    if (STARTS("PK\x03\x04") || STARTS("PK\x05\x06")) {
        return "This is a zip archive (a .jar or .package is one, too). "
               "Unpack it and import the keystore file inside.";
    }
    if (STARTS("\xFF\xFE") || STARTS("\xFE\xFF")) {
        return "This is a text in UTF-16. Save it as UTF-8 or plain text.";
    }
    /* SEQUENCE of 128 bytes and more, or of all the rest; else a digit 0 */
    if (len > 1 && data[0] == 0x30 && (data[1] & 0x80 || data[1] == len - 2)) {
        return der_mistake(data, len);
    }
    if (contains(data, len, "-----BEGIN ")) {
        return pem_mistake(data, len);
    }
    text = text_mistake(data, len);
    if (!text) {
        text = base64_mistake(data, len, p);
    }
    return text ? text
                : "This is no keystore file that is known: PKCS#12, JCEKS, "
                  "JKS and PEM with a private key are.";
}

/** A private key in PEM whose reader we have. */
static int is_pem(const unsigned char *data, apr_size_t len)
{
    return contains(data, len, "-----BEGIN PRIVATE KEY-----") ||
           contains(data, len, "-----BEGIN ENCRYPTED PRIVATE KEY-----") ||
           contains(data, len, "-----BEGIN RSA PRIVATE KEY-----") ||
           contains(data, len, "-----BEGIN EC PRIVATE KEY-----") ||
           contains(data, len, "-----BEGIN DSA PRIVATE KEY-----");
}

vso_detect_e vso_detect(const unsigned char *data, apr_size_t len,
                        const char **pmistake, apr_pool_t *p)
{
    if (STARTS("\xFE\xED\xFE\xED")) {
        return VSO_DETECT_JKS;
    }
    if (STARTS("\xCE\xCE\xCE\xCE")) {
        return VSO_DETECT_JCEKS;
    }
    if (is_pkcs12(data, len)) {
        return VSO_DETECT_PKCS12;
    }
    if (is_pem(data, len)) {
        return VSO_DETECT_PEM;
    }
    *pmistake = mistake(data, len, p);
    ERR_clear_error();
    return VSO_DETECT_MISTAKE;
}
