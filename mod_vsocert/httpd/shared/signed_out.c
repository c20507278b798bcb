/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/signed_out.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/worker.h"
#include "httpd/shared/memory.h"
#include "store/sessions.h"

#define MEMORY "vsocert-signed-out-1"

/* A set of places for each value of an id's first three hex digits. Who signs
 * out more often than there is room for loses the oldest of a set; its row is
 * deleted all the same. */
#define SET_DIGITS 3
#define SETS       (1 << (4 * SET_DIGITS))
#define WAYS       4

/** A session that ended; id "": the place is free. */
typedef struct {
    apr_time_t until; /**< as of vso_worker_now; nobody could use it then */
    char id[VSOCERT_SIGNED_OUT_ID];
} place_t;

typedef struct {
    pthread_mutex_t lock;
    place_t places[SETS][WAYS];
} signed_out_t;

static signed_out_t *table;

static apr_status_t init(void *memory)
{
    return vsocert_memory_lock_init(&((signed_out_t *)memory)->lock);
}

apr_status_t vsocert_signed_out_setup(void)
{
    void *memory;
    apr_status_t rv =
        vsocert_memory_get(MEMORY, sizeof(signed_out_t), init, &memory);

    if (rv == APR_SUCCESS) {
        table = memory;
    }
    return rv;
}

/** A process that was killed with the lock has written one place, or not. */
static place_t *lock_set(const char *id)
{
    char digits[SET_DIGITS + 1];

    vsocert_memory_lock(&table->lock);
    apr_cpystrn(digits, id, sizeof(digits));
    return table->places[strtoul(digits, NULL, 16) % SETS];
}

static place_t *find(place_t *set, const char *id)
{
    int i;

    for (i = 0; i < WAYS; i++) {
        if (!strncmp(set[i].id, id, VSOCERT_SIGNED_OUT_ID)) {
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

void vsocert_signed_out_add(const char *id)
{
    place_t *set = lock_set(id);
    place_t *place = find(set, id);

    if (!place) {
        place = oldest(set);
    }
    memcpy(place->id, id, VSOCERT_SIGNED_OUT_ID);
    place->until = vso_worker_now() + apr_time_from_sec(VSO_SESSION_LIFE_SEC);
    vsocert_memory_unlock(&table->lock);
}

int vsocert_signed_out_is(const char *id)
{
    const place_t *place = find(lock_set(id), id);
    int is = place && place->until > vso_worker_now();

    vsocert_memory_unlock(&table->lock);
    return is;
}
