/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "serving/pack.h"
#include "serving/replica_impl.h"

/* In `staples`: 'f' and fingerprint -> row; 'd', due time and fingerprint ->
 * nothing. */
#define ROW_LEN VSO_REPLICA_ROW_LEN
#define DUE_LEN VSO_REPLICA_TIME_LEN

/* Rows that are taken from another file in one look-up: other threads wait
 * meanwhile. */
#define TAKEN 50

MDB_val vso_replica_row_key(char mark,
                            const unsigned char id[VSO_RECORD_ID_LEN],
                            unsigned char room[ROW_LEN])
{
    room[0] = (unsigned char)mark;
    memcpy(room + 1, id, VSO_RECORD_ID_LEN);
    return vso_replica_val(room, ROW_LEN);
}

MDB_val vso_replica_time_key(char mark, apr_int64_t when,
                             const unsigned char id[VSO_RECORD_ID_LEN],
                             unsigned char room[DUE_LEN])
{
    vso_pack_t pack = {room, 0, DUE_LEN, NULL, 0};

    vso_pack_number(&pack, (unsigned char)mark, 1);
    vso_pack_number(&pack, (apr_uint64_t)(when < 0 ? 0 : when), 8);
    vso_pack_raw(&pack, id, VSO_RECORD_ID_LEN);
    return vso_replica_val(room, DUE_LEN);
}

/* The time of a vso_replica_time_key. */
apr_int64_t vso_replica_time_of(const MDB_val *key)
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
    MDB_val key = vso_replica_row_key('f', fingerprint, room);
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

/* Is it the mark of this row? A row has one. */
static int is_its_mark(const vso_replica_staple_t *staple,
                       const unsigned char *mark)
{
    unsigned char room[DUE_LEN];

    vso_replica_time_key('d', staple->due_sec, staple->fingerprint, room);
    return !memcmp(room, mark, DUE_LEN);
}

/* One row: it is due, or over. @return what LMDB said */
static int look_at_due(vso_replica_look_t *look, const MDB_val *due,
                       apr_array_header_t *staples, apr_array_header_t *over)
{
    unsigned char room[ROW_LEN];
    MDB_val row =
        vso_replica_row_key('f', (unsigned char *)due->mv_data + 1 + 8, room);
    vso_replica_staple_t staple;
    MDB_val value;
    int rc = mdb_get(look->txn, look->open->staples, &row, &value);

    if (rc == 0 &&
        open_row(look->replica, &row, &value, &staple, staples->pool) ==
            APR_SUCCESS &&
        is_its_mark(&staple, due->mv_data) &&
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
           vso_replica_time_of(&key) <= now_sec && staples->nelts < limit &&
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
 * open is not known. A mark that is not the row's goes alone. */
static apr_status_t drop_found(vso_replica_txn_t *txn, const unsigned char *due,
                               vso_result_t *res)
{
    unsigned char room[ROW_LEN];
    MDB_val row = vso_replica_row_key('f', due + 1 + 8, room);
    MDB_val mark = vso_replica_val(due, DUE_LEN);
    apr_status_t rv = APR_SUCCESS;
    vso_replica_staple_t staple;
    MDB_val value;

    if (mdb_get(txn->txn, txn->open->staples, &row, &value) != 0 ||
        open_row(txn->replica, &row, &value, &staple, txn->p) != APR_SUCCESS ||
        is_its_mark(&staple, due)) {
        rv = vso_replica_staple_drop(txn, due + 1 + 8, res);
    }
    return rv == APR_SUCCESS
               ? vso_replica_txn_delete(txn, txn->open->staples, &mark, res)
               : rv;
}

/* Rows of certificates that are served no more, or that do not open, and marks
 * that are no row's: next time, where another writer has the lock or the disk
 * is full. */
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

apr_status_t vso_replica_own_put(vso_replica_txn_t *txn, const char *db,
                                 MDB_dbi dbi, MDB_val key,
                                 const vso_bytes_t *text, vso_result_t *res)
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

apr_status_t vso_replica_mark_put(vso_replica_txn_t *txn, MDB_dbi dbi,
                                  MDB_val key, vso_result_t *res)
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
    MDB_val key = vso_replica_row_key('f', fingerprint, row_room);
    apr_status_t rv;
    MDB_val value;

    if (mdb_get(txn->txn, dbi, &key, &value) == 0 &&
        open_row(txn->replica, &key, &value, &staple, txn->p) == APR_SUCCESS) {
        MDB_val due =
            vso_replica_time_key('d', staple.due_sec, fingerprint, due_room);

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
        rv = vso_replica_own_put(
            txn, "staples", txn->open->staples,
            vso_replica_row_key('f', staple->fingerprint, row_room), &text,
            res);
    }
    return rv == APR_SUCCESS
               ? vso_replica_mark_put(txn, txn->open->staples,
                                      vso_replica_time_key('d', staple->due_sec,
                                                           staple->fingerprint,
                                                           due_room),
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
    MDB_val key = vso_replica_row_key('f', fingerprint, room);
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

/* Into another file */

/* Fingerprints of the rows, which change while they are walked over. */
static int list_rows(const vso_replica_txn_t *txn, apr_array_header_t *ids)
{
    MDB_val key = vso_replica_val("f", 1);
    MDB_cursor *cursor = NULL;
    MDB_val value;
    int rc = mdb_cursor_open(txn->txn, txn->open->staples, &cursor);

    if (rc) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && key.mv_size == ROW_LEN && *(char *)key.mv_data == 'f') {
        memcpy(apr_array_push(ids), (const char *)key.mv_data + 1,
               VSO_RECORD_ID_LEN);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* One, where the old file has it. The entry is the one that has the certificate
 * now. */
static apr_status_t take_row(const vso_replica_look_t *from,
                             vso_replica_txn_t *txn,
                             const unsigned char fingerprint[VSO_RECORD_ID_LEN],
                             vso_result_t *res, apr_pool_t *p)
{
    unsigned char room[ROW_LEN];
    MDB_val key = vso_replica_row_key('f', fingerprint, room);
    vso_replica_staple_t staple;
    vso_replica_staple_t fresh;
    MDB_val value;

    if (mdb_get(txn->txn, txn->open->staples, &key, &value) != 0 ||
        open_row(txn->replica, &key, &value, &fresh, p) != APR_SUCCESS ||
        mdb_get(from->txn, from->open->staples, &key, &value) != 0 ||
        open_row(from->replica, &key, &value, &staple, p) != APR_SUCCESS) {
        return APR_SUCCESS;
    }
    staple.entry = fresh.entry;
    return vso_replica_staple_put(txn, &staple, res, p);
}

/* Some of them, in one look-up. @return APR_EOF: the old file cannot be read */
static apr_status_t take_some(vso_replica_t *from, vso_replica_txn_t *txn,
                              const apr_array_header_t *ids, int at,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    vso_replica_look_t look;
    int i;

    if (vso_replica_look_begin(from, &look, vso_result_create(p), p) !=
        APR_SUCCESS) {
        return APR_EOF;
    }
    for (i = at; rv == APR_SUCCESS && i < ids->nelts && i < at + TAKEN; i++) {
        rv = take_row(&look, txn,
                      (const unsigned char *)ids->elts +
                          (apr_size_t)i * VSO_RECORD_ID_LEN,
                      res, p);
    }
    vso_replica_look_end(&look);
    return rv;
}

apr_status_t vso_replica_staples_take(vso_replica_t *from,
                                      vso_replica_txn_t *txn, vso_result_t *res,
                                      apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_make(p, 64, VSO_RECORD_ID_LEN);
    apr_pool_t *own = txn->p;
    apr_status_t rv = APR_SUCCESS;
    int rc = list_rows(txn, ids);
    int i;

    if (rc) {
        return vso_replica_env_fail(txn->replica, rc, res);
    }
    apr_pool_create(&txn->p, p); /* there may be many */
    for (i = 0; rv == APR_SUCCESS && i < ids->nelts; i += TAKEN) {
        apr_pool_clear(txn->p);
        rv = take_some(from, txn, ids, i, res, txn->p);
    }
    apr_pool_destroy(txn->p);
    txn->p = own;
    return rv == APR_EOF ? APR_SUCCESS : rv;
}
