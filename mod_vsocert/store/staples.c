/* SPDX-License-Identifier: Apache-2.0 */
#include "store/staples.h"

#include <string.h>

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
        rv = vso_db_now(vso_store_db(store), pnow_sec, res, p);
    }
    if (rv == APR_SUCCESS) {
        *pstaples = list;
    }
    return rv;
}

static apr_status_t find(vso_store_t *store, const char *fingerprint,
                         int *pfound, vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *list = NULL;
    apr_int64_t now_sec;
    apr_status_t rv;
    int i;

    *pfound = 0;
    rv = vso_staples_list(store, &list, &now_sec, res, p);
    for (i = 0; rv == APR_SUCCESS && i < list->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(list, i, vso_staple_t).fingerprint,
                    fingerprint)) {
            *pfound = 1;
        }
    }
    return rv;
}

/** Insert the certificate's row where there is none. *pfound: there is one,
 * maybe another node's that came first. Rows that an UPDATE changes cannot be
 * counted instead: MariaDB takes one that stays as it is for none. */
static apr_status_t insert(vso_store_t *store, const char **args, int *pfound,
                           vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv;

    rv = find(store, args[3], pfound, res, p);
    if (rv != APR_SUCCESS || *pfound) {
        return rv;
    }
    rv = vso_db_exec(vso_store_db(store), VSO_SQL_OCSP_INSERT, args, NULL, res,
                     p);
    if (rv != APR_SUCCESS &&
        find(store, args[3], pfound, vso_result_create(p), p) == APR_SUCCESS &&
        *pfound) {
        vso_result_clear(res);
        rv = APR_SUCCESS;
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
    int found = 0;

    rv = vso_db_now(db, &now_sec, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = staple->response;
    args[1] = vso_db_number(staple->next_update_sec, p);
    args[2] = vso_db_number(now_sec, p);
    args[3] = staple->fingerprint;
    rv = vso_db_exec(db, VSO_SQL_OCSP_SWEEP, &args[2], NULL, res, p);
    if (rv == APR_SUCCESS) {
        rv = insert(store, args, &found, res, p);
    }
    return rv == APR_SUCCESS && found
               ? vso_db_exec(db, VSO_SQL_OCSP_UPDATE, args, NULL, res, p)
               : rv;
}
