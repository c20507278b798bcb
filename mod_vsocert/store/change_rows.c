/* SPDX-License-Identifier: Apache-2.0 */
/* What goes over all rows, inside a change. */
#include "store/change.h"
#include "store/row_renew.h"

apr_status_t vso_change_reseal(vso_change_t *change, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_row_keys_t *keys = vso_store_row_keys(change->store);

    vso_row_keys_use(keys, vso_keyring_id(vso_store_keyring(change->store)));
    return vso_store_reseal(change->store, &change->sealed_audit_key, res, p);
}

apr_status_t vso_change_renew_rows(vso_change_t *change, int *pleft,
                                   vso_result_t *res, apr_pool_t *p)
{
    return vso_row_renew_all(vso_store_db(change->store), change->sums, pleft,
                             res, p);
}

apr_status_t vso_change_recount(vso_change_t *change, vso_row_check_t *check,
                                int *pdiffered, vso_result_t *res,
                                apr_pool_t *p)
{
    apr_status_t rv =
        vso_row_check_run(vso_store_db(change->store),
                          vso_store_row_keys(change->store), check, res, p);

    if (rv == APR_SUCCESS) {
        *pdiffered = vso_row_check_sums(check, change->sums, p);
        vso_row_sums_set(change->sums, check->sums);
    }
    return rv;
}
