/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/one_cert.h"

#include <string.h>

#include "base/base64.h"
#include "base/limits.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/pem.h"

#define PEM_MARK "-----BEGIN "

#define WANTED "send one certificate as PEM or DER."

/** What the blocks of a PEM text are. */
typedef struct {
    int certs;
    vso_pem_block_t cert; /**< the first certificate */
    const char *other;    /**< label of the first that is something else */
} census_t;

static int ends_in(const char *text, const char *end)
{
    apr_size_t len = strlen(text);
    apr_size_t end_len = strlen(end);

    return len >= end_len && !strcmp(text + len - end_len, end);
}

static apr_status_t count_blocks(const char *text, apr_size_t len,
                                 const char *field, census_t *census,
                                 vso_result_t *res, apr_pool_t *p)
{
    vso_pem_reader_t reader = vso_pem_open(text, len, p);
    vso_pem_block_t block;

    while (vso_pem_next(&reader, &block, p)) {
        if (ends_in(block.label, "PRIVATE KEY")) {
            return vso_fail(res, VSO_P_INVALID, field,
                            "There is a private key in it: send the "
                            "certificate alone, and keep the key to "
                            "yourself.");
        }
        if (vso_pem_is_cert(block.label)) {
            if (census->certs++ == 0) {
                census->cert = block;
            }
        }
        else if (!census->other) {
            census->other = block.label;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t parse_pem(const char *text, apr_size_t len,
                              const char *field, X509 **pcert,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *der = NULL;
    census_t census = {0};

    if (count_blocks(text, len, field, &census, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (census.certs == 0 && census.other) {
        return vso_fail(res, VSO_P_INVALID, field,
                        "It is no certificate but a \"%.64s\": " WANTED,
                        census.other);
    }
    if (census.certs != 1) {
        return vso_fail(res, VSO_P_INVALID, field,
                        census.certs ? "It holds %d certificates: send one, "
                                       "without its issuers."
                                     : "It holds %d certificates: " WANTED,
                        census.certs);
    }
    if (vso_pem_decode(&census.cert, &der, p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DAMAGED, field,
                        "The certificate has no END line or is not base64 "
                        "(RFC 7468).");
    }
    return vso_cert_parse((const char *)der->data, der->len, pcert, res, p);
}

/** PEM or DER. */
static apr_status_t parse_bytes(const char *data, apr_size_t len,
                                const char *field, X509 **pcert,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *inner = vso_result_create(p);

    if (!vso_der_begins(data, len)) {
        return parse_pem(data, len, field, pcert, res, p);
    }
    return vso_cert_parse(data, len, pcert, inner, p) == APR_SUCCESS
               ? APR_SUCCESS
               : vso_fail(res, inner->problem, field,
                          "%s It must be one "
                          "certificate as DER or PEM, not a bag of several "
                          "and no keystore.",
                          inner->detail);
}

/** 1 when it is PEM as it stands. */
static int is_pem(const vso_secret_t *text)
{
    const char *data = (const char *)text->data;
    const char *end = data + text->len;

    for (; data && (apr_size_t)(end - data) >= strlen(PEM_MARK);
         data = memchr(data + 1, '-', (apr_size_t)(end - data - 1))) {
        if (!memcmp(data, PEM_MARK, strlen(PEM_MARK))) {
            return 1;
        }
    }
    return 0;
}

apr_status_t vso_one_cert_parse(const vso_secret_t *text, const char *field,
                                X509 **pcert, vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *bytes = NULL;
    vso_result_t *inner = vso_result_create(p);
    X509 *cert = NULL;
    apr_status_t rv;

    if (text->len > 2 * VSO_MAX_REPLY) {
        return vso_fail(res, VSO_P_TOO_LARGE, field,
                        "It is larger than %d bytes: " WANTED,
                        2 * VSO_MAX_REPLY);
    }
    if (is_pem(text)) {
        rv = parse_pem((const char *)text->data, text->len, field, &cert, inner,
                       p);
    }
    else if (vso_base64_decode((const char *)text->data, text->len, &bytes,
                               p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_MALFORMED, field,
                        "It is neither PEM nor base64: " WANTED);
    }
    else {
        rv = parse_bytes((const char *)bytes->data, bytes->len, field, &cert,
                         inner, p);
    }
    if (rv != APR_SUCCESS) {
        return vso_fail(res, inner->problem, field, "%s", inner->detail);
    }
    *pcert = cert;
    return APR_SUCCESS;
}
