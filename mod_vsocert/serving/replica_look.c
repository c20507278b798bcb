/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/worker.h"
#include "serving/replica_impl.h"

/* Between two lines in the log that say that reading does not go. */
#define TELL_INTERVAL apr_time_from_sec(60)

/* How long a look-up waits for the lock of writers; once in the interval at
 * most. A file that could not be opened is not tried again within it. */
#define ADOPT_WAIT     apr_time_from_msec(20)
#define ADOPT_INTERVAL apr_time_from_sec(1)

/* Was that a moment ago? */
static int lately(apr_time_t when, apr_time_t now)
{
    return when && now - when < ADOPT_INTERVAL;
}

/* Another file is the node's now, the open one has failed, or another process
 * let the map grow: all want the lock of writers, which comes before `reading`.
 * Where it cannot be had at once, or the file not be opened, the one at hand
 * goes on: handshakes do not wait for a disk. */
static void adopt(vso_replica_t *replica, int resize, apr_pool_t *p)
{
    vso_shared_t *shared = replica->options.shared;
    apr_time_t now = vso_worker_now();
    int waits = !lately(replica->waited, now);
    int taken;

    if (!resize && lately(replica->refused, now)) {
        return;
    }
    pthread_mutex_unlock(&replica->reading);
    taken = vso_shared_lock(shared, waits ? ADOPT_WAIT : 0) == APR_SUCCESS;
    pthread_mutex_lock(&replica->reading);
    if (!taken) {
        replica->waited = waits ? vso_worker_now() : replica->waited;
        return;
    }
    replica->waited = 0;
    replica->refused =
        vso_replica_env_renew(replica, vso_result_create(p), p) == APR_SUCCESS
            ? 0
            : now;
    if (resize && replica->open->env) {
        mdb_env_set_mapsize(replica->open->env, 0);
    }
    vso_shared_unlock(shared);
}

/* Say that reading does not go: handshakes ask often. What another master key
 * sealed is told by who opened it. */
void vso_replica_tell(vso_replica_t *replica, const vso_result_t *res)
{
    apr_time_t now = apr_time_now();

    if (res->problem != VSO_P_SEALED &&
        (!replica->told || now - replica->told >= TELL_INTERVAL)) {
        replica->told = now;
        vso_log(VSO_LOG_ERROR,
                "the replica cannot be read, and what is in memory is served: "
                "%s",
                res->detail);
    }
}

apr_status_t vso_replica_look_fail(vso_replica_look_t *look, int rc,
                                   vso_result_t *res)
{
    vso_replica_env_fail(look->replica, rc, res);
    vso_replica_tell(look->replica, res);
    return APR_EGENERAL;
}

/* Begin to read in the open file. */
static int renew(vso_replica_t *replica, apr_pool_t *p)
{
    int rc = replica->open->failed ? MDB_PANIC
                                   : mdb_txn_renew(replica->open->reader);

    if (rc == MDB_PANIC || rc == MDB_MAP_RESIZED) {
        if (rc == MDB_PANIC) {
            vso_replica_env_refused(replica);
        }
        adopt(replica, rc == MDB_MAP_RESIZED, p);
        rc = replica->open->failed ? MDB_PANIC
                                   : mdb_txn_renew(replica->open->reader);
    }
    return rc;
}

apr_status_t vso_replica_look_begin(vso_replica_t *replica,
                                    vso_replica_look_t *look, vso_result_t *res,
                                    apr_pool_t *p)
{
    vso_shared_t *shared = replica->options.shared;
    apr_status_t rv;
    int rc;

    pthread_mutex_lock(&replica->reading);
    if (replica->open->file != vso_shared_file(shared)) {
        adopt(replica, 0, p);
    }
    vso_shared_enter(shared);
    rc = renew(replica, p);
    look->replica = replica;
    look->open = replica->open;
    look->txn = replica->open->reader;
    rv = rc ? vso_replica_env_fail(replica, rc, res)
            : vso_replica_head_kept(replica, look->txn, &look->heads, res, p);
    if (rv != APR_SUCCESS) {
        vso_replica_tell(replica, res);
        vso_replica_look_end(look);
        return vso_replica_seen(replica, rv, res);
    }
    look->side = &look->heads->sides[look->heads->served];
    look->dbs = look->open->sided[look->heads->served];
    return APR_SUCCESS;
}

void vso_replica_look_end(vso_replica_look_t *look)
{
    mdb_txn_reset(look->txn);
    vso_shared_leave(look->replica->options.shared);
    pthread_mutex_unlock(&look->replica->reading);
}

apr_status_t vso_replica_look_get(vso_replica_look_t *look, MDB_dbi dbi,
                                  MDB_val *key, MDB_val *value,
                                  vso_result_t *res)
{
    int rc = key->mv_size ? mdb_get(look->txn, dbi, key, value) : MDB_NOTFOUND;

    if (rc && rc != MDB_NOTFOUND) {
        return vso_replica_look_fail(look, rc, res);
    }
    return rc ? APR_NOTFOUND : APR_SUCCESS;
}
