/* SPDX-License-Identifier: Apache-2.0 */
#include "base/worker.h"

#include <pthread.h>
#include <time.h>

#include <apr_thread_proc.h>

/* APR's own conditions wait on the wall clock. */
#define CLOCK CLOCK_MONOTONIC

struct vso_worker_t {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int ends; /**< under the lock */
    vso_worker_fn *run;
    apr_thread_t *thread;
    apr_pool_t *p;
};

apr_time_t vso_worker_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

int vso_worker_wait(vso_worker_t *worker, apr_interval_time_t interval)
{
    apr_time_t end = vso_worker_now() + interval;
    struct timespec until = {.tv_sec = (time_t)apr_time_sec(end),
                             .tv_nsec = (long)apr_time_usec(end) * 1000};
    int ends;

    pthread_mutex_lock(&worker->lock);
    while (!worker->ends &&
           pthread_cond_timedwait(&worker->wake, &worker->lock, &until) == 0) {
    }
    ends = worker->ends;
    pthread_mutex_unlock(&worker->lock);
    return ends;
}

int vso_worker_ends(vso_worker_t *worker)
{
    int ends;

    pthread_mutex_lock(&worker->lock);
    ends = worker->ends;
    pthread_mutex_unlock(&worker->lock);
    return ends;
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *baton)
{
    vso_worker_t *worker = baton;
    apr_pool_t *p;

    (void)thread;
    apr_setup_signal_thread();
    apr_pool_create(&p, worker->p);
    worker->run(worker, p);
    apr_pool_destroy(p);
    return NULL;
}

static apr_status_t stop(void *baton)
{
    vso_worker_t *worker = baton;
    apr_status_t rv;

    pthread_mutex_lock(&worker->lock);
    worker->ends = 1;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    apr_thread_join(&rv, worker->thread);
    return APR_SUCCESS;
}

apr_status_t vso_worker_start(vso_worker_fn *fn, apr_pool_t *p)
{
    pthread_condattr_t attr;
    vso_worker_t *worker;
    apr_status_t rv;
    apr_pool_t *pool;

    /* Not a child of p, which other threads use meanwhile; never destroyed. */
    rv = apr_pool_create(&pool, NULL);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    worker = apr_pcalloc(pool, sizeof(*worker));
    worker->run = fn;
    worker->p = pool;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK);
    pthread_cond_init(&worker->wake, &attr);
    pthread_condattr_destroy(&attr);
    rv = apr_thread_create(&worker->thread, NULL, run, worker, pool);
    if (rv == APR_SUCCESS) {
        /* Before the subpools go, a pool of connections among them. */
        apr_pool_pre_cleanup_register(p, worker, stop);
    }
    return rv;
}
