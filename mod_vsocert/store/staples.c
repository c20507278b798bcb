/* SPDX-License-Identifier: Apache-2.0 */
#include "store/staples.h"

#include "store/dialect.h"

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

apr_status_t vso_staple_put(vso_store_t *store, const vso_staple_t *staple,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    apr_int64_t now_sec = 0;
    const char *args[4];
    apr_status_t rv;

    rv = vso_dialect_now(db, &now_sec, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = staple->fingerprint;
    args[1] = vso_db_number(now_sec, p);
    rv = vso_db_exec(db, VSO_SQL_OCSP_DELETE, args, NULL, res, p);
    if (rv == APR_SUCCESS) {
        args[1] = staple->response;
        args[2] = vso_db_number(staple->next_update_sec, p);
        args[3] = vso_db_number(now_sec, p);
        rv = vso_db_exec(db, VSO_SQL_OCSP_INSERT, args, NULL, res, p);
    }
    return rv;
}
