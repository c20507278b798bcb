/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/responder.h"

#include <apr_strings.h>
#include <openssl/http.h>

#include "base/limits.h"
#include "x509/ossl.h"

/* Straight to the responder, whatever http_proxy says: as mod_ssl does. */
#define NO_PROXY_AT_ALL ""

/** What an address says. */
typedef struct {
    char *host;
    char *port;
    char *path; /* with the query */
} address_t;

static void address_free(address_t *address)
{
    OPENSSL_free(address->host);
    OPENSSL_free(address->port);
    OPENSSL_free(address->path);
}

/** One exchange. @return the response's body, NULL: see OpenSSL's errors */
static BIO *post(const address_t *to, const unsigned char *request,
                 apr_size_t len)
{
    BIO *out = BIO_new_mem_buf(request, (int)len);
    BIO *in = NULL;

    if (out) {
        in = OSSL_HTTP_transfer(NULL, to->host, to->port, to->path, 0,
                                NO_PROXY_AT_ALL, NULL, NULL, NULL, NULL, NULL,
                                0, NULL, "application/ocsp-request", out, NULL,
                                1, VSO_MAX_OCSP, VSO_OCSP_TIMEOUT_SEC, 0);
    }
    BIO_free(out);
    return in;
}

apr_status_t vsocert_responder_ask(const char *url,
                                   const unsigned char *request, apr_size_t len,
                                   const unsigned char **pder,
                                   apr_size_t *pder_len, vso_result_t *res,
                                   apr_pool_t *p)
{
    address_t to = {0};
    const char *data = NULL;
    long got;
    BIO *in;

    if (!OSSL_HTTP_parse_url(url, NULL, NULL, &to.host, &to.port, NULL,
                             &to.path, NULL, NULL)) {
        return vso_fail(res, VSO_P_INVALID, NULL, "%s is no address: %s.", url,
                        vso_ossl_reason(p));
    }
    in = post(&to, request, len);
    address_free(&to);
    if (!in) {
        return vso_fail(res, VSO_P_INVALID, NULL, "%s does not answer: %s.",
                        url, vso_ossl_reason(p));
    }
    got = BIO_get_mem_data(in, &data);
    *pder = apr_pmemdup(p, data, (apr_size_t)got);
    *pder_len = (apr_size_t)got;
    BIO_free(in);
    return APR_SUCCESS;
}
