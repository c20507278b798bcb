/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/decoys.h"

#include <string.h>

#include <apr_strings.h>

#include "base/worker.h"
#include "httpd/shared/places.h"

/** A list's user. */
typedef struct {
    vsocert_place_t place;
    apr_time_t learnt; /**< as of vso_worker_now */
    char user[VSOCERT_DECOY_SIZE];
} decoy_t;

static vsocert_places_t table;

static apr_int64_t rank(const void *place)
{
    return ((const decoy_t *)place)->learnt;
}

static const vsocert_places_kind_t kind = {
    .name = "vsocert-decoys-1",
    .size = sizeof(decoy_t),
    .sets = 64,
    .rank = rank,
};

apr_status_t vsocert_decoys_setup(void)
{
    return vsocert_places_setup(&table, &kind);
}

void vsocert_decoys_learn(const char *list, const char *user)
{
    vsocert_digest_t digest = vsocert_places_digest(&table, &list, 1);
    decoy_t *decoy;

    if (strlen(user) >= VSOCERT_DECOY_SIZE) {
        return;
    }
    vsocert_places_lock(&table);
    decoy = vsocert_places_claim(&table, &digest);
    decoy->learnt = vso_worker_now();
    apr_cpystrn(decoy->user, user, sizeof(decoy->user));
    vsocert_places_unlock(&table);
}

int vsocert_decoys_get(const char *list, char user[VSOCERT_DECOY_SIZE])
{
    vsocert_digest_t digest = vsocert_places_digest(&table, &list, 1);
    const decoy_t *decoy;

    *user = '\0';
    vsocert_places_lock(&table);
    decoy = vsocert_places_find(&table, &digest);
    if (decoy) {
        memcpy(user, decoy->user, VSOCERT_DECOY_SIZE);
    }
    vsocert_places_unlock(&table);
    user[VSOCERT_DECOY_SIZE - 1] = '\0';
    return *user != '\0';
}
