/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/mend.h"

/* Changes of this node that are made meanwhile, each of which may be one more
 * that the fresh file lacks. */
#define MEND_TRIES 5

static int is_over(const vso_sync_how_t *how)
{
    return (how->ends && how->ends(how->baton)) ||
           (how->enough && how->enough(how->baton));
}

/** @return APR_EINTR: it did not come to its end; APR_EAGAIN: more changed */
static apr_status_t fill_and_replace(vso_store_t *store, vso_replica_t *replica,
                                     const vso_sync_how_t *how,
                                     vso_replica_t *fresh, vso_result_t *res,
                                     apr_pool_t *p)
{
    vso_replica_head_t head;
    apr_int64_t taken;
    vso_state_t state;

    if (vso_sync_pages(store, fresh, how, &taken, res, p) != APR_SUCCESS ||
        vso_store_read_state(store, &state, res, p) != APR_SUCCESS ||
        vso_replica_head(fresh, &head, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_sync_judge(&state, &head) == VSO_SYNC_WANTED) {
        return is_over(how) ? APR_EINTR : APR_EAGAIN;
    }
    return vso_replica_replace(replica, fresh, res, p);
}

apr_status_t vso_mend_replica(vso_store_t *store, vso_replica_t *replica,
                              const vso_sync_how_t *how, vso_replica_t **pfresh,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int tries = 0;

    if (!*pfresh) {
        rv = vso_replica_beside(replica, pfresh, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    do {
        rv = fill_and_replace(store, replica, how, *pfresh, res, p);
    } while (rv == APR_EAGAIN && ++tries < MEND_TRIES);
    if (rv == APR_SUCCESS) {
        *pfresh = NULL;
    }
    return rv;
}
