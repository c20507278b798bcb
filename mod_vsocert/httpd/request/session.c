/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/session.h"

#include <string.h>

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_session.h>
#include <util_filter.h>

#include "httpd/shared/db_clock.h"
#include "httpd/config.h"
#include "httpd/dbd.h"
#include "httpd/shared/counters.h"
#include "httpd/request/response.h"
#include "httpd/request/sign_in.h"

APLOG_USE_MODULE(vsocert);

/* In a session's entries: it is decoded already. mod_session decodes it each
 * time that somebody asks for it. */
#define SEEN "vsocert-seen"

/* In a request's notes: a session is about to be stored or deleted. */
#define SAVING "vsocert-session-saving"

/* Runs after mod_session's filter, which stores the session. */
#define FILTER "VSOCERT_SESSION"

/* NULL without mod_session. */
#pragma weak ap_hook_session_encode
#pragma weak ap_hook_session_decode
#pragma weak ap_hook_session_save

/* From the database's time to that of this node. */
static int decoded(request_rec *r, session_rec *z)
{
    (void)r;
    if (z->expiry && !apr_table_get(z->entries, SEEN)) {
        z->expiry -= vsocert_db_clock_offset();
    }
    apr_table_setn(z->entries, SEEN, "1");
    return OK;
}

/* And back, before the session is stored. */
static int encode(request_rec *r, session_rec *z)
{
    (void)r;
    if (z->expiry) {
        z->expiry += vsocert_db_clock_offset();
    }
    apr_table_unset(z->entries, SEEN);
    return OK;
}

/* Is somebody signed in? mod_auth_form keeps the name under this key. */
static int has_user(const request_rec *r, const session_rec *z)
{
    const char *realm = ap_auth_name((request_rec *)r);

    return realm &&
           apr_table_get(z->entries, apr_pstrcat(r->pool, realm,
                                                 "-" MOD_SESSION_USER, NULL));
}

/* Before mod_session_dbd, which would store a row for each request with an
 * invented cookie. */
static int save(request_rec *r, session_rec *z)
{
    if (!vsocert_sign_in_ours(r) || has_user(r, z)) {
        apr_table_setn(r->notes, SAVING, "1");
        return DECLINED;
    }
    if (!z->uuid || !z->dirty) {
        return OK;
    }
    apr_table_setn(r->notes, SAVING, "1");
    /* signed out: without a text mod_session_dbd deletes the row, and the
     * browser the cookie */
    z->encoded = NULL;
    z->maxage = -1;
    return DECLINED;
}

/** In place of the redirection. */
static apr_status_t answer_away(ap_filter_t *f)
{
    request_rec *r = f->r;
    vso_result_t *res = vso_result_create(r->pool);
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);
    const char *text;

    vso_fail(res, VSO_P_DATABASE, NULL,
             "The session could not be written: the database cannot be "
             "reached or is locked, and the error log says why. Try again.");
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "vsocert: %s %s: %s (%s)",
                  r->method, r->uri, res->detail,
                  vso_problem_slug(res->problem));
    vsocert_count_problem(res->problem);
    text = vso_json_text(vsocert_response_problem(res, r->pool), r->pool);
    r->status = vso_problem_status(res->problem);
    r->status_line = NULL;
    apr_table_unset(r->headers_out, "Location");
    vsocert_response_headers(r, res->problem);
    ap_set_content_type(r, "application/problem+json");
    ap_set_content_length(r, (apr_off_t)strlen(text));
    APR_BRIGADE_INSERT_TAIL(
        bb, apr_bucket_pool_create(text, strlen(text), r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(f->next, bb);
}

/* mod_session_dbd sends a cookie when it has written or deleted a row, and
 * mod_session ignores its failures: a sign-in would redirect without a session,
 * and a sign-out would leave the session in place. */
static apr_status_t look_after(ap_filter_t *f, apr_bucket_brigade *in)
{
    request_rec *r = f->r;

    ap_remove_output_filter(f);
    if (!ap_is_HTTP_REDIRECT(r->status) || !apr_table_get(r->notes, SAVING) ||
        apr_table_get(r->err_headers_out, "Set-Cookie")) {
        return ap_pass_brigade(f->next, in);
    }
    apr_brigade_cleanup(in);
    return answer_away(f);
}

static void insert_filter(request_rec *r)
{
    if (vsocert_sign_in_page(r)) {
        ap_add_output_filter(FILTER, NULL, r, r->connection);
    }
}

/** The client is not authenticated yet: the response tells no details. */
static int refuse(request_rec *r, const vso_result_t *res)
{
    vso_json_t *problem = vsocert_response_problem(res, r->pool);

    vso_json_set_string(problem, "detail", vsocert_dbd_unreachable);
    vsocert_response_refuse(r, problem, res->problem);
    return DONE;
}

/* mod_session_dbd takes a connection that died in the pool for a session that
 * does not exist: a restart of the database would sign users out. So the
 * connection is tested before a session is read. While SQLite's file is not in
 * its place, no session is read either, and nobody is signed out. */
static int wake(request_rec *r)
{
    const char *handler = vsocert_config_handler(r);
    vso_result_t *res = vso_result_create(r->pool);

    if (strncmp(handler, "form-log", 8) &&
        (strcmp(handler, "vsocert-api") ||
         !apr_table_get(r->headers_in, "Cookie"))) {
        return DECLINED;
    }
    return vsocert_dbd_wake(r, res) == APR_SUCCESS ? DECLINED : refuse(r, res);
}

void vsocert_session_register(void)
{
    static const char *const session[] = {"mod_session.c", NULL};

    ap_hook_header_parser(wake, NULL, NULL, APR_HOOK_FIRST);

    /* mod_session writes z->expiry first, and reads it last. */
    if (ap_hook_session_encode && ap_hook_session_decode &&
        ap_hook_session_save) {
        ap_hook_session_encode(encode, NULL, session, APR_HOOK_REALLY_FIRST);
        ap_hook_session_decode(decoded, session, NULL, APR_HOOK_REALLY_LAST);
        ap_hook_session_save(save, NULL, NULL, APR_HOOK_FIRST);
        ap_register_output_filter(FILTER, look_after, NULL,
                                  AP_FTYPE_CONTENT_SET + 1);
        ap_hook_insert_filter(insert_filter, NULL, NULL, APR_HOOK_MIDDLE);
        /* httpd begins anew for a redirection */
        ap_hook_insert_error_filter(insert_filter, NULL, NULL, APR_HOOK_MIDDLE);
    }
}
