/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/reply.h"

#include <string.h>

#include <apr_lib.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "base/base64.h"
#include "base/limits.h"
#include "x509/cert.h"
#include "x509/key.h"
#include "x509/ossl.h"
#include "x509/pem.h"

/** Labels of PEM blocks that are no certificates, and what they are. */
static const struct {
    const char *label;
    const char *what;
} mistakes[] = {
    {"CERTIFICATE REQUEST",
     "a certificate signing request, not the CA's reply to it"},
    {"NEW CERTIFICATE REQUEST",
     "a certificate signing request, not the CA's reply to it"},
    {"PRIVATE KEY", "a private key: keep it to yourself"},
    {"ENCRYPTED PRIVATE KEY",
     "a private key: import it with its certificate as a keystore file"},
    {"RSA PRIVATE KEY", "a private key: keep it to yourself"},
    {"EC PRIVATE KEY", "a private key: keep it to yourself"},
    {"PUBLIC KEY", "a public key without a certificate"},
    {"X509 CRL", "a revocation list"},
    {"TRUSTED CERTIFICATE",
     "a certificate in OpenSSL's own \"trusted\" form: convert it with "
     "openssl x509"},
};

/** Files in DER that are no replies. */
static const struct {
    ASN1_ITEM_EXP *item;
    const char *what;
} files[] = {
    {ASN1_ITEM_ref(X509_REQ),
     "a certificate signing request, not the CA's reply to it"},
    {ASN1_ITEM_ref(X509_CRL), "a revocation list"},
    {ASN1_ITEM_ref(PKCS12), "a PKCS#12 keystore: import it as a keystore file"},
    {ASN1_ITEM_ref(X509_SIG),
     "a private key: import it with its certificate as a keystore file"},
    {ASN1_ITEM_ref(X509_PUBKEY), "a public key without a certificate"},
};

/** How files begin that are no replies. */
static const struct {
    const char *mark;
    const char *what;
} starts[] = {
    {"<", "a page of HTML or XML, not the certificate itself"},
    {"\xEF\xBB\xBF<", "a page of HTML or XML, not the certificate itself"},
    {"\xFE\xED\xFE\xED", "a Java keystore: import it as a keystore file"},
    {"\xCE\xCE\xCE\xCE", "a Java keystore: import it as a keystore file"},
    {"PK\x03\x04", "a zip archive: unpack it and send what is in it"},
    {"\xFF\xFE", "text in UTF-16 (\"Unicode\"): save it as ASCII or UTF-8"},
    {"\xFE\xFF", "text in UTF-16 (\"Unicode\"): save it as ASCII or UTF-8"},
};

#define WANTED "a CA's reply is one or more certificates as PEM, DER or PKCS#7."

static apr_status_t add(apr_array_header_t *certs, X509 *cert,
                        vso_result_t *res)
{
    int i;

    for (i = 0; i < certs->nelts; i++) {
        if (!X509_cmp(APR_ARRAY_IDX(certs, i, X509 *), cert)) {
            return APR_SUCCESS;
        }
    }
    if (certs->nelts == VSO_MAX_CERTS_IN_FILE) {
        return vso_fail(res, VSO_P_TOO_LARGE, "reply",
                        "The reply holds more than %d certificates.",
                        VSO_MAX_CERTS_IN_FILE);
    }
    APR_ARRAY_PUSH(certs, X509 *) = cert;
    return APR_SUCCESS;
}

/** Take a certificate of a reply. The number says which one is damaged. */
static apr_status_t take_cert(const unsigned char *der, apr_size_t len,
                              const char *what, int number,
                              apr_array_header_t *certs, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_result_t *inner = vso_result_create(p);
    X509 *cert;

    if (vso_cert_parse((const char *)der, len, &cert, inner, p) !=
        APR_SUCCESS) {
        return vso_fail(res, inner->problem, "reply", "%s %d: %s", what, number,
                        inner->detail);
    }
    return add(certs, cert, res);
}

/** Take the certificates of a bag, each read as strictly as one alone. */
static apr_status_t take_all(STACK_OF(X509) * bag, apr_array_header_t *certs,
                             vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    if (sk_X509_num(bag) <= 0) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                        "The PKCS#7 file holds no certificates.");
    }
    for (i = 0; rv == APR_SUCCESS && i < sk_X509_num(bag); i++) {
        unsigned char *der = NULL;
        int len = i2d_X509(sk_X509_value(bag, i), &der);

        rv = take_cert(der, len > 0 ? (apr_size_t)len : 0,
                       "Certificate in the PKCS#7 file, number", i + 1, certs,
                       res, p);
        OPENSSL_free(der);
    }
    return rv;
}

/** Take the certificates of SignedData without looking at any signature: a
 * bag is not signed (RFC 5652, 5.1; RFC 2315, 9). */
static apr_status_t take_bag(const unsigned char *der, apr_size_t len,
                             apr_array_header_t *certs, vso_result_t *res,
                             apr_pool_t *p)
{
    const unsigned char *at = der;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
    STACK_OF(X509) *bag = NULL;
    apr_status_t rv;

    if (!cms || at != der + len) {
        rv = vso_fail(res, VSO_P_DAMAGED, "reply",
                      "The PKCS#7 file does not parse, or bytes follow its "
                      "end.");
        goto leave;
    }
    bag = CMS_get1_certs(cms);
    rv = take_all(bag, certs, res, p);
leave:
    sk_X509_pop_free(bag, X509_free);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return rv;
}

/** 1 when the bytes are, from first to last, what the item describes. */
static int is_item(const unsigned char *der, apr_size_t len,
                   const ASN1_ITEM *item)
{
    const unsigned char *at = der;
    ASN1_VALUE *value = ASN1_item_d2i(NULL, &at, (long)len, item);
    int is = value && at == der + len;

    ASN1_item_free(value, item);
    ERR_clear_error();
    return is;
}

/** What the bytes are that is no reply, or NULL. */
static const char *mistake_of(const unsigned char *der, apr_size_t len)
{
    const unsigned char *at = der;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &at, (long)len);
    apr_size_t i;

    ERR_clear_error();
    if (pkey) {
        EVP_PKEY_free(pkey);
        return "a private key: keep it to yourself";
    }

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (is_item(der, len, ASN1_ITEM_ptr(files[i].item))) {
            return files[i].what;
        }
    }
    return NULL;
}

static apr_status_t refuse_label(const char *label, vso_result_t *res)
{
    apr_size_t i;

    for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        if (!strcmp(label, mistakes[i].label)) {
            return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                            "This is %s.", mistakes[i].what);
        }
    }
    return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                    "The PEM block \"%.64s\" is no certificate.", label);
}

static int is_bag_label(const char *label)
{
    return !strcmp(label, "PKCS7") || !strcmp(label, "CMS");
}

static int is_cert_label(const char *label)
{
    return !strcmp(label, "CERTIFICATE") || !strcmp(label, "X509 CERTIFICATE");
}

/** 1 when a block must not be passed over: a key that was given away, or a
 * certificate in a form that is not read. */
static int is_fatal_label(const char *label)
{
    return strstr(label, "PRIVATE KEY") ||
           !strcmp(label, "TRUSTED CERTIFICATE");
}

static apr_status_t take_block(const vso_pem_block_t *block, int number,
                               apr_array_header_t *certs, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_secret_t *der;

    if (!block->body || vso_base64_decode(block->body, block->body_len, &der,
                                          p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DAMAGED, "reply",
                        "PEM block %d has no END line or is not base64: was "
                        "it cut when it was copied?",
                        number);
    }
    /* Windows labels a bag CERTIFICATE */
    if (is_bag_label(block->label) ||
        is_item(der->data, der->len, ASN1_ITEM_rptr(CMS_ContentInfo))) {
        return take_bag(der->data, der->len, certs, res, p);
    }
    return take_cert(der->data, der->len, "PEM block", number, certs, res, p);
}

/** DER: one certificate, a bag of them, or a mistake. */
static apr_status_t take_der(const unsigned char *der, apr_size_t len,
                             apr_array_header_t *certs, vso_result_t *res,
                             apr_pool_t *p)
{
    const char *mistake;

    if (is_item(der, len, ASN1_ITEM_rptr(CMS_ContentInfo))) {
        return take_bag(der, len, certs, res, p);
    }
    mistake = mistake_of(der, len);
    if (mistake) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply", "This is %s.",
                        mistake);
    }
    return take_cert(der, len, "Certificate", 1, certs, res, p);
}

/** Neither PEM nor DER: base64 without its armour, or a mistake. */
static apr_status_t take_other(const char *data, apr_size_t len,
                               apr_array_header_t *certs, vso_result_t *res,
                               apr_pool_t *p)
{
    const char *start = data;
    const char *end = data + len;
    vso_secret_t *der;
    apr_size_t i;

    while (start < end && apr_isspace(*start)) {
        start++;
    }
    if (start == end) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                        "The reply is empty: " WANTED);
    }
    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        apr_size_t mark_len = strlen(starts[i].mark);

        if ((apr_size_t)(end - start) >= mark_len &&
            !memcmp(start, starts[i].mark, mark_len)) {
            return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                            "This is %s.", starts[i].what);
        }
    }
    if (vso_base64_decode(data, len, &der, p) == APR_SUCCESS &&
        vso_pem_is_der((const char *)der->data, der->len)) {
        return take_der(der->data, der->len, certs, res, p);
    }
    return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                    "There is no certificate in it: " WANTED);
}

/** PEM: certificates and bags; a CSR that the CA sends back with them, or a
 * revocation list, is passed over. */
static apr_status_t take_text(const char *data, apr_size_t len,
                              apr_array_header_t *certs, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_pem_reader_t reader = {data, data + len};
    apr_status_t rv = APR_SUCCESS;
    const char *passed = NULL;
    vso_pem_block_t block;
    int number = 0;

    while (rv == APR_SUCCESS && vso_pem_next(&reader, &block, p)) {
        number++;
        if (is_cert_label(block.label) || is_bag_label(block.label)) {
            rv = take_block(&block, number, certs, res, p);
        }
        else if (is_fatal_label(block.label)) {
            rv = refuse_label(block.label, res);
        }
        else {
            passed = passed ? passed : block.label;
        }
    }
    if (number == 0) {
        return take_other(data, len, certs, res, p);
    }
    if (rv == APR_SUCCESS && certs->nelts == 0) {
        rv = refuse_label(passed, res);
    }
    return rv;
}

apr_status_t vso_reply_parse(const char *data, apr_size_t len,
                             apr_array_header_t **pcerts, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_array_header_t *certs = apr_array_make(p, 4, sizeof(X509 *));
    apr_status_t rv;

    if (len > VSO_MAX_REPLY) {
        return vso_fail(res, VSO_P_TOO_LARGE, "reply",
                        "The reply is larger than %d bytes.", VSO_MAX_REPLY);
    }
    rv = vso_pem_is_der(data, len)
             ? take_der((const unsigned char *)data, len, certs, res, p)
             : take_text(data, len, certs, res, p);
    if (rv == APR_SUCCESS) {
        *pcerts = certs;
    }
    return rv;
}

X509 *vso_reply_pick(const apr_array_header_t *certs,
                     const char *key_fingerprint, apr_pool_t *p)
{
    X509 *best = NULL;
    int i;

    for (i = 0; i < certs->nelts; i++) {
        X509 *cert = APR_ARRAY_IDX(certs, i, X509 *);

        if (strcmp(vso_key_fingerprint(X509_get0_pubkey(cert), p),
                   key_fingerprint)) {
            continue;
        }
        if (!best || ASN1_TIME_compare(X509_get0_notBefore(cert),
                                       X509_get0_notBefore(best)) > 0) {
            best = cert;
        }
    }
    return best;
}
