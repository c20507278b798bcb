/* SPDX-License-Identifier: Apache-2.0 */
#include "store/staples.h"

#include <string.h>

#include "store/dialect.h"

/* Of two nodes that insert a row at once, one finds it there the next time. */
#define MAX_TRIES 3

static apr_status_t collect(void *baton, const vso_row_t *row,
                            vso_result_t *res)
{
    vso_staple_t *staple = apr_array_push(baton);

    (void)res;
    staple->fingerprint = vso_row_text(row, 0);
    staple->response = vso_row_text(row, 1);
    staple->next_update_sec = vso_row_int(row, 2);
    staple->fetched_sec = vso_row_int(row, 3);
    return APR_SUCCESS;
}

apr_status_t vso_staples_list(vso_store_t *store, apr_array_header_t **pstaples,
                              apr_int64_t *pnow_sec, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(vso_staple_t));
    apr_status_t rv;

    rv = vso_db_select(vso_store_db(store), VSO_SQL_OCSP_LIST, NULL, collect,
                       list, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_dialect_now(vso_store_db(store), pnow_sec, res, p);
    }
    if (rv == APR_SUCCESS) {
        *pstaples = list;
    }
    return rv;
}

static int holds(const apr_array_header_t *list, const char *fingerprint)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(list, i, vso_staple_t).fingerprint,
                    fingerprint)) {
            return 1;
        }
    }
    return 0;
}

/** Change the certificate's row where it is, or insert one. Rows changed are
 * not counted: MariaDB takes one that stays as it is for none. */
static apr_status_t write_row(vso_store_t *store, const vso_staple_t *staple,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    apr_array_header_t *list = NULL;
    apr_int64_t now_sec = 0;
    const char *args[4];
    apr_status_t rv;

    rv = vso_staples_list(store, &list, &now_sec, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = staple->response;
    args[1] = vso_db_number(staple->next_update_sec, p);
    args[2] = vso_db_number(now_sec, p);
    args[3] = staple->fingerprint;
    rv = vso_db_exec(db,
                     holds(list, staple->fingerprint) ? VSO_SQL_OCSP_UPDATE
                                                      : VSO_SQL_OCSP_INSERT,
                     args, NULL, res, p);
    return rv == APR_SUCCESS
               ? vso_db_exec(db, VSO_SQL_OCSP_SWEEP, &args[2], NULL, res, p)
               : rv;
}

apr_status_t vso_staple_put(vso_store_t *store, const vso_staple_t *staple,
                            vso_result_t *res, apr_pool_t *p)
{
    int tries = 1;
    apr_status_t rv;

    rv = write_row(store, staple, res, p);
    while (rv != APR_SUCCESS && tries++ < MAX_TRIES) {
        vso_result_clear(res);
        rv = write_row(store, staple, res, p);
    }
    return rv;
}
