/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/reply.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/cms.h>

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

/** Take the certificates of SignedData without looking at any signature: a
 * bag is not signed (RFC 5652, 5.1; RFC 2315, 9). */
static apr_status_t take_bag(const unsigned char *der, apr_size_t len,
                             apr_array_header_t *certs, vso_result_t *res,
                             apr_pool_t *p)
{
    const unsigned char *at = der;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
    STACK_OF(X509) *bag = NULL;
    apr_status_t rv = APR_SUCCESS;
    int i;

    if (!cms || at != der + len) {
        rv = vso_fail(res, VSO_P_DAMAGED, "reply",
                      "The PKCS#7 file does not parse, or bytes follow its "
                      "end.");
        goto leave;
    }
    bag = CMS_get1_certs(cms);
    if (!bag || sk_X509_num(bag) == 0) {
        rv = vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                      "The PKCS#7 file holds no certificates.");
        goto leave;
    }
    for (i = 0; rv == APR_SUCCESS && i < sk_X509_num(bag); i++) {
        rv = add(certs, vso_x509_ref(sk_X509_value(bag, i), p), res);
    }
leave:
    sk_X509_pop_free(bag, X509_free);
    CMS_ContentInfo_free(cms);
    return rv;
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

static apr_status_t take_block(const vso_pem_block_t *block, int number,
                               apr_array_header_t *certs, vso_result_t *res,
                               apr_pool_t *p)
{
    int is_bag = !strcmp(block->label, "PKCS7") || !strcmp(block->label, "CMS");
    vso_result_t *inner = vso_result_create(p);
    vso_secret_t *der;
    X509 *cert;

    if (!is_bag && strcmp(block->label, "CERTIFICATE") &&
        strcmp(block->label, "X509 CERTIFICATE")) {
        return refuse_label(block->label, res);
    }
    if (!block->body || vso_base64_decode(block->body, block->body_len, &der,
                                          p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DAMAGED, "reply",
                        "PEM block %d has no END line or is not base64: was "
                        "it cut when it was copied?",
                        number);
    }
    if (is_bag) {
        return take_bag(der->data, der->len, certs, res, p);
    }
    if (vso_cert_parse((const char *)der->data, der->len, &cert, inner, p) !=
        APR_SUCCESS) {
        return vso_fail(res, inner->problem, "reply", "PEM block %d: %s",
                        number, inner->detail);
    }
    return add(certs, cert, res);
}

/** Not PEM: DER, DER in base64, or something else. */
static apr_status_t take_der(const char *data, apr_size_t len,
                             apr_array_header_t *certs, vso_result_t *res,
                             apr_pool_t *p)
{
    vso_result_t *as_cert = vso_result_create(p);
    vso_result_t *as_bag = vso_result_create(p);
    vso_secret_t *decoded;
    X509 *cert;

    if (vso_cert_parse(data, len, &cert, as_cert, p) == APR_SUCCESS) {
        return add(certs, cert, res);
    }
    if (take_bag((const unsigned char *)data, len, certs, as_bag, p) ==
        APR_SUCCESS) {
        return APR_SUCCESS;
    }
    if (len > 0 && (unsigned char)data[0] == 0x30) {
        return vso_fail(res, VSO_P_DAMAGED, "reply",
                        "The file is DER and neither one certificate (%s) nor "
                        "a PKCS#7 bag of certificates. A keystore file is "
                        "imported as such.",
                        as_cert->detail);
    }
    if (len > 0 && vso_base64_decode(data, len, &decoded, p) == APR_SUCCESS &&
        decoded->len > 0 && decoded->data[0] == 0x30) {
        return take_der((const char *)decoded->data, decoded->len, certs, res,
                        p);
    }
    return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                    "%s: a CA's reply is one or more certificates as PEM, "
                    "DER or PKCS#7.",
                    len == 0                 ? "The reply is empty"
                    : memchr(data, '<', len) ? "This looks like a page "
                                               "of HTML or XML"
                                             : "No certificate is in it");
}

apr_status_t vso_reply_parse(const char *data, apr_size_t len,
                             apr_array_header_t **pcerts, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_array_header_t *certs = apr_array_make(p, 4, sizeof(X509 *));
    vso_pem_reader_t reader = {data, data + len};
    vso_pem_block_t block;
    int number = 0;

    if (len > VSO_MAX_REPLY) {
        return vso_fail(res, VSO_P_TOO_LARGE, "reply",
                        "The reply is larger than %d bytes.", VSO_MAX_REPLY);
    }
    while (vso_pem_next(&reader, &block, p)) {
        if (take_block(&block, ++number, certs, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    if (number == 0 && take_der(data, len, certs, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pcerts = certs;
    return APR_SUCCESS;
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
