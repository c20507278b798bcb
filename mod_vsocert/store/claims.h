/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who told of an event: the rows of vmo_event. What happens once in the fleet
 * is told by the node that puts its row there first.
 */
#ifndef VSO_CLAIMS_H
#define VSO_CLAIMS_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/store.h"

/**
 * Claim an event for a node.
 * @param event       its name
 * @param version_id  that it is about; 0 for none
 * @param seq         audit row that it is about; 0: it happens once to a
 *                    version
 * @param pmine       1 when nobody claimed it before
 */
apr_status_t vso_claim_take(vso_store_t *store, const char *event,
                            apr_int64_t version_id, apr_int64_t seq,
                            const char *node, int *pmine, vso_result_t *res,
                            apr_pool_t *p);

/** Newest audit row that was claimed; 0: none. */
apr_status_t vso_claim_last(vso_store_t *store, apr_int64_t *pseq,
                            vso_result_t *res, apr_pool_t *p);

/** Forget claims of audit rows that are over VSO_EVENT_KEEP_SEC old, but the
 * newest. */
apr_status_t vso_claims_purge(vso_store_t *store, vso_result_t *res,
                              apr_pool_t *p);

#endif
