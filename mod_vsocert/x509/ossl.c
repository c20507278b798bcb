/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/ossl.h"

#include <stdlib.h>

#include <apr_strings.h>
#include <openssl/err.h>

#include "base/limits.h"

#define DAY_SEC 86400

static apr_status_t free_x509(void *baton)
{
    X509_free(baton);
    return APR_SUCCESS;
}

static apr_status_t free_pkey(void *baton)
{
    EVP_PKEY_free(baton);
    return APR_SUCCESS;
}

static apr_status_t free_req(void *baton)
{
    X509_REQ_free(baton);
    return APR_SUCCESS;
}

static void *bind_object(void *object, apr_status_t (*release)(void *),
                         apr_pool_t *p)
{
    if (object) {
        apr_pool_cleanup_register(p, object, release, apr_pool_cleanup_null);
    }
    return object;
}

X509 *vso_x509_bind(X509 *cert, apr_pool_t *p)
{
    return bind_object(cert, free_x509, p);
}

EVP_PKEY *vso_pkey_bind(EVP_PKEY *pkey, apr_pool_t *p)
{
    return bind_object(pkey, free_pkey, p);
}

X509_REQ *vso_req_bind(X509_REQ *req, apr_pool_t *p)
{
    return bind_object(req, free_req, p);
}

X509 *vso_x509_ref(X509 *cert, apr_pool_t *p)
{
    if (cert) {
        X509_up_ref(cert);
    }
    return vso_x509_bind(cert, p);
}

EVP_PKEY *vso_pkey_ref(EVP_PKEY *pkey, apr_pool_t *p)
{
    if (pkey) {
        EVP_PKEY_up_ref(pkey);
    }
    return vso_pkey_bind(pkey, p);
}

const char *vso_ossl_reason(apr_pool_t *p)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    reason = apr_pstrdup(p, reason ? reason : "unknown error");
    ERR_clear_error();
    return reason;
}

int vso_ossl_is_older(const char *version, const char *other)
{
    int i;

    for (i = 0; i < 3; i++) {
        char *end;
        char *other_end;
        long number = strtol(version, &end, 10);
        long other_number = strtol(other, &other_end, 10);

        if (number != other_number) {
            return number < other_number;
        }
        version = *end == '.' ? end + 1 : "";
        other = *other_end == '.' ? other_end + 1 : "";
    }
    return 0;
}

const char *vso_ossl_unsound(apr_pool_t *p)
{
    const char *version =
        apr_psprintf(p, "%u.%u.%u", OPENSSL_version_major(),
                     OPENSSL_version_minor(), OPENSSL_version_patch());

    return vso_ossl_is_older(version, VSO_SOUND_OPENSSL) ? version : NULL;
}

apr_int64_t vso_asn1_time_sec(const ASN1_TIME *when)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int rest = 0;

    ASN1_TIME_diff(&days, &rest, epoch, when);
    ASN1_TIME_free(epoch);
    return (apr_int64_t)days * DAY_SEC + rest;
}
