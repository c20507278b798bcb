/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/poller.h"

#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <http_log.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/scratch.h"
#include "base/worker.h"
#include "httpd/shared/board.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/shared/serving.h"
#include "httpd/config.h"
#include "httpd/dbd.h"
#include "httpd/node/message_cmd.h"
#include "httpd/node/node.h"
#include "httpd/node/receiving.h"
#include "httpd/node/scheduled.h"
#include "httpd/node/sign_ins.h"
#include "httpd/node/uptake.h"
#include "service/housekeeping.h"

APLOG_USE_MODULE(vsocert);

/* mod_dbd logs each connection that fails: once in this time is enough. */
#define AWAY_INTERVAL apr_time_from_sec(2)

#define EXPIRE_INTERVAL apr_time_from_sec(5)
#define PURGE_INTERVAL  apr_time_from_sec(600)
#define CLOCK_INTERVAL  apr_time_from_sec(10)
#define TRIM_INTERVAL   apr_time_from_sec(10)
#define AUDIT_INTERVAL  apr_time_from_sec(24 * 3600)

/* What could not be put into the replica is tried again after this time. */
#define AGAIN_INTERVAL apr_time_from_sec(1)

/* Between two polls of which the first one left something. */
#define MORE_INTERVAL apr_time_from_msec(10)

static apr_interval_time_t interval;
static const apr_array_header_t *configured; /* entries */

static apr_status_t expire_imports(vso_store_t *store, vso_result_t *res,
                                   apr_pool_t *p)
{
    int count = 0;
    apr_status_t rv = vso_housekeeping_expire_imports(store, &count, res, p);

    if (count) {
        vso_log(VSO_LOG_NOTICE,
                "deleted uploaded packages that nobody confirmed in time or "
                "whose upload was interrupted: %d",
                count);
    }
    return rv;
}

static void log_audit_head(const vso_state_t *state, apr_time_t now)
{
    if (state->audit_seq &&
        vsocert_poll_lease_duty(VSOCERT_DUTY_AUDIT, now, AUDIT_INTERVAL)) {
        vso_log(VSO_LOG_NOTICE,
                "audit trail of keystore %s: row %" APR_INT64_T_FMT ", mac %s",
                state->keystore_id, state->audit_seq, state->audit_mac);
    }
}

/* Each chore may have to wait for a lock of the database. A child that is about
 * to end has no time to wait more than once: after the first failure the rest
 * is left to the next poll. */
static void chores(vso_store_t *store, const vso_state_t *state, apr_time_t now,
                   apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    apr_status_t rv = vsocert_scheduled_run(store, state, res, p);

    if (rv == APR_SUCCESS) {
        rv = vsocert_node_beat(store, now, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vsocert_sign_ins_run(store, state, now, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vsocert_message_cmd_tell(store, state, now, res, p);
    }
    if (rv == APR_SUCCESS &&
        vsocert_poll_lease_duty(VSOCERT_DUTY_EXPIRE, now, EXPIRE_INTERVAL)) {
        rv = expire_imports(store, res, p);
    }
    if (rv == APR_SUCCESS &&
        vsocert_poll_lease_duty(VSOCERT_DUTY_PURGE, now, PURGE_INTERVAL)) {
        rv = vso_housekeeping_purge(store, res, p);
    }
    if (rv != APR_SUCCESS) {
        vso_log(VSO_LOG_DEBUG, "chores wait for the next poll: %s",
                res->detail);
    }
}

/* Said once, until it is over. */
static void tell_forged(const vso_store_t *store)
{
    static int told;

    if (vso_store_forged(store) && !told) {
        vso_log(VSO_LOG_ERROR, "%s", vso_store_forged(store));
    }
    told = vso_store_forged(store) != NULL;
}

static void compare_clocks(vso_store_t *store, apr_time_t now, apr_pool_t *p)
{
    apr_int64_t now_sec;

    if ((vsocert_poll_lease_duty(VSOCERT_DUTY_CLOCK, now, CLOCK_INTERVAL) ||
         vsocert_board_needs_full_check()) &&
        vso_store_now(store, &now_sec, vso_result_create(p), p) ==
            APR_SUCCESS) {
        vsocert_db_clock_set(now, now_sec);
    }
}

/* Ask the database once; call with the poll lease.
 * @param worker  the thread; NULL: there is none yet
 * @return what was asked, NULL when it does not answer */
static vso_store_t *ask(apr_time_t now, vso_worker_t *worker, apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    apr_int64_t changes = vsocert_board_changes();
    const vso_state_t *state;
    vso_store_t *store;

    if (vsocert_dbd_store_for(p, &store, res) != APR_SUCCESS) {
        if (vsocert_board_db_down(now)) {
            vso_log(VSO_LOG_WARNING, "%s%s The served certificates stay.",
                    res->problem == VSO_P_MOVED
                        ? ""
                        : "the database does not answer: ",
                    res->detail);
            vsocert_message_cmd_node("database-lost", p);
        }
        vsocert_uptake_forget();
        return NULL;
    }
    state = vso_store_state(store);
    if (vsocert_board_db_up(now, state)) {
        vso_log(VSO_LOG_NOTICE, "the database answers again");
        vsocert_message_cmd_node("database-back", p);
    }
    if (vso_store_sealed(store) && vsocert_board_needs_full_check()) {
        vso_log(VSO_LOG_ERROR, "%s", vso_store_sealed(store));
    }
    tell_forged(store);
    compare_clocks(store, now, p);
    vsocert_uptake_judge(store, state, changes, worker, res, p);
    vsocert_message_cmd_begin(store, state, p);
    return store;
}

/* Nodes that were started together must not go on asking together: each waits
 * for nine to ten tenths of the time. */
static apr_interval_time_t least_of(apr_interval_time_t time)
{
    return time - time / 10;
}

static apr_interval_time_t some_of(apr_interval_time_t time)
{
    return time - apr_time_now() % (time / 10 + 1);
}

/* Between two polls, at least. */
static apr_interval_time_t pause_for(void)
{
    vsocert_board_status_t status;

    if (vsocert_uptake_more()) {
        return 0;
    }
    vsocert_board_status(&status);
    if (status.db_down_since) {
        return interval < AWAY_INTERVAL ? AWAY_INTERVAL : interval;
    }
    return vsocert_serving_behind() && interval > AGAIN_INTERVAL
               ? AGAIN_INTERVAL
               : least_of(interval);
}

/* Handshakes open what this thread replaces, and the other way round: each
 * arena of malloc would keep what was freed in it. */
static void trim(apr_time_t now)
{
    static apr_time_t last;

    if (now - last >= TRIM_INTERVAL) {
        vso_scratch_trim();
        last = now;
    }
}

/* Every child opens what its virtual hosts serve before a handshake needs it,
 * and again what was used and has changed. */
static void open_ahead(void)
{
    static apr_int64_t edition;
    vso_opened_t *opened = vsocert_serving_opened();
    int i;

    if (!opened || edition == vsocert_serving_edition()) {
        return;
    }
    edition = vsocert_serving_edition();
    for (i = 0; i < configured->nelts; i++) {
        vso_served_entry_t *entry =
            vso_opened_get(opened, APR_ARRAY_IDX(configured, i, const char *));

        if (entry) {
            vso_opened_unref(entry);
        }
    }
    vso_opened_refresh(opened);
    trim(vso_worker_now());
}

/* Uploads must be renewed, and what failed tried again, even where the poll
 * interval is long: the thread wakes after an equal part of the interval, so
 * that no poll is late. */
static apr_interval_time_t wait_for(void)
{
    apr_interval_time_t beat = vsocert_serving_behind()
                                   ? AGAIN_INTERVAL
                                   : apr_time_from_sec(VSO_IMPORT_BEAT_SEC);

    return vsocert_uptake_more()
               ? MORE_INTERVAL
               : some_of(interval / ((interval + beat - 1) / beat));
}

static void run(vso_worker_t *worker, apr_pool_t *p)
{
    open_ahead();
    while (!vso_worker_wait(worker, wait_for())) {
        apr_time_t now = apr_time_now();

        if (vsocert_poll_lease_take(now, pause_for())) {
            vso_store_t *store = ask(now, worker, p);

            if (store) {
                log_audit_head(vso_store_state(store), now);
                chores(store, vso_store_state(store), now, p);
            }
            /* Gives the connection back before another child may ask. */
            apr_pool_clear(p);
            vsocert_poll_lease_release();
        }
        vsocert_serving_follow();
        open_ahead();
        vsocert_receiving_renew(p);
        vsocert_message_cmd_reap();
        apr_pool_clear(p);
    }
}

/** Is it known what to serve? Not where the replica is empty, and may have been
 * lost under a running httpd. @param head  becomes the replica's */
static int is_known(vso_replica_head_t *head, apr_pool_t *p)
{
    vsocert_serving_head(head, p);
    return vsocert_board_asked() && head->generation > 0;
}

/* A new child accepts no connection before it knows what to serve, or as long
 * as another one finds that out. If the database is known to be away, only the
 * thread keeps trying. One that is told to end meanwhile accepts none at all:
 * it may not know yet. */
static void ask_first(apr_pool_t *pchild)
{
    vsocert_board_status_t status;
    vso_replica_head_t head;
    apr_pool_t *p;

    apr_pool_create(&p, pchild);
    if (is_known(&head, p)) {
        apr_pool_destroy(p);
        return;
    }
    if (!vsocert_poll_lease_wait(apr_time_now(),
                                 head.generation ? VSOCERT_UPTAKE_FIRST : 0)) {
        apr_pool_destroy(p);
        return;
    }
    vsocert_board_status(&status);
    if (!is_known(&head, p) && !vsocert_uptake_is_over()) {
        vsocert_uptake_begin(p);
        if (!status.db_down_since) {
            ask(apr_time_now(), NULL, p);
        }
        if (!vsocert_uptake_is_over()) {
            vsocert_board_set_asked();
        }
    }
    apr_pool_destroy(p);
    vsocert_poll_lease_release();
    if (vsocert_uptake_is_over()) {
        _exit(0);
    }
}

void vsocert_poller_start(apr_pool_t *pchild, server_rec *main_server)
{
    apr_status_t rv;

    interval = vsocert_config_poll_interval(main_server);
    configured = vsocert_config_entries(main_server, pchild);
    vsocert_uptake_setup(main_server, configured);
    vsocert_message_cmd_setup(main_server, pchild);
    ask_first(pchild);
    rv = vso_worker_start(run, pchild);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, main_server,
                     "vsocert: cannot start the thread that asks the "
                     "database: this child takes up no change of another "
                     "node");
    }
}
