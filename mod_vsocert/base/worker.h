/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A thread in the background, which waits on a clock that nobody sets: it does
 * something now and then until the process ends.
 */
#ifndef VSO_WORKER_H
#define VSO_WORKER_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct vso_worker_t vso_worker_t;

/** What the thread runs, until vso_worker_wait returns 1.
 * @param p  the thread's own */
typedef void vso_worker_fn(vso_worker_t *worker, apr_pool_t *p);

/**
 * Start a thread. It is told to end, and waited for, before p and its subpools
 * go.
 * @return what apr_thread_create reports
 */
apr_status_t vso_worker_start(vso_worker_fn *run, apr_pool_t *p);

/** Wait for `interval`, or until the thread is to end. @return 1: end */
int vso_worker_wait(vso_worker_t *worker, apr_interval_time_t interval);

/** 1: the thread is to end. */
int vso_worker_ends(vso_worker_t *worker);

/** Microseconds on the clock that the thread waits on (CLOCK_MONOTONIC). */
apr_time_t vso_worker_now(void);

#endif
