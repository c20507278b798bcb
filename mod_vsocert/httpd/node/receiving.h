/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Uploads that this child receives or reviews. Their rows expire within seconds
 * unless they are renewed, so that the rows of a child that died go soon,
 * however slow clients may be.
 */
#ifndef VSOCERT_NODE_RECEIVING_H
#define VSOCERT_NODE_RECEIVING_H

#include <apr_pools.h>

/** An upload begins: renew its row from now on. */
void vsocert_receiving_add(apr_int64_t import_id);

/** The upload is complete or failed. */
void vsocert_receiving_remove(apr_int64_t import_id);

/** Renew the rows that are due. For the poller's thread. */
void vsocert_receiving_renew(apr_pool_t *p);

#endif
