/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/csr.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/pem.h>

#include "x509/key.h"
#include "x509/ossl.h"
#include "x509/san.h"
#include "x509/usage.h"

static const char *to_pem(X509_REQ *req, apr_pool_t *p)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *pem = NULL;
    char *data;
    long len;

    if (bio && PEM_write_bio_X509_REQ(bio, req) == 1) {
        len = BIO_get_mem_data(bio, &data);
        pem = apr_pstrmemdup(p, data, (apr_size_t)len);
    }
    BIO_free(bio);
    return pem;
}

static int add_extensions(X509_REQ *req, EVP_PKEY *pkey,
                          const apr_array_header_t *sans)
{
    STACK_OF(X509_EXTENSION) *wanted = vso_usage_extensions(pkey, sans);
    int ok = wanted && X509_REQ_add_extensions(req, wanted) == 1;

    sk_X509_EXTENSION_pop_free(wanted, X509_EXTENSION_free);
    return ok;
}

apr_status_t vso_csr_create(EVP_PKEY *pkey, const X509_NAME *subject,
                            const apr_array_header_t *sans, const char **ppem,
                            vso_result_t *res, apr_pool_t *p)
{
    X509_REQ *req = vso_req_bind(X509_REQ_new(), p);
    const char *pem = NULL;

    if (vso_key_named_curve(pkey, NULL, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (req && subject && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
        X509_REQ_set_subject_name(req, subject) == 1 &&
        X509_REQ_set_pubkey(req, pkey) == 1 &&
        add_extensions(req, pkey, sans) &&
        X509_REQ_sign(req, pkey, vso_usage_digest(pkey)) > 0) {
        pem = to_pem(req, p);
    }
    if (!pem) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The certificate signing request could not be made "
                        "(%s).",
                        vso_ossl_reason(p));
    }
    *ppem = pem;
    return APR_SUCCESS;
}

apr_status_t vso_csr_from_cert(EVP_PKEY *pkey, X509 *cert, const char **ppem,
                               vso_result_t *res, apr_pool_t *p)
{
    return vso_csr_create(pkey, X509_get_subject_name(cert),
                          vso_sans_for_server(cert, res, p), ppem, res, p);
}

apr_status_t vso_csr_parse(const char *pem, X509_REQ **preq, vso_result_t *res,
                           apr_pool_t *p)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509_REQ *req = NULL;

    if (bio) {
        req = vso_req_bind(PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL), p);
    }
    BIO_free(bio);
    if (!req || X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) != 1) {
        return vso_fail(res, VSO_P_DAMAGED, "csr",
                        "The certificate signing request does not parse or "
                        "its signature is wrong (%s).",
                        vso_ossl_reason(p));
    }
    *preq = req;
    return APR_SUCCESS;
}
