/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Scheduled activations, carried out by the poller's thread.
 */
#ifndef VSOCERT_NODE_SCHEDULED_H
#define VSOCERT_NODE_SCHEDULED_H

#include <httpd.h>

#include "store/store.h"

/** Activate what is due by the database's clock, and serve it. For the holder
 * of the poll lease. Costs nothing while nothing is scheduled. */
apr_status_t vsocert_scheduled_run(vso_store_t *store, const vso_state_t *state,
                                   vso_result_t *res, apr_pool_t *p);

#endif
