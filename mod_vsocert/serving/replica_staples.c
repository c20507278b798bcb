/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>
#include <openssl/sha.h>

#include "base/limits.h"
#include "serving/pack.h"
#include "serving/replica_impl.h"

/* In `staples`: 'f' and fingerprint -> row; 'd', due time and fingerprint ->
 * nothing. In `ended`: 's' and SHA-256 of the session -> when it is over; 'e',
 * that time and the SHA-256 -> nothing. */
#define ROW_LEN (1 + VSO_RECORD_ID_LEN)
#define DUE_LEN (1 + 8 + VSO_RECORD_ID_LEN)

/* Sessions that are over, which one call forgets at most. */
#define MAX_FORGOTTEN 1000

static MDB_val row_key(char mark, const unsigned char id[VSO_RECORD_ID_LEN],
                       unsigned char room[ROW_LEN])
{
    room[0] = (unsigned char)mark;
    memcpy(room + 1, id, VSO_RECORD_ID_LEN);
    return vso_replica_val(room, ROW_LEN);
}

static MDB_val time_key(char mark, apr_int64_t when,
                        const unsigned char id[VSO_RECORD_ID_LEN],
                        unsigned char room[DUE_LEN])
{
    vso_pack_t pack = {room, 0, DUE_LEN, NULL, 0};

    vso_pack_number(&pack, (unsigned char)mark, 1);
    vso_pack_number(&pack, (apr_uint64_t)(when < 0 ? 0 : when), 8);
    vso_pack_raw(&pack, id, VSO_RECORD_ID_LEN);
    return vso_replica_val(room, DUE_LEN);
}

/* The time of a time_key. */
static apr_int64_t time_of(const MDB_val *key)
{
    vso_bytes_t in = vso_replica_bytes(key);

    vso_bytes_take(&in, 1);
    return (apr_int64_t)vso_bytes_number(&in, 8);
}

/* Rows of staples */

static apr_status_t open_row(const vso_replica_t *replica, const MDB_val *key,
                             const MDB_val *value, vso_replica_staple_t *staple,
                             apr_pool_t *p)
{
    vso_bytes_t bytes = vso_replica_bytes(value);
    vso_bytes_t in = {NULL, 0, 1};
    vso_bytes_t der;

    if (vso_record_open_text(replica->own, vso_replica_place("staples", key, p),
                             &bytes, &in, vso_result_create(p),
                             p) != APR_SUCCESS) {
        return APR_NOTFOUND;
    }
    memcpy(staple->fingerprint, (const char *)key->mv_data + 1,
           VSO_RECORD_ID_LEN);
    staple->entry = vso_pack_read_text(&in, p);
    staple->due_sec = (apr_int64_t)vso_bytes_number(&in, 8);
    staple->valid_sec = (apr_int64_t)vso_bytes_number(&in, 8);
    der = vso_bytes_counted(&in, 4);
    if (in.bad || in.len) {
        return APR_NOTFOUND;
    }
    staple->der.data = apr_pmemdup(p, der.data, der.len + !der.len);
    staple->der.len = der.len;
    staple->der.bad = 0;
    return APR_SUCCESS;
}

apr_status_t vso_replica_staple(vso_replica_t *replica,
                                const unsigned char fingerprint[32],
                                vso_replica_staple_t *staple, apr_pool_t *p)
{
    unsigned char room[ROW_LEN];
    MDB_val key = row_key('f', fingerprint, room);
    vso_result_t *cause = vso_result_create(p);
    vso_replica_look_t look;
    MDB_val value;
    apr_status_t rv = vso_replica_look_begin(replica, &look, cause, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = vso_replica_look_get(&look, look.open->staples, &key, &value, cause);
    if (rv == APR_SUCCESS) {
        rv = open_row(replica, &key, &value, staple, p);
    }
    vso_replica_look_end(&look);
    return rv;
}

/* Is the certificate served by the entry of its row? @param prc  what LMDB said
 * where that is not known */
static int is_served(const vso_replica_look_t *look,
                     const vso_replica_staple_t *staple, int *prc,
                     apr_pool_t *p)
{
    MDB_val key = vso_replica_val(staple->entry, strlen(staple->entry));
    vso_record_t *record;
    vso_bytes_t bytes;
    MDB_val value;
    int i;

    if (key.mv_size) {
        *prc = mdb_get(look->txn, look->dbs[VSO_DB_ENTRIES], &key, &value);
    }
    if (!key.mv_size || *prc) {
        return 0;
    }
    bytes = vso_replica_bytes(&value);
    if (vso_record_decode(look->side->keys, staple->entry, &bytes, &record,
                          vso_result_create(p), p) != APR_SUCCESS) {
        return 0;
    }
    for (i = 0; i < record->versions->nelts; i++) {
        if (!memcmp(APR_ARRAY_IDX(record->versions, i, vso_record_version_t)
                        .fingerprint,
                    staple->fingerprint, VSO_RECORD_ID_LEN)) {
            return 1;
        }
    }
    return 0;
}

/* One row: it is due, or over. @return what LMDB said */
static int look_at_due(vso_replica_look_t *look, const MDB_val *due,
                       apr_array_header_t *staples, apr_array_header_t *over)
{
    unsigned char room[ROW_LEN];
    MDB_val row = row_key('f', (unsigned char *)due->mv_data + 1 + 8, room);
    vso_replica_staple_t staple;
    MDB_val value;
    int rc = mdb_get(look->txn, look->open->staples, &row, &value);

    if (rc == 0 &&
        open_row(look->replica, &row, &value, &staple, staples->pool) ==
            APR_SUCCESS &&
        is_served(look, &staple, &rc, staples->pool)) {
        staple.der.len = 0;
        APR_ARRAY_PUSH(staples, vso_replica_staple_t) = staple;
    }
    else if (rc == 0 || rc == MDB_NOTFOUND) {
        memcpy(apr_array_push(over), due->mv_data, DUE_LEN);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int walk_due(vso_replica_look_t *look, apr_int64_t now_sec, int limit,
                    apr_array_header_t *staples, apr_array_header_t *over)
{
    MDB_val key = vso_replica_val("d", 1);
    MDB_cursor *cursor = NULL;
    MDB_val value;
    int rc = mdb_cursor_open(look->txn, look->open->staples, &cursor);

    if (rc) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && key.mv_size == DUE_LEN && *(char *)key.mv_data == 'd' &&
           time_of(&key) <= now_sec && staples->nelts < limit &&
           over->nelts < limit) {
        rc = look_at_due(look, &key, staples, over);
        if (rc == 0) {
            rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/** A row, and the mark by which it was found: what a row says that does not
 * open is not known. */
static apr_status_t drop_found(vso_replica_txn_t *txn, const unsigned char *due,
                               vso_result_t *res)
{
    MDB_val mark = vso_replica_val(due, DUE_LEN);
    apr_status_t rv = vso_replica_staple_drop(txn, due + 1 + 8, res);

    return rv == APR_SUCCESS
               ? vso_replica_txn_delete(txn, txn->open->staples, &mark, res)
               : rv;
}

/* Rows of certificates that are served no more, or that do not open: next time,
 * where another writer has the lock or the disk is full. */
static void drop_over(vso_replica_t *replica, const apr_array_header_t *over,
                      apr_pool_t *p)
{
    vso_result_t *unheard = vso_result_create(p);
    vso_replica_txn_t *txn;
    int i;

    if (!over->nelts ||
        vso_replica_begin(replica, &txn, unheard, p) != APR_SUCCESS) {
        return;
    }
    for (i = 0; i < over->nelts; i++) {
        const unsigned char *due =
            (const unsigned char *)over->elts + (apr_size_t)i * DUE_LEN;

        if (drop_found(txn, due, unheard) != APR_SUCCESS) {
            vso_replica_abort(txn);
            return;
        }
    }
    vso_replica_commit(txn, unheard);
}

apr_status_t vso_replica_staples_due(vso_replica_t *replica,
                                     apr_int64_t now_sec, int limit,
                                     apr_array_header_t **pstaples,
                                     vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *staples =
        apr_array_make(p, 8, sizeof(vso_replica_staple_t));
    apr_array_header_t *over = apr_array_make(p, 8, DUE_LEN);
    vso_replica_look_t look;
    apr_status_t rv = vso_replica_look_begin(replica, &look, res, p);
    int rc;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rc = walk_due(&look, now_sec, limit, staples, over);
    vso_replica_look_end(&look);
    if (rc) {
        return vso_replica_env_fail(replica, rc, res);
    }
    drop_over(replica, over, p);
    *pstaples = staples;
    return APR_SUCCESS;
}

/* Put an authenticated value of no keystore. */
static apr_status_t put_own(vso_replica_txn_t *txn, const char *db, MDB_dbi dbi,
                            MDB_val key, const vso_bytes_t *text,
                            vso_result_t *res)
{
    vso_bytes_t sealed;
    apr_status_t rv;
    MDB_val value;
    int rc;

    rv = vso_record_seal_text(txn->replica->own,
                              vso_replica_place(db, &key, txn->p), text,
                              &sealed, res, txn->p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    value = vso_replica_val(sealed.data, sealed.len);
    rc = mdb_put(txn->txn, dbi, &key, &value, 0);
    return rc ? vso_replica_env_fail(txn->replica, rc, res) : APR_SUCCESS;
}

static apr_status_t put_mark(vso_replica_txn_t *txn, MDB_dbi dbi, MDB_val key,
                             vso_result_t *res)
{
    MDB_val value = vso_replica_val("", 0);
    int rc = mdb_put(txn->txn, dbi, &key, &value, 0);

    return rc ? vso_replica_env_fail(txn->replica, rc, res) : APR_SUCCESS;
}

apr_status_t vso_replica_staple_drop(vso_replica_txn_t *txn,
                                     const unsigned char fingerprint[32],
                                     vso_result_t *res)
{
    MDB_dbi dbi = txn->open->staples;
    unsigned char row_room[ROW_LEN];
    unsigned char due_room[DUE_LEN];
    vso_replica_staple_t staple;
    MDB_val key = row_key('f', fingerprint, row_room);
    apr_status_t rv;
    MDB_val value;

    if (mdb_get(txn->txn, dbi, &key, &value) == 0 &&
        open_row(txn->replica, &key, &value, &staple, txn->p) == APR_SUCCESS) {
        MDB_val due = time_key('d', staple.due_sec, fingerprint, due_room);

        rv = vso_replica_txn_delete(txn, dbi, &due, res);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return vso_replica_txn_delete(txn, dbi, &key, res);
}

apr_status_t vso_replica_staple_put(vso_replica_txn_t *txn,
                                    const vso_replica_staple_t *staple,
                                    vso_result_t *res, apr_pool_t *p)
{
    vso_pack_t pack = vso_pack_make(staple->der.len + 128, p);
    unsigned char row_room[ROW_LEN];
    unsigned char due_room[DUE_LEN];
    vso_bytes_t text;
    apr_status_t rv;

    vso_pack_text(&pack, staple->entry);
    vso_pack_number(&pack, (apr_uint64_t)staple->due_sec, 8);
    vso_pack_number(&pack, (apr_uint64_t)staple->valid_sec, 8);
    vso_pack_counted(&pack, staple->der.data, staple->der.len, 4);
    text = vso_pack_bytes(&pack);
    rv = vso_replica_staple_drop(txn, staple->fingerprint, res);
    if (rv == APR_SUCCESS) {
        rv = put_own(txn, "staples", txn->open->staples,
                     row_key('f', staple->fingerprint, row_room), &text, res);
    }
    return rv == APR_SUCCESS ? put_mark(txn, txn->open->staples,
                                        time_key('d', staple->due_sec,
                                                 staple->fingerprint, due_room),
                                        res)
                             : rv;
}

/** The row of a certificate, as it is to be put: none yet, or one that a key of
 * before authenticates. @return 0: it is there, and stays */
static int is_to_put(vso_replica_txn_t *txn,
                     const unsigned char fingerprint[VSO_RECORD_ID_LEN],
                     vso_replica_staple_t *staple)
{
    unsigned char room[ROW_LEN];
    MDB_val key = row_key('f', fingerprint, room);
    vso_replica_staple_t found;
    vso_bytes_t bytes;
    MDB_val value;

    if (mdb_get(txn->txn, txn->open->staples, &key, &value) == 0) {
        bytes = vso_replica_bytes(&value);
        if (vso_record_is_by_first(txn->replica->own, &bytes, txn->p)) {
            return 0;
        }
        if (open_row(txn->replica, &key, &value, &found, txn->p) ==
            APR_SUCCESS) {
            *staple = found;
        }
    }
    memcpy(staple->fingerprint, fingerprint, VSO_RECORD_ID_LEN);
    return 1;
}

apr_status_t vso_replica_staples_put(vso_replica_txn_t *txn,
                                     const vso_record_t *record,
                                     vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < record->versions->nelts; i++) {
        const vso_record_version_t *version =
            &APR_ARRAY_IDX(record->versions, i, vso_record_version_t);
        vso_replica_staple_t staple = {.entry = record->entry};

        if (*version->ocsp_url &&
            is_to_put(txn, version->fingerprint, &staple)) {
            rv = vso_replica_staple_put(txn, &staple, res, p);
        }
    }
    return rv;
}

/* Sessions that were ended */

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
    unsigned char room[ROW_LEN];
    vso_replica_look_t look;
    vso_result_t *cause;
    apr_status_t rv;
    MDB_val value;
    MDB_val key;
    apr_pool_t *p;
    int ended;

    hash(session_id, id);
    key = row_key('s', id, room);
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
        unsigned char when[DUE_LEN];
        unsigned char room[ROW_LEN];
        MDB_cursor *cursor = NULL;
        MDB_val value;
        int rc = mdb_cursor_open(txn->txn, dbi, &cursor);

        if (rc == 0) {
            rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
            mdb_cursor_close(cursor);
        }
        if (rc || key.mv_size != DUE_LEN || *(char *)key.mv_data != 'e' ||
            time_of(&key) > now_sec) {
            break;
        }
        memcpy(when, key.mv_data, DUE_LEN);
        key = row_key('s', when + 1 + 8, room);
        /* it may have been ended again, for longer */
        if (mdb_get(txn->txn, dbi, &key, &value) == 0 &&
            read_expiry(txn->replica, &key, &value, txn->p) <= now_sec) {
            rv = vso_replica_txn_delete(txn, dbi, &key, res);
        }
        key = vso_replica_val(when, DUE_LEN);
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
    unsigned char row_room[ROW_LEN];
    unsigned char time_room[DUE_LEN];
    vso_bytes_t text;
    apr_status_t rv;

    hash(session_id, id);
    vso_pack_number(&pack, (apr_uint64_t)expires_sec, 8);
    text = vso_pack_bytes(&pack);
    if ((rv = forget(txn, now_sec, res)) != APR_SUCCESS ||
        (rv = put_own(txn, "ended", txn->open->ended,
                      row_key('s', id, row_room), &text, res)) != APR_SUCCESS) {
        return rv;
    }
    return put_mark(txn, txn->open->ended,
                    time_key('e', expires_sec, id, time_room), res);
}
