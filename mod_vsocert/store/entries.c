/* SPDX-License-Identifier: Apache-2.0 */
#include "store/entries.h"

#include "base/limits.h"
#include "store/rows.h"

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

/* Many entries at once */

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
    int i;

    for (at = 0; rv == APR_SUCCESS && at < names->nelts; at += VSO_ENTRY_LIST) {
        for (i = 0; i < VSO_ENTRY_LIST; i++) {
            int last = names->nelts - 1;

            some[i] = APR_ARRAY_IDX(names, at + i < last ? at + i : last,
                                    const char *);
        }
        rv = read_some(store, at == names->nelts - 1, some, versions, live, res,
                       p);
    }
    if (rv == APR_SUCCESS) {
        *pversions = versions;
        *plive = live;
    }
    return rv;
}
