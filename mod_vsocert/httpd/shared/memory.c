/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/memory.h"

#include <errno.h>

#include <apr_shm.h>
#include <http_config.h>
#include <http_main.h>

apr_status_t vsocert_memory_get(const char *name, apr_size_t size,
                                vsocert_memory_init_fn *init, void **pmemory)
{
    apr_shm_t **kept = ap_retained_data_get(name);
    apr_status_t rv;
    apr_shm_t *shm;

    if (!kept) {
        rv = apr_shm_create(&shm, size, NULL, ap_pglobal);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        rv = init ? init(apr_shm_baseaddr_get(shm)) : APR_SUCCESS;
        if (rv != APR_SUCCESS) {
            apr_shm_destroy(shm);
            return rv;
        }
        kept = ap_retained_data_create(name, sizeof(*kept));
        *kept = shm;
    }
    if (apr_shm_size_get(*kept) < size) {
        return APR_EINVAL;
    }
    *pmemory = apr_shm_baseaddr_get(*kept);
    return APR_SUCCESS;
}

apr_status_t vsocert_memory_lock_init(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attr;
    int rc;

    rc = pthread_mutexattr_init(&attr);
    if (rc) {
        return rc;
    }
    if (!(rc = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED)) &&
        !(rc = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST))) {
        rc = pthread_mutex_init(mutex, &attr);
    }
    pthread_mutexattr_destroy(&attr);
    return rc;
}

void vsocert_memory_lock(pthread_mutex_t *mutex)
{
    if (pthread_mutex_lock(mutex) == EOWNERDEAD) {
        pthread_mutex_consistent(mutex);
    }
}

static int is_taken(pthread_mutex_t *mutex, int rc)
{
    if (rc == EOWNERDEAD) {
        pthread_mutex_consistent(mutex);
        rc = 0;
    }
    return rc == 0;
}

int vsocert_memory_try_lock(pthread_mutex_t *mutex)
{
    return is_taken(mutex, pthread_mutex_trylock(mutex));
}

int vsocert_memory_lock_within(pthread_mutex_t *mutex, apr_interval_time_t most)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)apr_time_sec(most);
    until.tv_nsec += apr_time_usec(most) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return is_taken(mutex,
                    pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until));
}

void vsocert_memory_unlock(pthread_mutex_t *mutex)
{
    pthread_mutex_unlock(mutex);
}
