/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/api.h"

#include <errno.h>
#include <string.h>

#include <apr_buckets.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>

#include "base/query.h"
#include "httpd/api/body.h"
#include "httpd/api/route.h"
#include "httpd/shared/publish.h"
#include "httpd/shared/counters.h"
#include "httpd/request/context.h"
#include "httpd/dbd.h"
#include "httpd/request/checks.h"
#include "httpd/request/body.h"
#include "httpd/request/scratch_pool.h"
#include "httpd/request/response.h"

APLOG_USE_MODULE(vsocert);

/** The parameters: the route's, and "entry", which all have. */
static apr_status_t read_query(vsocert_call_t *call,
                               const vsocert_route_t *route)
{
    const char *known =
        apr_pstrcat(call->r->pool, "entry,", route->query, NULL);

    return vso_query_parse(call->r->args, known, &call->query, call->res,
                           call->r->pool);
}

apr_status_t vsocert_api_query_int(vsocert_call_t *call, const char *name,
                                   apr_int64_t min, apr_int64_t max,
                                   apr_int64_t *pvalue)
{
    const char *text = apr_table_get(call->query, name);
    apr_int64_t value;
    char *end;

    if (!text) {
        return APR_SUCCESS;
    }
    errno = 0;
    value = apr_strtoi64(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max) {
        return vso_fail(call->res, VSO_P_MALFORMED, name,
                        "\"%s\" must be a whole number from %" APR_INT64_T_FMT
                        " to %" APR_INT64_T_FMT ".",
                        name, min, max);
    }
    *pvalue = value;
    return APR_SUCCESS;
}

apr_status_t vsocert_api_query_bool(vsocert_call_t *call, const char *name,
                                    int *pvalue)
{
    const char *text = apr_table_get(call->query, name);

    if (!text) {
        return APR_SUCCESS;
    }
    if (strcmp(text, "true") && strcmp(text, "false")) {
        return vso_fail(call->res, VSO_P_MALFORMED, name,
                        "\"%s\" must be true or false.", name);
    }
    *pvalue = !strcmp(text, "true");
    return APR_SUCCESS;
}

apr_status_t vsocert_api_pem(vsocert_call_t *call, const char *filename,
                             const char *pem)
{
    call->download.type = "application/x-pem-file";
    call->download.filename = filename;
    call->download.data = pem;
    call->download.len = strlen(pem);
    return APR_SUCCESS;
}

/** 1 where {id} is a version's; imports have numbers of their own. */
static int is_version(const vsocert_route_t *route)
{
    static const char versions[] = "/versions/{id}";

    return !strncmp(route->path, versions, strlen(versions));
}

static apr_status_t check_right(vsocert_call_t *call,
                                const vsocert_route_t *route)
{
    static const char *const what[VSOCERT_RIGHTS] = {
        "change anything", "read this", "export private keys"};

    if (vsocert_config_allowed(call->r, route->right)) {
        return APR_SUCCESS;
    }
    vso_fail(call->res, VSO_P_FORBIDDEN, NULL,
             "User \"%s\" is not allowed to %s (VSOCertAllow).", call->r->user,
             what[route->right]);
    if (*route->action &&
        vsocert_dbd_store(call->r, &call->ctx.store,
                          vso_result_create(call->r->pool)) == APR_SUCCESS) {
        vso_context_refuse(&call->ctx, route->action,
                           is_version(route) ? call->id : 0, call->res);
    }
    return APR_EGENERAL;
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

/** From request to reply. */
static apr_status_t run_call(vsocert_call_t *call)
{
    const vsocert_route_t *route;
    vso_result_t *res = call->res;
    vsocert_found_t found;

    if (vsocert_checks_check(call->r, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
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
        call->ctx.p = vsocert_scratch_pool_begin(call->r->pool);
        call->reply = vso_json_object(call->ctx.p);
    }
    if (read_query(call, route) != APR_SUCCESS ||
        vsocert_context_fill(&call->ctx, call->r,
                             apr_table_get(call->query, "entry"),
                             res) != APR_SUCCESS ||
        check_right(call, route) != APR_SUCCESS ||
        vsocert_api_wait_check(call) != APR_SUCCESS ||
        (!(route->flags & VSOCERT_UPLOAD) &&
         vsocert_api_body(call, route->flags) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (!(route->flags & VSOCERT_NO_STORE) &&
        vsocert_dbd_store(call->r, &call->ctx.store, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return route->fn(call);
}

/** What was committed is on the wire before the reply is. */
static void publish(const vsocert_call_t *call)
{
    apr_status_t rv;

    if (!call->outcome.serving) {
        return;
    }
    rv =
        vsocert_publish_change(call->outcome.serving, call->outcome.generation);
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, call->r,
                      "vsocert: generation %" APR_INT64_T_FMT
                      " is committed and could not be published on this node",
                      call->outcome.generation);
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
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "vsocert: %s %s: %s (%s)",
                      r->method, r->uri, res->detail,
                      vso_problem_slug(res->problem));
    }
    memset(&call->download, 0, sizeof(call->download));
    call->etag = call->location = NULL;
    call->reply = vsocert_response_problem(res, r->pool);
    if (call->explain) {
        call->explain(call->reply, call->explain_baton);
    }
}

/** All but letters, digits and a few signs as %XX (RFC 8187); a space too,
 * which forms write as '+'. */
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

/** What browsers save a file as (RFC 6266): names beyond ASCII as UTF-8, with
 * a plain one for programs that do not know that. */
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

/** A buffer at a time; nothing of the file is mapped. */
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

static void send_reply(const vsocert_call_t *call, const char *json_type)
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
    vsocert_response_json(r, call->reply, json_type);
}

int vsocert_api_handler(request_rec *r)
{
    vsocert_call_t call = {0};
    const char *type = "application/json";

    if (!r->handler || strcmp(r->handler, "vsocert-api")) {
        return DECLINED;
    }
    call.r = r;
    call.status = HTTP_OK;
    call.ctx.p = r->pool;
    call.res = vso_result_create(r->pool);
    call.reply = vso_json_object(r->pool);
    if (run_call(&call) != APR_SUCCESS) {
        type = "application/problem+json";
        fill_problem(&call);
        r->status = call.status;
        vsocert_body_leave(r, call.res->problem == VSO_P_SLOW_DOWN);
    }
    publish(&call);
    vsocert_api_wait(&call);
    send_reply(&call, type);
    if (call.ctx.p != r->pool) {
        vsocert_scratch_pool_end(call.ctx.p, 1);
    }
    return OK;
}
