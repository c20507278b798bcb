/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include <errno.h>
#include <time.h>

apr_status_t vso_lock_init(pthread_mutex_t *mutex)
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

static int is_taken(pthread_mutex_t *mutex, int rc)
{
    if (rc == EOWNERDEAD) {
        pthread_mutex_consistent(mutex);
        rc = 0;
    }
    return rc == 0;
}

void vso_lock_take(pthread_mutex_t *mutex)
{
    is_taken(mutex, pthread_mutex_lock(mutex));
}

int vso_lock_take_within(pthread_mutex_t *mutex, apr_interval_time_t most)
{
    struct timespec until;

    if (most <= 0) {
        return is_taken(mutex, pthread_mutex_trylock(mutex));
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)apr_time_sec(most);
    until.tv_nsec += (long)apr_time_usec(most) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return is_taken(mutex,
                    pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until));
}

void vso_lock_give(pthread_mutex_t *mutex)
{
    pthread_mutex_unlock(mutex);
}
