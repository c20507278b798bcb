/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/detect.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/limits.h"
#include "keyfile/format.h"
#include "x509/der.h"
#include "x509/pem.h"

/* Bytes of a base64 text that are decoded to see what it is a copy of. */
#define PROBE 48

#define NEEDED                                                                 \
    "A keystore file (PKCS#12, JCEKS, JKS or PEM) with the private key is "    \
    "needed."
#define NO_KEY "It does not hold the private key. " NEEDED

#define IS_CERT   "This is a certificate without its private key. " NEEDED
#define IS_CSR    "This is a certificate signing request (CSR). " NO_KEY
#define IS_PKCS7  "This is a PKCS#7 bag of certificates. " NO_KEY
#define IS_PUBLIC "This is a public key. " NO_KEY
#define IS_JAVA_PROVIDER(name)                                                 \
    "This is a " name                                                          \
    " keystore of Bouncy Castle, which is not read. Convert "                  \
    "it with `keytool -importkeystore -srcstoretype " name                     \
    " -deststoretype PKCS12` and Bouncy Castle's provider."
#define IS_SSH(program)                                                        \
    "This is an SSH key in the format of " program ". A server certificate "   \
    "with its private key is needed; the key alone is converted with "
#define IS_KEY                                                                 \
    "This is a private key without its certificate. Put key and certificate "  \
    "into one PEM or PKCS#12 file."

#define IS_ZIP                                                                 \
    "This is a zip archive (a .jar or .package is one, too). Unpack it and "   \
    "import the keystore file inside."
#define IS_UTF16 "This is a text in UTF-16. Save it as UTF-8 or plain text."

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
 * may be indefinite. No other type of file begins with version 3. */
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

static int is_private_key(const unsigned char *data, apr_size_t len)
{
    const unsigned char *end = data;
    EVP_PKEY *pkey;

    if (vso_der_is(ASN1_ITEM_rptr(X509_SIG), data, len)) {
        return 1;
    }
    pkey = d2i_AutoPrivateKey(NULL, &end, (long)len);
    EVP_PKEY_free(pkey);
    return pkey != NULL;
}

/** BCFKS: SEQUENCE { EncryptedObjectStoreData, integrity check }; the first
 * is built like an encrypted private key. */
static int is_bcfks(const unsigned char *data, apr_size_t len)
{
    const unsigned char *at = data;
    X509_SIG *sealed;
    long inside;
    int tag;
    int class;

    if (ASN1_get_object(&at, &inside, &tag, &class, (long)len) !=
            V_ASN1_CONSTRUCTED ||
        tag != V_ASN1_SEQUENCE || at + inside != data + len) {
        return 0;
    }
    sealed = d2i_X509_SIG(NULL, &at, inside);
    X509_SIG_free(sealed);
    return sealed && at < data + len &&
           (*at == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) || *at == 0xA0);
}

static const char *der_mistake(const unsigned char *data, apr_size_t len,
                               apr_pool_t *p)
{
    if (vso_der_size(data, len) > len) {
        return apr_psprintf(p,
                            "The file begins like ASN.1 (PKCS#12, a "
                            "certificate) and is cut short: %" APR_SIZE_T_FMT
                            " of %" APR_SIZE_T_FMT
                            " bytes are there. Fetch it again.",
                            len, vso_der_size(data, len));
    }
    if (vso_der_is(ASN1_ITEM_rptr(X509), data, len)) {
        return IS_CERT;
    }
    if (vso_der_is(ASN1_ITEM_rptr(X509_REQ), data, len)) {
        return IS_CSR;
    }
    if (vso_der_is(ASN1_ITEM_rptr(PKCS7), data, len)) {
        return IS_PKCS7;
    }
    if (vso_der_is(ASN1_ITEM_rptr(X509_PUBKEY), data, len)) {
        return IS_PUBLIC;
    }
    if (is_private_key(data, len)) {
        return IS_KEY;
    }
    if (is_bcfks(data, len)) {
        return IS_JAVA_PROVIDER("BCFKS");
    }
    return "The file begins like ASN.1 (PKCS#12, a certificate) but is none "
           "that is known; it may be damaged. Export it again.";
}

/** What blocks are that hold no private key that is read, the most telling
 * first. */
static const struct {
    const char *label;
    const char *mistake;
} labels[] = {
    {"OPENSSH PRIVATE KEY",
     IS_SSH("OpenSSH") "`ssh-keygen -p -m PEM -f FILE`."},
    {"PRIVATE KEY",
     "This is a private key in a form that is not read. Convert it with "
     "`openssl pkcs8 -topk8` and put its certificate into the same file."},
    {"PGP ", "This is a PGP file. A server certificate with its private key "
             "is needed."},
    {"CERTIFICATE REQUEST", IS_CSR},
    {"PKCS7", IS_PKCS7},
    {"CMS", IS_PKCS7},
    {"TRUSTED CERTIFICATE",
     "This is a certificate in OpenSSL's own \"trusted\" form. " NO_KEY},
    {"CERTIFICATE", IS_CERT},
    {"PUBLIC KEY", IS_PUBLIC},
    {"", "This is a PEM file with neither a private key nor a certificate. "
         "Export key and certificate again."},
};

/** PEM: one with a private key that is read, or with what else, or none. */
static vso_detect_e detect_pem(const unsigned char *data, apr_size_t len,
                               const char **pmistake, apr_pool_t *p)
{
    vso_pem_reader_t reader = vso_pem_open((const char *)data, len, p);
    apr_size_t best = sizeof(labels) / sizeof(*labels);
    vso_pem_block_t block;
    int n;

    for (n = 0; n <= VSO_MAX_PEM_BLOCKS && vso_pem_next(&reader, &block, p);
         n++) {
        apr_size_t i = 0;

        if (vso_format_key_row(block.label) >= 0 ||
            !strcmp(block.label, VSO_PEM_PKCS12)) {
            return VSO_DETECT_PEM;
        }
        while (!strstr(block.label, labels[i].label)) {
            i++;
        }
        best = i < best ? i : best;
    }
    if (n > 0) {
        *pmistake = labels[best].mistake;
    }
    return VSO_DETECT_MISTAKE;
}

/** Decode the first bytes of a base64 text. @return how many; 0: it is none */
static apr_size_t decode_probe(const unsigned char *data, apr_size_t len,
                               unsigned char *raw)
{
    unsigned char text[PROBE];
    apr_size_t n = 0;
    apr_size_t i;
    int got;

    for (i = 0; i < len && n < PROBE; i++) {
        if (!apr_isspace(data[i])) {
            text[n++] = data[i];
        }
    }
    got = EVP_DecodeBlock(raw, text, (int)(n - n % 4));
    return got < 8 ? 0 : (apr_size_t)got;
}

/** What a file is whose first bytes these are; NULL: nothing that is known. */
static const char *beginning(const unsigned char *data, apr_size_t len,
                             apr_pool_t *p)
{
    static const char *const kinds[] = {
        [VSO_DETECT_PKCS12] = "PKCS#12 keystore",
        [VSO_DETECT_JKS] = "JKS keystore",
        [VSO_DETECT_JCEKS] = "JCEKS keystore",
        [VSO_DETECT_PEM] = "PEM file",
    };
    const char *ignored = NULL;
    vso_detect_e kind = vso_detect(data, len, &ignored, p);

    if (kind != VSO_DETECT_MISTAKE) {
        return kinds[kind];
    }
    if (STARTS("-----BEGIN ")) {
        return "PEM file";
    }
    return data[0] == 0x30 && data[1] & 0x80 ? "binary file" : NULL;
}

/** What a base64 text is a copy of, or NULL when it is no such text. */
static const char *base64_mistake(const unsigned char *data, apr_size_t len,
                                  apr_pool_t *p)
{
    unsigned char raw[PROBE];
    apr_size_t raw_len = decode_probe(data, len, raw);
    const char *inside = raw_len ? beginning(raw, raw_len, p) : NULL;

    if (!inside) {
        return NULL;
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
    if (starts_with(data + i, len - i, "PuTTY-User-Key-File-", 20)) {
        return IS_SSH("PuTTY") "PuTTYgen (Conversions, Export OpenSSH key, "
                               "then `ssh-keygen -p -m PEM -f FILE`).";
    }
    if (contains(data, len, "kind: Secret") ||
        contains(data, len, "\"kind\": \"Secret\"")) {
        return "This is a Kubernetes Secret without a private key in PEM. One "
               "with tls.key and tls.crt is read.";
    }
    if (i < len && (data[i] == '{' || data[i] == '[')) {
        return "This is a JSON document without a private key in PEM. A "
               "document whose values are PEM is read (of Vault: with "
               "format=pem).";
    }
    return NULL;
}

/** BKS and UBER of Bouncy Castle: version 1 or 2, salt of 20 bytes, a count;
 * in BKS entries follow in the clear. */
static const char *bouncy_mistake(const unsigned char *data, apr_size_t len)
{
    const apr_size_t head = 4 + 4 + 20 + 4;

    if (len <= head + 3 || memcmp(data, "\0\0\0", 3) || data[3] < 1 ||
        data[3] > 2 || memcmp(data + 4, "\0\0\0\x14", 4) ||
        memcmp(data + head - 4, "\0\0", 2)) {
        return NULL;
    }
    return data[head] <= 4 && data[head + 1] == 0 ? IS_JAVA_PROVIDER("BKS")
                                                  : IS_JAVA_PROVIDER("UBER");
}

/** What binary files begin with. */
static const struct {
    const char *mark;
    apr_size_t len;
    const char *mistake;
} marks[] = {
    {"PK\x03\x04", 4, IS_ZIP},
    {"PK\x05\x06", 4, IS_ZIP},
    {"\xFF\xFE", 2, IS_UTF16},
    {"\xFE\xFF", 2, IS_UTF16},
    {"\x1E\xF1\xB5\xB0", 4,
     "This is a PVK file of Microsoft, a private key without its certificate. "
     "Convert it with `openssl rsa -inform PVK` and put the certificate into "
     "the same file."},
    {"SQLite format 3", 15,
     "This is a database of SQLite; NSS keeps certificates in such. Export "
     "key and certificate with `pk12util -o`."},
};

static const char *binary_mistake(const unsigned char *data, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        if (starts_with(data, len, marks[i].mark, marks[i].len)) {
            return marks[i].mistake;
        }
    }
    return bouncy_mistake(data, len);
}

static const char *mistake(const unsigned char *data, apr_size_t len,
                           apr_pool_t *p)
{
    const char *text;

    if (len == 0) {
        return "The file is empty.";
    }
    /* SEQUENCE of 128 bytes and more, or of all the rest; else a digit 0 */
    if (len > 1 && data[0] == 0x30 && (data[1] & 0x80 || data[1] == len - 2)) {
        return der_mistake(data, len, p);
    }
    text = binary_mistake(data, len);
    if (!text) {
        text = text_mistake(data, len);
    }
    if (!text) {
        text = base64_mistake(data, len, p);
    }
    return text ? text
                : "This is no keystore file that is known: PKCS#12, JCEKS, "
                  "JKS and PEM with a private key are.";
}

/** 1 for what must not be searched for PEM: DER may hold a text like it. */
static int is_binary(const unsigned char *data, apr_size_t len)
{
    return vso_der_begins((const char *)data, len) ||
           binary_mistake(data, len) != NULL;
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
    *pmistake = NULL;
    if (!is_binary(data, len) &&
        detect_pem(data, len, pmistake, p) == VSO_DETECT_PEM) {
        return VSO_DETECT_PEM;
    }
    if (!*pmistake) {
        *pmistake = mistake(data, len, p);
    }
    ERR_clear_error();
    return VSO_DETECT_MISTAKE;
}
