/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_strings.h>

#include "base/log.h"
#include "serving/replica_impl.h"

int vso_replica_suspect(const vso_replica_t *replica)
{
    vso_shared_take_dead(replica->options.shared);
    return vso_shared_died(replica->options.shared) > 0 ||
           vso_shared_damaged(replica->options.shared);
}

apr_status_t vso_replica_beside(vso_replica_t *replica, vso_replica_t **pfresh,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_replica_options_t options = replica->options;
    vso_replica_t *fresh = NULL;
    apr_status_t rv;

    options.path = apr_pstrcat(p, replica->options.path, ".new", NULL);
    options.shared = calloc(1, vso_shared_size());
    if (!options.shared || vso_shared_init(options.shared) != APR_SUCCESS) {
        free(options.shared);
        return vso_replica_env_fail(replica, ENOMEM, res);
    }
    vso_shared_unwatch(options.shared);
    rv = vso_replica_file_drop(options.path, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_replica_open(&options, &fresh, res, p);
    }
    if (rv != APR_SUCCESS) {
        free(options.shared);
        return rv;
    }
    *pfresh = fresh;
    return APR_SUCCESS;
}

/* Sessions that were ended. Where the rest of them cannot be read, it is lost.
 * @param res  INTERNAL: they cannot be written */
static apr_status_t take_ended(const vso_replica_look_t *from,
                               vso_replica_txn_t *txn, vso_result_t *res)
{
    MDB_cursor *cursor = NULL;
    MDB_val value;
    MDB_val key;
    int put = 0;

    if (mdb_cursor_open(from->txn, from->open->ended, &cursor)) {
        return APR_SUCCESS;
    }
    while (put == 0 && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        put = mdb_put(txn->txn, txn->open->ended, &key, &value, 0);
    }
    mdb_cursor_close(cursor);
    return put ? vso_replica_env_fail(txn->replica, put, res) : APR_SUCCESS;
}

/* May the fresh one take the place? Its own keystore and lineage may be others:
 * it is what the database has. */
static int is_behind(const vso_replica_head_t *old,
                     const vso_replica_head_t *fresh)
{
    return !strcmp(old->keystore_id, fresh->keystore_id) &&
           !strcmp(old->lineage, fresh->lineage) &&
           fresh->generation < old->generation;
}

/* Of the old file, into one that is not behind it. @return APR_EAGAIN: it is;
 * APR_EOF: the old one cannot be read */
static apr_status_t take_sessions(vso_replica_t *replica,
                                  const vso_replica_head_t *head,
                                  vso_replica_txn_t *txn, vso_result_t *res,
                                  apr_pool_t *p)
{
    vso_replica_look_t look;
    vso_replica_head_t old;
    apr_status_t rv;

    if (vso_replica_look_begin(replica, &look, vso_result_create(p), p) !=
        APR_SUCCESS) {
        return APR_EOF;
    }
    vso_replica_head_tell(look.heads, look.heads->served, &old, p);
    rv = is_behind(&old, head) ? APR_EAGAIN : take_ended(&look, txn, res);
    vso_replica_look_end(&look);
    return rv;
}

/* What no database has. Where the old file cannot be read, it is lost.
 * @return APR_EAGAIN: the fresh one is behind it, or its path leads to another
 *         file than the one that was filled, which is the fresh one now */
static apr_status_t take_along(vso_replica_t *replica, vso_replica_t *fresh,
                               vso_result_t *res, apr_pool_t *p)
{
    const vso_replica_env_t *filled = fresh->open;
    vso_replica_head_t head;
    vso_replica_txn_t *txn;
    apr_status_t rv;

    if ((rv = vso_replica_head(fresh, &head, res, p)) != APR_SUCCESS ||
        (rv = vso_replica_begin(fresh, &txn, res, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = txn->open == filled ? take_sessions(replica, &head, txn, res, p)
                             : APR_EAGAIN;
    if (rv == APR_SUCCESS) {
        rv = vso_replica_staples_take(replica, txn, res, p);
    }
    if (rv != APR_SUCCESS && rv != APR_EOF) {
        vso_replica_abort(txn);
        return rv;
    }
    return vso_replica_commit(txn, res);
}

static int is_at(const char *path, const vso_replica_env_t *open)
{
    struct stat file;

    return stat(path, &file) == 0 && file.st_dev == open->device &&
           file.st_ino == open->inode;
}

/* With the lock of writers. */
static apr_status_t take_place(vso_replica_t *replica, vso_replica_t *fresh,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_shared_t *shared = replica->options.shared;
    const char *path = replica->options.path;
    vso_replica_env_t *oldest = fresh->open;
    struct stat file;
    apr_status_t rv;

    if (!is_at(fresh->options.path, fresh->open)) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The replica's file %s was replaced while it was "
                        "filled.",
                        fresh->options.path);
    }
    if ((rv = vso_replica_file_aside(path, "damaged", res, p)) != APR_SUCCESS ||
        (rv = vso_replica_file_move(fresh->options.path, path, res, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    file.st_dev = fresh->open->device;
    file.st_ino = fresh->open->inode;
    vso_shared_file_seen(shared, &file);
    pthread_mutex_lock(&replica->reading);
    while (oldest->before) {
        oldest = oldest->before; /* files that were at the fresh one's path */
    }
    oldest->before = replica->open;
    fresh->open->file = vso_shared_file(shared);
    replica->open = fresh->open;
    replica->head.len = 0;
    pthread_mutex_unlock(&replica->reading);
    vso_shared_bump(shared);
    return APR_SUCCESS;
}

apr_status_t vso_replica_replace(vso_replica_t *replica, vso_replica_t *fresh,
                                 vso_result_t *res, apr_pool_t *p)
{
    vso_shared_t *shared = replica->options.shared;
    int died = vso_shared_died(shared);
    vso_replica_head_t head;
    apr_status_t rv;

    if (vso_shared_lock(shared, VSO_REPLICA_WAIT) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The replica %s is being written for too long.",
                        replica->options.path);
    }
    rv = take_along(replica, fresh, res, p);
    if (rv == APR_SUCCESS) {
        rv = take_place(replica, fresh, res, p);
    }
    if (rv == APR_SUCCESS &&
        vso_replica_head(replica, &head, vso_result_create(p), p) ==
            APR_SUCCESS) {
        vso_shared_published(shared, head.generation);
    }
    vso_shared_unlock(shared);
    if (rv == APR_SUCCESS) {
        vso_log(VSO_LOG_WARNING,
                "the replica %s was filled anew from the database, as %s; the "
                "one of before is %s.damaged",
                replica->options.path,
                died ? "processes died while they read it"
                     : "it was changed on the disk",
                replica->options.path);
    }
    return rv;
}
