/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/signed_out.h"

#include <apr_time.h>

#include "base/worker.h"
#include "httpd/shared/places.h"
#include "store/sessions.h"

/** A session that ended. */
typedef struct {
    vsocert_place_t place;
    apr_time_t until; /**< as of vso_worker_now; nobody could use it then */
} ended_t;

static vsocert_places_t table;

static apr_int64_t rank(const void *place)
{
    return ((const ended_t *)place)->until;
}

/* Who signs out more often than there is room for loses the oldest of a set;
 * its row is deleted all the same. */
static const vsocert_places_kind_t kind = {
    .name = "vsocert-signed-out-2",
    .size = sizeof(ended_t),
    .sets = 4096,
    .rank = rank,
};

apr_status_t vsocert_signed_out_setup(void)
{
    return vsocert_places_setup(&table, &kind);
}

void vsocert_signed_out_add(const char *id)
{
    vsocert_digest_t digest = vsocert_places_digest(&table, &id, 1);
    ended_t *ended;

    vsocert_places_lock(&table);
    ended = vsocert_places_claim(&table, &digest);
    ended->until = vso_worker_now() + apr_time_from_sec(VSO_SESSION_LIFE_SEC);
    vsocert_places_unlock(&table);
}

int vsocert_signed_out_is(const char *id)
{
    vsocert_digest_t digest = vsocert_places_digest(&table, &id, 1);
    const ended_t *ended;
    int is;

    vsocert_places_lock(&table);
    ended = vsocert_places_find(&table, &digest);
    is = ended && ended->until > vso_worker_now();
    vsocert_places_unlock(&table);
    return is;
}
