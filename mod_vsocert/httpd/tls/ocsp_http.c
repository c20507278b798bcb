/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/ocsp_http.h"

#include <apr_network_io.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <apr_uri.h>
#include <openssl/http.h>

#include "base/limits.h"
#include "x509/ossl.h"

/* OpenSSL itself would retry until the timeout if nobody listens. */
static apr_status_t open_to(apr_socket_t **psocket, const apr_uri_t *uri,
                            apr_pool_t *p)
{
    apr_interval_time_t timeout = apr_time_from_sec(VSO_OCSP_TIMEOUT_SEC);
    apr_sockaddr_t *address;
    apr_status_t rv;

    if ((rv = apr_sockaddr_info_get(&address, uri->hostname, APR_UNSPEC,
                                    uri->port ? uri->port : 80, 0, p)) !=
            APR_SUCCESS ||
        (rv = apr_socket_create(psocket, address->family, SOCK_STREAM,
                                APR_PROTO_TCP, p)) != APR_SUCCESS ||
        (rv = apr_socket_timeout_set(*psocket, timeout)) != APR_SUCCESS) {
        return rv;
    }
    return apr_socket_connect(*psocket, address);
}

/** One exchange. @return the response's body, NULL: see OpenSSL's errors */
static BIO *exchange(apr_socket_t *socket, const apr_uri_t *uri,
                     const unsigned char *request, apr_size_t len,
                     apr_pool_t *p)
{
    const char *path =
        apr_pstrcat(p, uri->path ? uri->path : "/", uri->query ? "?" : "",
                    uri->query ? uri->query : "", NULL);
    BIO *out = BIO_new_mem_buf(request, (int)len);
    BIO *in = NULL;
    BIO *wire = NULL;
    apr_os_sock_t fd;

    if (apr_os_sock_get(&fd, socket) == APR_SUCCESS) {
        wire = BIO_new_socket(fd, BIO_NOCLOSE);
    }
    if (out && wire) {
        in = OSSL_HTTP_transfer(NULL, uri->hostinfo, NULL, path, 0, NULL, NULL,
                                wire, wire, NULL, NULL, 0, NULL,
                                "application/ocsp-request", out, NULL, 1,
                                VSO_MAX_OCSP, VSO_OCSP_TIMEOUT_SEC, 0);
    }
    BIO_free(wire);
    BIO_free(out);
    return in;
}

/** Copy what was received, and free it. */
static apr_status_t take(BIO *in, const char *url, const unsigned char **pder,
                         apr_size_t *pder_len, vso_result_t *res, apr_pool_t *p)
{
    const char *data = NULL;
    long got;

    if (!in) {
        return vso_fail(res, VSO_P_INVALID, NULL,
                        "%s does not answer as it should: %s", url,
                        vso_ossl_reason(p));
    }
    got = BIO_get_mem_data(in, &data);
    if (got < 0 || got > VSO_MAX_OCSP) {
        BIO_free(in);
        return vso_fail(res, VSO_P_INVALID, NULL,
                        "%s answers with more than %d bytes", url,
                        VSO_MAX_OCSP);
    }
    *pder = apr_pmemdup(p, data, (apr_size_t)got);
    *pder_len = (apr_size_t)got;
    BIO_free(in);
    return APR_SUCCESS;
}

apr_status_t vsocert_ocsp_http_ask(const char *url,
                                   const unsigned char *request, apr_size_t len,
                                   const unsigned char **pder,
                                   apr_size_t *pder_len, vso_result_t *res,
                                   apr_pool_t *p)
{
    apr_socket_t *socket = NULL;
    char text[120];
    apr_status_t rv;
    apr_uri_t uri;

    if (apr_uri_parse(p, url, &uri) != APR_SUCCESS || !uri.hostname) {
        return vso_fail(res, VSO_P_INVALID, NULL, "%s is no address.", url);
    }
    if ((rv = open_to(&socket, &uri, p)) != APR_SUCCESS) {
        rv = vso_fail(res, VSO_P_INVALID, NULL, "%s cannot be reached: %s", url,
                      apr_strerror(rv, text, sizeof(text)));
    }
    else {
        rv = take(exchange(socket, &uri, request, len, p), url, pder, pder_len,
                  res, p);
    }
    if (socket) {
        apr_socket_close(socket);
    }
    return rv;
}
