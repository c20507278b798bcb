/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Transactions.
 */
#ifndef VSO_TRANSACTION_H
#define VSO_TRANSACTION_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/handle.h"

/** A transaction; they do not nest. vso_transaction_commit succeeds only if
 * every statement did, and has rolled back where it fails; after any other
 * failure what is left to call is vso_transaction_rollback. What is still open
 * when the p of begin goes is rolled back. A connection that turns out to be
 * lost where the transaction begins is replaced; nothing was done yet. On
 * SQLite begin takes the write lock (BEGIN IMMEDIATE), for which the driver
 * waits 1.6 s. APR_INCOMPLETE of commit means that the COMMIT itself failed on
 * a server: what it became there has to be looked up. */
apr_status_t vso_transaction_begin(vso_db_t *db, vso_result_t *res,
                                   apr_pool_t *p);
apr_status_t vso_transaction_commit(vso_db_t *db, vso_result_t *res,
                                    apr_pool_t *p);
void vso_transaction_rollback(vso_db_t *db, apr_pool_t *p);

#endif
