/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <string.h>

#include <apr_dbd.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "store/schema.h"

#define NOTES_LABEL "vso_notes"
#define MAX_STARTS  3

/** A statement under a label of another module. */
typedef struct {
    const char *label;
    const char *query;
} guest_t;

/** What is kept of a connection between its uses, in its hash and pool. */
typedef struct {
    const vso_dialect_t *dialect;
    apr_dbd_prepared_t *statements[VSO_SQL_COUNT];
    apr_array_header_t *guests; /**< of guest_t */
    char stamp[32];             /**< of the schema that they were made for */
} notes_t;

struct vso_db_t {
    vso_db_connection_t connection;
    notes_t *notes;
    apr_dbd_transaction_t *transaction; /**< NULL outside of one */
    apr_pool_t *transaction_pool;
    int failed; /**< a statement of the transaction did */
};

struct vso_row_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_row_t *row;
    apr_pool_t *p;
};

/** Report what the driver says, and spoil the transaction. */
static apr_status_t report(vso_db_t *db, int code, vso_result_t *res)
{
    const char *text =
        apr_dbd_error(db->connection.driver, db->connection.handle, code);

    db->failed = 1;
    return vso_fail(res, VSO_P_DATABASE, NULL, "The database said: %s.",
                    text ? text : "nothing");
}

const char *vso_db_number(apr_int64_t number, apr_pool_t *p)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT, number);
}

const char *vso_db_driver(const vso_db_t *db)
{
    return apr_dbd_name(db->connection.driver);
}

/* Rows */

const char *vso_row_text(const vso_row_t *row, int column)
{
    return apr_pstrdup(row->p,
                       apr_dbd_get_entry(row->driver, row->row, column));
}

apr_int64_t vso_row_int(const vso_row_t *row, int column)
{
    return apr_atoi64(apr_dbd_get_entry(row->driver, row->row, column));
}

static int has_null(const vso_row_t *row, int columns)
{
    int i;

    for (i = 0; i < columns; i++) {
        if (!apr_dbd_get_entry(row->driver, row->row, i)) {
            return 1;
        }
    }
    return 0;
}

/** Hand every row to fn. Rows are asked for by number, and the number after
 * the last as well: some drivers free a result only when they report its
 * end, and some report a failure as an end that comes too early. */
static apr_status_t walk(vso_db_t *db, apr_dbd_results_t *results,
                         vso_db_row_fn *fn, void *baton, vso_result_t *res,
                         apr_pool_t *p)
{
    const apr_dbd_driver_t *driver = db->connection.driver;
    int columns = apr_dbd_num_cols(driver, results);
    int rows = apr_dbd_num_tuples(driver, results);
    vso_row_t row = {driver, NULL, p};
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 1; i <= rows; i++) {
        row.row = NULL;
        if (apr_dbd_get_row(driver, p, results, &row.row, i) != 0) {
            rows = -1;
            break;
        }
        if (rv != APR_SUCCESS) {
            continue;
        }
        rv = has_null(&row, columns)
                 ? vso_fail(res, VSO_P_DATABASE, NULL,
                            "The database returned a NULL, of which the "
                            "tables have none.")
                 : fn(baton, &row, res);
    }
    if (rows < 0) {
        db->failed = 1;
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "The database broke off while it was read.");
    }
    row.row = NULL;
    apr_dbd_get_row(driver, p, results, &row.row, rows + 1);
    return rv;
}

/* SQL text as it stands */

static apr_status_t take_text(void *baton, const vso_row_t *row,
                              vso_result_t *res)
{
    const char **answer = baton;

    (void)res;
    if (!*answer) {
        *answer = vso_row_text(row, 0);
    }
    return APR_SUCCESS;
}

apr_status_t vso_db_ask(vso_db_t *db, const char *sql, const char **panswer,
                        vso_result_t *res, apr_pool_t *p)
{
    apr_dbd_results_t *results = NULL;
    const char *answer = NULL;
    apr_status_t rv;
    int code;

    code = apr_dbd_select(db->connection.driver, p, db->connection.handle,
                          &results, sql, 1);
    if (code) {
        return report(db, code, res);
    }
    rv = walk(db, results, take_text, &answer, res, p);
    if (rv == APR_SUCCESS) {
        *panswer = answer ? answer : "";
    }
    return rv;
}

/** Take every statement to be useless. Their memory stays with the
 * connection: schemas change rarely. */
static void forget(vso_db_t *db)
{
    notes_t *notes = db->notes;
    int i;

    memset(notes->statements, 0, sizeof(notes->statements));
    for (i = 0; i < notes->guests->nelts; i++) {
        apr_hash_set(db->connection.prepared,
                     APR_ARRAY_IDX(notes->guests, i, guest_t).label,
                     APR_HASH_KEY_STRING, NULL);
    }
}

apr_status_t vso_db_run(vso_db_t *db, const char *sql, vso_result_t *res,
                        apr_pool_t *p)
{
    int affected = 0;
    int code;

    (void)p;
    code = apr_dbd_query(db->connection.driver, db->connection.handle,
                         &affected, sql);
    forget(db);
    return code ? report(db, code, res) : APR_SUCCESS;
}

/* Prepared statements */

/** Prepare, in a pool of its own so that a failure leaves no memory behind. */
static apr_status_t prepare(vso_db_t *db, const char *label, const char *query,
                            apr_dbd_prepared_t **pstatement, vso_result_t *res)
{
    apr_dbd_prepared_t *statement = NULL;
    apr_pool_t *pool;
    int code;

    apr_pool_create(&pool, db->connection.pool);
    code = apr_dbd_prepare(db->connection.driver, pool, db->connection.handle,
                           query, apr_pstrdup(pool, label), &statement);
    if (code) {
        apr_pool_destroy(pool);
        return report(db, code, res);
    }
    *pstatement = statement;
    return APR_SUCCESS;
}

/** The statement, ready to run with args. */
static apr_status_t ready(vso_db_t *db, vso_sql_e sql, const char **args,
                          apr_dbd_prepared_t **pstatement, vso_result_t *res)
{
    notes_t *notes = db->notes;
    int i;

    for (i = 0; i < vso_sql_params(sql); i++) {
        if (strlen(args[i]) > VSO_MAX_VALUE) {
            db->failed = 1;
            return vso_fail(res, VSO_P_TOO_LARGE, NULL,
                            "A text of %" APR_SIZE_T_FMT " bytes does not fit "
                            "into the database, which takes %d.",
                            strlen(args[i]), VSO_MAX_VALUE);
        }
    }
    if (!notes->statements[sql]) {
        char label[16];

        apr_snprintf(label, sizeof(label), "vso_%d", (int)sql);
        if (prepare(db, label, vso_sql_text(sql), &notes->statements[sql],
                    res)) {
            return APR_EGENERAL;
        }
    }
    *pstatement = notes->statements[sql];
    return APR_SUCCESS;
}

apr_status_t vso_db_exec(vso_db_t *db, vso_sql_e sql, const char **args,
                         int *paffected, vso_result_t *res, apr_pool_t *p)
{
    apr_dbd_prepared_t *statement = NULL;
    int affected = 0;
    int code;

    if (ready(db, sql, args, &statement, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    code = apr_dbd_pquery(db->connection.driver, p, db->connection.handle,
                          &affected, statement, vso_sql_params(sql), args);
    if (code) {
        return report(db, code, res);
    }
    if (paffected) {
        *paffected = affected;
    }
    return APR_SUCCESS;
}

apr_status_t vso_db_select(vso_db_t *db, vso_sql_e sql, const char **args,
                           vso_db_row_fn *fn, void *baton, vso_result_t *res,
                           apr_pool_t *p)
{
    apr_dbd_results_t *results = NULL;
    apr_dbd_prepared_t *statement = NULL;
    int code;

    if (ready(db, sql, args, &statement, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    code = apr_dbd_pselect(db->connection.driver, p, db->connection.handle,
                           &results, statement, 1, vso_sql_params(sql), args);
    if (code) {
        return report(db, code, res);
    }
    return walk(db, results, fn, baton, res, p);
}

static apr_status_t prepare_guest(vso_db_t *db, const guest_t *guest,
                                  vso_result_t *res)
{
    apr_dbd_prepared_t *statement = NULL;
    apr_status_t rv;

    rv = prepare(db, guest->label, guest->query, &statement, res);
    if (rv == APR_SUCCESS) {
        apr_hash_set(db->connection.prepared, guest->label, APR_HASH_KEY_STRING,
                     statement);
    }
    return rv;
}

apr_status_t vso_db_prepare_label(vso_db_t *db, const char *label,
                                  const char *query, vso_result_t *res,
                                  apr_pool_t *p)
{
    guest_t guest;
    apr_status_t rv;

    (void)p;
    if (apr_hash_get(db->connection.prepared, label, APR_HASH_KEY_STRING)) {
        return APR_SUCCESS;
    }
    guest.label = apr_pstrdup(db->connection.pool, label);
    guest.query = apr_pstrdup(db->connection.pool, query);
    rv = prepare_guest(db, &guest, res);
    if (rv == APR_SUCCESS) {
        APR_ARRAY_PUSH(db->notes->guests, guest_t) = guest;
    }
    return rv;
}

/** Stamp of the schema, "" where statements never become useless. */
static apr_status_t read_stamp(vso_db_t *db, const char **pstamp,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *sql = db->notes->dialect->stamp_sql;

    *pstamp = "";
    return sql ? vso_db_ask(db, sql, pstamp, res, p) : APR_SUCCESS;
}

/** Forget the statements when the schema is no longer the one that they were
 * prepared for. */
static apr_status_t refresh(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    notes_t *notes = db->notes;
    const char *ignored = NULL;
    const char *stamp = NULL;
    apr_status_t rv;
    int i;

    rv = read_stamp(db, &stamp, res, p);
    if (rv != APR_SUCCESS || !strcmp(stamp, notes->stamp)) {
        return rv;
    }
    /* The legacy way again: only a statement that fails makes the connection
     * read the new schema. */
    if (vso_db_ask(db, notes->dialect->table_sql, &ignored,
                   vso_result_create(p), p) != APR_SUCCESS) {
        rv = vso_db_ask(db, notes->dialect->table_sql, &ignored, res, p);
    }
    forget(db);
    for (i = 0; rv == APR_SUCCESS && i < notes->guests->nelts; i++) {
        rv = prepare_guest(db, &APR_ARRAY_IDX(notes->guests, i, guest_t), res);
    }
    if (rv == APR_SUCCESS) {
        apr_cpystrn(notes->stamp, stamp, sizeof(notes->stamp));
    }
    return rv;
}

/* Connections */

/** First use of a connection. */
static apr_status_t settle(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    const vso_db_connection_t *connection = &db->connection;
    const vso_dialect_t *dialect = NULL;
    apr_status_t rv;

    rv = vso_schema_settle(db, &dialect, res, p);
    if (rv == APR_SUCCESS) {
        db->notes = apr_pcalloc(connection->pool, sizeof(*db->notes));
        db->notes->dialect = dialect;
        db->notes->guests =
            apr_array_make(connection->pool, 4, sizeof(guest_t));
        apr_hash_set(connection->prepared, NOTES_LABEL, APR_HASH_KEY_STRING,
                     db->notes);
    }
    return rv;
}

apr_status_t vso_db_use(const vso_db_connection_t *connection, vso_db_t **pdb,
                        vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = apr_pcalloc(p, sizeof(*db));
    apr_status_t rv = APR_SUCCESS;

    db->connection = *connection;
    db->notes =
        apr_hash_get(connection->prepared, NOTES_LABEL, APR_HASH_KEY_STRING);
    if (!db->notes) {
        rv = settle(db, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = refresh(db, res, p);
    }
    if (rv == APR_SUCCESS) {
        *pdb = db;
    }
    return rv;
}

typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
} own_t;

static apr_status_t close_own(void *baton)
{
    own_t *own = baton;

    return apr_dbd_close(own->driver, own->handle);
}

apr_status_t vso_db_open(const char *driver, const char *params, vso_db_t **pdb,
                         vso_result_t *res, apr_pool_t *p)
{
    vso_db_connection_t connection;
    own_t *own = apr_pcalloc(p, sizeof(*own));
    const char *error = NULL;

    if (apr_dbd_init(p) || apr_dbd_get_driver(p, driver, &own->driver)) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "APR's database driver %s is not installed.", driver);
    }
    if (apr_dbd_open_ex(own->driver, p, params, &own->handle, &error)) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "The database cannot be opened: %s.",
                        error ? error : "the driver does not say why");
    }
    apr_pool_cleanup_register(p, own, close_own, apr_pool_cleanup_null);
    connection.driver = own->driver;
    connection.handle = own->handle;
    connection.prepared = apr_hash_make(p);
    connection.pool = p;
    return vso_db_use(&connection, pdb, res, p);
}

/* Transactions */

/** End the transaction one way or the other. @return the driver's code */
static int end_transaction(vso_db_t *db, int mode)
{
    const vso_db_connection_t *connection = &db->connection;
    int code;

    apr_dbd_transaction_mode_set(connection->driver, db->transaction, mode);
    code = apr_dbd_transaction_end(connection->driver, db->transaction_pool,
                                   db->transaction);
    db->transaction = NULL;
    return code;
}

/** Make sure that nothing is open on a connection that others will use: a
 * COMMIT that failed leaves its transaction open. */
static void clear_away(vso_db_t *db)
{
    int affected = 0;

    apr_dbd_query(db->connection.driver, db->connection.handle, &affected,
                  "ROLLBACK");
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
    code = apr_dbd_transaction_start(db->connection.driver, p,
                                     db->connection.handle, &db->transaction);
    if (code) {
        report(db, code, res);
        /* APR's SQLite driver notes a transaction that did not start. */
        if (db->transaction) {
            end_transaction(db, APR_DBD_TRANSACTION_ROLLBACK);
        }
        return APR_EGENERAL;
    }
    /* Runs before APR's own cleanup, which would commit. */
    apr_pool_cleanup_register(p, db, roll_back, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

apr_status_t vso_db_begin(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    const char *stamp = NULL;
    int i;

    if (db->transaction) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "A transaction was started inside a transaction.");
    }
    for (i = 0; i < MAX_STARTS; i++) {
        if (refresh(db, res, p) != APR_SUCCESS ||
            start(db, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        /* While it waited for the lock, the schema can have changed. */
        if (read_stamp(db, &stamp, res, p) == APR_SUCCESS &&
            !strcmp(stamp, db->notes->stamp)) {
            return APR_SUCCESS;
        }
        vso_db_rollback(db, p);
    }
    return vso_fail(res, VSO_P_DATABASE, NULL,
                    "The schema of the database keeps changing.");
}

apr_status_t vso_db_commit(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    int code;

    if (!db->transaction || db->failed) {
        vso_db_rollback(db, p);
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "A statement of the transaction had failed.");
    }
    apr_pool_cleanup_kill(db->transaction_pool, db, roll_back);
    code = end_transaction(db, APR_DBD_TRANSACTION_COMMIT);
    if (code) {
        report(db, code, res);
        clear_away(db);
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

void vso_db_rollback(vso_db_t *db, apr_pool_t *p)
{
    (void)p;
    if (db->transaction) {
        apr_pool_cleanup_run(db->transaction_pool, db, roll_back);
    }
}
