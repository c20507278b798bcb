/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/filter/verify.h"

#include <string.h>

/* first: clang takes APR's macros for ours otherwise */
#include <httpd.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "base/blob.h"
#include "httpd/request/context.h"
#include "httpd/config.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/slots.h"
#include "httpd/dbd.h"
#include "httpd/request/body.h"
#include "base/scratch.h"
#include "httpd/module.h"
#include "httpd/request/response.h"
#include "httpd/request/review_shape.h"
#include "httpd/request/spool.h"
#include "service/package/transit.h"

APLOG_USE_MODULE(vsocert);

#define FILTER "VSOCERT_VERIFIED"

/* In front of all filters that the body has passed already. */
#define PLACE (AP_FTYPE_RESOURCE - 5)

/** A body that was verified. */
typedef struct {
    vsocert_spool_t *spool;
    apr_off_t len;
    int packages;           /**< how many it holds */
    apr_bucket_brigade *bb; /**< what the application has not read yet */
} body_t;

static ap_filter_rec_t *filter;

/** The application reads what was verified. */
static apr_status_t replay(ap_filter_t *f, apr_bucket_brigade *out,
                           ap_input_mode_t mode, apr_read_type_e block,
                           apr_off_t bytes)
{
    apr_bucket_alloc_t *alloc = f->c->bucket_alloc;
    body_t *body = f->ctx;
    apr_bucket *stop;
    apr_bucket *b;
    apr_status_t rv;

    if (APR_BRIGADE_EMPTY(body->bb)) {
        APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(alloc));
        return APR_SUCCESS;
    }
    switch (mode) {
    case AP_MODE_GETLINE:
        return apr_brigade_split_line(out, body->bb, block, HUGE_STRING_LEN);
    case AP_MODE_EXHAUSTIVE:
        APR_BRIGADE_CONCAT(out, body->bb);
        return APR_SUCCESS;
    case AP_MODE_READBYTES:
    case AP_MODE_SPECULATIVE:
        break;
    default:
        return APR_SUCCESS;
    }
    rv = apr_brigade_partition(body->bb, bytes, &stop);
    if (rv != APR_SUCCESS && rv != APR_INCOMPLETE) {
        return rv;
    }
    for (b = APR_BRIGADE_FIRST(body->bb); b != stop;) {
        apr_bucket *next = APR_BUCKET_NEXT(b);
        apr_bucket *copy = b;

        if (mode == AP_MODE_SPECULATIVE) {
            apr_bucket_copy(b, &copy);
        }
        else {
            APR_BUCKET_REMOVE(b);
        }
        APR_BRIGADE_INSERT_TAIL(out, copy);
        b = next;
    }
    return APR_SUCCESS;
}

/** From here on every reader of the request gets this body. */
static void hand_on(request_rec *r, body_t *body)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket *b;

    body->bb = apr_brigade_create(r->pool, alloc);
    if (body->len > 0) {
        b = apr_brigade_insert_file(body->bb, vsocert_spool_file(body->spool),
                                    0, body->len, r->pool);
        apr_bucket_file_enable_mmap(b, 0);
    }
    APR_BRIGADE_INSERT_TAIL(body->bb, apr_bucket_eos_create(alloc));
    apr_table_unset(r->headers_in, "Transfer-Encoding");
    apr_table_unset(r->headers_in, "Expect");
    apr_table_setn(r->headers_in, "Content-Length",
                   apr_off_t_toa(r->pool, body->len));
    ap_add_input_filter_handle(filter, body, r, r->connection);
}

/** Verify the packages of a body, with a slot.
 * @param p  destroyed before the application gets the request, with the
 * database connection */
static apr_status_t judge(request_rec *r, const apr_array_header_t *packages,
                          const vso_review_t **preport, vso_result_t *res,
                          apr_pool_t *p)
{
    vso_context_t ctx = {.p = p};
    int slot = VSOCERT_NO_SLOT;
    apr_status_t rv;

    if (vsocert_context_fill(&ctx, r, NULL, res) != APR_SUCCESS ||
        vsocert_slot_take(VSOCERT_SLOT_PACKAGE, &slot, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    rv = vsocert_dbd_store_for(p, &ctx.store, res);
    if (rv == APR_SUCCESS) {
        rv = vso_transit_verify(&ctx, packages, preport, res);
    }
    vsocert_slot_give(&slot);
    if (rv == APR_SUCCESS) {
        vsocert_count(VSOCERT_COUNT_PACKAGE_VERIFIED);
    }
    return rv;
}

/** Find packages in the body, and verify them. */
static apr_status_t search(request_rec *r, body_t *body,
                           const vso_review_t **preport, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_transit_upload_t upload = {
        .path = r->uri,
        .type = apr_table_get(r->headers_in, "Content-Type"),
        .disposition = apr_table_get(r->headers_in, "Content-Disposition")};
    apr_array_header_t *packages;
    vso_blob_t *blob;

    if (vso_blob_file(vsocert_spool_file(body->spool), &blob, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    upload.blob = blob;
    if (vso_transit_find(&upload, &packages, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    body->packages = packages->nelts;
    return packages->nelts ? judge(r, packages, preport, res, p) : APR_SUCCESS;
}

/** Refuse a body that cannot be searched for packages. */
static apr_status_t check_headers(request_rec *r, vso_result_t *res)
{
    const char *encoding = apr_table_get(r->headers_in, "Content-Encoding");

    if (apr_table_get(r->headers_in, "Content-Range")) {
        return vso_fail(res, VSO_P_MALFORMED, "Content-Range",
                        "A part of a file cannot be verified: send the whole "
                        "file.");
    }
    if (encoding && ap_cstr_casecmp(encoding, "identity")) {
        return vso_fail(res, VSO_P_MEDIA_TYPE, "Content-Encoding",
                        "A body with Content-Encoding %.32s cannot be "
                        "verified: send it without.",
                        encoding);
    }
    return APR_SUCCESS;
}

/** Read the body. Its encoding is checked afterwards, because the filter
 * DEFLATE may have decoded it. */
static apr_status_t take_in(request_rec *r, body_t *body, vso_result_t *res)
{
    if (vsocert_body_check(r, res) != APR_SUCCESS ||
        vsocert_spool_make(r->server, &body->spool, res, r->pool) !=
            APR_SUCCESS ||
        vsocert_body_read(r, vsocert_spool_append, body->spool, &body->len,
                          res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return check_headers(r, res);
}

static int refuse(request_rec *r, const vso_review_t *report,
                  const vso_result_t *res, apr_pool_t *p)
{
    vso_json_t *problem = vsocert_response_problem(res, p);

    if (report) {
        vsocert_review_shape_put(problem, report);
    }
    vsocert_count_problem(res->problem);
    ap_log_rerror(APLOG_MARK, vsocert_response_level(res->problem), 0, r,
                  "vsocert: %s %s by %s was not passed on: %s (%s)", r->method,
                  r->uri, r->user ? r->user : "an unknown user", res->detail,
                  vso_problem_slug(res->problem));
    r->status = vso_problem_status(
        res->problem); /* vsocert_body_finish depends on it */
    vsocert_body_finish(r, 0);
    vsocert_response_refuse(r, problem, res->problem);
    return OK;
}

/** The body that was read before an internal redirect of this request. */
static body_t *taken(request_rec *r)
{
    body_t *body = NULL;

    for (; r && !body; r = r->prev) {
        body = ap_get_module_config(r->request_config, &vsocert_module);
    }
    return body;
}

/** Does a body follow? Also with HEAD: an application may read it. */
static int has_body(const request_rec *r)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");

    return r->kept_body || apr_table_get(r->headers_in, "Transfer-Encoding") ||
           (length && strcmp(length, "0"));
}

/* mod_rewrite redirects internally with this handler; the redirected request
 * comes here as well. */
static int is_redirected(const request_rec *r)
{
    return r->handler && !strcmp(r->handler, "redirect-handler");
}

static int verify(request_rec *r)
{
    vso_result_t *res;
    const vso_review_t *report = NULL;
    body_t *body;
    apr_status_t rv;
    apr_pool_t *p;
    int answer;

    if (!has_body(r) || r->main || is_redirected(r)) {
        return DECLINED;
    }
    body = taken(r);
    if (!body && !vsocert_config_verify(r)) {
        return DECLINED;
    }
    if (body) {
        hand_on(r, body);
        return DECLINED;
    }
    res = vso_result_create(r->pool);
    body = apr_pcalloc(r->pool, sizeof(*body));
    p = vso_scratch_begin(r->pool);
    rv = take_in(r, body, res);
    if (rv == APR_SUCCESS) {
        rv = search(r, body, &report, res, p);
    }
    if (rv == APR_SUCCESS) {
        ap_set_module_config(r->request_config, &vsocert_module, body);
        hand_on(r, body);
        answer = DECLINED;
    }
    else {
        answer = refuse(r, report, res, p);
    }
    vso_scratch_end(p, body->packages > 0);
    return answer;
}

void vsocert_verify_register(void)
{
    filter = ap_register_input_filter(FILTER, replay, NULL, PLACE);
    ap_hook_handler(verify, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
