/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/signed_out.h"

#include <apr_time.h>

#include "base/worker.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/places.h"
#include "httpd/shared/serving.h"
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
    .name = "vsocert-signed-out-3",
    .size = sizeof(ended_t),
    .sets = 256,
    .rank = rank,
};

apr_status_t vsocert_signed_out_setup(void)
{
    return vsocert_places_setup(&table, &kind);
}

/* Until the replica can be written again. */
static void keep(const char *id)
{
    vsocert_digest_t digest = vsocert_places_digest(&table, &id, 1);
    ended_t *ended;

    vsocert_places_lock(&table);
    ended = vsocert_places_claim(&table, &digest);
    ended->until = vso_worker_now() + apr_time_from_sec(VSO_SESSION_LIFE_SEC);
    vsocert_places_unlock(&table);
}

static apr_status_t put(const apr_array_header_t *ids, apr_pool_t *p)
{
    vso_replica_t *replica = vsocert_serving_replica();
    apr_int64_t now_sec = vsocert_db_clock_now_sec();
    vso_result_t *res = vso_result_create(p);
    vso_replica_txn_t *txn;
    int i;

    if (!replica || vso_replica_begin(replica, &txn, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < ids->nelts; i++) {
        if (vso_replica_end(txn, APR_ARRAY_IDX(ids, i, const char *),
                            now_sec + VSO_SESSION_LIFE_SEC, now_sec, res,
                            p) != APR_SUCCESS) {
            vso_replica_abort(txn);
            return APR_EGENERAL;
        }
    }
    return vso_replica_commit(txn, res);
}

void vsocert_signed_out_add(const apr_array_header_t *ids)
{
    apr_pool_t *p;
    int i;

    if (!ids->nelts) {
        return;
    }
    apr_pool_create(&p, NULL);
    if (put(ids, p) != APR_SUCCESS) {
        for (i = 0; i < ids->nelts; i++) {
            keep(APR_ARRAY_IDX(ids, i, const char *));
        }
    }
    apr_pool_destroy(p);
}

int vsocert_signed_out_is(const char *id)
{
    vso_replica_t *replica = vsocert_serving_replica();
    vsocert_digest_t digest = vsocert_places_digest(&table, &id, 1);
    const ended_t *ended;
    int is;

    if (replica && vso_replica_ended(replica, id, vsocert_db_clock_now_sec())) {
        return 1;
    }
    vsocert_places_lock(&table);
    ended = vsocert_places_find(&table, &digest);
    is = ended && ended->until > vso_worker_now();
    vsocert_places_unlock(&table);
    return is;
}
