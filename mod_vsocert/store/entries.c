/* SPDX-License-Identifier: Apache-2.0 */
#include "store/entries.h"

#include <string.h>

#include "base/limits.h"
#include "store/rows.h"

/* Parameters of FILTERED in statements.c, and of the limit. */
#define FILTER_ARGS 9

static const vso_member_t members[] = {
    VSO_MEMBER(vso_entry_t, name),
    VSO_MEMBER(vso_entry_t, generation),
    VSO_MEMBER(vso_entry_t, active),
    VSO_MEMBER(vso_entry_t, not_after_sec),
    VSO_MEMBER(vso_entry_t, pending),
    VSO_MEMBER(vso_entry_t, self_signed),
    VSO_MEMBER(vso_entry_t, backed_up_sec),
    VSO_MEMBER(vso_entry_t, renewal),
    VSO_MEMBER(vso_entry_t, search),
    VSO_MEMBER_MAC(vso_entry_t),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {"vmo_entry", sizeof(vso_entry_t), members};

apr_status_t vso_entries_changed(vso_store_t *store,
                                 apr_int64_t from_generation,
                                 const char *from_name, int limit,
                                 apr_array_header_t **pentries,
                                 vso_result_t *res, apr_pool_t *p)
{
    const char *from = vso_db_number(from_generation, p);
    const char *args[] = {from, from, from_name, vso_db_number(limit, p)};

    return vso_rows_pointers(vso_store_db(store), VSO_SQL_ENTRY_CHANGED, args,
                             &record, pentries, res, p);
}

apr_status_t vso_entries_get(vso_store_t *store, const char *name,
                             vso_entry_t **pentry, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv = vso_rows_pointers(vso_store_db(store), VSO_SQL_ENTRY_GET,
                                        &name, &record, &rows, res, p);

    if (rv == APR_SUCCESS) {
        *pentry = rows->nelts ? APR_ARRAY_IDX(rows, 0, vso_entry_t *) : NULL;
    }
    return rv;
}

/* Lists */

/** A pattern of LIKE that finds a text anywhere. */
static const char *pattern_of(const char *text, apr_pool_t *p)
{
    char *pattern = apr_palloc(p, 2 * strlen(text) + 3);
    char *out = pattern;

    *out++ = '%';
    for (; *text; text++) {
        if (strchr("!%_", *text)) {
            *out++ = '!';
        }
        *out++ = *text;
    }
    *out++ = '%';
    *out = '\0';
    return pattern;
}

/** Parameters of FILTERED in statements.c, and the limit. */
static void add_filter(const vso_entries_query_t *query, int limit,
                       const char **args, apr_pool_t *p)
{
    const char *state = query->state ? query->state : "";
    int i;

    args[0] = args[1] = query->search ? pattern_of(query->search, p) : "";
    for (i = 2; i < 6; i++) {
        args[i] = state;
    }
    args[6] = query->ends_by_sec ? "by" : "";
    args[7] = vso_db_number(query->ends_by_sec, p);
    args[8] = vso_db_number(limit, p);
}

static apr_status_t list_by_name(vso_store_t *store,
                                 const vso_entries_query_t *query,
                                 apr_array_header_t **pentries,
                                 vso_result_t *res, apr_pool_t *p)
{
    const char *args[1 + FILTER_ARGS];

    args[0] = query->begun ? query->after_name : "";
    add_filter(query, query->limit, args + 1, p);
    return vso_rows_pointers(vso_store_db(store), VSO_SQL_ENTRY_LIST, args,
                             &record, pentries, res, p);
}

/** Those that end from then on, at most until then. */
static apr_status_t list_ends(vso_store_t *store,
                              const vso_entries_query_t *query,
                              apr_int64_t from_sec, apr_int64_t to_sec,
                              int limit, apr_array_header_t **pentries,
                              vso_result_t *res, apr_pool_t *p)
{
    int inside = query->begun && from_sec == query->after_sec;
    const char *args[4 + FILTER_ARGS];

    args[0] = args[1] = vso_db_number(from_sec, p);
    args[2] = inside ? query->after_name : "";
    args[3] = vso_db_number(to_sec, p);
    add_filter(query, limit, args + 4, p);
    return vso_rows_pointers(vso_store_db(store), VSO_SQL_ENTRY_LIST_BY_END,
                             args, &record, pentries, res, p);
}

/** Those that end, and then those that serve nothing, whose end is 0. */
static apr_status_t list_by_end(vso_store_t *store,
                                const vso_entries_query_t *query,
                                apr_array_header_t **pentries,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *ending = apr_array_make(p, 1, sizeof(vso_entry_t *));
    apr_array_header_t *others = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (!query->begun || query->after_sec > 0) {
        rv = list_ends(store, query, query->begun ? query->after_sec : 1,
                       VSO_MAX_NUMBER, query->limit, &ending, res, p);
    }
    if (rv == APR_SUCCESS && ending->nelts < query->limit) {
        rv = list_ends(store, query, 0, 0, query->limit - ending->nelts,
                       &others, res, p);
        if (rv == APR_SUCCESS) {
            apr_array_cat(ending, others);
        }
    }
    *pentries = ending;
    return rv;
}

apr_status_t vso_entries_list(vso_store_t *store,
                              const vso_entries_query_t *query,
                              apr_array_header_t **pentries, vso_result_t *res,
                              apr_pool_t *p)
{
    return query->by_end ? list_by_end(store, query, pentries, res, p)
                         : list_by_name(store, query, pentries, res, p);
}

static apr_status_t add_counts(void *baton, const vso_row_t *row,
                               vso_result_t *res)
{
    vso_entries_count_t *count = baton;
    int i;

    (void)res;
    count->all = vso_row_int(row, 0);
    count->active = vso_row_int(row, 1);
    count->pending = vso_row_int(row, 2);
    count->none = vso_row_int(row, 3);
    count->self_signed = vso_row_int(row, 4);
    count->renewal_failing = vso_row_int(row, 5);
    count->expired = vso_row_int(row, 6);
    for (i = 0; i < VSO_ENTRIES_PERIODS; i++) {
        count->expiring[i] = vso_row_int(row, 7 + i);
    }
    return APR_SUCCESS;
}

apr_status_t vso_entries_count(vso_store_t *store, apr_int64_t now_sec,
                               const apr_int64_t by_sec[VSO_ENTRIES_PERIODS],
                               vso_entries_count_t *count, vso_result_t *res,
                               apr_pool_t *p)
{
    const char *args[1 + 2 * VSO_ENTRIES_PERIODS];
    int i;

    args[0] = vso_db_number(now_sec, p);
    for (i = 0; i < VSO_ENTRIES_PERIODS; i++) {
        args[1 + 2 * i] = args[0];
        args[2 + 2 * i] = vso_db_number(by_sec[i], p);
    }
    return vso_db_select(vso_store_db(store), VSO_SQL_ENTRY_COUNT, args,
                         add_counts, count, res, p);
}

/* Many entries at once */

/** Names for one statement, from a place on; the last one fills it up. */
static void take_names(const apr_array_header_t *names, int at,
                       const char *some[VSO_ENTRY_LIST])
{
    int last = names->nelts - 1;
    int i;

    for (i = 0; i < VSO_ENTRY_LIST; i++) {
        some[i] =
            APR_ARRAY_IDX(names, at + i < last ? at + i : last, const char *);
    }
}

apr_status_t vso_entries_some(vso_store_t *store,
                              const apr_array_header_t *names,
                              apr_array_header_t **pentries, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_array_header_t *all =
        apr_array_make(p, names->nelts + 1, sizeof(vso_entry_t *));
    const char *some[VSO_ENTRY_LIST];
    apr_status_t rv = APR_SUCCESS;
    int at;

    for (at = 0; rv == APR_SUCCESS && at < names->nelts; at += VSO_ENTRY_LIST) {
        apr_array_header_t *rows = NULL;

        take_names(names, at, some);
        rv = vso_rows_pointers(vso_store_db(store), VSO_SQL_ENTRY_SOME, some,
                               &record, &rows, res, p);
        if (rv == APR_SUCCESS) {
            apr_array_cat(all, rows);
        }
    }
    *pentries = all;
    return rv;
}

static apr_status_t add_brief(void *baton, const vso_row_t *row,
                              vso_result_t *res)
{
    apr_array_header_t *versions = baton;
    vso_version_t *version = apr_pcalloc(versions->pool, sizeof(*version));

    (void)res;
    version->id = vso_row_int(row, 0);
    version->entry = vso_row_text(row, 1);
    version->number = vso_row_int(row, 2);
    version->state = VSO_STATE_ACTIVE;
    version->key_type = vso_row_text(row, 3);
    version->subject_text = vso_row_text(row, 4);
    version->issuer_text = vso_row_text(row, 5);
    version->sans = vso_row_text(row, 6);
    version->fingerprint = vso_row_text(row, 7);
    version->not_before_sec = vso_row_int(row, 8);
    version->not_after_sec = vso_row_int(row, 9);
    version->self_signed = vso_row_int(row, 10) != 0;
    APR_ARRAY_PUSH(versions, vso_version_t *) = version;
    return APR_SUCCESS;
}

apr_status_t vso_entries_brief(vso_store_t *store,
                               const apr_array_header_t *names,
                               apr_array_header_t **pversions,
                               vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *versions =
        apr_array_make(p, names->nelts + 1, sizeof(vso_version_t *));
    const char *some[VSO_ENTRY_LIST];
    apr_status_t rv = APR_SUCCESS;
    int at;

    for (at = 0; rv == APR_SUCCESS && at < names->nelts; at += VSO_ENTRY_LIST) {
        take_names(names, at, some);
        rv = vso_db_select(vso_store_db(store), VSO_SQL_ENTRY_BRIEF, some,
                           add_brief, versions, res, p);
    }
    *pversions = versions;
    return rv;
}

static apr_status_t add_live(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    vso_live_key_t *key = apr_array_push(baton);

    (void)res;
    key->entry = vso_row_text(row, 0);
    key->key_fingerprint = vso_row_text(row, 1);
    return APR_SUCCESS;
}

/** One name, or VSO_ENTRY_LIST of them. */
static apr_status_t read_some(vso_store_t *store, int one, const char **names,
                              apr_array_header_t *versions,
                              apr_array_header_t *live, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_status_t rv = vso_versions_add(
        store, one ? VSO_SQL_ENTRY_ACTIVE_ONE : VSO_SQL_ENTRY_ACTIVE, names,
        versions, res, p);

    return rv == APR_SUCCESS ? vso_db_select(vso_store_db(store),
                                             one ? VSO_SQL_ENTRY_LIVE_ONE
                                                 : VSO_SQL_ENTRY_LIVE,
                                             names, add_live, live, res, p)
                             : rv;
}

apr_status_t vso_entries_versions(vso_store_t *store,
                                  const apr_array_header_t *names,
                                  apr_array_header_t **pversions,
                                  apr_array_header_t **plive, vso_result_t *res,
                                  apr_pool_t *p)
{
    apr_array_header_t *versions =
        apr_array_make(p, names->nelts, sizeof(vso_version_t *));
    apr_array_header_t *live =
        apr_array_make(p, names->nelts, (int)sizeof(vso_live_key_t));
    const char *some[VSO_ENTRY_LIST];
    apr_status_t rv = APR_SUCCESS;
    int at;

    for (at = 0; rv == APR_SUCCESS && at < names->nelts; at += VSO_ENTRY_LIST) {
        take_names(names, at, some);
        rv = read_some(store, at == names->nelts - 1, some, versions, live, res,
                       p);
    }
    if (rv == APR_SUCCESS) {
        *pversions = versions;
        *plive = live;
    }
    return rv;
}
