/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "base/log.h"
#include "serving/replica_impl.h"

/* LMDB leaves pages that it took and gave back unwritten, at the end of the
 * file too; a file that is shorter than it says is taken for one that was cut.
 * So it is made longer beforehand; this takes no room on the disk. */
#define SLACK_PAGES 1024

/* A transaction */

/* The file that the path leads to: somebody may have removed it. */
static int is_in_place(const vso_replica_t *replica)
{
    struct stat file;

    return stat(replica->options.path, &file) == 0 &&
           file.st_dev == replica->open->device &&
           file.st_ino == replica->open->inode;
}

/* Where this fails LMDB's own writing will, if it has to. */
static void lengthen(const vso_replica_env_t *open)
{
    struct stat file;
    MDB_envinfo info;
    MDB_stat stat;
    off_t size;
    int fd;

    if (mdb_env_info(open->env, &info) || mdb_env_stat(open->env, &stat) ||
        mdb_env_get_fd(open->env, &fd) || fstat(fd, &file)) {
        return;
    }
    size = (off_t)(info.me_last_pgno + 1) * stat.ms_psize;
    if (file.st_size < size + SLACK_PAGES / 2 * (off_t)stat.ms_psize &&
        ftruncate(fd, size + SLACK_PAGES * (off_t)stat.ms_psize)) {
        return;
    }
}

/* In the file that the path leads to. @param prc  what LMDB said */
static apr_status_t try_begin(vso_replica_t *replica, vso_replica_txn_t *txn,
                              int *prc, vso_result_t *res, apr_pool_t *p)
{
    vso_replica_env_t *open;
    apr_status_t rv = vso_replica_env_renew(replica, res, p);
    int dead = 0;

    *prc = 0;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    open = txn->open = replica->open;
    if (open->read_only) {
        return vso_replica_env_fail(replica, EACCES, res);
    }
    /* readers that died keep old pages otherwise */
    mdb_reader_check(open->env, &dead);
    lengthen(open);
    *prc = vso_replica_env_begin(open->env, 0, &txn->txn);
    if (*prc == MDB_PANIC) {
        vso_replica_env_refused(replica);
    }
    return APR_SUCCESS;
}

/* With the lock of writers. */
static apr_status_t begin(vso_replica_t *replica, vso_replica_txn_t *txn,
                          vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv;
    int rc;

    pthread_mutex_lock(&replica->reading);
    if (!is_in_place(replica)) {
        vso_shared_file_replaced(replica->options.shared);
    }
    rv = try_begin(replica, txn, &rc, res, p);
    if (rc == MDB_PANIC) {
        rv = try_begin(replica, txn, &rc, res, p);
    }
    if (rc) {
        rv = vso_replica_env_fail(replica, rc, res);
    }
    pthread_mutex_unlock(&replica->reading);
    return rv;
}

/* The keys of both sides. */
static apr_status_t find_keys(vso_replica_txn_t *txn, vso_result_t *res)
{
    vso_replica_t *replica = txn->replica;
    int ok = 1;
    int i;

    pthread_mutex_lock(&replica->reading);
    for (i = 0; i < 2; i++) {
        vso_replica_side_t *side = &txn->heads.sides[i];

        side->keys = vso_replica_head_keys(replica, side->keystore_id);
        ok = ok && side->keys;
    }
    pthread_mutex_unlock(&replica->reading);
    return ok ? APR_SUCCESS
              : vso_fail(res, VSO_P_INTERNAL, NULL,
                         "OpenSSL could not derive a key.");
}

/* A damaged head is written again by who has read it. To others what it was of
 * is not known any more: all is begun anew where a side is wanted. */
static apr_status_t read_heads(vso_replica_txn_t *txn, vso_result_t *res)
{
    vso_replica_t *replica = txn->replica;
    vso_result_t *cause = vso_result_create(txn->p);

    if (vso_replica_head_read(replica, txn->open, txn->txn, &txn->heads, cause,
                              txn->p) != APR_SUCCESS) {
        if (cause->problem != VSO_P_DAMAGED) {
            return vso_fail_as(res, cause);
        }
        vso_replica_seen(replica, APR_EGENERAL, cause);
        txn->dirty = vso_replica_head_known(txn);
        if (!txn->dirty) {
            txn->lost = cause->detail;
            vso_replica_head_empty(&txn->heads);
        }
    }
    return find_keys(txn, res);
}

apr_status_t vso_replica_begin(vso_replica_t *replica, vso_replica_txn_t **ptxn,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_shared_t *shared = replica->options.shared;
    vso_replica_txn_t *txn = apr_pcalloc(p, sizeof(*txn));
    apr_status_t rv;

    if (vso_shared_lock(shared, VSO_REPLICA_WAIT) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The replica %s is being written by another process "
                        "for over %d seconds.",
                        replica->options.path,
                        (int)apr_time_sec(VSO_REPLICA_WAIT));
    }
    vso_shared_enter(shared);
    txn->replica = replica;
    txn->p = p;
    txn->side = -1;
    if ((rv = begin(replica, txn, res, p)) != APR_SUCCESS ||
        (rv = read_heads(txn, res)) != APR_SUCCESS) {
        vso_replica_abort(txn);
        return rv;
    }
    *ptxn = txn;
    return APR_SUCCESS;
}

void vso_replica_abort(vso_replica_txn_t *txn)
{
    vso_shared_t *shared = txn->replica->options.shared;

    if (txn->txn) {
        mdb_txn_abort(txn->txn);
    }
    vso_shared_leave(shared);
    vso_shared_unlock(shared);
}

apr_status_t vso_replica_commit(vso_replica_txn_t *txn, vso_result_t *res)
{
    vso_replica_t *replica = txn->replica;
    apr_status_t rv =
        txn->dirty ? vso_replica_head_write(txn, res) : APR_SUCCESS;
    int rc;

    if (rv == APR_SUCCESS) {
        rc = mdb_txn_commit(txn->txn);
        txn->txn = NULL;
        rv = rc ? vso_replica_env_fail(replica, rc, res) : APR_SUCCESS;
        lengthen(txn->open);
    }
    vso_replica_abort(txn);
    return rv;
}

const vso_record_keys_t *vso_replica_txn_keys(const vso_replica_txn_t *txn)
{
    return txn->heads.sides[txn->side].keys;
}

/* Sides */

/* Begin a side for a keystore: what it held goes. */
static apr_status_t begin_side(vso_replica_txn_t *txn, int side,
                               const char *keystore_id, const char *lineage,
                               vso_result_t *res)
{
    vso_replica_side_t *is = &txn->heads.sides[side];
    int rc;
    int i;

    for (i = 0; i < VSO_DB_SIDED; i++) {
        rc = mdb_drop(txn->txn, txn->open->sided[side][i], 0);
        if (rc) {
            return vso_replica_env_fail(txn->replica, rc, res);
        }
    }
    memset(is, 0, sizeof(*is));
    is->keystore_id = apr_pstrdup(txn->p, keystore_id);
    is->lineage = apr_pstrdup(txn->p, lineage);
    is->name = "";
    txn->dirty = 1;
    return find_keys(txn, res);
}

apr_status_t vso_replica_side(vso_replica_txn_t *txn, const char *keystore_id,
                              const char *lineage, vso_result_t *res)
{
    vso_replica_heads_t *heads = &txn->heads;
    int served = heads->served;
    apr_status_t rv;
    int i;

    if (txn->lost) {
        vso_log(VSO_LOG_ERROR, "the replica %s is emptied: %s",
                txn->replica->options.path, txn->lost);
        txn->lost = NULL;
        rv = begin_side(txn, !served, "", "", res);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    for (i = 0; i < 2; i++) {
        int side = i ? !served : served;

        if (!strcmp(heads->sides[side].keystore_id, keystore_id) &&
            !strcmp(heads->sides[side].lineage, lineage)) {
            txn->side = side;
            return APR_SUCCESS;
        }
    }
    txn->side = heads->sides[served].keystore_id[0] ? !served : served;
    return begin_side(txn, txn->side, keystore_id, lineage, res);
}

apr_status_t vso_replica_txn_head(vso_replica_txn_t *txn,
                                  vso_replica_head_t *head, vso_result_t *res,
                                  apr_pool_t *p)
{
    (void)res;
    vso_replica_head_tell(&txn->heads, txn->side, head, p);
    return APR_SUCCESS;
}

/* -1, 0, 1 as one is before, at or after the other. */
static int compare_positions(apr_int64_t a, const char *a_name, apr_int64_t b,
                             const char *b_name)
{
    return a < b ? -1 : a > b ? 1 : strcmp(a_name, b_name);
}

/* The side that was filled takes its place; what was served goes. */
static apr_status_t flip(vso_replica_txn_t *txn, vso_result_t *res)
{
    int old = txn->heads.served;
    apr_status_t rv = begin_side(txn, old, "", "", res);

    txn->heads.served = !old;
    return rv;
}

apr_status_t vso_replica_move(vso_replica_txn_t *txn,
                              const vso_position_t *from,
                              const vso_position_t *to, int complete,
                              vso_result_t *res)
{
    vso_replica_side_t *side = &txn->heads.sides[txn->side];

    if (compare_positions(side->position, side->name, from->generation,
                          from->name) < 0) {
        return APR_SUCCESS;
    }
    txn->dirty = 1;
    if (compare_positions(side->position, side->name, to->generation,
                          to->name) < 0) {
        side->position = to->generation;
        side->name = apr_pstrdup(txn->p, to->name);
    }
    if (!complete) {
        return APR_SUCCESS;
    }
    if (to->generation - 1 > side->generation) {
        side->generation = to->generation - 1;
    }
    return txn->side != txn->heads.served ? flip(txn, res) : APR_SUCCESS;
}

/* Values */

apr_status_t vso_replica_txn_seal(vso_replica_txn_t *txn, MDB_dbi dbi,
                                  const MDB_val *key, const char *place,
                                  const vso_bytes_t *text, vso_result_t *res)
{
    MDB_val at = *key;
    vso_bytes_t sealed;
    apr_status_t rv;
    MDB_val value;
    int rc;

    rv = vso_record_seal_text(vso_replica_txn_keys(txn), place, text, &sealed,
                              res, txn->p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rc = mdb_get(txn->txn, dbi, &at, &value);
    if (rc == 0 && value.mv_size == sealed.len &&
        !memcmp(value.mv_data, sealed.data, sealed.len)) {
        return APR_SUCCESS;
    }
    at = *key;
    value = vso_replica_val(sealed.data, sealed.len);
    rc = mdb_put(txn->txn, dbi, &at, &value, 0);
    return rc ? vso_replica_env_fail(txn->replica, rc, res) : APR_SUCCESS;
}

apr_status_t vso_replica_txn_delete(vso_replica_txn_t *txn, MDB_dbi dbi,
                                    const MDB_val *key, vso_result_t *res)
{
    MDB_val at = *key;
    int rc = mdb_del(txn->txn, dbi, &at, NULL);

    return rc && rc != MDB_NOTFOUND
               ? vso_replica_env_fail(txn->replica, rc, res)
               : APR_SUCCESS;
}
