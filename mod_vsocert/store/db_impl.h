/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What connection.c, transaction.c and db.c (statements, rows) share; these
 * alone know APR DBD.
 */
#ifndef VSO_DB_IMPL_H
#define VSO_DB_IMPL_H

#include <apr_dbd.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/dialect.h"
#include "store/handle.h"
#include "store/row_mac.h"
#include "store/statements.h"

/** What connection.c keeps of a connection between its uses, in its hash and
 * pool. */
typedef struct {
    const vso_dialect_t *dialect;
    struct {
        apr_dbd_prepared_t *prepared; /**< NULL: not yet */
        int params;
    } statements[VSO_SQL_COUNT];
    char stamp[32]; /**< of the schema or session that they were made for */
} vso_notes_t;

struct vso_db_t {
    vso_connection_t connection;
    vso_notes_t *notes;
    int open;                           /**< there is a transaction */
    apr_dbd_transaction_t *transaction; /**< the driver's; or NULL */
    apr_pool_t *transaction_pool;
    apr_pool_t *p;                  /**< of vso_connection_use */
    int failed;                     /**< a statement of the transaction did */
    const vso_row_keys_t *row_keys; /**< of the keystore; NULL: none yet */
};

/** Report the driver's error text, and mark the transaction as failed. */
apr_status_t vso_db_report(vso_db_t *db, int code, vso_result_t *res);

/** Stamp of the schema or session, "" where statements never become useless. */
apr_status_t vso_db_stamp(vso_db_t *db, const char **pstamp, vso_result_t *res,
                          apr_pool_t *p);

#endif
