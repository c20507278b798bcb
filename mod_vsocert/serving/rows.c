/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/rows.h"

#include <apr_hash.h>

#include "serving/record.h"
#include "store/entries.h"

/** Sort rows of several entries by entry. */
static apr_array_header_t *group(const apr_array_header_t *names,
                                 apr_int64_t as_of,
                                 const apr_array_header_t *versions,
                                 const apr_array_header_t *live, apr_pool_t *p)
{
    apr_array_header_t *rows =
        apr_array_make(p, names->nelts, sizeof(vso_record_rows_t));
    apr_hash_t *places = apr_hash_make(p);
    int i;

    for (i = 0; i < names->nelts; i++) {
        vso_record_rows_t *row = apr_array_push(rows);

        row->entry = APR_ARRAY_IDX(names, i, const char *);
        row->as_of = as_of;
        row->versions = apr_array_make(p, 2, sizeof(const vso_version_t *));
        row->live = apr_array_make(p, 4, sizeof(const char *));
    }
    for (i = 0; i < rows->nelts; i++) {
        const vso_record_rows_t *row =
            &APR_ARRAY_IDX(rows, i, const vso_record_rows_t);

        apr_hash_set(places, row->entry, APR_HASH_KEY_STRING, row);
    }
    for (i = 0; i < versions->nelts; i++) {
        const vso_version_t *version =
            APR_ARRAY_IDX(versions, i, const vso_version_t *);
        const vso_record_rows_t *row =
            apr_hash_get(places, version->entry, APR_HASH_KEY_STRING);

        if (row) {
            APR_ARRAY_PUSH((apr_array_header_t *)row->versions,
                           const vso_version_t *) = version;
        }
    }
    for (i = 0; i < live->nelts; i++) {
        const vso_live_key_t *key =
            &APR_ARRAY_IDX(live, i, const vso_live_key_t);
        const vso_record_rows_t *row =
            apr_hash_get(places, key->entry, APR_HASH_KEY_STRING);

        if (row) {
            APR_ARRAY_PUSH((apr_array_header_t *)row->live, const char *) =
                key->key_fingerprint;
        }
    }
    return rows;
}

apr_status_t vso_rows_read(vso_store_t *store, const apr_array_header_t *names,
                           apr_int64_t as_of, apr_array_header_t **prows,
                           vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *versions;
    apr_array_header_t *live;
    apr_status_t rv =
        vso_entries_versions(store, names, &versions, &live, res, p);

    if (rv == APR_SUCCESS) {
        *prows = group(names, as_of, versions, live, p);
    }
    return rv;
}
