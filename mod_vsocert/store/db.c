/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/worker.h"
#include "store/db_impl.h"

#define SCRUB_TIMEOUT apr_time_from_msec(500)
#define SCRUB_PAUSE   apr_time_from_msec(20)

struct vso_statement_t {
    apr_dbd_prepared_t *prepared;
    int params;
};

struct vso_row_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_row_t *row;
    apr_pool_t *p; /**< of what is read from it */
    const vso_row_keys_t *keys;
};

apr_status_t vso_db_report(vso_db_t *db, int code, vso_result_t *res)
{
    const char *text =
        apr_dbd_error(db->connection.driver, db->connection.handle, code);
    int len;

    db->failed = 1;
    if (!text || !*text) {
        text = "nothing";
    }
    /* PostgreSQL's further lines can hold the values of a row. */
    len = (int)strcspn(text, "\r\n");
    return db->connection.file
               ? vso_fail(res, VSO_P_DATABASE, NULL, "SQLite said of %s: %.*s.",
                          db->connection.file, len, text)
               : vso_fail(res, VSO_P_DATABASE, NULL, "The database said: %.*s.",
                          len, text);
}

const char *vso_db_number(apr_int64_t number, apr_pool_t *p)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT, number);
}

void vso_db_set_row_keys(vso_db_t *db, const vso_row_keys_t *keys)
{
    db->row_keys = keys;
}

const vso_row_keys_t *vso_db_row_keys(const vso_db_t *db)
{
    return db->row_keys;
}

const char *vso_db_driver(const vso_db_t *db)
{
    return apr_dbd_name(db->connection.driver);
}

const vso_dialect_t *vso_db_dialect(const vso_db_t *db)
{
    return vso_dialect_find(vso_db_driver(db));
}

/* Rows */

const char *vso_row_text(const vso_row_t *row, int column)
{
    return apr_pstrdup(row->p,
                       apr_dbd_get_entry(row->driver, row->row, column));
}

const char *vso_row_peek(const vso_row_t *row, int column)
{
    return apr_dbd_get_entry(row->driver, row->row, column);
}

const vso_row_keys_t *vso_row_keys_of(const vso_row_t *row)
{
    return row->keys;
}

apr_pool_t *vso_row_pool(const vso_row_t *row)
{
    return row->p;
}

apr_int64_t vso_row_int(const vso_row_t *row, int column)
{
    apr_int64_t number =
        apr_atoi64(apr_dbd_get_entry(row->driver, row->row, column));

    if (number > VSO_MAX_NUMBER) {
        return VSO_MAX_NUMBER;
    }
    return number < -VSO_MAX_NUMBER ? -VSO_MAX_NUMBER : number;
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

/** Hand every row to fn, which keeps what it wants in p. Rows are asked for by
 * number, and the number after the last as well: some drivers free a result
 * only when they report its end, and some report a failure as an end that comes
 * too early. */
static apr_status_t walk(vso_db_t *db, apr_dbd_results_t *results,
                         vso_db_row_fn *fn, void *baton, vso_result_t *res,
                         apr_pool_t *p, apr_pool_t *scratch)
{
    const apr_dbd_driver_t *driver = db->connection.driver;
    int columns = apr_dbd_num_cols(driver, results);
    int rows = apr_dbd_num_tuples(driver, results);
    vso_row_t row = {driver, NULL, p, db->row_keys};
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 1; i <= rows; i++) {
        row.row = NULL;
        if (apr_dbd_get_row(driver, scratch, results, &row.row, i) != 0) {
            rows = -1;
            break;
        }
        if (rv != APR_SUCCESS) {
            continue;
        }
        rv = has_null(&row, columns)
                 ? vso_fail(res, VSO_P_DAMAGED, NULL,
                            "The database returned a NULL, of which the "
                            "tables have none: they were changed. Restore the "
                            "database from a backup.")
                 : fn(baton, &row, res);
    }
    if (rows < 0) {
        db->failed = 1;
        return vso_fail(
            res, VSO_P_DATABASE, NULL,
            "The connection to the database ended while it was read.");
    }
    row.row = NULL;
    apr_dbd_get_row(driver, scratch, results, &row.row, rows + 1);
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

/** Did a select fail, though the driver says that it did not? What it hands
 * out then is not to be touched. */
static int failed_silently(const vso_db_t *db)
{
    const vso_dialect_t *dialect = vso_db_dialect(db);

    return dialect && dialect->hides_errors &&
           *apr_dbd_error(db->connection.driver, db->connection.handle, 0);
}

apr_status_t vso_db_ask(vso_db_t *db, const char *sql, const char **panswer,
                        vso_result_t *res, apr_pool_t *p)
{
    apr_dbd_results_t *results = NULL;
    const char *answer = NULL;
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *scratch;
    int code;

    apr_pool_create(&scratch, p);
    code = apr_dbd_select(db->connection.driver, scratch, db->connection.handle,
                          &results, sql, 1);
    if (code || failed_silently(db)) {
        rv = vso_db_report(db, code, res);
    }
    /* The MySQL driver has none where a statement returns no rows. */
    else if (results) {
        rv = walk(db, results, take_text, &answer, res, p, scratch);
    }
    apr_pool_destroy(scratch);
    if (rv == APR_SUCCESS) {
        *panswer = answer ? answer : "";
    }
    return rv;
}

void vso_db_forget(vso_db_t *db)
{
    memset(db->notes->statements, 0, sizeof(db->notes->statements));
}

apr_status_t vso_db_run(vso_db_t *db, const char *sql, vso_result_t *res,
                        apr_pool_t *p)
{
    int affected = 0;
    int code;

    (void)p;
    code = apr_dbd_query(db->connection.driver, db->connection.handle,
                         &affected, sql);
    vso_db_forget(db);
    return code ? vso_db_report(db, code, res) : APR_SUCCESS;
}

/* What each dialect asks in its own words */

apr_status_t vso_db_stamp(vso_db_t *db, const char **pstamp, vso_result_t *res,
                          apr_pool_t *p)
{
    const char *sql = db->notes->dialect->stamp_sql;

    *pstamp = "";
    return sql ? vso_db_ask(db, sql, pstamp, res, p) : APR_SUCCESS;
}

apr_status_t vso_db_now(vso_db_t *db, apr_int64_t *pnow_sec, vso_result_t *res,
                        apr_pool_t *p)
{
    const char *answer = NULL;
    apr_status_t rv;

    rv = vso_db_ask(db, vso_db_dialect(db)->now_sql, &answer, res, p);
    if (rv == APR_SUCCESS && !*answer) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "The database returned no time.");
    }
    if (rv == APR_SUCCESS) {
        *pnow_sec = apr_atoi64(answer);
    }
    return rv;
}

void vso_db_scrub(vso_db_t *db, apr_pool_t *p)
{
    const char *sql = vso_db_dialect(db)->scrub_sql;
    apr_time_t deadline = vso_worker_now() + SCRUB_TIMEOUT;
    vso_result_t *res = vso_result_create(p);
    const char *busy = "1";

    while (sql && vso_db_ask(db, sql, &busy, res, p) == APR_SUCCESS &&
           strcmp(busy, "0") && vso_worker_now() < deadline) {
        apr_sleep(SCRUB_PAUSE);
    }
    if (sql && strcmp(busy, "0")) {
        vso_log(VSO_LOG_NOTICE,
                "The journal of the database still holds what was deleted: %s",
                res->detail ? res->detail : "others are using it.");
    }
}

/** Does a question with a table's name and another one in it count any? */
static apr_status_t has(vso_db_t *db, const char *const *sql, const char *table,
                        const char *name, int *phas, vso_result_t *res,
                        apr_pool_t *p)
{
    const char *count = NULL;
    apr_status_t rv;

    rv = vso_db_ask(db,
                    apr_pstrcat(p, sql[0], table, sql[1], name, sql[2], NULL),
                    &count, res, p);
    *phas = rv == APR_SUCCESS && strcmp(count, "0");
    return rv;
}

apr_status_t vso_db_has_column(vso_db_t *db, const char *table,
                               const char *column, int *phas, vso_result_t *res,
                               apr_pool_t *p)
{
    return has(db, vso_db_dialect(db)->column_sql, table, column, phas, res, p);
}

apr_status_t vso_db_has_index(vso_db_t *db, const char *table,
                              const char *index, int *phas, vso_result_t *res,
                              apr_pool_t *p)
{
    return has(db, vso_db_dialect(db)->index_sql, table, index, phas, res, p);
}

/* Prepared statements */

/** Prepare, in a pool of its own so that a failure leaves no memory behind. No
 * driver needs a label; without one, the PostgreSQL driver sends the text with
 * each call, and nothing is lost with a session that it replaces by itself. */
static apr_status_t prepare(vso_db_t *db, const char *query,
                            apr_dbd_prepared_t **pstatement, vso_result_t *res)
{
    apr_dbd_prepared_t *statement = NULL;
    apr_pool_t *pool;
    int code;

    apr_pool_create(&pool, db->connection.pool);
    code = apr_dbd_prepare(db->connection.driver, pool, db->connection.handle,
                           query, NULL, &statement);
    if (code) {
        vso_db_report(db, code, res);
        apr_pool_destroy(pool);
        return APR_EGENERAL;
    }
    *pstatement = statement;
    return APR_SUCCESS;
}

apr_status_t vso_db_compile(vso_db_t *db, const char *text,
                            vso_statement_t **pstatement, vso_result_t *res,
                            apr_pool_t *p)
{
    vso_statement_t *statement = apr_pcalloc(p, sizeof(*statement));
    apr_status_t rv;

    statement->params = vso_sql_params(text);
    rv = prepare(db, text, &statement->prepared, res);
    if (rv == APR_SUCCESS) {
        *pstatement = statement;
    }
    return rv;
}

/** The statement of that name. */
static apr_status_t named(vso_db_t *db, vso_sql_e sql,
                          vso_statement_t *statement, vso_result_t *res,
                          apr_pool_t *p)
{
    vso_notes_t *notes = db->notes;
    const char *text;

    if (!notes->statements[sql].prepared) {
        text = vso_sql_text(sql, p);
        if (prepare(db, text, &notes->statements[sql].prepared, res) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        notes->statements[sql].params = vso_sql_params(text);
    }
    statement->prepared = notes->statements[sql].prepared;
    statement->params = notes->statements[sql].params;
    return APR_SUCCESS;
}

static apr_status_t check_args(vso_db_t *db, const vso_statement_t *statement,
                               const char **args, vso_result_t *res)
{
    int i;

    for (i = 0; i < statement->params; i++) {
        if (strlen(args[i]) > VSO_MAX_VALUE) {
            db->failed = 1;
            return vso_fail(res, VSO_P_TOO_LARGE, NULL,
                            "A text of %" APR_SIZE_T_FMT " bytes does not fit "
                            "into the database, which takes %d: make it "
                            "shorter.",
                            strlen(args[i]), VSO_MAX_VALUE);
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_db_exec_compiled(vso_db_t *db,
                                  const vso_statement_t *statement,
                                  const char **args, int *paffected,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_pool_t *scratch;
    int affected = 0;
    int code;

    if (check_args(db, statement, args, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    apr_pool_create(&scratch, p);
    code =
        apr_dbd_pquery(db->connection.driver, scratch, db->connection.handle,
                       &affected, statement->prepared, statement->params, args);
    apr_pool_destroy(scratch);
    if (code) {
        return vso_db_report(db, code, res);
    }
    if (paffected) {
        *paffected = affected;
    }
    return APR_SUCCESS;
}

apr_status_t vso_db_select_compiled(vso_db_t *db,
                                    const vso_statement_t *statement,
                                    const char **args, vso_db_row_fn *fn,
                                    void *baton, vso_result_t *res,
                                    apr_pool_t *p)
{
    apr_dbd_results_t *results = NULL;
    apr_pool_t *scratch;
    apr_status_t rv;
    int code;

    if (check_args(db, statement, args, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    /* drivers keep whole results in it */
    apr_pool_create(&scratch, p);
    code = apr_dbd_pselect(db->connection.driver, scratch,
                           db->connection.handle, &results, statement->prepared,
                           1, statement->params, args);
    rv = code ? vso_db_report(db, code, res)
              : walk(db, results, fn, baton, res, p, scratch);
    apr_pool_destroy(scratch);
    return rv;
}

apr_status_t vso_db_exec(vso_db_t *db, vso_sql_e sql, const char **args,
                         int *paffected, vso_result_t *res, apr_pool_t *p)
{
    vso_statement_t statement;

    if (named(db, sql, &statement, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_db_exec_compiled(db, &statement, args, paffected, res, p);
}

apr_status_t vso_db_select(vso_db_t *db, vso_sql_e sql, const char **args,
                           vso_db_row_fn *fn, void *baton, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_statement_t statement;

    if (named(db, sql, &statement, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_db_select_compiled(db, &statement, args, fn, baton, res, p);
}
