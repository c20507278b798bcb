/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/poller.h"

#include <string.h>

#include <apr_strings.h>
#include <http_log.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/worker.h"
#include "httpd/shared/board.h"
#include "httpd/shared/cache.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/config.h"
#include "httpd/dbd.h"
#include "httpd/tls/opened.h"
#include "httpd/node/message_cmd.h"
#include "httpd/node/node.h"
#include "httpd/node/receiving.h"
#include "httpd/node/scheduled.h"
#include "httpd/node/sign_ins.h"
#include "service/certificate/snapshot.h"
#include "service/housekeeping.h"

APLOG_USE_MODULE(vsocert);

/* mod_dbd logs each connection that fails: once in this time is enough. */
#define AWAY_INTERVAL apr_time_from_sec(2)

#define EXPIRE_INTERVAL apr_time_from_sec(5)
#define PURGE_INTERVAL  apr_time_from_sec(600)
#define CLOCK_INTERVAL  apr_time_from_sec(10)
#define AUDIT_INTERVAL  apr_time_from_sec(24 * 3600)

static apr_interval_time_t interval;

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

static void take_up(vso_store_t *store, const vso_state_t *state,
                    vso_result_t *res, apr_pool_t *p)
{
    const char *text;
    int taken;

    if (vso_snapshot_load(store, state->keystore_id, state->generation, &text,
                          res, p) != APR_SUCCESS ||
        vsocert_board_offer(text, strlen(text), state->keystore_id,
                            state->generation, &taken) != APR_SUCCESS) {
        vso_log(VSO_LOG_ERROR,
                "generation %" APR_INT64_T_FMT " of the keystore cannot be "
                "loaded: %s",
                state->generation, res->detail ? res->detail : "too large");
        return;
    }
    vsocert_board_set_needs_full_check(0);
    /* With a wrong master key the cache file stays as it is: the right key can
     * still open it. */
    if (taken && !vso_store_sealed(store)) {
        vsocert_cache_write();
    }
}

static void judge(vso_store_t *store, const vso_state_t *state,
                  apr_int64_t edition, vso_result_t *res, apr_pool_t *p)
{
    int news;

    switch (vsocert_board_judge(state->keystore_id, state->generation, edition,
                                &news)) {
    case VSOCERT_BOARD_OLDER:
        vsocert_board_set_needs_full_check(0);
        break;
    case VSOCERT_BOARD_WANTED:
        take_up(store, state, res, p);
        break;
    case VSOCERT_BOARD_KNOWN:
        if (vsocert_board_needs_full_check()) {
            take_up(store, state, res, p);
        }
        break;
    }
    if (news) {
        vso_log(VSO_LOG_WARNING,
                "the database holds generation %" APR_INT64_T_FMT
                ", which is older than the served one or belongs to another "
                "keystore: a restored backup%s? The served certificates stay "
                "until POST /keystore/accept-restore",
                state->generation,
                strcmp(vsocert_dbd_driver(), "sqlite3")
                    ? ""
                    : ", or a damaged -wal file");
    }
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
 * @return what was asked, NULL when it does not answer */
static vso_store_t *ask(apr_time_t now, apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    apr_int64_t edition = vsocert_board_edition();
    const vso_state_t *state;
    vso_store_t *store;

    if (vsocert_dbd_store_for(p, &store, res) != APR_SUCCESS) {
        if (vsocert_board_db_down(now)) {
            vso_log(VSO_LOG_WARNING,
                    "the database does not answer: %s The served certificates "
                    "stay.",
                    res->detail);
            vsocert_message_cmd_node("database-lost", p);
        }
        return NULL;
    }
    state = vso_store_state(store);
    if (vsocert_board_db_up(now, state->generation)) {
        vso_log(VSO_LOG_NOTICE, "the database answers again");
        vsocert_message_cmd_node("database-back", p);
    }
    if (vso_store_sealed(store) && vsocert_board_needs_full_check()) {
        vso_log(VSO_LOG_ERROR, "%s", vso_store_sealed(store));
    }
    compare_clocks(store, now, p);
    judge(store, state, edition, res, p);
    vsocert_message_cmd_begin(store, state, p);
    return store;
}

static apr_interval_time_t pause_for(apr_pool_t *p)
{
    vsocert_board_status_t status;

    vsocert_board_status(&status, p);
    return status.db_down_since && interval < AWAY_INTERVAL ? AWAY_INTERVAL
                                                            : interval;
}

/* Every child opens a new snapshot before a handshake needs it: if a version
 * cannot be opened later, the child still has its predecessor. */
static void open_ahead(void)
{
    vso_snapshot_t *serving = vsocert_opened_get();

    if (serving) {
        vso_snapshot_unref(serving);
    }
}

/* Uploads must be renewed even where the poll interval is long: the thread
 * wakes after an equal part of the interval, so that no poll is late. */
static apr_interval_time_t wait_for(void)
{
    apr_interval_time_t beat = apr_time_from_sec(VSO_IMPORT_BEAT_SEC);

    return interval / ((interval + beat - 1) / beat);
}

static void run(vso_worker_t *worker, apr_pool_t *p)
{
    while (!vso_worker_wait(worker, wait_for())) {
        apr_time_t now = apr_time_now();

        if (vsocert_poll_lease_take(now, pause_for(p))) {
            vso_store_t *store = ask(now, p);

            if (store) {
                log_audit_head(vso_store_state(store), now);
                chores(store, vso_store_state(store), now, p);
            }
            /* Gives the connection back before another child may ask. */
            apr_pool_clear(p);
            vsocert_poll_lease_release();
        }
        open_ahead();
        vsocert_receiving_renew(p);
        vsocert_message_cmd_reap();
        apr_pool_clear(p);
    }
}

/* A new child accepts no connection before it knows what to serve. If the
 * database is known to be away, only the thread keeps trying. */
static void ask_first(apr_pool_t *pchild)
{
    vsocert_board_status_t status;
    apr_pool_t *p;

    if (!vsocert_board_needs_full_check()) {
        return;
    }
    apr_pool_create(&p, pchild);
    vsocert_poll_lease_wait(apr_time_now());
    vsocert_board_status(&status, p);
    if (vsocert_board_needs_full_check() && !status.db_down_since) {
        ask(apr_time_now(), p);
    }
    apr_pool_destroy(p);
    vsocert_poll_lease_release();
}

void vsocert_poller_start(apr_pool_t *pchild, server_rec *main_server)
{
    apr_status_t rv;

    interval = vsocert_config_poll_interval(main_server);
    vsocert_message_cmd_setup(main_server, pchild);
    ask_first(pchild);
    open_ahead();
    rv = vso_worker_start(run, pchild);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, main_server,
                     "vsocert: cannot start the thread that asks the "
                     "database: this child takes up no change of another "
                     "node");
    }
}
