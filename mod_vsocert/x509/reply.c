/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/reply.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "base/base64.h"
#include "base/limits.h"
#include "x509/bag.h"
#include "x509/der.h"
#include "x509/key.h"
#include "x509/pem.h"
#include "x509/pick.h"

/** Labels of PEM blocks that are no certificates, and what they are. */
static const struct {
    const char *label;
    const char *name;
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
    {"PKCS12", "a PKCS#12 keystore: import it as a keystore file"},
    {"PUBLIC KEY", "a public key without a certificate"},
    {"X509 CRL", "a revocation list"},
    {"TRUSTED CERTIFICATE",
     "a certificate in OpenSSL's own \"trusted\" form: convert it with "
     "openssl x509"},
};

/** Files in DER that are no replies. */
static const struct {
    ASN1_ITEM_EXP *item;
    const char *name;
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
    const char *name;
} starts[] = {
    {"<", "a page of HTML or XML, not the certificate itself"},
    {"\xEF\xBB\xBF<", "a page of HTML or XML, not the certificate itself"},
    {"\xFE\xED\xFE\xED", "a Java keystore: import it as a keystore file"},
    {"\xCE\xCE\xCE\xCE", "a Java keystore: import it as a keystore file"},
    {"{", "a JSON document without PEM in it"},
    {"PK\x03\x04", "a zip archive: unpack it and send what is in it"},
    {"\xFF\xFE", "text in UTF-16 (\"Unicode\"): save it as ASCII or UTF-8"},
    {"\xFE\xFF", "text in UTF-16 (\"Unicode\"): save it as ASCII or UTF-8"},
};

#define WANTED "a CA's reply is one or more certificates as PEM, DER or PKCS#7."

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
        if (vso_der_is(ASN1_ITEM_ptr(files[i].item), der, len)) {
            return files[i].name;
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
                            "This is %s.", mistakes[i].name);
        }
    }
    if (strstr(label, "PRIVATE KEY")) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                        "This is a private key (%.64s): keep it to yourself.",
                        label);
    }
    return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                    "The PEM block \"%.64s\" is no certificate.", label);
}

/** 1 when a block must not be passed over: a key that was given away, or a
 * certificate in a form that is not read. */
static int is_fatal_label(const char *label)
{
    return strstr(label, "PRIVATE KEY") ||
           !strcmp(label, "TRUSTED CERTIFICATE");
}

static apr_status_t take_block(const vso_pem_block_t *block, int number,
                               vso_bag_t *bag)
{
    vso_secret_t *der;

    if (vso_pem_decode(block, &der, bag->p) != APR_SUCCESS) {
        return vso_fail(bag->res, VSO_P_DAMAGED, "reply",
                        "PEM block %d has no END line or is not base64: was "
                        "it cut when it was copied?",
                        number);
    }
    if (vso_pem_is_bag(block->label) || vso_bag_is_pkcs7(der->data, der->len)) {
        return vso_bag_take_pkcs7(bag, der->data, der->len);
    }
    return vso_bag_take(bag, der->data, der->len,
                        apr_psprintf(bag->p, "PEM block %d", number), NULL);
}

/** DER: one certificate, a bag of them, or a mistake. */
static apr_status_t take_der(const unsigned char *der, apr_size_t len,
                             vso_bag_t *bag)
{
    const char *mistake;

    if (vso_bag_is_pkcs7(der, len)) {
        return vso_bag_take_pkcs7(bag, der, len);
    }
    mistake = mistake_of(der, len);
    if (mistake) {
        return vso_fail(bag->res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                        "This is %s.", mistake);
    }
    return vso_bag_take(bag, der, len, "Certificate 1", NULL);
}

/** Neither PEM nor DER: base64 without its armour, or a mistake. */
static apr_status_t take_other(const char *data, apr_size_t len, vso_bag_t *bag)
{
    const char *start = data;
    const char *end = data + len;
    vso_secret_t *der;
    apr_size_t i;

    while (start < end && apr_isspace(*start)) {
        start++;
    }
    if (start == end) {
        return vso_fail(bag->res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                        "The reply is empty: " WANTED);
    }
    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        apr_size_t mark_len = strlen(starts[i].mark);

        if ((apr_size_t)(end - start) >= mark_len &&
            !memcmp(start, starts[i].mark, mark_len)) {
            return vso_fail(bag->res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                            "This is %s.", starts[i].name);
        }
    }
    if (vso_base64_decode(data, len, &der, bag->p) == APR_SUCCESS &&
        vso_der_begins((const char *)der->data, der->len)) {
        return take_der(der->data, der->len, bag);
    }
    return vso_fail(bag->res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                    "There is no certificate in it: " WANTED);
}

/** PEM: certificates and bags; a CSR that the CA sends back with them, or a
 * revocation list, is passed over. */
static apr_status_t take_text(const char *data, apr_size_t len, vso_bag_t *bag)
{
    vso_pem_reader_t reader = vso_pem_open(data, len, bag->p);
    apr_status_t rv = APR_SUCCESS;
    const char *passed = NULL;
    vso_pem_block_t block;
    int number = 0;

    while (rv == APR_SUCCESS && vso_pem_next(&reader, &block, bag->p)) {
        if (++number > VSO_MAX_PEM_BLOCKS) {
            rv = vso_fail(bag->res, VSO_P_TOO_LARGE, "reply",
                          "The reply holds more than %d PEM blocks.",
                          VSO_MAX_PEM_BLOCKS);
        }
        else if (vso_pem_is_cert(block.label) || vso_pem_is_bag(block.label)) {
            rv = take_block(&block, number, bag);
        }
        else if (is_fatal_label(block.label)) {
            rv = refuse_label(block.label, bag->res);
        }
        else {
            passed = passed ? passed : block.label;
        }
    }
    if (number == 0) {
        return take_other(data, len, bag);
    }
    if (rv == APR_SUCCESS && bag->certs->nelts + bag->unknown == 0) {
        rv = refuse_label(passed, bag->res);
    }
    return rv;
}

apr_status_t vso_reply_parse(const char *data, apr_size_t len,
                             apr_array_header_t **pcerts, vso_result_t *res,
                             apr_pool_t *p)
{
    vso_bag_t bag = {.field = "reply", .res = res, .p = p};
    apr_status_t rv;

    if (len > VSO_MAX_REPLY) {
        return vso_fail(res, VSO_P_TOO_LARGE, "reply",
                        "The reply is larger than %d bytes.", VSO_MAX_REPLY);
    }
    bag.certs = apr_array_make(p, 4, sizeof(X509 *));
    rv = vso_der_begins(data, len)
             ? take_der((const unsigned char *)data, len, &bag)
             : take_text(data, len, &bag);
    if (rv == APR_SUCCESS && bag.certs->nelts == 0) {
        rv = vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "reply",
                      "The keys of all certificates in the reply are of "
                      "algorithms that are not known.");
    }
    if (rv == APR_SUCCESS) {
        *pcerts = bag.certs;
    }
    return rv;
}

X509 *vso_reply_pick(const apr_array_header_t *certs,
                     const char *key_fingerprint, apr_pool_t *p)
{
    apr_array_header_t *fitting = apr_array_make(p, 2, sizeof(X509 *));
    int i;

    for (i = 0; i < certs->nelts; i++) {
        X509 *cert = APR_ARRAY_IDX(certs, i, X509 *);

        if (!strcmp(vso_key_fingerprint(X509_get0_pubkey(cert), p),
                    key_fingerprint)) {
            APR_ARRAY_PUSH(fitting, X509 *) = cert;
        }
    }
    return vso_pick(fitting, NULL, certs);
}
