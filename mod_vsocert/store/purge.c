/* SPDX-License-Identifier: Apache-2.0 */
#include "store/purge.h"

#include <apr_time.h>

#include "store/claims.h"
#include "store/imports.h"
#include "store/nodes.h"

apr_status_t vso_purge_expired_imports(vso_store_t *store, int *pcount,
                                       vso_result_t *res, apr_pool_t *p)
{
    apr_int64_t now_sec = 0;
    apr_status_t rv;

    *pcount = 0;
    rv = vso_store_now(store, &now_sec, res, p);
    return rv == APR_SUCCESS
               ? vso_imports_expire(store, now_sec, pcount, res, p)
               : rv;
}

/** mod_session's times are microseconds. */
static apr_status_t purge_sessions(vso_store_t *store, vso_result_t *res,
                                   apr_pool_t *p)
{
    apr_int64_t now_sec = 0;
    const char *args[1];
    apr_status_t rv;

    rv = vso_store_now(store, &now_sec, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = vso_db_number(apr_time_from_sec(now_sec), p);
    return vso_db_exec(vso_store_db(store), VSO_SQL_SESSION_PURGE, args, NULL,
                       res, p);
}

apr_status_t vso_purge_all(vso_store_t *store, vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = purge_sessions(store, res, p);

    if (rv == APR_SUCCESS) {
        rv = vso_nodes_purge(store, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_claims_purge(store, res, p);
    }
    return rv == APR_SUCCESS ? vso_imports_drop_orphans(store, res, p) : rv;
}
