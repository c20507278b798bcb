/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/lately.h"

#include <apr_time.h>

#include "base/worker.h"
#include "httpd/shared/places.h"

/** A user and a network. */
typedef struct {
    vsocert_place_t place;
    apr_time_t until; /**< as of vso_worker_now */
} visitor_t;

static vsocert_places_t table;

static apr_int64_t rank(const void *place)
{
    return ((const visitor_t *)place)->until;
}

static const vsocert_places_kind_t kind = {
    .name = "vsocert-lately-1",
    .size = sizeof(visitor_t),
    .sets = 4096,
    .rank = rank,
};

apr_status_t vsocert_lately_setup(void)
{
    return vsocert_places_setup(&table, &kind);
}

void vsocert_lately_add(const char *user, const char *network)
{
    const char *texts[] = {user, network};
    vsocert_digest_t digest = vsocert_places_digest(&table, texts, 2);
    visitor_t *visitor;

    vsocert_places_lock(&table);
    visitor = vsocert_places_claim(&table, &digest);
    visitor->until = vso_worker_now() + apr_time_from_sec(VSOCERT_LATELY_SEC);
    vsocert_places_unlock(&table);
}

int vsocert_lately_is(const char *user, const char *network)
{
    const char *texts[] = {user, network};
    vsocert_digest_t digest = vsocert_places_digest(&table, texts, 2);
    const visitor_t *visitor;
    int is;

    vsocert_places_lock(&table);
    visitor = vsocert_places_find(&table, &digest);
    is = visitor && visitor->until > vso_worker_now();
    vsocert_places_unlock(&table);
    return is;
}
