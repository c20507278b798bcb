/* SPDX-License-Identifier: Apache-2.0 */
#include "store/staples.h"

#include "store/rows.h"

static const vso_member_t members[] = {
    VSO_MEMBER(vso_staple_t, fingerprint),
    VSO_MEMBER(vso_staple_t, response),
    VSO_MEMBER(vso_staple_t, next_update_sec),
    VSO_MEMBER(vso_staple_t, fetched_sec),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {"vmo_ocsp", sizeof(vso_staple_t), members};

apr_status_t vso_staple_get(vso_store_t *store, const char *fingerprint,
                            const vso_staple_t **pstaple, vso_result_t *res,
                            apr_pool_t *p)
{
    apr_array_header_t *list = NULL;
    apr_status_t rv;

    rv = vso_rows_list(vso_store_db(store), VSO_SQL_OCSP_GET, &fingerprint,
                       &record, &list, res, p);
    if (rv == APR_SUCCESS) {
        *pstaple = list->nelts ? &APR_ARRAY_IDX(list, 0, vso_staple_t) : NULL;
    }
    return rv;
}

static apr_status_t find(vso_store_t *store, const char *fingerprint,
                         int *pfound, vso_result_t *res, apr_pool_t *p)
{
    const vso_staple_t *staple = NULL;
    apr_status_t rv = vso_staple_get(store, fingerprint, &staple, res, p);

    *pfound = staple != NULL;
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
