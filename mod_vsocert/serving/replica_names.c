/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "serving/pack.h"
#include "serving/replica_impl.h"

/* Longest name: a wildcard below a DNS name of full length. */
#define MAX_NAME (VSO_UB_DNS_NAME + 2)
#define MAX_KEY  (MAX_NAME + 1 + VSO_MAX_ENTRY)

/* Versions of an entry that have a name: one for each algorithm. */
#define MAX_TERMS 8
#define TERM_LEN  24

/** Who has a name. */
typedef struct {
    int valid;
    int exact;
    apr_int64_t activated_sec;
    const char *entry; /**< not ended by a NUL */
    apr_size_t len;
    MDB_val key;
    MDB_val value;
} claim_t;

/* Writing */

static MDB_val key_of(const char *name, const char *entry, char *room)
{
    apr_size_t len = strlen(name);
    apr_size_t more = strlen(entry);

    memcpy(room, name, len + 1);
    memcpy(room + len + 1, entry, more);
    return vso_replica_val(room, len + 1 + more);
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

/* When the versions of a record that have a name are valid: notBefore,
 * notAfter, time of activation of each. */
static vso_bytes_t terms_of(const vso_record_t *record, const char *name,
                            apr_pool_t *p)
{
    vso_pack_t pack = vso_pack_make(2 * TERM_LEN, p);
    int i;

    for (i = 0; record && i < record->versions->nelts; i++) {
        const vso_record_version_t *version =
            &APR_ARRAY_IDX(record->versions, i, vso_record_version_t);

        if (pack.len < MAX_TERMS * TERM_LEN && has_name(version->names, name)) {
            vso_pack_number(&pack, (apr_uint64_t)version->not_before_sec, 8);
            vso_pack_number(&pack, (apr_uint64_t)version->not_after_sec, 8);
            vso_pack_number(&pack, (apr_uint64_t)version->activated_sec, 8);
        }
    }
    return vso_pack_bytes(&pack);
}

static apr_status_t put_name(vso_replica_txn_t *txn, const vso_record_t *record,
                             const char *name, vso_result_t *res, apr_pool_t *p)
{
    MDB_dbi dbi = txn->open->sided[txn->side][VSO_DB_NAMES];
    vso_bytes_t terms = terms_of(record, name, p);
    char room[MAX_KEY + 1];
    MDB_val key;

    if (strlen(name) > MAX_NAME) {
        return APR_SUCCESS; /* no client can ask for it */
    }
    key = key_of(name, record->entry, room);
    return terms.len ? vso_replica_txn_seal(txn, dbi, &key,
                                            vso_replica_place("names", &key, p),
                                            &terms, res)
                     : vso_replica_txn_delete(txn, dbi, &key, res);
}

/* Names that a version of the record has, those of earlier versions left out.
 */
static apr_status_t put_names(vso_replica_txn_t *txn, const vso_record_t *of,
                              const vso_record_t *record, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;
    int j;

    for (i = 0; i < of->versions->nelts; i++) {
        const apr_array_header_t *names =
            APR_ARRAY_IDX(of->versions, i, vso_record_version_t).names;

        for (j = 0; rv == APR_SUCCESS && j < names->nelts; j++) {
            rv = put_name(txn, record, APR_ARRAY_IDX(names, j, const char *),
                          res, p);
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

/* Is a before b? */
static int is_better(const claim_t *a, const claim_t *b)
{
    apr_size_t len = a->len < b->len ? a->len : b->len;
    int order;

    if (a->valid != b->valid) {
        return a->valid;
    }
    if (a->exact != b->exact) {
        return a->exact;
    }
    if (a->activated_sec != b->activated_sec) {
        return a->activated_sec > b->activated_sec;
    }
    order = memcmp(a->entry, b->entry, len);
    return order ? order < 0 : a->len < b->len;
}

/* Valid now, or not, with the newest activation. */
static int judge(claim_t *claim, apr_int64_t now_sec)
{
    vso_bytes_t in = vso_replica_bytes(&claim->value);

    claim->valid = 0;
    claim->activated_sec = APR_INT64_MIN;
    if (in.len < VSO_RECORD_SEAL_LEN ||
        (in.len - VSO_RECORD_SEAL_LEN) % TERM_LEN) {
        return 0;
    }
    in.len -= VSO_RECORD_SEAL_LEN;
    while (in.len) {
        apr_int64_t from = (apr_int64_t)vso_bytes_number(&in, 8);
        apr_int64_t until = (apr_int64_t)vso_bytes_number(&in, 8);
        apr_int64_t activated = (apr_int64_t)vso_bytes_number(&in, 8);
        int valid = from <= now_sec && now_sec <= until;

        if (valid > claim->valid ||
            (valid == claim->valid && activated > claim->activated_sec)) {
            claim->valid = valid;
            claim->activated_sec = activated;
        }
    }
    return 1;
}

/* Go through those who have this very name: the best that is not before `after`
 * (NULL: of all). @return what LMDB said, 0: it went to its end */
static int search(MDB_cursor *cursor, const char *name, apr_int64_t now_sec,
                  const claim_t *after, claim_t *best)
{
    apr_size_t len = strlen(name) + 1;
    MDB_val key = vso_replica_val(name, len);
    claim_t claim;
    int rc = mdb_cursor_get(cursor, &key, &claim.value, MDB_SET_RANGE);

    while (rc == 0 && key.mv_size > len && !memcmp(key.mv_data, name, len)) {
        claim.key = key;
        claim.entry = (const char *)key.mv_data + len;
        claim.len = key.mv_size - len;
        claim.exact = name[0] != '*';
        if (claim.len <= VSO_MAX_ENTRY && judge(&claim, now_sec) &&
            (!after || is_better(after, &claim)) &&
            (!best->entry || is_better(&claim, best))) {
            *best = claim;
        }
        rc = mdb_cursor_get(cursor, &key, &claim.value, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* The best whose value is authentic. @return what LMDB said; MDB_NOTFOUND */
static int choose(const vso_replica_look_t *look, MDB_cursor *cursor,
                  const char *name, apr_int64_t now_sec, claim_t *best,
                  apr_pool_t *p)
{
    const char *dot = strchr(name, '.');
    const char *wildcard =
        dot && dot > name ? apr_pstrcat(p, "*", dot, NULL) : NULL;
    claim_t refused;
    int again = 0;
    int rc;

    for (;; again = 1) {
        vso_result_t *cause = vso_result_create(p);
        vso_bytes_t value;
        vso_bytes_t terms;
        apr_status_t rv;

        refused = *best;
        memset(best, 0, sizeof(*best));
        rc = search(cursor, name, now_sec, again ? &refused : NULL, best);
        if (rc == 0 && wildcard) {
            rc = search(cursor, wildcard, now_sec, again ? &refused : NULL,
                        best);
        }
        if (rc || !best->entry) {
            return rc ? rc : MDB_NOTFOUND;
        }
        value = vso_replica_bytes(&best->value);
        rv = vso_record_open_text(look->side->keys,
                                  vso_replica_place("names", &best->key, p),
                                  &value, &terms, cause, p);
        if (vso_replica_seen(look->replica, rv, cause) == APR_SUCCESS) {
            return 0;
        }
    }
}

apr_status_t vso_replica_by_name(vso_replica_t *replica, const char *name,
                                 apr_int64_t now_sec, char *entry)
{
    MDB_cursor *cursor = NULL;
    vso_replica_look_t look;
    vso_result_t *cause;
    apr_status_t rv;
    claim_t best;
    apr_pool_t *p;
    int rc;

    if (!*name || *name == '*' || strlen(name) > VSO_UB_DNS_NAME) {
        return APR_NOTFOUND;
    }
    memset(&best, 0, sizeof(best));
    apr_pool_create(&p, NULL);
    cause = vso_result_create(p);
    rv = vso_replica_look_begin(replica, &look, cause, p);
    if (rv == APR_SUCCESS) {
        rc = mdb_cursor_open(look.txn, look.dbs[VSO_DB_NAMES], &cursor);
        if (rc == 0) {
            rc = choose(&look, cursor, name, now_sec, &best, p);
            if (rc == 0) {
                memcpy(entry, best.entry, best.len);
                entry[best.len] = '\0';
            }
            mdb_cursor_close(cursor);
        }
        rv = rc == 0              ? APR_SUCCESS
             : rc == MDB_NOTFOUND ? APR_NOTFOUND
                                  : vso_replica_look_fail(&look, rc, cause);
        vso_replica_look_end(&look);
    }
    apr_pool_destroy(p);
    return rv;
}
