/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/api.h"

#include <string.h>

#include <apr_buckets.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>

#include "base/limits.h"
#include "base/query.h"
#include "httpd/api/json_body.h"
#include "httpd/api/route.h"
#include "httpd/shared/serving.h"
#include "httpd/shared/refusals.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/db_clock.h"
#include "httpd/request/context.h"
#include "httpd/dbd.h"
#include "httpd/request/checks.h"
#include "httpd/request/body.h"
#include "base/scratch.h"
#include "httpd/request/response.h"
#include "httpd/request/session.h"
#include "httpd/request/users.h"

APLOG_USE_MODULE(vsocert);

/** Parse the query: "entry", which all routes take, and the route's own. */
static apr_status_t read_query(vsocert_call_t *call,
                               const vsocert_route_t *route,
                               apr_table_t **pquery)
{
    apr_pool_t *p = call->r->pool;
    const char *known = apr_pstrcat(
        p, "entry,", route->flags & VSOCERT_WAIT ? "wait," : "",
        route->query ? vsocert_fields_names(route->query, p) : "", NULL);

    return vso_query_parse(call->r->args, known, pquery, call->res, p);
}

/** ?wait=fleet */
static apr_status_t read_wait(vsocert_call_t *call, const apr_table_t *query)
{
    const char *wait = apr_table_get(query, "wait");

    call->waits = wait != NULL;
    return !wait || !strcmp(wait, "fleet")
               ? APR_SUCCESS
               : vso_fail(call->res, VSO_P_MALFORMED, "wait",
                          "\"wait\" takes one value: fleet.");
}

/** Fill the structs of query and body by the route's tables. */
static apr_status_t read_fields(vsocert_call_t *call,
                                const vsocert_route_t *route,
                                const apr_table_t *query, vso_json_t *body)
{
    vso_result_t *res = call->res;
    apr_pool_t *p = call->r->pool;

    if (route->query &&
        vsocert_fields_read_query(route->query, query, &call->query, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!route->body || vsocert_fields_read(route->body, body, &call->body, res,
                                            p) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    return route->flags & VSOCERT_RECORD
               ? vso_context_refuse(&call->ctx, route->action, 0, res)
               : APR_EGENERAL;
}

/** 1 where {id} is a version's; imports have numbers of their own. */
static int is_version(const vsocert_route_t *route)
{
    static const char versions[] = "/versions/{id}";

    return !strncmp(route->path, versions, strlen(versions));
}

/** What the audit trail is told of a refusal. */
static vso_result_t *told_of(const vsocert_call_t *call, int left_out)
{
    apr_pool_t *p = call->r->pool;
    vso_result_t *res = vso_result_create(p);

    vso_fail(res, call->res->problem, call->res->field, "%s%s",
             call->res->detail,
             left_out ? apr_psprintf(p,
                                     " %d more refusals of this user were not "
                                     "recorded.",
                                     left_out)
                      : "");
    return res;
}

/** Record that the call was refused before it began, where the audit trail has
 * a verb for it; not each of very many. */
static apr_status_t record_refusal(vsocert_call_t *call,
                                   const vsocert_route_t *route)
{
    int left_out;

    if (*route->action && vsocert_refusals_tell(call->r->user, &left_out) &&
        vsocert_dbd_store(call->r, &call->ctx.store,
                          vso_result_create(call->r->pool)) == APR_SUCCESS) {
        vso_context_refuse(&call->ctx, route->action,
                           is_version(route) ? call->id : 0,
                           told_of(call, left_out));
    }
    return APR_EGENERAL;
}

/** Where the route asks for it: a password on the call is fresh by nature, and
 * so is what other modules check on each call. A session is as old as its
 * sign-in, by the database's clock. */
static apr_status_t check_fresh(vsocert_call_t *call,
                                const vsocert_route_t *route)
{
    const char *type = call->r->ap_auth_type;
    apr_int64_t age;

    if (!(route->flags & VSOCERT_FRESH) ||
        (type && ap_cstr_casecmp(type, "form"))) {
        return APR_SUCCESS;
    }
    age = vsocert_db_clock_now_sec() - vsocert_session_signed_in(call->r);
    if (age <= VSO_FRESH_SEC && age > -VSO_FRESH_SEC) {
        return APR_SUCCESS;
    }
    vso_fail(call->res, VSO_P_SIGN_IN_AGAIN, NULL,
             "This takes a sign-in of the last %d minutes. Sign in again as "
             "\"%s\" (POST /vsocert/login), and repeat the call.",
             VSO_FRESH_SEC / 60, call->r->user);
    return record_refusal(call, route);
}

static apr_status_t check_right(vsocert_call_t *call,
                                const vsocert_route_t *route)
{
    static const char *const what[VSOCERT_RIGHTS] = {
        [VSOCERT_READ] = "read this",
        [VSOCERT_MANAGE] = "change anything",
        [VSOCERT_EXPORT] = "export private keys",
        [VSOCERT_SIGN] = "export packages, which signs them"};
    const char *name = vsocert_right_names[route->right];

    if (vsocert_config_allowed(call->r, route->right)) {
        return APR_SUCCESS;
    }
    vso_fail(call->res, VSO_P_FORBIDDEN, NULL,
             "User \"%s\" is not allowed to %s: it takes the right \"%s\", "
             "which an administrator grants with VSOCertAllow %s.",
             call->r->user, what[route->right], name, name);
    vsocert_call_lacks(call, route->right);
    return record_refusal(call, route);
}

/** There is no route: another method, or none. */
static apr_status_t no_route(vsocert_call_t *call, const char *allowed)
{
    request_rec *r = call->r;

    if (!allowed) {
        return vso_fail(call->res, VSO_P_NOT_FOUND, NULL,
                        "There is no %.200s in this API.", r->uri);
    }
    apr_table_setn(r->headers_out, "Allow", allowed);
    return vso_fail(call->res, VSO_P_METHOD, NULL,
                    "%.16s is not a method of %.200s: use %s.", r->method,
                    r->uri, allowed);
}

/** Always in this order: two calls that wait for each other's cannot be. */
static apr_status_t take_slots(vsocert_call_t *call, int flags)
{
    if (flags & VSOCERT_PACKAGE &&
        vsocert_call_take_slot(call, VSOCERT_SLOT_PACKAGE) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return flags & VSOCERT_DERIVES
               ? vsocert_call_take_slot(call, VSOCERT_SLOT_DERIVATION)
               : APR_SUCCESS;
}

/** Read what the request brings, and call the route's function. */
static apr_status_t run_route(vsocert_call_t *call,
                              const vsocert_route_t *route)
{
    vso_json_t *body = NULL;
    apr_table_t *query;

    if (read_query(call, route, &query) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->entry = apr_table_get(query, "entry");
    if (vsocert_context_fill(&call->ctx, call->r, call->entry, call->res) !=
            APR_SUCCESS ||
        check_right(call, route) != APR_SUCCESS ||
        check_fresh(call, route) != APR_SUCCESS ||
        read_wait(call, query) != APR_SUCCESS ||
        (!(route->flags & VSOCERT_UPLOAD) &&
         vsocert_json_body_read(call, route->flags, &body) != APR_SUCCESS) ||
        take_slots(call, route->flags) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!(route->flags & VSOCERT_NO_STORE) &&
        vsocert_dbd_store(call->r, &call->ctx.store, call->res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return read_fields(call, route, query, body) == APR_SUCCESS
               ? route->fn(call)
               : APR_EGENERAL;
}

/** Find the route and run it. */
static apr_status_t run_call(vsocert_call_t *call)
{
    const vsocert_route_t *route;
    vso_result_t *res = call->res;
    vsocert_found_t found;

    if (vsocert_checks_check(call->r, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_users_warn(call->r);
    route = vsocert_route_find(call->r, &found);
    if (!route) {
        return no_route(call, found.allowed);
    }
    if (vsocert_route_check_type(call->r, route, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->id = found.id;
    call->name = found.name;
    if (route->flags & VSOCERT_LARGE) {
        call->ctx.p = vso_scratch_begin(call->r->pool);
        call->response = vso_json_object(call->ctx.p);
    }
    return run_route(call, route);
}

/** Serve what was committed before the response goes out. */
static void publish(vsocert_call_t *call)
{
    int before = call->res->warnings->nelts;

    vsocert_serving_apply(&call->outcome, call->res);
    if (call->outcome.changes && vsocert_serving_is_filling()) {
        /* The change is on the side that is not served yet: after a restore
         * was accepted, for example. */
        vsocert_serving_renew(call->ctx.store, call->res);
    }
    if (call->res->warnings->nelts > before) {
        vso_json_set_warnings(call->response, call->res->warnings);
    }
}

static void fill_problem(vsocert_call_t *call)
{
    vso_result_t *res = call->res;
    request_rec *r = call->r;

    if (res->problem == VSO_P_NONE) {
        vso_fail(res, VSO_P_INTERNAL, NULL,
                 "The call failed and did not say why.");
    }
    vsocert_count_problem(res->problem);
    call->status = vso_problem_status(res->problem);
    if (call->status >= 500) {
        ap_log_rerror(APLOG_MARK, vsocert_response_level(res->problem), 0, r,
                      "vsocert: %s %s: %s (%s)", r->method, r->uri, res->detail,
                      vso_problem_slug(res->problem));
    }
    memset(&call->download, 0, sizeof(call->download));
    call->etag = call->location = NULL;
    call->response = vsocert_response_problem(res, r->pool);
    if (call->explain) {
        call->explain(call->response, call->explain_baton);
    }
}

/** Encode all but letters, digits and a few signs as %XX (RFC 8187); a space
 * too, which forms write as '+'. */
static const char *percent_encoded(const char *name, apr_pool_t *p)
{
    const char *form = apr_pescape_urlencoded(p, name);
    char *text = apr_palloc(p, 3 * strlen(form) + 1);
    char *to = text;

    for (; *form; form++) {
        if (*form == '+') {
            memcpy(to, "%20", 3);
            to += 3;
        }
        else {
            *to++ = *form;
        }
    }
    *to = '\0';
    return text;
}

/** The name that browsers save a file under (RFC 6266): beyond ASCII as UTF-8,
 * with a plain one for older programs. */
static const char *disposition(const char *name, apr_pool_t *p)
{
    char *plain = apr_pstrdup(p, name);
    const char *full = "";
    char *c;

    for (c = plain; *c; c++) {
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~' ||
            strchr("\"\\%", *c)) {
            *c = '_';
            full = apr_pstrcat(p, "; filename*=UTF-8''",
                               percent_encoded(name, p), NULL);
        }
    }
    return apr_psprintf(p, "attachment; filename=\"%s\"%s", plain, full);
}

/** Send a file a buffer at a time; none of it is mapped. */
static void send_file(request_rec *r, const vsocert_download_t *file)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);
    apr_bucket *b;

    b = apr_brigade_insert_file(bb, file->file, 0, (apr_off_t)file->len,
                                r->pool);
    apr_bucket_file_enable_mmap(b, 0);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    ap_pass_brigade(r->output_filters, bb);
}

static void send_response(const vsocert_call_t *call, const char *json_type)
{
    request_rec *r = call->r;
    const vsocert_download_t *file = &call->download;

    r->status = call->status;
    vsocert_response_headers(r, call->res->problem);
    if (call->etag) {
        apr_table_set(r->headers_out, "ETag", call->etag);
    }
    if (call->location) {
        apr_table_setn(
            r->headers_out, "Location",
            apr_pstrcat(r->pool, VSOCERT_API_BASE, call->location, NULL));
    }
    if (file->type) {
        ap_set_content_type(r, file->type);
        apr_table_setn(r->headers_out, "Content-Disposition",
                       disposition(file->filename, r->pool));
        ap_set_content_length(r, (apr_off_t)file->len);
        if (file->file) {
            send_file(r, file);
            return;
        }
        ap_rwrite(file->data, (int)file->len, r);
        return;
    }
    vsocert_response_json(r, call->response, json_type);
}

int vsocert_api_handler(request_rec *r)
{
    vsocert_call_t call = {.slots = {VSOCERT_NO_SLOT, VSOCERT_NO_SLOT}};
    const char *type = "application/json";
    apr_status_t rv;

    if (!r->handler || strcmp(r->handler, "vsocert-api")) {
        return DECLINED;
    }
    call.r = r;
    call.status = HTTP_OK;
    call.ctx.p = r->pool;
    call.res = vso_result_create(r->pool);
    call.response = vso_json_object(r->pool);
    rv = run_call(&call);
    vsocert_call_give_slots(&call);
    if (rv != APR_SUCCESS) {
        type = "application/problem+json";
        fill_problem(&call);
        r->status = call.status;
        vsocert_body_finish(r, call.res->problem == VSO_P_SLOW_DOWN);
    }
    publish(&call);
    vsocert_call_wait(&call);
    send_response(&call, type);
    if (call.ctx.p != r->pool) {
        vso_scratch_end(call.ctx.p, 1);
    }
    return OK;
}
