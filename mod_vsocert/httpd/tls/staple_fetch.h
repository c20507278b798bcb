/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fetches OCSP responses that are due, into the replica and for the fleet.
 */
#ifndef VSOCERT_TLS_STAPLE_FETCH_H
#define VSOCERT_TLS_STAPLE_FETCH_H

#include <apr_pools.h>

#include "base/worker.h"

/** Fetch what is due; for one thread of this node at a time.
 * @param worker  ends early where this one is to end */
void vsocert_staple_fetch_due(vso_worker_t *worker, apr_pool_t *p);

#endif
