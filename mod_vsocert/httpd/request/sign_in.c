/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/sign_in.h"

#include <string.h>

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_request.h>

#include "base/limits.h"
#include "base/secret.h"
#include "httpd/request/checks.h"
#include "httpd/request/pages.h"
#include "httpd/request/response.h"
#include "httpd/request/users.h"

#define FORM "application/x-www-form-urlencoded"

/* The fields of mod_auth_form's form. */
#define USER_FIELD     "httpd_username"
#define PASSWORD_FIELD "httpd_password"

int vsocert_sign_in_is_form(const request_rec *r)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");

    return type && !ap_cstr_casecmpn(type, FORM, strlen(FORM));
}

/** A field's value; wiped when the request ends. */
static apr_status_t take_field(const ap_form_pair_t *pair,
                               vso_secret_t **pvalue, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_off_t len = 0;
    apr_size_t size;

    if (*pvalue) {
        return vso_fail(res, VSO_P_MALFORMED, pair->name,
                        "Duplicate field \"%s\" in the form.", pair->name);
    }
    if (apr_brigade_length(pair->value, 1, &len) != APR_SUCCESS || len < 0) {
        len = 0;
    }
    size = (apr_size_t)len;
    *pvalue = vso_secret_make(size, p);
    apr_brigade_flatten(pair->value, (char *)(*pvalue)->data, &size);
    if (memchr((*pvalue)->data, '\0', (*pvalue)->len)) {
        return vso_fail(res, VSO_P_MALFORMED, pair->name,
                        "\"%s\" has a NUL character in it.", pair->name);
    }
    return APR_SUCCESS;
}

static apr_status_t read_form(request_rec *r, apr_array_header_t **ppairs,
                              vso_result_t *res)
{
    int status;

    if (!vsocert_sign_in_is_form(r)) {
        return vso_fail(res, VSO_P_MEDIA_TYPE, "Content-Type",
                        "The sign-in page takes " FORM ".");
    }
    status =
        ap_parse_form_data(r, NULL, ppairs, (apr_size_t)-1, VSO_MAX_SIGN_IN);
    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE) {
        return vso_fail(res, VSO_P_TOO_LARGE, "body",
                        "The form of the sign-in page may have up to %d bytes.",
                        VSO_MAX_SIGN_IN);
    }
    return status == OK ? APR_SUCCESS
                        : vso_fail(res, VSO_P_MALFORMED, "body",
                                   "The body is not a form: names and values "
                                   "in percent-encoding are expected.");
}

/** Put name and password where mod_auth_form looks first: it does not read the
 * form then, and sees no other field. */
static apr_status_t hand_over(request_rec *r, const vso_secret_t *user,
                              const vso_secret_t *password, vso_result_t *res)
{
    const char *realm = ap_auth_name(r);
    request_rec *first = r;

    if (!realm) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The sign-in page has no AuthName.");
    }
    while (first->main) {
        first = first->main;
    }
    while (first->prev) {
        first = first->prev;
    }
    apr_table_setn(first->notes, apr_pstrcat(r->pool, realm, "-user", NULL),
                   (const char *)user->data);
    apr_table_setn(first->notes, apr_pstrcat(r->pool, realm, "-pw", NULL),
                   (const char *)password->data);
    r->user = (char *)user->data;
    return APR_SUCCESS;
}

static apr_status_t take_form(request_rec *r, vso_result_t *res)
{
    vso_secret_t *password = NULL;
    vso_secret_t *user = NULL;
    apr_array_header_t *pairs = NULL;
    apr_status_t rv;
    int i;

    rv = read_form(r, &pairs, res);
    for (i = 0; rv == APR_SUCCESS && pairs && i < pairs->nelts; i++) {
        const ap_form_pair_t *pair = &APR_ARRAY_IDX(pairs, i, ap_form_pair_t);

        if (!strcmp(pair->name, USER_FIELD)) {
            rv = take_field(pair, &user, res, r->pool);
        }
        else if (!strcmp(pair->name, PASSWORD_FIELD)) {
            rv = take_field(pair, &password, res, r->pool);
        }
    }
    if (rv == APR_SUCCESS && (!user || !password)) {
        const char *missing = user ? PASSWORD_FIELD : USER_FIELD;

        rv = vso_fail(res, VSO_P_MALFORMED, missing,
                      "\"%s\" is missing in the form.", missing);
    }
    if (rv == APR_SUCCESS) {
        rv = vsocert_users_judge(r, (const char *)user->data,
                                 (const char *)password->data, res);
    }
    if (rv == APR_SUCCESS) {
        rv = vsocert_users_sign_in(r, res);
    }
    return rv == APR_SUCCESS ? hand_over(r, user, password, res) : rv;
}

static apr_status_t check_method(request_rec *r, int login, vso_result_t *res)
{
    const char *allowed = login ? "POST" : "GET, HEAD, POST";

    if (r->method_number == M_POST || (!login && r->method_number == M_GET)) {
        return APR_SUCCESS;
    }
    apr_table_setn(r->headers_out, "Allow", allowed);
    return vso_fail(res, VSO_P_METHOD, NULL,
                    "%.16s is not a method of %.200s: use %s.", r->method,
                    r->uri, allowed);
}

/* Before mod_auth_form's handlers, which do the rest. */
static int handle(request_rec *r)
{
    vso_result_t *res;
    int login;

    if (!vsocert_pages_sign_in(r)) {
        return DECLINED;
    }
    login = !strcmp(r->handler, VSOCERT_LOGIN_HANDLER);
    res = vso_result_create(r->pool);
    if (check_method(r, login, res) == APR_SUCCESS &&
        vsocert_checks_site(r, res) == APR_SUCCESS &&
        (!login || take_form(r, res) == APR_SUCCESS)) {
        return DECLINED;
    }
    vsocert_response_end(r, res);
    return OK;
}

void vsocert_sign_in_register(void)
{
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_FIRST);
}
