/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/spool_room.h"

#include <pthread.h>
#include <stdatomic.h>

#include "httpd/shared/held.h"
#include "httpd/shared/memory.h"

#define CHILDREN (VSOCERT_HELD_END - VSOCERT_HELD_SPOOLS)

/* Room is taken in steps: few additions for each file, and no more than the
 * smallest VSOCertMaxPackage. */
#define STEP ((apr_off_t)64 * 1024)

struct vsocert_spool_room_t {
    apr_off_t max;
    apr_off_t used;
    apr_off_t taken; /**< used, in whole steps */
};

/* In shared memory, what each child has taken. A number counts while its place
 * is held; the child that takes the place begins at 0. */
static atomic_llong *numbers;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int own = -1; /* this child's number; under the mutex */

apr_status_t vsocert_spool_room_setup(void)
{
    void *memory = NULL;
    apr_status_t rv = vsocert_memory_get(
        "vsocert-spools-1", CHILDREN * sizeof(*numbers), NULL, &memory);

    numbers = memory;
    return rv;
}

/** This child's number; NULL: there are more children than numbers. */
static atomic_llong *own_number(void)
{
    int found;
    int i;

    pthread_mutex_lock(&mutex);
    for (i = 0; own < 0 && i < CHILDREN; i++) {
        if (vsocert_held_take(VSOCERT_HELD_SPOOLS + i)) {
            atomic_store(&numbers[i], 0);
            own = i;
        }
    }
    found = own;
    pthread_mutex_unlock(&mutex);
    return found < 0 ? NULL : &numbers[found];
}

apr_int64_t vsocert_spool_room_taken(void)
{
    apr_int64_t sum = 0;
    int i;

    for (i = 0; i < CHILDREN; i++) {
        long long number = atomic_load(&numbers[i]);

        if (number && vsocert_held_by_any(VSOCERT_HELD_SPOOLS + i)) {
            sum += number;
        }
    }
    return sum;
}

static apr_status_t give_back(void *baton)
{
    const vsocert_spool_room_t *room = baton;
    atomic_llong *number = own_number();

    if (number) {
        atomic_fetch_sub(number, room->taken);
    }
    return APR_SUCCESS;
}

vsocert_spool_room_t *vsocert_spool_room_make(apr_off_t max, apr_pool_t *p)
{
    vsocert_spool_room_t *room = apr_pcalloc(p, sizeof(*room));

    room->max = max;
    apr_pool_cleanup_register(p, room, give_back, apr_pool_cleanup_null);
    return room;
}

/** Added first and summed then: of two that add at the same moment, neither
 * overlooks the other. */
static int take(vsocert_spool_room_t *room, apr_off_t more)
{
    atomic_llong *number = own_number();

    if (!number) {
        return 0;
    }
    atomic_fetch_add(number, more);
    if (vsocert_spool_room_taken() > room->max) {
        atomic_fetch_sub(number, more);
        return 0;
    }
    room->taken += more;
    return 1;
}

apr_status_t vsocert_spool_room_grow(vsocert_spool_room_t *room, apr_size_t len,
                                     vso_result_t *res)
{
    apr_off_t lacking = room->used + (apr_off_t)len - room->taken;
    apr_off_t more = lacking > 0 ? (lacking + STEP - 1) / STEP * STEP : 0;

    if (more && !take(room, more)) {
        return vso_fail(res, VSO_P_BUSY, NULL,
                        "Files that wait to be verified or signed take all the "
                        "room that this server has for them: try again when "
                        "they are done.");
    }
    room->used += (apr_off_t)len;
    return APR_SUCCESS;
}
