/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/ended.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/worker.h"
#include "httpd/shared/memory.h"
#include "store/sessions.h"

#define MEMORY "vsocert-ended-1"

/* A set of places for each value of an id's first three hex digits. Who signs
 * out more often than there is room for loses the oldest of a set; its row is
 * deleted all the same. */
#define SET_DIGITS 3
#define SETS       (1 << (4 * SET_DIGITS))
#define WAYS       4

/** A session that ended; id "": the place is free. */
typedef struct {
    apr_time_t until; /**< as of vso_worker_now; nobody could use it then */
    char id[VSOCERT_ENDED_ID];
} place_t;

typedef struct {
    pthread_mutex_t lock;
    place_t places[SETS][WAYS];
} ended_t;

static ended_t *ended;

static apr_status_t init(void *memory)
{
    return vsocert_memory_lock_init(&((ended_t *)memory)->lock);
}

apr_status_t vsocert_ended_setup(void)
{
    void *memory;
    apr_status_t rv =
        vsocert_memory_get(MEMORY, sizeof(ended_t), init, &memory);

    if (rv == APR_SUCCESS) {
        ended = memory;
    }
    return rv;
}

/** A process that was killed with the lock has written one place, or not. */
static place_t *lock_set(const char *id)
{
    char digits[SET_DIGITS + 1];

    vsocert_memory_lock(&ended->lock);
    apr_cpystrn(digits, id, sizeof(digits));
    return ended->places[strtoul(digits, NULL, 16) % SETS];
}

static place_t *find(place_t *set, const char *id)
{
    int i;

    for (i = 0; i < WAYS; i++) {
        if (!strncmp(set[i].id, id, VSOCERT_ENDED_ID)) {
            return &set[i];
        }
    }
    return NULL;
}

/** A free one, whose time is 0, or the one that is over first. */
static place_t *oldest(place_t *set)
{
    place_t *place = set;
    int i;

    for (i = 1; i < WAYS; i++) {
        if (set[i].until < place->until) {
            place = &set[i];
        }
    }
    return place;
}

void vsocert_ended_add(const char *id)
{
    place_t *set = lock_set(id);
    place_t *place = find(set, id);

    if (!place) {
        place = oldest(set);
    }
    memcpy(place->id, id, VSOCERT_ENDED_ID);
    place->until = vso_worker_now() + apr_time_from_sec(VSO_SESSION_LIFE_SEC);
    vsocert_memory_unlock(&ended->lock);
}

int vsocert_ended_is(const char *id)
{
    const place_t *place = find(lock_set(id), id);
    int is = place && place->until > vso_worker_now();

    vsocert_memory_unlock(&ended->lock);
    return is;
}
