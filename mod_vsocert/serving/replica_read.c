/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>
#include <openssl/sha.h>

#include "base/hex.h"
#include "base/limits.h"
#include "serving/replica_impl.h"

/* Entries that one look-up walks over: other threads wait meanwhile. */
#define WALK 1000

MDB_val vso_replica_val(const void *data, apr_size_t len)
{
    MDB_val val = {len, (void *)(apr_uintptr_t)data};

    return val;
}

vso_bytes_t vso_replica_bytes(const MDB_val *val)
{
    vso_bytes_t bytes = {val->mv_data, val->mv_size, 0};

    return bytes;
}

vso_bytes_t vso_replica_copy(const MDB_val *val, apr_pool_t *p)
{
    vso_bytes_t bytes = {apr_pmemdup(p, val->mv_data, val->mv_size),
                         val->mv_size, 0};

    return bytes;
}

const char *vso_replica_place(const char *db, const MDB_val *key, apr_pool_t *p)
{
    return apr_pstrcat(p, db, "/", vso_hex(key->mv_data, key->mv_size, p),
                       NULL);
}

apr_status_t vso_replica_seen(vso_replica_t *replica, apr_status_t rv,
                              const vso_result_t *res)
{
    if (rv != APR_SUCCESS && res->problem == VSO_P_DAMAGED) {
        vso_shared_set_damaged(replica->options.shared);
    }
    return rv;
}

/* Look for one value, and copy it. */
static apr_status_t fetch(vso_replica_look_t *look, MDB_dbi dbi,
                          const void *key, apr_size_t len, vso_bytes_t *pbytes,
                          vso_result_t *res, apr_pool_t *p)
{
    MDB_val name = vso_replica_val(key, len);
    MDB_val value;
    apr_status_t rv = vso_replica_look_get(look, dbi, &name, &value, res);

    if (rv == APR_SUCCESS) {
        *pbytes = vso_replica_copy(&value, p);
    }
    return rv;
}

apr_status_t vso_replica_head(vso_replica_t *replica, vso_replica_head_t *head,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_replica_look_t look;
    apr_status_t rv = vso_replica_look_begin(replica, &look, res, p);

    if (rv == APR_SUCCESS) {
        vso_replica_head_tell(look.heads, look.heads->served, head, p);
        vso_replica_look_end(&look);
    }
    return rv;
}

apr_status_t vso_replica_entry(vso_replica_t *replica, const char *entry,
                               vso_record_t **precord, vso_result_t *res,
                               apr_pool_t *p)
{
    const vso_record_keys_t *keys;
    vso_replica_look_t look;
    vso_bytes_t bytes;
    apr_status_t rv = vso_replica_look_begin(replica, &look, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    keys = look.side->keys;
    rv = fetch(&look, look.dbs[VSO_DB_ENTRIES], entry, strlen(entry), &bytes,
               res, p);
    vso_replica_look_end(&look);
    if (rv == APR_SUCCESS) {
        rv = vso_record_decode(keys, entry, &bytes, precord, res, p);
    }
    return vso_replica_seen(replica, rv, res);
}

/* Only what stands in front of a record is looked at. */
apr_status_t vso_replica_tag(vso_replica_t *replica, const char *entry,
                             unsigned char tag[VSO_RECORD_ID_LEN],
                             vso_result_t *res, apr_pool_t *p)
{
    MDB_val key = vso_replica_val(entry, strlen(entry));
    vso_replica_look_t look;
    vso_bytes_t bytes;
    MDB_val value;
    apr_status_t rv = vso_replica_look_begin(replica, &look, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = vso_replica_look_get(&look, look.dbs[VSO_DB_ENTRIES], &key, &value,
                              res);
    if (rv == APR_SUCCESS) {
        bytes = vso_replica_bytes(&value);
        if (!vso_record_tag(&bytes, tag)) {
            rv = vso_fail(res, VSO_P_DAMAGED, NULL,
                          "A record was changed in the replica.");
        }
    }
    vso_replica_look_end(&look);
    return vso_replica_seen(replica, rv, res);
}

apr_status_t vso_replica_chain(vso_replica_t *replica,
                               const unsigned char id[VSO_RECORD_ID_LEN],
                               vso_bytes_t *pder, vso_result_t *res,
                               apr_pool_t *p)
{
    unsigned char is[SHA256_DIGEST_LENGTH];
    vso_replica_look_t look;
    vso_bytes_t bytes;
    apr_status_t rv = vso_replica_look_begin(replica, &look, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = fetch(&look, look.dbs[VSO_DB_CHAIN], id, VSO_RECORD_ID_LEN, &bytes,
               res, p);
    vso_replica_look_end(&look);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    SHA256(bytes.data, bytes.len, is);
    if (memcmp(is, id, VSO_RECORD_ID_LEN)) {
        return vso_replica_seen(replica,
                                vso_fail(res, VSO_P_DAMAGED, NULL,
                                         "A chain was changed in the replica."),
                                res);
    }
    *pder = bytes;
    return APR_SUCCESS;
}

/* A key of this entry, or of any (NULL), whose value is authentic. */
static int find_key(vso_replica_look_t *look,
                    const unsigned char key_id[VSO_RECORD_ID_LEN],
                    const char *entry, apr_pool_t *p)
{
    const char *wanted = entry ? entry : "";
    apr_size_t len = VSO_RECORD_ID_LEN + strlen(wanted);
    char *room = apr_palloc(p, len);
    MDB_cursor *cursor = NULL;
    vso_bytes_t bytes;
    MDB_val value;
    MDB_val key;
    int found = 0;
    int rc;

    memcpy(room, key_id, VSO_RECORD_ID_LEN);
    memcpy(room + VSO_RECORD_ID_LEN, wanted, len - VSO_RECORD_ID_LEN);
    key = vso_replica_val(room, len);
    rc = mdb_cursor_open(look->txn, look->dbs[VSO_DB_KEYS], &cursor);
    if (rc == 0) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    }
    while (!found && rc == 0 && key.mv_size >= len &&
           !memcmp(key.mv_data, room, len) && (!entry || key.mv_size == len)) {
        vso_result_t *cause = vso_result_create(p);
        apr_status_t rv;

        bytes = vso_replica_bytes(&value);
        rv = vso_record_open_text(look->side->keys,
                                  vso_replica_place("keys", &key, p), &bytes,
                                  &bytes, cause, p);
        found =
            vso_replica_seen(look->replica, rv, cause) == APR_SUCCESS &&
            !vso_shared_destroyed(
                look->replica->options.shared,
                apr_pstrmemdup(p, (const char *)key.mv_data + VSO_RECORD_ID_LEN,
                               key.mv_size - VSO_RECORD_ID_LEN),
                key_id);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (cursor) {
        mdb_cursor_close(cursor);
    }
    if (!found && rc && rc != MDB_NOTFOUND) {
        vso_replica_look_fail(look, rc, vso_result_create(p));
        return 1;
    }
    return found;
}

int vso_replica_key_live(vso_replica_t *replica,
                         const unsigned char key_id[VSO_RECORD_ID_LEN],
                         const char *entry)
{
    vso_replica_look_t look;
    apr_pool_t *p;
    int live = 1;

    if (entry && vso_shared_destroyed(replica->options.shared, entry, key_id)) {
        return 0;
    }
    apr_pool_create(&p, NULL);
    if (vso_replica_look_begin(replica, &look, vso_result_create(p), p) ==
        APR_SUCCESS) {
        live = find_key(&look, key_id, entry, p);
        vso_replica_look_end(&look);
    }
    apr_pool_destroy(p);
    return live;
}

/* Walks */

/* Copy names of entries that have a version to serve. */
static int collect(vso_replica_look_t *look, const char *after, int limit,
                   apr_array_header_t *entries)
{
    MDB_val key = vso_replica_val(after, strlen(after));
    MDB_cursor *cursor = NULL;
    apr_size_t quarantined;
    apr_size_t versions;
    vso_bytes_t bytes;
    MDB_val value;
    int rc = mdb_cursor_open(look->txn, look->dbs[VSO_DB_ENTRIES], &cursor);

    if (rc) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value,
                        *after ? MDB_SET_RANGE : MDB_FIRST);
    while (rc == 0 && entries->nelts < limit) {
        bytes = vso_replica_bytes(&value);
        if (vso_record_counts(&bytes, &versions, &quarantined) && versions &&
            (key.mv_size != strlen(after) ||
             memcmp(key.mv_data, after, key.mv_size))) {
            APR_ARRAY_PUSH(entries, const char *) =
                apr_pstrmemdup(entries->pool, key.mv_data, key.mv_size);
        }
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

apr_status_t vso_replica_list(vso_replica_t *replica, const char *after,
                              int limit, apr_array_header_t **pentries,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *entries = apr_array_make(p, 16, sizeof(const char *));
    vso_replica_look_t look;
    apr_status_t rv = vso_replica_look_begin(replica, &look, res, p);
    int rc;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rc = collect(&look, after ? after : "", limit, entries);
    vso_replica_look_end(&look);
    if (rc) {
        return vso_replica_env_fail(replica, rc, res);
    }
    *pentries = entries;
    return APR_SUCCESS;
}

/* Ids of the quarantined versions of a record. */
static void collect_bad(const vso_replica_look_t *look, const MDB_val *key,
                        const vso_bytes_t *bytes, int limit,
                        apr_array_header_t *ids)
{
    apr_pool_t *p = ids->pool;
    const char *entry = apr_pstrmemdup(p, key->mv_data, key->mv_size);
    vso_record_t *record;
    int i;

    if (vso_record_decode(look->side->keys, entry, bytes, &record,
                          vso_result_create(p), p) != APR_SUCCESS) {
        return;
    }
    for (i = 0; i < record->quarantined->nelts && ids->nelts < limit; i++) {
        APR_ARRAY_PUSH(ids, apr_int64_t) =
            APR_ARRAY_IDX(record->quarantined, i, vso_record_bad_t).id;
    }
}

/* Go on behind `after`, for so many entries. @return MDB_NOTFOUND at the end */
static int walk_bad(vso_replica_look_t *look, char *after, int limit,
                    apr_array_header_t *ids)
{
    MDB_val key = vso_replica_val(after, strlen(after));
    MDB_cursor *cursor = NULL;
    apr_size_t quarantined;
    apr_size_t versions;
    vso_bytes_t bytes;
    MDB_val value;
    int left = WALK;
    int rc = mdb_cursor_open(look->txn, look->dbs[VSO_DB_ENTRIES], &cursor);

    if (rc) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value,
                        *after ? MDB_SET_RANGE : MDB_FIRST);
    while (rc == 0 && left-- > 0 && key.mv_size <= VSO_MAX_ENTRY) {
        bytes = vso_replica_bytes(&value);
        if (vso_record_counts(&bytes, &versions, &quarantined) && quarantined &&
            (key.mv_size != strlen(after) ||
             memcmp(key.mv_data, after, key.mv_size))) {
            collect_bad(look, &key, &bytes, limit, ids);
        }
        memcpy(after, key.mv_data, key.mv_size);
        after[key.mv_size] = '\0';
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == 0 && key.mv_size > VSO_MAX_ENTRY ? MDB_CORRUPTED : rc;
}

apr_status_t vso_replica_quarantined(vso_replica_t *replica, int limit,
                                     apr_array_header_t **pids,
                                     vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_make(p, 4, sizeof(apr_int64_t));
    char after[VSO_MAX_ENTRY + 1] = "";
    vso_replica_look_t look;
    int rc = 0;

    while (rc == 0) {
        apr_status_t rv = vso_replica_look_begin(replica, &look, res, p);

        if (rv != APR_SUCCESS) {
            return rv;
        }
        rc = ids->nelts < limit && ids->nelts < look.side->quarantined
                 ? walk_bad(&look, after, limit, ids)
                 : MDB_NOTFOUND;
        vso_replica_look_end(&look);
    }
    if (rc != MDB_NOTFOUND) {
        return vso_replica_env_fail(replica, rc, res);
    }
    *pids = ids;
    return APR_SUCCESS;
}
