/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Anonymous memory that the parent and all children of this httpd share, and
 * locks in it. It belongs to httpd's process pool and outlives graceful
 * restarts.
 */
#ifndef VSOCERT_SHARED_MEMORY_H
#define VSOCERT_SHARED_MEMORY_H

#include <pthread.h>

#include <httpd.h>

/** Fill new memory, which is all zeros. */
typedef apr_status_t vsocert_memory_init_fn(void *memory);

/**
 * Find the memory of this name, or make it (parent, post_config).
 * @param name  with the version of its layout: after an upgrade of the module
 *              and a graceful restart the old memory is not found
 * @param init  for new memory only; NULL: zeros will do
 * @return APR_EINVAL: what has this name is smaller
 */
apr_status_t vsocert_memory_get(const char *name, apr_size_t size,
                                vsocert_memory_init_fn *init, void **pmemory);

/** Make a lock in shared memory. A process that is killed while it holds the
 * lock does not keep it: what the lock protects must be right at each moment.
 */
apr_status_t vsocert_memory_lock_init(pthread_mutex_t *mutex);

void vsocert_memory_lock(pthread_mutex_t *mutex);

/** @return 1: taken */
int vsocert_memory_try_lock(pthread_mutex_t *mutex);

/** Wait for it so long at most. @return 1: taken */
int vsocert_memory_lock_within(pthread_mutex_t *mutex,
                               apr_interval_time_t most);

void vsocert_memory_unlock(pthread_mutex_t *mutex);

#endif
