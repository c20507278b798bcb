/* SPDX-License-Identifier: Apache-2.0 */
#include "store/transaction.h"

#include <string.h>

#include "store/connection.h"
#include "store/db_impl.h"

#define MAX_STARTS 3

/** Run a word of SQL that the driver is to know nothing of. @return the
 * driver's code */
static int say(const vso_db_t *db, const char *sql)
{
    int affected = 0;

    return apr_dbd_query(db->connection.driver, db->connection.handle,
                         &affected, sql);
}

/** Start the transaction. @return the driver's code */
static int start_transaction(vso_db_t *db)
{
    const char *sql = db->notes->dialect->begin_sql;

    return sql ? say(db, sql)
               : apr_dbd_transaction_start(
                     db->connection.driver, db->transaction_pool,
                     db->connection.handle, &db->transaction);
}

/** End the transaction one way or the other. @return the driver's code */
static int end_transaction(vso_db_t *db, int mode)
{
    const vso_connection_t *connection = &db->connection;
    int code;

    db->open = 0;
    if (!db->transaction) {
        return say(db, mode == APR_DBD_TRANSACTION_ROLLBACK ? "ROLLBACK"
                                                            : "COMMIT");
    }
    apr_dbd_transaction_mode_set(connection->driver, db->transaction, mode);
    code = apr_dbd_transaction_end(connection->driver, db->transaction_pool,
                                   db->transaction);
    db->transaction = NULL;
    return code;
}

/** Make sure that nothing is open on a connection that others will use: a
 * COMMIT that failed leaves its transaction open. @return 0 when the session
 * was there to do so */
static int clear_away(vso_db_t *db)
{
    return say(db, "ROLLBACK");
}

static apr_status_t roll_back(void *baton)
{
    vso_db_t *db = baton;

    if (end_transaction(db, APR_DBD_TRANSACTION_ROLLBACK)) {
        clear_away(db);
    }
    return APR_SUCCESS;
}

static apr_status_t start(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    int code;

    db->failed = 0;
    db->transaction_pool = p;
    code = start_transaction(db);
    if (code) {
        vso_db_report(db, code, res);
        /* APR's SQLite driver notes a transaction that did not start. */
        if (db->transaction) {
            end_transaction(db, APR_DBD_TRANSACTION_ROLLBACK);
        }
        return APR_EGENERAL;
    }
    db->open = 1;
    /* Runs before APR's own cleanup, which would commit. */
    apr_pool_cleanup_register(p, db, roll_back, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

apr_status_t vso_transaction_begin(vso_db_t *db, vso_result_t *res,
                                   apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    const char *stamp = NULL;
    int i;

    if (db->open) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "A transaction was begun inside another one.");
    }
    for (i = 0; i < MAX_STARTS; i++) {
        vso_result_clear(cause);
        if ((i ? vso_connection_mend(db, res, p)
               : vso_connection_wake(db, res, p)) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (start(db, cause, p) != APR_SUCCESS) {
            /* A server's connection can have ended since it was woken. */
            if (db->notes->dialect->file_sql) {
                break;
            }
            continue;
        }
        /* While it waited for the lock, the schema can have changed. */
        if (vso_db_stamp(db, &stamp, cause, p) == APR_SUCCESS &&
            !strcmp(stamp, db->notes->stamp)) {
            return APR_SUCCESS;
        }
        vso_transaction_rollback(db, p);
    }
    return vso_fail(res, VSO_P_DATABASE, NULL, "%s",
                    cause->detail
                        ? cause->detail
                        : "The schema of the database keeps changing.");
}

apr_status_t vso_transaction_commit(vso_db_t *db, vso_result_t *res,
                                    apr_pool_t *p)
{
    int code;

    if (!db->open || db->failed) {
        vso_transaction_rollback(db, p);
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "A statement of the transaction failed.");
    }
    apr_pool_cleanup_kill(db->transaction_pool, db, roll_back);
    code = end_transaction(db, APR_DBD_TRANSACTION_COMMIT);
    if (code) {
        vso_db_report(db, code, res);
        /* A session that is still there has been told that it failed. */
        return clear_away(db) && !db->notes->dialect->file_sql ? APR_INCOMPLETE
                                                               : APR_EGENERAL;
    }
    return APR_SUCCESS;
}

void vso_transaction_rollback(vso_db_t *db, apr_pool_t *p)
{
    (void)p;
    if (db->open) {
        apr_pool_cleanup_run(db->transaction_pool, db, roll_back);
    }
}
