/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/checks.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <http_ssl.h>
#include <httpd.h>

/* Methods that read only (RFC 9110, 9.2.1). */
static int is_safe(const request_rec *r)
{
    return r->method_number == M_GET || r->method_number == M_OPTIONS;
}

/* "https://" and the request's Host; browsers leave out the default port. */
static int same_origin(const request_rec *r, const char *origin)
{
    const char *host = apr_table_get(r->headers_in, "Host");
    apr_size_t len;

    if (!host || ap_cstr_casecmpn(origin, "https://", 8)) {
        return 0;
    }
    origin += 8;
    len = strlen(host);
    if (len > 4 && !strcmp(host + len - 4, ":443") && !strchr(origin, ':')) {
        len -= 4;
    }
    return strlen(origin) == len && !ap_cstr_casecmpn(origin, host, len);
}

apr_status_t vsocert_checks_site(const request_rec *r, vso_result_t *res)
{
    const char *origin = apr_table_get(r->headers_in, "Origin");
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");

    if (origin && !same_origin(r, origin)) {
        return vso_fail(res, VSO_P_FORBIDDEN, "Origin",
                        "The call comes from another site. Changes are "
                        "accepted from this server's own pages and from "
                        "scripts only.");
    }
    if (site && ap_cstr_casecmp(site, "same-origin") &&
        ap_cstr_casecmp(site, "none")) {
        return vso_fail(res, VSO_P_FORBIDDEN, "Sec-Fetch-Site",
                        "The browser says that the call comes from another "
                        "site. Changes are accepted from this server's own "
                        "pages and from scripts only.");
    }
    return APR_SUCCESS;
}

apr_status_t vsocert_checks_form(const request_rec *r, vso_result_t *res)
{
    if (apr_table_get(r->headers_in, "Authorization") ||
        apr_table_get(r->headers_in, "Origin") ||
        apr_table_get(r->headers_in, "Sec-Fetch-Site")) {
        return APR_SUCCESS;
    }
    return vso_fail(res, VSO_P_FORBIDDEN, "Origin",
                    "A form that comes with a session must say where it comes "
                    "from (Origin or Sec-Fetch-Site). Sign in with user and "
                    "password on the call, or send the file as "
                    "application/octet-stream.");
}

apr_status_t vsocert_checks_check(request_rec *r, vso_result_t *res)
{
    if (!ap_ssl_conn_is_ssl(r->connection)) {
        return vso_fail(res, VSO_P_FORBIDDEN, NULL,
                        "This address answers over TLS only. Use https.");
    }
    if (!r->user || !*r->user) {
        return vso_fail(res, VSO_P_FORBIDDEN, NULL,
                        "Nobody is signed in. The configuration must ask for "
                        "a user here (Require valid-user).");
    }
    return is_safe(r) ? APR_SUCCESS : vsocert_checks_site(r, res);
}
