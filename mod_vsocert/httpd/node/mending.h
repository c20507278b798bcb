/* SPDX-License-Identifier: Apache-2.0 */
/** The replica's file, where it may be damaged: filled anew by the poller. */
#ifndef VSOCERT_NODE_MENDING_H
#define VSOCERT_NODE_MENDING_H

#include "serving/sync.h"

/** 1: it may be damaged, and the database can fill another one. */
int vsocert_mending_wanted(const vso_store_t *store);

/**
 * What it has is served until another one is filled, which takes its place.
 * What did not come to its end goes on at the next call of the same process:
 * others wait for that one as long as it lives. For the holder of the poll
 * lease.
 * @param pmore  1: there is more to do, soon
 * @return 0: there is no room for another one, or something else of this node
 *         is in the way (logged)
 */
int vsocert_mending_run(vso_store_t *store, const vso_sync_how_t *how,
                        int *pmore, apr_pool_t *p);

#endif
