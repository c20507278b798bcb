/* SPDX-License-Identifier: Apache-2.0 */
#include "issue.h"

#include <apr_strings.h>
#include <openssl/x509v3.h>

#include "x509/cert.h"
#include "x509/key.h"
#include "x509/ossl.h"

#define DAY_SEC 86400
#define CA_DAYS 3650
/* How long ago certificates were made, at most. */
#define AGE_DAYS   60
#define SHARED_RSA 4

struct issue_t {
    const issue_options_t *options;
    EVP_PKEY *ca_key; /**< NULL: there is no CA */
    apr_array_header_t *chain;
    EVP_PKEY *rsa[SHARED_RSA];
};

static apr_status_t failed(vso_result_t *res, apr_pool_t *p)
{
    return vso_fail(res, VSO_P_INTERNAL, NULL,
                    "A certificate could not be made (%s).",
                    vso_ossl_reason(p));
}

static void remove_extension(X509 *cert, int nid)
{
    int at = X509_get_ext_by_NID(cert, nid, -1);

    if (at >= 0) {
        X509_EXTENSION_free(X509_delete_ext(cert, at));
    }
}

/** The core makes certificates of servers: all but this is as it is to be. */
static int turn_into_ca(X509 *cert, EVP_PKEY *pkey)
{
    X509_EXTENSION *is_ca = X509V3_EXT_conf_nid(
        NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    int ok;

    remove_extension(cert, NID_basic_constraints);
    remove_extension(cert, NID_key_usage);
    remove_extension(cert, NID_ext_key_usage);
    ok = is_ca && X509_add_ext(cert, is_ca, -1) == 1 &&
         X509_sign(cert, pkey, EVP_sha256()) != 0;
    X509_EXTENSION_free(is_ca);
    return ok;
}

static apr_status_t make_ca(issue_t *issue, vso_result_t *res, apr_pool_t *p)
{
    const vso_subject_t subject = {.common_name = "Example Test CA"};
    vso_cert_spec_t spec = {.subject = &subject, .days = CA_DAYS};
    X509 *cert = NULL;
    apr_status_t rv;

    rv = vso_key_generate("ec-p256", &issue->ca_key, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    spec.pkey = issue->ca_key;
    spec.sans = apr_array_make(p, 1, sizeof(const char *));
    /* Older than what it signs. */
    spec.now_sec = issue->options->now_sec - (AGE_DAYS + 1) * DAY_SEC;
    rv = vso_cert_self_sign(&spec, &cert, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    APR_ARRAY_PUSH(issue->chain, X509 *) = cert;
    return turn_into_ca(cert, issue->ca_key) ? APR_SUCCESS : failed(res, p);
}

apr_status_t issue_create(const issue_options_t *options, issue_t **pissue,
                          vso_result_t *res, apr_pool_t *p)
{
    issue_t *issue = apr_pcalloc(p, sizeof(*issue));
    apr_status_t rv = APR_SUCCESS;
    int i;

    issue->options = options;
    issue->chain = apr_array_make(p, 1, sizeof(X509 *));
    if (!options->self_signed) {
        rv = make_ca(issue, res, p);
    }
    for (i = 0; rv == APR_SUCCESS && options->rsa && i < SHARED_RSA; i++) {
        rv = vso_key_generate("rsa-2048", &issue->rsa[i], res, p);
    }
    if (rv == APR_SUCCESS) {
        *pissue = issue;
    }
    return rv;
}

const apr_array_header_t *issue_chain(const issue_t *issue)
{
    return issue->chain;
}

static const apr_array_header_t *names_of(const issue_t *issue, long n,
                                          const char *host, apr_pool_t *p)
{
    long every = issue->options->wildcard_every;
    apr_array_header_t *sans = apr_array_make(p, 2, sizeof(const char *));

    APR_ARRAY_PUSH(sans, const char *) = apr_pstrcat(p, "DNS:", host, NULL);
    if (every && n % every == 0) {
        APR_ARRAY_PUSH(sans, const char *) =
            apr_pstrcat(p, "DNS:*.", host, NULL);
    }
    return sans;
}

/** In place of the key itself, as the core has it. */
static int sign_by_ca(const issue_t *issue, X509 *cert)
{
    X509 *ca = APR_ARRAY_IDX(issue->chain, 0, X509 *);

    return X509_set_issuer_name(cert, X509_get_subject_name(ca)) == 1 &&
           X509_sign(cert, issue->ca_key, EVP_sha256()) != 0;
}

apr_status_t issue_make(const issue_t *issue, long n, const char *host,
                        EVP_PKEY **ppkey, X509 **pcert, vso_result_t *res,
                        apr_pool_t *p)
{
    const vso_subject_t subject = {.common_name = host,
                                   .organization = "Example"};
    vso_cert_spec_t spec = {.pkey = issue->rsa[n % SHARED_RSA],
                            .subject = &subject,
                            .sans = names_of(issue, n, host, p)};
    long age = n * 7 % (AGE_DAYS + 1);
    X509 *cert = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (!spec.pkey) {
        rv = vso_key_generate("ec-p256", &spec.pkey, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    spec.days = (int)(age + 1 + n * 37 % issue->options->days);
    spec.now_sec = issue->options->now_sec - age * DAY_SEC;
    rv = vso_cert_self_sign(&spec, &cert, res, p);
    if (rv == APR_SUCCESS && issue->ca_key && !sign_by_ca(issue, cert)) {
        rv = failed(res, p);
    }
    if (rv == APR_SUCCESS) {
        *ppkey = spec.pkey;
        *pcert = cert;
    }
    return rv;
}
