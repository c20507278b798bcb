/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Claims of events: the rows of vmo_event. An event is reported once in the
 * fleet, by the node that inserts its row first.
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
 * @param pmine       1 if no node had claimed it before
 */
apr_status_t vso_claim_take(vso_store_t *store, const char *event,
                            apr_int64_t version_id, apr_int64_t seq,
                            const char *node, int *pmine, vso_result_t *res,
                            apr_pool_t *p);

/** Newest audit row that was claimed; 0: none. */
apr_status_t vso_claim_last(vso_store_t *store, apr_int64_t *pseq,
                            vso_result_t *res, apr_pool_t *p);

/** Delete claims of audit rows that are older than VSO_EVENT_KEEP_SEC, except
 * the newest. */
apr_status_t vso_claims_purge(vso_store_t *store, vso_result_t *res,
                              apr_pool_t *p);

#endif
