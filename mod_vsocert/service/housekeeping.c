/* SPDX-License-Identifier: Apache-2.0 */
#include "service/housekeeping.h"

#include "store/claims.h"
#include "store/imports.h"
#include "store/nodes.h"
#include "store/sessions.h"

apr_status_t vso_housekeeping_expire_imports(vso_store_t *store, int *pcount,
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

apr_status_t vso_housekeeping_purge(vso_store_t *store, vso_result_t *res,
                                    apr_pool_t *p)
{
    apr_status_t rv = vso_sessions_purge(store, res, p);

    if (rv == APR_SUCCESS) {
        rv = vso_nodes_purge(store, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_claims_purge(store, res, p);
    }
    return rv == APR_SUCCESS ? vso_imports_drop_orphans(store, res, p) : rv;
}
