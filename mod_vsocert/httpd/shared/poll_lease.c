/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/poll_lease.h"

#include <stdatomic.h>

#include "base/lock.h"
#include "httpd/shared/memory.h"

typedef struct {
    pthread_mutex_t lock; /**< whoever holds it has the lease */
    atomic_llong taken;   /**< when the lease was last taken */
    vsocert_poll_notes_t notes;
} poll_lease_t;

static poll_lease_t *lease;

static apr_status_t init(void *memory)
{
    poll_lease_t *made = memory;

    made->notes.schedule_read = -1;
    made->notes.told = -1;
    made->notes.heard = -1;
    return vso_lock_init(&made->lock);
}

apr_status_t vsocert_poll_lease_setup(void)
{
    void *memory = NULL;
    apr_status_t rv = vsocert_memory_get("vsocert-poll-lease-4", sizeof(*lease),
                                         init, &memory);

    lease = memory;
    return rv;
}

/* A clock that was set back makes all due. */
static int is_over(apr_time_t last, apr_time_t now,
                   apr_interval_time_t interval)
{
    return now < last || now - last >= interval;
}

int vsocert_poll_lease_take(apr_time_t now, apr_interval_time_t interval)
{
    long long last = atomic_load(&lease->taken);

    if (!is_over(last, now, interval) ||
        !vso_lock_take_within(&lease->lock, 0)) {
        return 0;
    }
    if (!atomic_compare_exchange_strong(&lease->taken, &last, now)) {
        vso_lock_give(&lease->lock);
        return 0;
    }
    return 1;
}

int vsocert_poll_lease_wait(apr_time_t now, apr_interval_time_t most)
{
    if (!most) {
        vso_lock_take(&lease->lock);
    }
    else if (!vso_lock_take_within(&lease->lock, most)) {
        return 0;
    }
    atomic_store(&lease->taken, now);
    return 1;
}

void vsocert_poll_lease_release(void)
{
    vso_lock_give(&lease->lock);
}

vsocert_poll_notes_t *vsocert_poll_lease_notes(void)
{
    return &lease->notes;
}

int vsocert_poll_lease_duty(vsocert_duty_e duty, apr_time_t now,
                            apr_interval_time_t interval)
{
    apr_time_t *last = &lease->notes.duties[duty];

    if (!is_over(*last, now, interval)) {
        return 0;
    }
    *last = now;
    return 1;
}
