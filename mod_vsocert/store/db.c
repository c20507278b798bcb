/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <string.h>

#include <apr_strings.h>

#include "store/db_impl.h"

#define NOTES_LABEL "vso_notes"
#define MAX_STARTS  3

/* Connections */

/** Stamp of the schema or session, "" where statements never become
 * useless. */
static apr_status_t read_stamp(vso_db_t *db, const char **pstamp,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *sql = db->notes->dialect->stamp_sql;

    *pstamp = "";
    return sql ? vso_db_ask(db, sql, pstamp, res, p) : APR_SUCCESS;
}

/** Forget the statements when the schema or session is no longer the one that
 * they were prepared for, and give a new session its settings. */
static apr_status_t refresh(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    vso_notes_t *notes = db->notes;
    const char *ignored = NULL;
    const char *stamp = NULL;
    apr_status_t rv;

    rv = read_stamp(db, &stamp, res, p);
    if (rv != APR_SUCCESS || !strcmp(stamp, notes->stamp)) {
        return rv;
    }
    if (*notes->stamp) {
        rv = vso_dialect_settle(db, &notes->dialect, res, p);
    }
    /* SQLite's legacy way again: only a statement that fails makes the
     * connection read the new schema. */
    if (rv == APR_SUCCESS && vso_db_ask(db, notes->dialect->table_sql, &ignored,
                                        vso_result_create(p), p)) {
        rv = vso_db_ask(db, notes->dialect->table_sql, &ignored, res, p);
    }
    vso_db_forget(db);
    if (rv == APR_SUCCESS) {
        rv = vso_db_prepare_guests(db, res);
    }
    if (rv == APR_SUCCESS) {
        apr_cpystrn(notes->stamp, stamp, sizeof(notes->stamp));
    }
    return rv;
}

/** First use of a connection. */
static apr_status_t settle(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    const vso_db_connection_t *connection = &db->connection;
    const vso_dialect_t *dialect = NULL;
    apr_status_t rv;

    rv = vso_dialect_settle(db, &dialect, res, p);
    if (rv == APR_SUCCESS) {
        db->notes = apr_pcalloc(connection->pool, sizeof(*db->notes));
        db->notes->dialect = dialect;
        db->notes->guests =
            apr_array_make(connection->pool, 4, sizeof(vso_guest_t));
        apr_hash_set(connection->prepared, NOTES_LABEL, APR_HASH_KEY_STRING,
                     db->notes);
    }
    return rv;
}

/** Make the connection ready for statements. */
static apr_status_t ready(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    db->notes =
        apr_hash_get(db->connection.prepared, NOTES_LABEL, APR_HASH_KEY_STRING);
    if (!db->notes) {
        rv = settle(db, res, p);
    }
    return rv == APR_SUCCESS ? refresh(db, res, p) : rv;
}

/** Is the connection there, as far as the driver knows? The PostgreSQL driver
 * makes a new session here where it has seen the old one end. */
static int is_there(const vso_db_t *db, apr_pool_t *p)
{
    apr_status_t rv =
        apr_dbd_check_conn(db->connection.driver, p, db->connection.handle);

    return rv == APR_SUCCESS || rv == APR_ENOTIMPL;
}

apr_status_t vso_db_mend(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *why = vso_result_create(p);
    vso_db_connection_t fresh = db->connection;

    vso_fail(why, VSO_P_DATABASE, NULL,
             "The connection to the database was lost.");
    if (is_there(db, p)) {
        vso_result_clear(why);
        if (ready(db, why, p) == APR_SUCCESS) {
            return APR_SUCCESS;
        }
        /* That was what told the driver; now it makes a new session. */
        if (is_there(db, p)) {
            vso_result_clear(why);
            if (ready(db, why, p) == APR_SUCCESS) {
                return APR_SUCCESS;
            }
        }
    }
    if (fresh.renew && fresh.renew(&fresh, db->p) == APR_SUCCESS) {
        db->connection = fresh;
        return ready(db, res, p);
    }
    return vso_fail(res, why->problem, why->field, "%s", why->detail);
}

/** Make it ready, and where a pooled connection turns out to be dead, another
 * one. */
static apr_status_t wake(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *why = vso_result_create(p);

    if (ready(db, why, p) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    if (db->notes && !db->notes->dialect->file_sql) {
        return vso_db_mend(db, res, p);
    }
    return vso_fail(res, why->problem, why->field, "%s", why->detail);
}

apr_status_t vso_db_use(const vso_db_connection_t *connection, vso_db_t **pdb,
                        vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = apr_pcalloc(p, sizeof(*db));
    apr_status_t rv;

    db->connection = *connection;
    db->p = p;
    rv = wake(db, res, p);
    if (rv == APR_SUCCESS) {
        *pdb = db;
    }
    return rv;
}

/** A connection of one's own. */
typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const char *params;
} own_t;

static apr_status_t close_own(void *baton)
{
    own_t *own = baton;

    return apr_dbd_close(own->driver, own->handle);
}

static apr_status_t open_own(const own_t *asked,
                             vso_db_connection_t *connection,
                             const char **perror, apr_pool_t *p)
{
    own_t *own = apr_pmemdup(p, asked, sizeof(*own));

    if (apr_dbd_open_ex(own->driver, p, own->params, &own->handle, perror)) {
        return APR_EGENERAL;
    }
    apr_pool_cleanup_register(p, own, close_own, apr_pool_cleanup_null);
    connection->driver = own->driver;
    connection->handle = own->handle;
    connection->prepared = apr_hash_make(p);
    connection->pool = p;
    connection->baton = own;
    return APR_SUCCESS;
}

static apr_status_t renew_own(vso_db_connection_t *connection, apr_pool_t *p)
{
    const char *ignored = NULL;

    return open_own(connection->baton, connection, &ignored, p);
}

apr_status_t vso_db_open(const char *driver, const char *params, vso_db_t **pdb,
                         vso_result_t *res, apr_pool_t *p)
{
    vso_db_connection_t connection = {.renew = renew_own};
    own_t own = {NULL, NULL, apr_pstrdup(p, params)};
    const char *error = NULL;

    if (apr_dbd_init(p) || apr_dbd_get_driver(p, driver, &own.driver)) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "APR's database driver %s is not installed.", driver);
    }
    if (vso_dialect_check(driver, params, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!strcmp(driver, "sqlite3") && *params != ':') {
        connection.file = own.params;
    }
    if (open_own(&own, &connection, &error, p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "The database cannot be opened: %s.",
                        error ? error : "the driver does not say why");
    }
    return vso_db_use(&connection, pdb, res, p);
}

/* Transactions */

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
    const vso_db_connection_t *connection = &db->connection;
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

apr_status_t vso_db_begin(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *why = vso_result_create(p);
    const char *stamp = NULL;
    int i;

    if (db->open) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "A transaction was started inside a transaction.");
    }
    for (i = 0; i < MAX_STARTS; i++) {
        vso_result_clear(why);
        if ((i ? vso_db_mend(db, res, p) : wake(db, res, p)) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (start(db, why, p) != APR_SUCCESS) {
            /* A server's connection can have ended since it was woken. */
            if (db->notes->dialect->file_sql) {
                break;
            }
            continue;
        }
        /* While it waited for the lock, the schema can have changed. */
        if (read_stamp(db, &stamp, why, p) == APR_SUCCESS &&
            !strcmp(stamp, db->notes->stamp)) {
            return APR_SUCCESS;
        }
        vso_db_rollback(db, p);
    }
    return vso_fail(res, VSO_P_DATABASE, NULL, "%s",
                    why->detail ? why->detail
                                : "The schema of the database keeps changing.");
}

apr_status_t vso_db_commit(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    int code;

    if (!db->open || db->failed) {
        vso_db_rollback(db, p);
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "A statement of the transaction had failed.");
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

void vso_db_rollback(vso_db_t *db, apr_pool_t *p)
{
    (void)p;
    if (db->open) {
        apr_pool_cleanup_run(db->transaction_pool, db, roll_back);
    }
}
