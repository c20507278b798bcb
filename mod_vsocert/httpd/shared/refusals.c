/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/refusals.h"

#include "base/pace.h"
#include "base/worker.h"
#include "httpd/shared/places.h"

/** Of a user. */
typedef struct {
    vsocert_place_t place;
    vso_pace_t told;
    apr_int64_t left_out; /**< since the last that was told */
} refusals_t;

static vsocert_places_t table;

static apr_int64_t rank(const void *place)
{
    return ((const refusals_t *)place)->told.last;
}

static const vsocert_places_kind_t kind = {
    .name = "vsocert-told-1",
    .size = sizeof(refusals_t),
    .sets = 256,
    .rank = rank,
};

apr_status_t vsocert_refusals_setup(void)
{
    return vsocert_places_setup(&table, &kind);
}

int vsocert_refusals_tell(const char *user, int *pleft_out)
{
    vsocert_digest_t digest = vsocert_places_digest(&table, &user, 1);
    apr_time_t now = vso_worker_now();
    refusals_t *refusals;
    int tell;

    vsocert_places_lock(&table);
    refusals = vsocert_places_claim(&table, &digest);
    tell = !vso_pace_wait(&refusals->told, VSOCERT_REFUSALS_TOLD, now);
    *pleft_out = (int)refusals->left_out;
    if (tell) {
        vso_pace_add(&refusals->told, now);
        refusals->left_out = 0;
    }
    else if (refusals->left_out < APR_INT32_MAX) {
        refusals->left_out++;
    }
    vsocert_places_unlock(&table);
    return tell;
}
