/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/uptake.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "httpd/shared/board.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/shared/replica_file.h"
#include "httpd/shared/serving.h"
#include "httpd/config.h"
#include "httpd/dbd.h"
#include "httpd/node/mending.h"
#include "serving/old_cache.h"
#include "serving/sync.h"

/* A poll goes on taking changes for so long, and then lets the chores come. */
#define SYNC_INTERVAL apr_time_from_sec(5)

static const apr_array_header_t *configured; /* entries */
static int by_name;                          /* a virtual host is */
static int more;                             /* of what changed, is left */

/** What ends a sync before it is complete. */
typedef struct {
    vso_worker_t *worker; /**< that is told to end; NULL: there is none yet */
    apr_time_t begun;
    apr_interval_time_t most; /**< 0: as long as it takes */
} limit_t;

void vsocert_uptake_setup(server_rec *main_server,
                          const apr_array_header_t *entries)
{
    configured = entries;
    by_name = vsocert_config_any_by_name(main_server);
}

int vsocert_uptake_more(void)
{
    return more;
}

void vsocert_uptake_forget(void)
{
    more = 0;
}

int vsocert_uptake_is_over(void)
{
    sigset_t waiting;

    return sigpending(&waiting) == 0 && sigismember(&waiting, SIGTERM) == 1;
}

static int is_to_end(void *baton)
{
    const limit_t *limit = baton;

    return limit->worker ? vso_worker_ends(limit->worker)
                         : vsocert_uptake_is_over();
}

static int is_enough(void *baton)
{
    const limit_t *limit = baton;
    apr_time_t now = apr_time_now();

    return limit->most &&
           (now < limit->begun || now - limit->begun >= limit->most);
}

/* Nothing is served of a replica that another master key sealed: say why, as
 * the database may be away. */
static void judge_file(apr_pool_t *p)
{
    vso_replica_t *replica = vsocert_serving_replica();
    vso_result_t *res = vso_result_create(p);
    vso_replica_head_t head;

    if (replica && vso_replica_head(replica, &head, res, p) != APR_SUCCESS) {
        vso_log(VSO_LOG_ERROR, "%s", res->detail);
    }
}

/* What a version before this one wrote is served until the database answers. */
static void take_old_cache(apr_pool_t *p)
{
    const char *path = vsocert_replica_file_old();
    vso_replica_t *replica = vsocert_serving_replica();
    vso_result_t *res = vso_result_create(p);
    vso_replica_head_t head;

    vsocert_serving_head(&head, p);
    if (!path || !replica || *head.keystore_id ||
        vso_replica_suspect(replica) ||
        !vso_keyring_size(vso_replica_options(replica)->ring)) {
        return;
    }
    if (vso_old_cache_take(path, replica, res, p) != APR_SUCCESS) {
        vso_log(VSO_LOG_WARNING, "cache file %s cannot be used: %s", path,
                res->detail);
        return;
    }
    vso_log(VSO_LOG_NOTICE, "what the cache file %s held is in the replica now",
            path);
}

void vsocert_uptake_begin(apr_pool_t *p)
{
    judge_file(p);
    take_old_cache(p);
}

/* The replica holds what the database has: a cache file of before is over. */
static void drop_old_cache(void)
{
    const char *path = vsocert_replica_file_old();

    if (path && vso_old_cache_is(path)) {
        unlink(path);
    }
}

/** The replica is complete up to this state row. */
static void caught_up(const vso_state_t *state)
{
    vsocert_board_set_seen(state);
    /* of a process that was killed before it knew that */
    vso_shared_published(vsocert_serving_shared(), state->generation);
    if (vsocert_board_set_failing(0)) {
        vso_log(VSO_LOG_NOTICE, "what is stored is served here again");
    }
    if (vsocert_board_needs_full_check()) {
        vsocert_board_set_needs_full_check(0);
        drop_old_cache();
    }
}

/** How long may a sync take? What a virtual host by name has to serve is not
 * known before an empty replica is filled: a new child waits for that. */
static limit_t limit_for(vso_worker_t *worker, const vso_replica_head_t *head)
{
    limit_t limit = {worker, apr_time_now(), SYNC_INTERVAL};

    if (!worker) {
        limit.most = by_name && !head->generation ? 0 : VSOCERT_UPTAKE_FIRST;
    }
    return limit;
}

static void take_up(vso_store_t *store, const vso_state_t *state,
                    vso_worker_t *worker, vso_result_t *res, apr_pool_t *p)
{
    vso_sync_how_t how = {
        .first = configured, .ends = is_to_end, .enough = is_enough};
    vso_replica_head_t head;
    limit_t limit;

    /* With a wrong master key the replica stays as it is: the right key can
     * still open it. */
    if (vso_store_sealed(store)) {
        vsocert_board_set_needs_full_check(0);
        return;
    }
    vsocert_serving_head(&head, p);
    limit = limit_for(worker, &head);
    how.baton = &limit;
    if (vsocert_serving_sync(store, &how, res, p) != APR_SUCCESS) {
        if (vsocert_board_set_failing(1)) {
            vso_log(VSO_LOG_ERROR,
                    "generation %" APR_INT64_T_FMT " of the keystore cannot be "
                    "taken up: %s",
                    state->generation, res->detail);
        }
        return;
    }
    vsocert_serving_head(&head, p);
    more = vso_sync_judge(state, &head) == VSO_SYNC_WANTED;
    if (!more) {
        caught_up(state);
    }
}

/** A file that may be damaged. @return 0: it cannot be filled anew */
static int mend(vso_store_t *store, vso_worker_t *worker, apr_pool_t *p)
{
    limit_t limit = {worker, apr_time_now(), SYNC_INTERVAL};
    const vso_sync_how_t how = {.first = configured,
                                .ends = is_to_end,
                                .enough = is_enough,
                                .baton = &limit};

    return vsocert_mending_run(store, &how, &more, p);
}

/** The database has news. To write a file whose head is damaged would empty it:
 * it is filled anew, beside, unless there is no way to do so. */
static void bring_up(vso_store_t *store, const vso_state_t *state,
                     vso_worker_t *worker, vso_result_t *res, apr_pool_t *p)
{
    vso_replica_head_t head;

    if (!vsocert_mending_wanted(store) || !mend(store, worker, p)) {
        take_up(store, state, worker, res, p);
        return;
    }
    vsocert_serving_head(&head, p);
    if (vso_sync_judge(state, &head) != VSO_SYNC_WANTED) {
        caught_up(state);
    }
}

void vsocert_uptake_judge(vso_store_t *store, const vso_state_t *state,
                          apr_int64_t changes, vso_worker_t *worker,
                          vso_result_t *res, apr_pool_t *p)
{
    vso_replica_head_t head;
    vso_sync_verdict_e verdict;

    vsocert_serving_head(&head, p);
    verdict = vso_sync_judge(state, &head);
    more = 0;
    if (verdict == VSO_SYNC_OLDER && changes != vsocert_board_changes()) {
        return;
    }
    if (vsocert_board_set_restored(verdict == VSO_SYNC_OLDER)) {
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
    if (verdict == VSO_SYNC_OLDER) {
        vsocert_board_set_needs_full_check(0);
    }
    else if (verdict == VSO_SYNC_WANTED) {
        bring_up(store, state, worker, res, p);
    }
    else {
        caught_up(state);
        if (vsocert_mending_wanted(store)) {
            mend(store, worker, p);
        }
    }
}
