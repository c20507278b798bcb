/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Uploads that this child receives or reviews. Their rows expire within
 * seconds unless they are renewed: what a child left that died goes at once,
 * and a client may be as slow as it likes.
 */
#ifndef VSOCERT_NODE_RECEIVING_H
#define VSOCERT_NODE_RECEIVING_H

#include <apr_pools.h>

/** An upload begins: from now on its row is kept alive. */
void vsocert_receiving_add(apr_int64_t import_id);

/** It is over, one way or the other. */
void vsocert_receiving_remove(apr_int64_t import_id);

/** Renew the rows of all, where it is time to; by the thread of this child. */
void vsocert_receiving_renew(apr_pool_t *p);

#endif
