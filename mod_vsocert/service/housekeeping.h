/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Deletes what has expired, in all tables.
 */
#ifndef VSO_SERVICE_HOUSEKEEPING_H
#define VSO_SERVICE_HOUSEKEEPING_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/store.h"

/**
 * Delete uploads that nobody confirmed in time, or that were broken off, with
 * their content. Cheap: for every few seconds.
 * @param pcount  how many there were
 */
apr_status_t vso_housekeeping_expire_imports(vso_store_t *store, int *pcount,
                                             vso_result_t *res, apr_pool_t *p);

/**
 * Delete sessions that have expired, nodes that were not seen for
 * VSO_NODE_KEEP_SEC, claims of events that are over VSO_EVENT_KEEP_SEC old,
 * and content that belongs to nothing any more. Looks through whole tables: for
 * every few minutes. What the first failure leaves is for the next time.
 */
apr_status_t vso_housekeeping_purge(vso_store_t *store, vso_result_t *res,
                                    apr_pool_t *p);

#endif
