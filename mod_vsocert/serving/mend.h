/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A replica's file that may be damaged, replaced by one that is filled from the
 * database, while what it has goes on being served.
 */
#ifndef VSO_SERVING_MEND_H
#define VSO_SERVING_MEND_H

#include "serving/sync.h"

/**
 * Fill another file in the place of one that is suspect (vso_replica_suspect),
 * and have it take that place. Not for a database that VSO_SYNC_OLDER says is
 * older.
 * @param pfresh  NULL at first; kept between tries that did not come to their
 *                end, NULL again after one that did
<<<<<<< HEAD
 * @return APR_EINTR: it was told to stop, or that it is enough for now
=======
 * @return APR_EINTR: it was told to stop; APR_EAGAIN: changes come faster than
 *         they are read; other errors: res says why
>>>>>>> 4a032f3 (Mend a replica with a damaged head instead of emptying it)
 */
apr_status_t vso_mend_replica(vso_store_t *store, vso_replica_t *replica,
                              const vso_sync_how_t *how, vso_replica_t **pfresh,
                              vso_result_t *res, apr_pool_t *p);

#endif
