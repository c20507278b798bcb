/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Transactions.
 */
#ifndef VSO_TRANSACTION_H
#define VSO_TRANSACTION_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/handle.h"

/**
 * Begin a transaction. They do not nest, and what is still open when p goes is
 * rolled back. A connection that turns out to be lost is replaced: nothing was
 * done yet. On SQLite this takes the write lock (BEGIN IMMEDIATE), for which
 * the driver waits 1.6 s.
 * @param res  DATABASE
 */
apr_status_t vso_transaction_begin(vso_db_t *db, vso_result_t *res,
                                   apr_pool_t *p);

/**
 * Commit. This succeeds only if every statement did; otherwise the transaction
 * has been rolled back.
 * @return APR_INCOMPLETE where the COMMIT itself failed on a server: whether it
 *         took effect has to be looked up
 */
apr_status_t vso_transaction_commit(vso_db_t *db, vso_result_t *res,
                                    apr_pool_t *p);

/** Roll back, after any failure but that of vso_transaction_commit; where no
 * transaction is open, do nothing. */
void vso_transaction_rollback(vso_db_t *db, apr_pool_t *p);

#endif
