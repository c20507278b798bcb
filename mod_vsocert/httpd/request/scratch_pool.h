/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memory for work on a package. Memory of a request's pool stays with the
 * thread that answered the request, and memory of malloc with that thread's
 * arena. Over all threads that adds up, although each needs it for one request
 * only.
 */
#ifndef VSOCERT_REQUEST_SCRATCH_POOL_H
#define VSOCERT_REQUEST_SCRATCH_POOL_H

#include <apr_pools.h>

/** A pool below parent with an allocator of its own. */
apr_pool_t *vsocert_scratch_pool_begin(apr_pool_t *parent);

/** Destroy it. @param used  1: it held much memory; return it to the system */
void vsocert_scratch_pool_end(apr_pool_t *p, int used);

#endif
