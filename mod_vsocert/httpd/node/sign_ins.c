/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/sign_ins.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/log.h"
#include "httpd/node/node.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/failures.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/shared/signed_out.h"
#include "store/audit.h"
#include "store/change.h"
#include "store/sessions.h"

#define TELL_INTERVAL apr_time_from_sec(60)
#define TELL_ACTION   "sign-in"

/* Telling of failures */

/** "; vmware 12 times, last from 192.0.2.7" for each user that is told. */
static const char *users_text(const vsocert_failures_t *failures, apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; i < VSOCERT_FAILURES_USERS && *failures->users[i].name; i++) {
        const vsocert_failed_user_t *user = &failures->users[i];

        text = apr_psprintf(p, "%s; user %s: %d, the last from %s", text,
                            user->name, user->count, user->address);
    }
    return text;
}

static apr_status_t tell(vso_store_t *store, const vsocert_failures_t *failures,
                         vso_result_t *res, apr_pool_t *p)
{
    const int *counts = failures->counts;
    vso_audit_event_t event = {.actor = "", .address = "", .entry = ""};

    event.action = TELL_ACTION;
    event.detail = apr_psprintf(
        p,
        "Node %s: %d wrong passwords, %d unknown users, %d refused for too "
        "many wrong passwords%s",
        vsocert_node_name(), counts[VSOCERT_FAILED_PASSWORD],
        counts[VSOCERT_FAILED_UNKNOWN], counts[VSOCERT_FAILED_LIMIT],
        users_text(failures, p));
    vso_log(VSO_LOG_NOTICE, "failed sign-ins: %s", event.detail);
    return vso_change_note(store, &event, VSO_P_NOT_SIGNED_IN, res, p);
}

static apr_status_t tell_failures(vso_store_t *store, apr_time_t now,
                                  vso_result_t *res, apr_pool_t *p)
{
    vsocert_failures_t failures;
    apr_status_t rv = APR_SUCCESS;

    if (!vsocert_failures_any() || vso_store_sealed(store) ||
        vso_store_forged(store) ||
        !vsocert_poll_lease_duty(VSOCERT_DUTY_SIGN_INS, now, TELL_INTERVAL)) {
        return APR_SUCCESS;
    }
    vsocert_failures_take(&failures);
    rv = tell(store, &failures, res, p);
    if (rv != APR_SUCCESS) {
        vsocert_failures_put_back(&failures);
    }
    return rv;
}

/* Hearing of sign-outs */

/** Take up those of some rows. @return 1: all are older than any session */
static int take_up(const apr_array_header_t *rows, apr_pool_t *p)
{
    apr_int64_t since_sec = vsocert_db_clock_now_sec() - VSO_SESSION_LIFE_SEC;
    apr_array_header_t *ids = apr_array_make(p, 4, sizeof(const char *));
    int over = 1;
    int i;

    for (i = 0; i < rows->nelts; i++) {
        const vso_audit_row_t *row = &APR_ARRAY_IDX(rows, i, vso_audit_row_t);
        const char *id = NULL;

        if (row->at_sec < since_sec) {
            continue;
        }
        over = 0;
        if (!strcmp(row->event.action, VSO_SESSION_SIGN_OUT)) {
            id = vso_session_ended_id(row->event.detail, p);
        }
        if (id && !vsocert_signed_out_is(id)) {
            APR_ARRAY_PUSH(ids, const char *) = id;
        }
    }
    vsocert_signed_out_add(ids);
    return over;
}

/** After a start: those of a session's life. */
static apr_status_t hear_all(vso_store_t *store, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_int64_t before = 0;
    apr_array_header_t *rows;
    apr_status_t rv;

    do {
        rv = vso_audit_list_action(store, VSO_SESSION_SIGN_OUT, before,
                                   VSO_MAX_PAGE, &rows, res, p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        if (rows->nelts) {
            before = APR_ARRAY_IDX(rows, rows->nelts - 1, vso_audit_row_t).seq;
        }
    } while (!take_up(rows, p) && rows->nelts == VSO_MAX_PAGE);
    return APR_SUCCESS;
}

static apr_status_t hear_news(vso_store_t *store, apr_int64_t *pheard,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows;
    apr_status_t rv;

    rv = vso_audit_since(store, *pheard, VSO_MAX_PAGE, &rows, res, p);
    if (rv == APR_SUCCESS && rows->nelts) {
        take_up(rows, p);
        *pheard = APR_ARRAY_IDX(rows, rows->nelts - 1, vso_audit_row_t).seq;
    }
    return rv;
}

/* An audit trail that is shorter than it was is another database's, or a
 * backup's: all of it is read. */
static apr_status_t hear(vso_store_t *store, const vso_state_t *state,
                         vso_result_t *res, apr_pool_t *p)
{
    vsocert_poll_notes_t *notes = vsocert_poll_lease_notes();
    apr_status_t rv;

    if (notes->heard == state->audit_seq) {
        return APR_SUCCESS;
    }
    if (notes->heard >= 0 && notes->heard < state->audit_seq) {
        return hear_news(store, &notes->heard, res, p);
    }
    rv = hear_all(store, res, p);
    if (rv == APR_SUCCESS) {
        notes->heard = state->audit_seq;
    }
    return rv;
}

apr_status_t vsocert_sign_ins_run(vso_store_t *store, const vso_state_t *state,
                                  apr_time_t now, vso_result_t *res,
                                  apr_pool_t *p)
{
    apr_status_t rv = hear(store, state, res, p);

    return rv == APR_SUCCESS ? tell_failures(store, now, res, p) : rv;
}
