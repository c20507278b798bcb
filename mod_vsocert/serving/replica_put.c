/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "serving/replica_impl.h"

static MDB_dbi db_of(const vso_replica_txn_t *txn, vso_replica_db_e which)
{
    return txn->open->sided[txn->side][which];
}

/* Records */

/* What is stored, as it is. @return APR_NOTFOUND */
static apr_status_t stored(const vso_replica_txn_t *txn, const char *entry,
                           vso_bytes_t *pbytes, vso_result_t *res,
                           apr_pool_t *p)
{
    MDB_val key = vso_replica_val(entry, strlen(entry));
    MDB_val value;
    int rc = mdb_get(txn->txn, db_of(txn, VSO_DB_ENTRIES), &key, &value);

    if (rc == MDB_NOTFOUND) {
        return APR_NOTFOUND;
    }
    if (rc) {
        return vso_replica_env_fail(txn->replica, rc, res);
    }
    *pbytes = vso_replica_copy(&value, p);
    return APR_SUCCESS;
}

static apr_status_t check_entry(const char *entry, vso_result_t *res)
{
    apr_size_t len = strlen(entry);

    if (len && len <= VSO_MAX_ENTRY) {
        return APR_SUCCESS;
    }
    vso_fail(res, VSO_P_INTERNAL, NULL, "\"%.80s\" is no name of an entry.",
             entry);
    return APR_EINVAL;
}

apr_status_t vso_replica_txn_entry(vso_replica_txn_t *txn, const char *entry,
                                   vso_record_t **precord, vso_result_t *res,
                                   apr_pool_t *p)
{
    vso_result_t *unheard = vso_result_create(p);
    vso_bytes_t bytes;
    apr_status_t rv;

    if ((rv = check_entry(entry, res)) != APR_SUCCESS ||
        (rv = stored(txn, entry, &bytes, res, p)) != APR_SUCCESS) {
        return rv;
    }
    return vso_record_decode(vso_replica_txn_keys(txn), entry, &bytes, precord,
                             unheard, p) == APR_SUCCESS
               ? APR_SUCCESS
               : APR_NOTFOUND;
}

static apr_status_t put_record(vso_replica_txn_t *txn,
                               const vso_record_t *record, int *pdiffers,
                               vso_result_t *res, apr_pool_t *p)
{
    MDB_val key = vso_replica_val(record->entry, strlen(record->entry));
    unsigned char before[VSO_RECORD_ID_LEN];
    unsigned char after[VSO_RECORD_ID_LEN];
    vso_bytes_t bytes;
    vso_bytes_t old;
    MDB_val value;
    apr_status_t rv;
    int rc;

    rv = vso_record_encode(vso_replica_txn_keys(txn), record, &bytes, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    vso_record_tag(&bytes, after);
    *pdiffers = stored(txn, record->entry, &old, res, p) != APR_SUCCESS ||
                !vso_record_tag(&old, before) ||
                memcmp(before, after, VSO_RECORD_ID_LEN) != 0;
    value = vso_replica_val(bytes.data, bytes.len);
    rc = mdb_put(txn->txn, db_of(txn, VSO_DB_ENTRIES), &key, &value, 0);
    return rc ? vso_replica_env_fail(txn->replica, rc, res) : APR_SUCCESS;
}

/* One that is there and is what it should be, stays. */
static apr_status_t put_chains(vso_replica_txn_t *txn,
                               const apr_array_header_t *chains,
                               vso_result_t *res)
{
    MDB_dbi dbi = db_of(txn, VSO_DB_CHAIN);
    int i;

    for (i = 0; i < chains->nelts; i++) {
        const vso_record_chain_t *chain =
            &APR_ARRAY_IDX(chains, i, vso_record_chain_t);
        MDB_val key = vso_replica_val(chain->id, VSO_RECORD_ID_LEN);
        MDB_val value;
        int rc = mdb_get(txn->txn, dbi, &key, &value);

        if (rc == 0 && value.mv_size == chain->der.len &&
            !memcmp(value.mv_data, chain->der.data, chain->der.len)) {
            continue;
        }
        key = vso_replica_val(chain->id, VSO_RECORD_ID_LEN);
        value = vso_replica_val(chain->der.data, chain->der.len);
        rc = mdb_put(txn->txn, dbi, &key, &value, 0);
        if (rc) {
            return vso_replica_env_fail(txn->replica, rc, res);
        }
    }
    return APR_SUCCESS;
}

/* A version that stays in place of one that does not open came from the other
 * side, where its chain is. */
static apr_status_t bring_chains(vso_replica_txn_t *txn,
                                 const vso_record_t *record, vso_result_t *res)
{
    static const unsigned char none[VSO_RECORD_ID_LEN];
    MDB_dbi from = txn->open->sided[!txn->side][VSO_DB_CHAIN];
    MDB_dbi to = db_of(txn, VSO_DB_CHAIN);
    int i;

    for (i = 0; i < record->versions->nelts; i++) {
        const unsigned char *id =
            APR_ARRAY_IDX(record->versions, i, vso_record_version_t).chain;
        MDB_val key = vso_replica_val(id, VSO_RECORD_ID_LEN);
        MDB_val value;
        int rc = 0;

        if (memcmp(id, none, VSO_RECORD_ID_LEN) &&
            mdb_get(txn->txn, to, &key, &value) == MDB_NOTFOUND &&
            mdb_get(txn->txn, from, &key, &value) == 0) {
            vso_bytes_t copy = vso_replica_copy(&value, txn->p);

            value = vso_replica_val(copy.data, copy.len);
            rc = mdb_put(txn->txn, to, &key, &value, 0);
        }
        if (rc) {
            return vso_replica_env_fail(txn->replica, rc, res);
        }
    }
    return APR_SUCCESS;
}

/* Keys */

/* Key id and entry. */
static MDB_val key_of(const char *id, const char *entry, char *room)
{
    apr_size_t len = strlen(entry);

    memcpy(room, id, VSO_RECORD_ID_LEN);
    memcpy(room + VSO_RECORD_ID_LEN, entry, len);
    return vso_replica_val(room, VSO_RECORD_ID_LEN + len);
}

static int has_key(const vso_record_t *record, const char *id)
{
    int i;

    for (i = 0; i < record->live->nelts; i++) {
        if (!memcmp(record->live->elts + (apr_size_t)i * VSO_RECORD_ID_LEN, id,
                    VSO_RECORD_ID_LEN)) {
            return 1;
        }
    }
    return 0;
}

apr_status_t vso_replica_keys_put(vso_replica_txn_t *txn,
                                  const vso_record_t *old,
                                  const vso_record_t *record, vso_result_t *res,
                                  apr_pool_t *p)
{
    static const vso_bytes_t nothing = {(const unsigned char *)"", 0, 0};
    char room[VSO_RECORD_ID_LEN + VSO_MAX_ENTRY];
    MDB_dbi dbi = db_of(txn, VSO_DB_KEYS);
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; old && rv == APR_SUCCESS && i < old->live->nelts; i++) {
        const char *id = old->live->elts + (apr_size_t)i * VSO_RECORD_ID_LEN;

        if (!has_key(record, id)) {
            MDB_val key = key_of(id, record->entry, room);

            rv = vso_replica_txn_delete(txn, dbi, &key, res);
        }
    }
    for (i = 0; rv == APR_SUCCESS && i < record->live->nelts; i++) {
        const char *id = record->live->elts + (apr_size_t)i * VSO_RECORD_ID_LEN;
        MDB_val key = key_of(id, record->entry, room);

        rv = vso_replica_txn_seal(
            txn, dbi, &key, vso_replica_place("keys", &key, p), &nothing, res);
    }
    return rv;
}

/* Entries */

static void count(vso_replica_side_t *side, const vso_record_t *record, int by)
{
    if (record) {
        side->entries += record->versions->nelts ? by : 0;
        side->quarantined += by * record->quarantined->nelts;
    }
}

apr_status_t vso_replica_put(vso_replica_txn_t *txn, const vso_record_t *record,
                             const apr_array_header_t *chains, int *pnews,
                             vso_result_t *res, apr_pool_t *p)
{
    vso_replica_side_t *side = &txn->heads.sides[txn->side];
    vso_record_t *old = NULL;
    apr_status_t rv;
    int differs = 0;

    rv = vso_replica_txn_entry(txn, record->entry, &old, res, p);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND) {
        return rv;
    }
    if (old && old->as_of > record->as_of) {
        return APR_SUCCESS;
    }
    if ((rv = put_record(txn, record, &differs, res, p)) != APR_SUCCESS ||
        (rv = put_chains(txn, chains, res)) != APR_SUCCESS ||
        (rv = bring_chains(txn, record, res)) != APR_SUCCESS ||
        (rv = vso_replica_names_put(txn, old, record, res, p)) != APR_SUCCESS ||
        (rv = vso_replica_keys_put(txn, old, record, res, p)) != APR_SUCCESS ||
        (rv = vso_replica_staples_put(txn, record, res, p)) != APR_SUCCESS) {
        return rv;
    }
    count(side, old, -1);
    count(side, record, 1);
    txn->dirty = 1;
    if (differs) {
        *pnews = 1;
    }
    return APR_SUCCESS;
}
