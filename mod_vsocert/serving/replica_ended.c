/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/sha.h>

#include "serving/pack.h"
#include "serving/replica_impl.h"

/* In `ended`: 's' and SHA-256 of the session -> when it is over; 'e', that time
 * and the SHA-256 -> nothing. */

/* Sessions that are over, which one call forgets at most. */
#define MAX_FORGOTTEN 1000

static void hash(const char *session_id, unsigned char id[VSO_RECORD_ID_LEN])
{
    SHA256((const unsigned char *)session_id, strlen(session_id), id);
}

/* When a session is over, as it stands there. One that was changed on the disk
 * never is. */
static apr_int64_t read_expiry(const vso_replica_t *replica, const MDB_val *key,
                               const MDB_val *value, apr_pool_t *p)
{
    vso_bytes_t bytes = vso_replica_bytes(value);
    vso_bytes_t in;

    return vso_record_open_text(replica->own,
                                vso_replica_place("ended", key, p), &bytes, &in,
                                vso_result_create(p), p) == APR_SUCCESS
               ? (apr_int64_t)vso_bytes_number(&in, 8)
               : APR_INT64_MAX;
}

int vso_replica_ended(vso_replica_t *replica, const char *session_id,
                      apr_int64_t now_sec)
{
    unsigned char id[VSO_RECORD_ID_LEN];
    unsigned char room[VSO_REPLICA_ROW_LEN];
    vso_replica_look_t look;
    vso_result_t *cause;
    apr_status_t rv;
    MDB_val value;
    MDB_val key;
    apr_pool_t *p;
    int ended;

    hash(session_id, id);
    key = vso_replica_row_key('s', id, room);
    apr_pool_create(&p, NULL);
    cause = vso_result_create(p);
    rv = vso_replica_look_begin(replica, &look, cause, p);
    if (rv == APR_SUCCESS) {
        rv = vso_replica_look_get(&look, look.open->ended, &key, &value, cause);
        ended = rv == APR_SUCCESS
                    ? read_expiry(replica, &key, &value, p) > now_sec
                    : rv != APR_NOTFOUND;
        vso_replica_look_end(&look);
    }
    else {
        ended = cause->problem != VSO_P_SEALED;
    }
    apr_pool_destroy(p);
    return ended;
}

/* Delete those that are over, the oldest first. */
static apr_status_t forget(vso_replica_txn_t *txn, apr_int64_t now_sec,
                           vso_result_t *res)
{
    MDB_dbi dbi = txn->open->ended;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < MAX_FORGOTTEN; i++) {
        MDB_val key = vso_replica_val("e", 1);
        unsigned char when[VSO_REPLICA_TIME_LEN];
        unsigned char room[VSO_REPLICA_ROW_LEN];
        MDB_cursor *cursor = NULL;
        MDB_val value;
        int rc = mdb_cursor_open(txn->txn, dbi, &cursor);

        if (rc == 0) {
            rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
            mdb_cursor_close(cursor);
        }
        if (rc || key.mv_size != VSO_REPLICA_TIME_LEN ||
            *(char *)key.mv_data != 'e' ||
            vso_replica_time_of(&key) > now_sec) {
            break;
        }
        memcpy(when, key.mv_data, VSO_REPLICA_TIME_LEN);
        key = vso_replica_row_key('s', when + 1 + 8, room);
        /* it may have been ended again, for longer */
        if (mdb_get(txn->txn, dbi, &key, &value) == 0 &&
            read_expiry(txn->replica, &key, &value, txn->p) <= now_sec) {
            rv = vso_replica_txn_delete(txn, dbi, &key, res);
        }
        key = vso_replica_val(when, VSO_REPLICA_TIME_LEN);
        rv = rv == APR_SUCCESS ? vso_replica_txn_delete(txn, dbi, &key, res)
                               : rv;
    }
    return rv;
}

apr_status_t vso_replica_end(vso_replica_txn_t *txn, const char *session_id,
                             apr_int64_t expires_sec, apr_int64_t now_sec,
                             vso_result_t *res, apr_pool_t *p)
{
    vso_pack_t pack = vso_pack_make(8, p);
    unsigned char id[VSO_RECORD_ID_LEN];
    unsigned char row_room[VSO_REPLICA_ROW_LEN];
    unsigned char time_room[VSO_REPLICA_TIME_LEN];
    vso_bytes_t text;
    apr_status_t rv;

    hash(session_id, id);
    vso_pack_number(&pack, (apr_uint64_t)expires_sec, 8);
    text = vso_pack_bytes(&pack);
    if ((rv = forget(txn, now_sec, res)) != APR_SUCCESS ||
        (rv = vso_replica_own_put(txn, "ended", txn->open->ended,
                                  vso_replica_row_key('s', id, row_room), &text,
                                  res)) != APR_SUCCESS) {
        return rv;
    }
    return vso_replica_mark_put(
        txn, txn->open->ended,
        vso_replica_time_key('e', expires_sec, id, time_room), res);
}
