/* SPDX-License-Identifier: Apache-2.0 */
#include "store/claims.h"

#include "base/limits.h"
#include "store/rows.h"

static apr_status_t is_taken(vso_db_t *db, const char **args, int *ptaken,
                             vso_result_t *res, apr_pool_t *p)
{
    apr_int64_t count = 0;
    apr_status_t rv =
        vso_rows_number(db, VSO_SQL_EVENT_COUNT, args, &count, res, p);

    *ptaken = count != 0;
    return rv;
}

apr_status_t vso_claim_take(vso_store_t *store, const char *event,
                            apr_int64_t version_id, apr_int64_t seq,
                            const char *node, int *pmine, vso_result_t *res,
                            apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    const char *args[] = {event, vso_db_number(version_id, p),
                          vso_db_number(seq, p), node, NULL};
    vso_result_t *cause = vso_result_create(p);
    apr_int64_t now_sec = 0;
    int taken = 0;

    if (is_taken(db, args, &taken, res, p) != APR_SUCCESS ||
        (!taken && vso_db_now(db, &now_sec, res, p) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (taken) {
        *pmine = 0;
        return APR_SUCCESS;
    }
    args[4] = vso_db_number(now_sec, p);
    if (vso_db_exec(db, VSO_SQL_EVENT_INSERT, args, NULL, cause, p) ==
        APR_SUCCESS) {
        *pmine = 1;
        return APR_SUCCESS;
    }
    /* another node at the same moment? */
    if (is_taken(db, args, &taken, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pmine = 0;
    return taken ? APR_SUCCESS : vso_fail_as(res, cause);
}

apr_status_t vso_claim_last(vso_store_t *store, apr_int64_t *pseq,
                            vso_result_t *res, apr_pool_t *p)
{
    return vso_rows_number(vso_store_db(store), VSO_SQL_EVENT_LAST, NULL, pseq,
                           res, p);
}

apr_status_t vso_claims_purge(vso_store_t *store, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    apr_int64_t now_sec = 0;
    apr_int64_t last = 0;
    const char *args[2];

    if (vso_claim_last(store, &last, res, p) != APR_SUCCESS ||
        vso_db_now(db, &now_sec, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    args[0] = vso_db_number(last, p);
    args[1] = vso_db_number(now_sec - VSO_EVENT_KEEP_SEC, p);
    return vso_db_exec(db, VSO_SQL_EVENT_PURGE, args, NULL, res, p);
}
