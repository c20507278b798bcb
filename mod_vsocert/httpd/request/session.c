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
#include <util_cookies.h>
#include <util_filter.h>

#include "httpd/config.h"
#include "httpd/dbd.h"
#include "httpd/keyring.h"
#include "httpd/request/browser.h"
#include "httpd/request/pages.h"
#include "httpd/request/response.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/signed_out.h"
#include "store/change.h"
#include "store/sessions.h"

APLOG_USE_MODULE(vsocert);

/* __Host-: for this host alone, over TLS, whatever other hosts send. */
#define COOKIE     "__Host-vsocert"
#define ATTRIBUTES "path=/;HttpOnly;Secure;SameSite=Strict"

/* Of a request's pool: its visit. */
#define VISIT "vsocert-visit"

/* In a request's notes: a session is about to be stored or deleted, and a
 * cookie will say so. */
#define SAVING "vsocert-session-saving"

/* Comes after mod_session's filter, which has the session stored. */
#define FILTER "VSOCERT_SESSION"

/* Not there without mod_session. */
#pragma weak ap_hook_session_load
#pragma weak ap_hook_session_decode
#pragma weak ap_hook_session_save

/** A request, its redirections and subrequests: they share one session. */
typedef struct {
    vso_store_t *store;   /**< NULL: the database was not asked */
    const char *cookie;   /**< as it was sent, once; NULL: none was */
    vso_session_t *found; /**< NULL: it has no session */
    session_rec *z;       /**< what mod_session got; NULL: nothing yet */
    int decoded;          /**< z has been */
    const char *user;     /**< of the session that was found; NULL: none */
    apr_pool_t *pool;     /**< of the first request */
} visit_t;

static visit_t *visit_of(request_rec *r)
{
    void *visit = NULL;
    visit_t *made;

    while (r->main || r->prev) {
        r = r->main ? r->main : r->prev;
    }
    apr_pool_userdata_get(&visit, VISIT, r->pool);
    if (!visit) {
        made = apr_pcalloc(r->pool, sizeof(*made));
        made->pool = r->pool;
        apr_pool_userdata_setn(made, VISIT, NULL, r->pool);
        visit = made;
    }
    return visit;
}

/** Who asks is not known yet: only what anybody may hear. */
static int refuse(request_rec *r, const vso_result_t *res)
{
    vso_json_t *problem = vsocert_response_problem(res, r->pool);

    if (res->problem == VSO_P_DATABASE) {
        vso_json_set_string(problem, "detail", vsocert_dbd_unreachable);
    }
    vsocert_response_refuse(r, problem, res->problem);
    return DONE;
}

/* Finding the session */

/* Before anybody asks for it: mod_session takes a database that does not answer
 * for a session that is not there. And nobody signs in, or out, without one.
 * The console's files need none. */
static int find(request_rec *r)
{
    const char *handler = vsocert_config_handler(r);
    int page = !strncmp(handler, "form-log", 8);
    visit_t *visit = visit_of(r);
    vso_result_t *res;

    if (visit->store || (!page && strncmp(handler, "vsocert-", 8))) {
        return DECLINED;
    }
    ap_cookie_read(r, COOKIE, &visit->cookie, 0);
    if (!visit->cookie && !page) {
        return DECLINED;
    }
    res = vso_result_create(r->pool);
    if (vsocert_dbd_store(r, &visit->store, res) != APR_SUCCESS ||
        (visit->cookie &&
         vso_session_find(visit->store, vsocert_keyring_sessions(),
                          visit->cookie, vsocert_db_clock_now_sec(),
                          &visit->found, res, r->pool) != APR_SUCCESS)) {
        return refuse(r, res);
    }
    if (visit->found && vsocert_signed_out_is(visit->found->id)) {
        visit->found = NULL;
    }
    return DECLINED;
}

static apr_status_t load(request_rec *r, session_rec **pz)
{
    visit_t *visit = visit_of(r);

    if (!vsocert_pages_ours(r)) {
        return DECLINED;
    }
    if (!visit->z) {
        visit->z = apr_pcalloc(visit->pool, sizeof(*visit->z));
        visit->z->pool = visit->pool;
        visit->z->entries = apr_table_make(visit->pool, 4);
        visit->z->encoded = visit->found ? visit->found->text : NULL;
    }
    *pz = visit->z;
    return OK;
}

/** Who is signed in with it; NULL: nobody. The name is where mod_auth_form puts
 * it. */
static const char *user_of(request_rec *r, const session_rec *z)
{
    const char *realm = ap_auth_name(r);

    return realm ? apr_table_get(
                       z->entries,
                       apr_pstrcat(r->pool, realm, "-" MOD_SESSION_USER, NULL))
                 : NULL;
}

/* mod_session decodes each time that it is asked for a session, and a session
 * may have been changed since. When it ends is ours to say: to mod_session
 * that is a time by the clock of this node. */
static apr_status_t decoded(request_rec *r, session_rec *z)
{
    visit_t *visit = visit_of(r);

    if (z == visit->z && !visit->decoded) {
        visit->decoded = 1;
        z->encoded = NULL;
        visit->user = visit->found ? user_of(r, z) : NULL;
        z->expiry = visit->found
                        ? visit->found->expires_usec - vsocert_db_clock_offset()
                        : 0;
    }
    return OK;
}

apr_int64_t vsocert_session_signed_in(request_rec *r)
{
    const visit_t *visit = visit_of(r);

    return visit->found ? visit->found->signed_in_sec : 0;
}

/* Storing it */

static void send_cookie(request_rec *r, const char *cookie, long max_age)
{
    ap_cookie_write(r, COOKIE, cookie, ATTRIBUTES, max_age, r->err_headers_out,
                    NULL);
}

/** When it ends, by the database's clock: as mod_session says, and without
 * SessionMaxAge after the life of a session. */
static apr_int64_t expiry_of(const session_rec *z, apr_int64_t signed_in_sec)
{
    return z->expiry ? z->expiry + vsocert_db_clock_offset()
                     : apr_time_from_sec(signed_in_sec + VSO_SESSION_LIFE_SEC);
}

/** Record in the audit trail that somebody signed in or out. A sealed keystore
 * records nothing, and people sign in to read why. */
static apr_status_t record(request_rec *r, visit_t *visit, const char *action,
                           const char *user, const char *detail,
                           vso_result_t *res)
{
    vso_audit_event_t event = {.actor = user,
                               .address = r->useragent_ip,
                               .action = action,
                               .detail = detail};

    return vso_store_sealed(visit->store) || vso_store_forged(visit->store)
               ? APR_SUCCESS
               : vso_change_note(visit->store, &event, VSO_P_NONE, res,
                                 r->pool);
}

/** End the session that was found: its row goes first. Where the database does
 * not take that, the session goes on, and whoever signs out is told so. What
 * the audit trail says of it tells other nodes. */
static apr_status_t end(request_rec *r, visit_t *visit, const char *reason,
                        vso_result_t *res)
{
    const char *id = visit->found->id;
    apr_array_header_t *ids = apr_array_make(r->pool, 1, sizeof(const char *));

    if (vso_session_delete(visit->store, id, res, r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    APR_ARRAY_PUSH(ids, const char *) = id;
    vsocert_signed_out_add(ids);
    visit->found = NULL;
    return record(r, visit, VSO_SESSION_SIGN_OUT, visit->user,
                  vso_session_ended(id, reason, r->pool), res);
}

/** A new session, in place of the one that was there. Nobody is signed in
 * without a row in the audit trail. */
static apr_status_t begin(request_rec *r, visit_t *visit, session_rec *z,
                          vso_result_t *res)
{
    const char *cookie = vso_session_cookie(r->pool);
    const char *user = user_of(r, z);
    vso_session_t session = {.signed_in_sec = vsocert_db_clock_now_sec(),
                             .text = z->encoded};

    session.expires_usec = expiry_of(z, session.signed_in_sec);
    apr_table_setn(r->notes, SAVING, "1");
    if (!cookie ||
        (visit->found &&
         end(r, visit, "somebody signed in anew", res) != APR_SUCCESS) ||
        vso_session_insert(visit->store, vsocert_keyring_sessions(), cookie,
                           &session, res, r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (record(r, visit, VSO_SESSION_SIGN_IN, user, NULL, res) != APR_SUCCESS) {
        vso_session_delete(visit->store, session.id, vso_result_create(r->pool),
                           r->pool);
        return APR_EGENERAL;
    }
    send_cookie(r, cookie, z->maxage);
    vsocert_browser_remember(r, user);
    return APR_SUCCESS;
}

static apr_status_t renew(request_rec *r, visit_t *visit, session_rec *z,
                          vso_result_t *res)
{
    vso_session_t session = *visit->found;
    int there = 0;

    session.expires_usec = expiry_of(z, session.signed_in_sec);
    session.text = z->encoded;
    if (vso_session_update(visit->store, vsocert_keyring_sessions(),
                           visit->cookie, &session, &there, res,
                           r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (there && !vsocert_signed_out_is(session.id)) {
        send_cookie(r, visit->cookie, z->maxage);
    }
    return APR_SUCCESS;
}

/** Somebody signs out. */
static apr_status_t leave(request_rec *r, visit_t *visit, vso_result_t *res)
{
    apr_table_setn(r->notes, SAVING, "1");
    if (end(r, visit, NULL, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    send_cookie(r, "", -1);
    return APR_SUCCESS;
}

int vsocert_session_opened(request_rec *r)
{
    const visit_t *visit = visit_of(r);

    return visit->found && visit->z && !vsocert_pages_sign_in(r);
}

void vsocert_session_drop(request_rec *r)
{
    vso_result_t *res = vso_result_create(r->pool);
    visit_t *visit = visit_of(r);

    if (end(r, visit, "the password is right no more", res) != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "vsocert: the session of a user whose password is right "
                      "no more could not be ended: %s",
                      res->detail);
    }
}

static apr_status_t save(request_rec *r, session_rec *z)
{
    vso_result_t *res = vso_result_create(r->pool);
    visit_t *visit = visit_of(r);
    apr_status_t rv = APR_SUCCESS;

    if (!vsocert_pages_ours(r)) {
        return DECLINED;
    }
    if (!visit->store || z != visit->z) {
        return OK;
    }
    if (user_of(r, z) && vsocert_pages_sign_in(r)) {
        /* mod_session saves after each response, also of these pages'
         * refusals: only mod_auth_form, where the password was right, changes
         * what a session holds. */
        rv = z->dirty ? begin(r, visit, z, res) : APR_SUCCESS;
    }
    else if (user_of(r, z) && visit->found) {
        rv = renew(r, visit, z, res);
    }
    else if (visit->found && z->dirty && !user_of(r, z)) {
        rv = leave(r, visit, res);
    }
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "vsocert: the session could not be written: %s",
                      res->detail);
        return rv;
    }
    return OK;
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

/* mod_session does not look whether a session could be stored: whoever signs in
 * would be sent on without one, and whoever signs out be signed in still. */
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
    if (vsocert_pages_sign_in(r)) {
        ap_add_output_filter(FILTER, NULL, r, r->connection);
    }
}

void vsocert_session_register(void)
{
    static const char *const mod_session[] = {"mod_session.c", NULL};

    ap_hook_header_parser(find, NULL, NULL, APR_HOOK_FIRST);
    if (ap_hook_session_load && ap_hook_session_decode &&
        ap_hook_session_save) {
        ap_hook_session_load(load, NULL, NULL, APR_HOOK_FIRST);
        ap_hook_session_decode(decoded, mod_session, NULL,
                               APR_HOOK_REALLY_LAST);
        ap_hook_session_save(save, NULL, NULL, APR_HOOK_FIRST);
        ap_register_output_filter(FILTER, look_after, NULL,
                                  AP_FTYPE_CONTENT_SET + 1);
        ap_hook_insert_filter(insert_filter, NULL, NULL, APR_HOOK_MIDDLE);
        /* httpd begins anew for a redirection */
        ap_hook_insert_error_filter(insert_filter, NULL, NULL, APR_HOOK_MIDDLE);
    }
}
