/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "store/rows.h"
#include "store/migration.h"

#define MAC_LEN 64 /* hex digits */

static const vso_member_t members[] = {
    VSO_MEMBER(vso_audit_row_t, seq),
    VSO_MEMBER(vso_audit_row_t, at_sec),
    VSO_MEMBER_OF(vso_audit_row_t, event.actor, "actor"),
    VSO_MEMBER_OF(vso_audit_row_t, event.address, "address"),
    VSO_MEMBER_OF(vso_audit_row_t, event.action, "action"),
    VSO_MEMBER_OF(vso_audit_row_t, event.entry, "alias"),
    VSO_MEMBER_OF(vso_audit_row_t, event.version_id, "version_id"),
    VSO_MEMBER(vso_audit_row_t, outcome),
    VSO_MEMBER_OF(vso_audit_row_t, event.detail, "detail"),
    VSO_MEMBER(vso_audit_row_t, mac),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {"vmo_audit", sizeof(vso_audit_row_t),
                                    members};

/* Texts */

/** A text as it is recorded. */
static const char *recorded(const char *text, apr_pool_t *p)
{
    const char *s = text ? text : "";
    char *clean = apr_palloc(p, VSO_MAX_AUDIT_TEXT + 1);
    apr_size_t used = 0;

    while (*s) {
        apr_size_t len = vso_utf8_length(s);

        if (used + (len ? len : 1) > VSO_MAX_AUDIT_TEXT) {
            break;
        }
        if (len) {
            memcpy(clean + used, s, len);
        }
        else {
            clean[used] = '?';
        }
        used += len ? len : 1;
        s += len ? len : 1;
    }
    clean[used] = '\0';
    return clean;
}

/* The chain */

/** mac of a row that follows previous; NULL on failure. */
static const char *row_mac(const vso_secret_t *key, const vso_audit_row_t *row,
                           const char *previous, apr_pool_t *p)
{
    const char *fields[] = {
        vso_db_number(row->seq, p),
        vso_db_number(row->at_sec, p),
        row->event.actor,
        row->event.address,
        row->event.action,
        row->event.entry,
        vso_db_number(row->event.version_id, p),
        row->outcome,
        row->event.detail,
        previous,
    };
    unsigned char mac[MAC_LEN / 2];
    unsigned int mac_len = 0;
    const char *form = "";
    apr_size_t i;

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        form = apr_psprintf(p, "%s%" APR_SIZE_T_FMT ":%s\n", form,
                            strlen(fields[i]), fields[i]);
    }
    if (!HMAC(EVP_sha256(), key->data, (int)key->len,
              (const unsigned char *)form, strlen(form), mac, &mac_len)) {
        return NULL;
    }
    return vso_hex(mac, mac_len, p);
}

static int mac_equal(const char *a, const char *b)
{
    return strlen(a) == MAC_LEN && strlen(b) == MAC_LEN &&
           CRYPTO_memcmp(a, b, MAC_LEN) == 0;
}

apr_status_t vso_audit_append(vso_store_t *store, vso_audit_row_t *row,
                              const char *previous, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_audit_event_t *event = &row->event;

    event->actor = recorded(event->actor, p);
    event->address = recorded(event->address, p);
    event->action = recorded(event->action, p);
    event->entry = recorded(event->entry, p);
    event->detail = recorded(event->detail, p);
    row->mac = row_mac(vso_store_audit_key(store), row, previous, p);
    if (!row->mac) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not authenticate an audit row.");
    }
    return vso_db_exec(vso_store_db(store), VSO_SQL_AUDIT_INSERT,
                       vso_row_args(&record, row, p), NULL, res, p);
}

/* Reading */

/** Rows of one action, or of all (NULL). */
static apr_status_t list_rows(vso_store_t *store, const char *action,
                              apr_int64_t before, int limit,
                              apr_array_header_t **prows, vso_result_t *res,
                              apr_pool_t *p)
{
    const char *args[3];

    limit = limit < 1 ? 1 : limit > VSO_MAX_PAGE ? VSO_MAX_PAGE : limit;
    args[0] = action;
    args[1] = vso_db_number(before ? before : APR_INT64_MAX, p);
    args[2] = vso_db_number(limit, p);
    return vso_rows_list(vso_store_db(store),
                         action ? VSO_SQL_AUDIT_LIST_ACTION
                                : VSO_SQL_AUDIT_LIST,
                         action ? args : args + 1, &record, prows, res, p);
}

apr_status_t vso_audit_list(vso_store_t *store, apr_int64_t before, int limit,
                            apr_array_header_t **prows, vso_result_t *res,
                            apr_pool_t *p)
{
    return list_rows(store, NULL, before, limit, prows, res, p);
}

apr_status_t vso_audit_list_action(vso_store_t *store, const char *action,
                                   apr_int64_t before, int limit,
                                   apr_array_header_t **prows,
                                   vso_result_t *res, apr_pool_t *p)
{
    return list_rows(store, action, before, limit, prows, res, p);
}

/* Rows by what they say */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/** The index that finds the fewest: an entry's rows are few among all, and so
 * are refusals.
 * @param pkey  its value */
static vso_sql_e index_for(const vso_audit_filter_t *filter, const char **pkey)
{
    int refused = filter->outcome && strcmp(filter->outcome, "ok") != 0;
    const struct {
        const char *value;
        vso_sql_e sql;
    } indices[] = {
        {filter->entry, VSO_SQL_AUDIT_FIND_ENTRY},
        {refused ? filter->outcome : NULL, VSO_SQL_AUDIT_FIND_OUTCOME},
        {filter->action, VSO_SQL_AUDIT_FIND_ACTION},
        {filter->actor, VSO_SQL_AUDIT_FIND_ACTOR},
        {filter->outcome, VSO_SQL_AUDIT_FIND_OUTCOME},
    };
    apr_size_t i;

    for (i = 0; i < sizeof(indices) / sizeof(*indices); i++) {
        if (indices[i].value) {
            *pkey = indices[i].value;
            return indices[i].sql;
        }
    }
    *pkey = NULL;
    return VSO_SQL_AUDIT_FIND;
}

static apr_status_t take_range(void *baton, const vso_row_t *row,
                               vso_result_t *res)
{
    apr_int64_t *range = baton;

    (void)res;
    range[0] = vso_row_int(row, 0);
    range[1] = vso_row_int(row, 1);
    return APR_SUCCESS;
}

/** Where rows of that time stand, so that no others are looked at. A clock that
 * was set back has them anywhere. */
static apr_status_t find_range(vso_store_t *store,
                               const vso_audit_filter_t *filter,
                               apr_int64_t range[2], vso_result_t *res,
                               apr_pool_t *p)
{
    apr_int64_t to_sec = filter->to_sec ? filter->to_sec : VSO_MAX_NUMBER;
    const char *args[] = {vso_db_number(filter->from_sec, p),
                          vso_db_number(to_sec, p)};

    range[0] = 0;
    range[1] = APR_INT64_MAX - 1;
    return filter->from_sec || filter->to_sec
               ? vso_db_select(vso_store_db(store), VSO_SQL_AUDIT_RANGE, args,
                               take_range, range, res, p)
               : APR_SUCCESS;
}

apr_status_t vso_audit_find(vso_store_t *store,
                            const vso_audit_filter_t *filter,
                            apr_int64_t before, int limit,
                            apr_array_header_t **prows, vso_result_t *res,
                            apr_pool_t *p)
{
    const char *texts[] = {filter->entry, filter->actor, filter->action,
                           filter->outcome};
    const char *args[14];
    apr_int64_t range[2];
    vso_sql_e sql = index_for(filter, &args[0]);
    int i;

    if (find_range(store, filter, range, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < 4; i++) {
        args[1 + 2 * i] = args[2 + 2 * i] = or_empty(texts[i]);
    }
    args[9] =
        vso_db_number(filter->from_sec ? filter->from_sec : -VSO_MAX_NUMBER, p);
    args[10] =
        vso_db_number(filter->to_sec ? filter->to_sec : VSO_MAX_NUMBER, p);
    args[11] = vso_db_number(range[0], p);
    args[12] =
        vso_db_number(before && before <= range[1] ? before : range[1] + 1, p);
    args[13] = vso_db_number(limit, p);
    return vso_rows_list(vso_store_db(store), sql, args[0] ? args : args + 1,
                         &record, prows, res, p);
}

apr_status_t vso_audit_since(vso_store_t *store, apr_int64_t after, int limit,
                             apr_array_header_t **prows, vso_result_t *res,
                             apr_pool_t *p)
{
    const char *args[] = {vso_db_number(after, p), vso_db_number(limit, p)};

    return vso_rows_list(vso_store_db(store), VSO_SQL_AUDIT_WALK, args, &record,
                         prows, res, p);
}

apr_status_t vso_audit_last(vso_store_t *store, const char *action,
                            apr_int64_t version_id, apr_int64_t *pat_sec,
                            vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows = NULL;
    const char *args[2];
    apr_status_t rv;

    args[0] = action;
    args[1] = vso_db_number(version_id, p);
    rv = vso_rows_list(vso_store_db(store), VSO_SQL_AUDIT_LAST, args, &record,
                       &rows, res, p);
    if (rv == APR_SUCCESS) {
        *pat_sec =
            rows->nelts ? APR_ARRAY_IDX(rows, 0, vso_audit_row_t).at_sec : 0;
    }
    return rv;
}

/* Verifying */

/** Where the walk is. */
typedef struct {
    const vso_secret_t *key;
    apr_pool_t *page_pool;
    int in_page;            /**< rows of this page */
    apr_int64_t seq;        /**< of the last row that fits */
    char head[MAC_LEN + 1]; /**< its mac */
    vso_audit_verdict_t verdict;
} walk_t;

static void condemn(walk_t *walk, apr_int64_t seq, const char *reason)
{
    walk->verdict.bad_seq = seq;
    walk->verdict.reason = reason;
}

static apr_status_t check_row(void *baton, const vso_row_t *row,
                              vso_result_t *res)
{
    walk_t *walk = baton;
    vso_audit_row_t found;
    const char *mac;

    walk->in_page++;
    if (walk->verdict.bad_seq) {
        return APR_SUCCESS;
    }
    walk->verdict.rows++;
    vso_row_read(&record, row, &found);
    if (found.seq != walk->seq + 1) {
        condemn(walk, walk->seq + 1, "The row is missing.");
        return APR_SUCCESS;
    }
    mac = row_mac(walk->key, &found, walk->head, walk->page_pool);
    if (!mac) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not authenticate an audit row.");
    }
    if (!mac_equal(mac, found.mac)) {
        condemn(walk, found.seq,
                "The row was changed, or does not follow the row before.");
        return APR_SUCCESS;
    }
    walk->seq = found.seq;
    apr_cpystrn(walk->head, found.mac, sizeof(walk->head));
    return APR_SUCCESS;
}

/** The rows end here: does the state row say so, too? @return 1 when there
 * is nothing more to look at */
static int check_head(walk_t *walk, const vso_state_t *state, int *pbehind)
{
    if (state->audit_seq < walk->seq) {
        condemn(walk, state->audit_seq + 1,
                "The row is newer than the newest that vmo_keystore_state "
                "knows of.");
        return 1;
    }
    if (state->audit_seq == walk->seq) {
        if (!mac_equal(state->audit_mac, walk->head)) {
            condemn(walk, walk->seq,
                    "The newest row is not the one that vmo_keystore_state "
                    "names.");
        }
        return 1;
    }
    /* Rows were written since this page was read, or are not there: the next
     * page tells. */
    if (*pbehind && !walk->in_page) {
        condemn(walk, walk->seq + 1,
                "This row, and what followed it, is missing at the end.");
        return 1;
    }
    *pbehind = 1;
    return 0;
}

static apr_status_t walk_rows(vso_store_t *store, walk_t *walk,
                              vso_result_t *res)
{
    const char *args[2];
    vso_state_t state;
    apr_status_t rv;
    int behind = 0;
    int done = 0;

    while (!done) {
        apr_pool_clear(walk->page_pool);
        args[0] = vso_db_number(walk->seq, walk->page_pool);
        args[1] = vso_db_number(VSO_MAX_PAGE, walk->page_pool);
        walk->in_page = 0;
        rv = vso_db_select(vso_store_db(store), VSO_SQL_AUDIT_WALK, args,
                           check_row, walk, res, walk->page_pool);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        if (walk->verdict.bad_seq) {
            done = 1;
        }
        else if (walk->in_page < VSO_MAX_PAGE) {
            rv = vso_store_read_state(store, &state, res, walk->page_pool);
            if (rv != APR_SUCCESS) {
                return rv;
            }
            done = check_head(walk, &state, &behind);
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_audit_verify(vso_store_t *store, vso_audit_verdict_t *verdict,
                              vso_result_t *res, apr_pool_t *p)
{
    walk_t walk = {0};
    apr_status_t rv;

    walk.key = vso_store_audit_key(store);
    if (!walk.key) {
        return vso_fail(res, VSO_P_SEALED, NULL, "%s", vso_store_sealed(store));
    }
    apr_cpystrn(walk.head, VSO_FIRST_MAC, sizeof(walk.head));
    apr_pool_create(&walk.page_pool, p);
    rv = walk_rows(store, &walk, res);
    apr_pool_destroy(walk.page_pool);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *verdict = walk.verdict;
    verdict->intact = !walk.verdict.reason;
    verdict->head = apr_pstrdup(p, walk.head);
    return APR_SUCCESS;
}
