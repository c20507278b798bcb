/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "serving/pack.h"
#include "serving/replica_impl.h"

/* Longest name: a wildcard below a DNS name of full length. */
#define MAX_NAME (VSO_UB_DNS_NAME + 2)

/* Of a key: name, NUL, time of activation so that the newest comes first,
 * entry. */
#define TIME_LEN 8
#define MAX_KEY  (MAX_NAME + 1 + TIME_LEN + VSO_MAX_ENTRY)

/* Versions of an entry that have a name and were activated at once: one for
 * each algorithm. */
#define MAX_TERMS 8
#define TERM_LEN  16

/* Writing */

static MDB_val key_of(const char *name, apr_int64_t activated_sec,
                      const char *entry, unsigned char room[MAX_KEY])
{
    vso_pack_t pack = {room, 0, MAX_KEY, NULL, 0};

    vso_pack_raw(&pack, name, strlen(name) + 1);
    vso_pack_number(&pack,
                    (apr_uint64_t)APR_INT64_MAX - (apr_uint64_t)activated_sec,
                    TIME_LEN);
    vso_pack_raw(&pack, entry, strlen(entry));
    return vso_replica_val(room, pack.len);
}

static int has_name(const apr_array_header_t *names, const char *name)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(names, i, const char *), name)) {
            return 1;
        }
    }
    return 0;
}

/* When the versions of a record that have a name, and were activated then, are
 * valid: notBefore, notAfter of each. */
static vso_bytes_t terms_of(const vso_record_t *record, const char *name,
                            apr_int64_t activated_sec, apr_pool_t *p)
{
    vso_pack_t pack = vso_pack_make(2 * TERM_LEN, p);
    int i;

    for (i = 0; record && i < record->versions->nelts; i++) {
        const vso_record_version_t *version =
            &APR_ARRAY_IDX(record->versions, i, vso_record_version_t);

        if (pack.len < MAX_TERMS * TERM_LEN &&
            version->activated_sec == activated_sec &&
            has_name(version->names, name)) {
            vso_pack_number(&pack, (apr_uint64_t)version->not_before_sec, 8);
            vso_pack_number(&pack, (apr_uint64_t)version->not_after_sec, 8);
        }
    }
    return vso_pack_bytes(&pack);
}

static apr_status_t put_name(vso_replica_txn_t *txn, const vso_record_t *record,
                             const char *name, apr_int64_t activated_sec,
                             vso_result_t *res, apr_pool_t *p)
{
    MDB_dbi dbi = txn->open->sided[txn->side][VSO_DB_NAMES];
    vso_bytes_t terms = terms_of(record, name, activated_sec, p);
    unsigned char room[MAX_KEY];
    MDB_val key;

    if (strlen(name) > MAX_NAME) {
        return APR_SUCCESS; /* no client can ask for it */
    }
    key = key_of(name, activated_sec, record->entry, room);
    return terms.len ? vso_replica_txn_seal(txn, dbi, &key,
                                            vso_replica_place("names", &key, p),
                                            &terms, res)
                     : vso_replica_txn_delete(txn, dbi, &key, res);
}

/* Names that a version of `of` has, as the record has them. */
static apr_status_t put_names(vso_replica_txn_t *txn, const vso_record_t *of,
                              const vso_record_t *record, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;
    int j;

    for (i = 0; i < of->versions->nelts; i++) {
        const vso_record_version_t *version =
            &APR_ARRAY_IDX(of->versions, i, vso_record_version_t);

        for (j = 0; rv == APR_SUCCESS && j < version->names->nelts; j++) {
            rv = put_name(txn, record,
                          APR_ARRAY_IDX(version->names, j, const char *),
                          version->activated_sec, res, p);
        }
    }
    return rv;
}

apr_status_t vso_replica_names_put(vso_replica_txn_t *txn,
                                   const vso_record_t *old,
                                   const vso_record_t *record,
                                   vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = old ? put_names(txn, old, record, res, p) : APR_SUCCESS;

    return rv == APR_SUCCESS ? put_names(txn, record, record, res, p) : rv;
}

/* Looking up */

/** A look-up of one name. */
typedef struct {
    vso_replica_look_t look;
    MDB_cursor *cursor;
    apr_int64_t now_sec;
    apr_pool_t *p;
    char *entry; /**< what is found: VSO_MAX_ENTRY + 1 bytes */
} search_t;

/* Valid now? What has no terms is not. */
static int is_valid(const MDB_val *value, apr_int64_t now_sec)
{
    vso_bytes_t in = vso_replica_bytes(value);

    in.len -= in.len < VSO_RECORD_SEAL_LEN ? in.len : VSO_RECORD_SEAL_LEN;
    while (in.len >= TERM_LEN) {
        apr_int64_t from = (apr_int64_t)vso_bytes_number(&in, 8);
        apr_int64_t until = (apr_int64_t)vso_bytes_number(&in, 8);

        if (from <= now_sec && now_sec <= until) {
            return 1;
        }
    }
    return 0;
}

static int is_authentic(search_t *search, const MDB_val *key,
                        const MDB_val *value)
{
    vso_result_t *cause = vso_result_create(search->p);
    vso_bytes_t bytes = vso_replica_bytes(value);
    vso_bytes_t terms;
    apr_status_t rv = vso_record_open_text(
        search->look.side->keys, vso_replica_place("names", key, search->p),
        &bytes, &terms, cause, search->p);

    return vso_replica_seen(search->look.replica, rv, cause) == APR_SUCCESS;
}

/* The first of those who have this very name: the one that was activated last.
 * Those whose certificates are over are mostly behind it.
 * @param any  1: also one that is not valid now
 * @return what LMDB said; MDB_NOTFOUND */
static int find(search_t *search, const char *name, int any)
{
    apr_size_t len = strlen(name) + 1;
    MDB_val key = vso_replica_val(name, len);
    MDB_val value;
    int rc = mdb_cursor_get(search->cursor, &key, &value, MDB_SET_RANGE);

    while (rc == 0 && key.mv_size > len && !memcmp(key.mv_data, name, len)) {
        const char *entry = (const char *)key.mv_data + len + TIME_LEN;
        apr_size_t named = key.mv_size - len - TIME_LEN;

        if (key.mv_size > len + TIME_LEN && named <= VSO_MAX_ENTRY &&
            (any || is_valid(&value, search->now_sec)) &&
            is_authentic(search, &key, &value)) {
            memcpy(search->entry, entry, named);
            search->entry[named] = '\0';
            return 0;
        }
        rc = mdb_cursor_get(search->cursor, &key, &value, MDB_NEXT);
    }
    return rc ? rc : MDB_NOTFOUND;
}

/* Valid now before others, exact before wildcard. */
static int choose(search_t *search, const char *name)
{
    const char *dot = strchr(name, '.');
    const char *wildcard =
        dot && dot > name ? apr_pstrcat(search->p, "*", dot, NULL) : NULL;
    int rc = MDB_NOTFOUND;
    int any;

    for (any = 0; any < 2 && rc == MDB_NOTFOUND; any++) {
        rc = find(search, name, any);
        if (rc == MDB_NOTFOUND && wildcard) {
            rc = find(search, wildcard, any);
        }
    }
    return rc;
}

apr_status_t vso_replica_by_name(vso_replica_t *replica, const char *name,
                                 apr_int64_t now_sec, char *entry)
{
    search_t search = {.now_sec = now_sec, .entry = entry};
    vso_result_t *cause;
    apr_status_t rv;
    int rc;

    if (!*name || *name == '*' || strlen(name) > VSO_UB_DNS_NAME) {
        return APR_NOTFOUND;
    }
    apr_pool_create(&search.p, NULL);
    cause = vso_result_create(search.p);
    rv = vso_replica_look_begin(replica, &search.look, cause, search.p);
    if (rv == APR_SUCCESS) {
        rc = mdb_cursor_open(search.look.txn, search.look.dbs[VSO_DB_NAMES],
                             &search.cursor);
        if (rc == 0) {
            rc = choose(&search, name);
            mdb_cursor_close(search.cursor);
        }
        rv = rc == 0 ? APR_SUCCESS
             : rc == MDB_NOTFOUND
                 ? APR_NOTFOUND
                 : vso_replica_look_fail(&search.look, rc, cause);
        vso_replica_look_end(&search.look);
    }
    apr_pool_destroy(search.p);
    return rv;
}
