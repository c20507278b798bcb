/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memory for one piece of work that needs much of it. Memory of another pool
 * stays with the thread that does the work, and memory of malloc with that
 * thread's arena. Over all threads that adds up, although each needs it once
 * only.
 */
/**
 * Memory for work on a package. Memory of a request's pool stays with the
 * thread that answered the request, and memory of malloc with that thread's
 * arena. Over all threads that adds up, although each needs it for one request
 * only.
 */
#ifndef VSO_BASE_SCRATCH_H
#define VSO_BASE_SCRATCH_H

#include <apr_pools.h>

/** A pool below parent with an allocator of its own. */
apr_pool_t *vso_scratch_begin(apr_pool_t *parent);

/** Destroy it. @param used  1: it held much memory; return it to the system */
void vso_scratch_end(apr_pool_t *p, int used);

/** Return to the system what was freed, in the arenas of all threads: for what
 * one thread allocates and another frees. It takes milliseconds, and locks each
 * arena for a part of them. */
void vso_scratch_trim(void);

#endif
