/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/errors.h"

#include <string.h>

#include <httpd.h>
#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include "httpd/api/route.h"
#include "httpd/config.h"
#include "httpd/shared/counters.h"
#include "httpd/request/response.h"

#define FILTER "VSOCERT_ERRORS"

static ap_filter_rec_t *filter;

/* httpd explains a status in HTML and in its log. Here: what can cause it below
 * the API, and what to do. */
static const struct {
    int status;
    vso_problem_e problem;
    const char *detail;
} known[] = {
    {HTTP_BAD_REQUEST, VSO_P_MALFORMED,
     "The request is not well-formed HTTP: its path, a header or the length of "
     "its body cannot be read."},
    {HTTP_UNAUTHORIZED, VSO_P_NOT_SIGNED_IN,
     "Sign in first: with a session cookie from POST /vsocert/login, or with "
     "user name and password (Basic) on each call."},
    {HTTP_FORBIDDEN, VSO_P_FORBIDDEN,
     "The configuration of this server does not allow it."},
    {HTTP_NOT_FOUND, VSO_P_NOT_FOUND,
     "There is nothing at this address. No path of this API holds %2F or %00."},
    {HTTP_METHOD_NOT_ALLOWED, VSO_P_METHOD,
     "No call of this API has this method."},
    {HTTP_REQUEST_TIME_OUT, VSO_P_TIMEOUT,
     "The request took too long to arrive: send it again."},
    {HTTP_REQUEST_ENTITY_TOO_LARGE, VSO_P_TOO_LARGE,
     "The body is larger than this server takes (LimitRequestBody)."},
    {HTTP_UNSUPPORTED_MEDIA_TYPE, VSO_P_MEDIA_TYPE,
     "The body has a type that is not taken here."},
    {HTTP_EXPECTATION_FAILED, VSO_P_EXPECTATION,
     "The only expectation that can be met is 100-continue: send the request "
     "without Expect."},
    {HTTP_INTERNAL_SERVER_ERROR, VSO_P_INTERNAL,
     "httpd failed at this request: its error log says why."},
};

static vso_json_t *problem_of(request_rec *r, vso_problem_e *pproblem)
{
    vso_result_t *res = vso_result_create(r->pool);
    vso_json_t *doc;
    apr_size_t i;

    for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (known[i].status == r->status) {
            vso_fail(res, known[i].problem, NULL, "%s", known[i].detail);
            *pproblem = known[i].problem;
            return vsocert_response_problem(res, r->pool);
        }
    }
    /* only the status is known (RFC 9457, 4.2.1) */
    doc = vso_json_object(r->pool);
    vso_json_set_string(doc, "type", "about:blank");
    vso_json_set_string(doc, "title", ap_get_status_line(r->status) + 4);
    vso_json_set_int(doc, "status", r->status);
    vso_json_set_string(doc, "detail",
                        "httpd refused the request: its error log says why.");
    return doc;
}

/** An output filter that drops httpd's own text, and sends a problem document
 * where that ends. */
static apr_status_t replace(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    apr_bucket_alloc_t *alloc = f->c->bucket_alloc;
    vso_problem_e problem = VSO_P_NONE;
    vsocert_found_t found;
    apr_bucket *b = APR_BRIGADE_LAST(bb);
    const char *text;

    if (APR_BRIGADE_EMPTY(bb) || !APR_BUCKET_IS_EOS(b)) {
        apr_brigade_cleanup(bb);
        return APR_SUCCESS;
    }
    text = vso_json_text(problem_of(r, &problem), r->pool);
    if (problem != VSO_P_NONE) {
        vsocert_count_problem(problem);
    }
    if (problem == VSO_P_METHOD && !vsocert_route_find(r, &found) &&
        found.allowed) {
        apr_table_setn(r->headers_out, "Allow", found.allowed);
    }
    vsocert_response_headers(r, problem);
    ap_set_content_type(r, "application/problem+json");
    ap_set_content_length(r, (apr_off_t)strlen(text));
    apr_brigade_cleanup(bb);
    b = apr_bucket_pool_create(text, strlen(text), r->pool, alloc);
    APR_BRIGADE_INSERT_TAIL(bb, b);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

/** Does the address belong to the API? Where httpd fails early, it has not yet
 * merged the location's directives. */
static int is_api(request_rec *r)
{
    ap_conf_vector_t *before = r->per_dir_config;
    int answer;

    if (!r->uri || *r->uri != '/') {
        return 0;
    }
    if (before == r->server->lookup_defaults && ap_location_walk(r) != OK) {
        return 0;
    }
    answer = !strcmp(vsocert_config_handler(r), "vsocert-api");
    r->per_dir_config = before;
    return answer;
}

static void insert(request_rec *r)
{
    if (r->status >= 400 && is_api(r)) {
        ap_add_output_filter_handle(filter, NULL, r, r->connection);
    }
}

void vsocert_errors_register(void)
{
    filter =
        ap_register_output_filter(FILTER, replace, NULL, AP_FTYPE_RESOURCE);
    ap_hook_insert_error_filter(insert, NULL, NULL, APR_HOOK_MIDDLE);
}
