/* SPDX-License-Identifier: Apache-2.0 */
/* A change of master keys, inside a change. */
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
