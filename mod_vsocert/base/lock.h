/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Locks in memory that processes share. A process that is killed while it holds
 * one does not keep it: what a lock protects must be right at each moment.
 */
#ifndef VSO_LOCK_H
#define VSO_LOCK_H

#include <pthread.h>

#include <apr_errno.h>
#include <apr_time.h>

/** Make one. */
apr_status_t vso_lock_init(pthread_mutex_t *mutex);

/** Wait for it as long as it takes. */
void vso_lock_take(pthread_mutex_t *mutex);

/** Wait for it so long at most, by the monotonic clock.
 * @param most  0: not at all
 * @return 1: taken */
int vso_lock_take_within(pthread_mutex_t *mutex, apr_interval_time_t most);

/** In the thread that took it. */
void vso_lock_give(pthread_mutex_t *mutex);

#endif
