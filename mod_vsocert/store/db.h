/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One database connection, and the only way to SQL. db.c and query.c alone know
 * apr_dbd.h; statements are named, and stand in statements.c; dialects stand in
 * dialect.c.
 *
 * A statement is prepared at its first use on a connection and kept in the
 * connection's hash of prepared statements, so that pooled connections
 * (mod_dbd) prepare once. All arguments are texts; drivers convert. There are
 * no NULLs: absent is "" or 0.
 */
#ifndef VSO_DB_H
#define VSO_DB_H

#include <apr_hash.h>
#include <apr_pools.h>

#include "base/result.h"
#include "store/statements.h"

struct apr_dbd_t;
struct apr_dbd_driver_t;

typedef struct vso_db_t vso_db_t;
typedef struct vso_row_t vso_row_t;
typedef struct vso_db_connection_t vso_db_connection_t;

/** Open another connection to the same database, which lives as long as p, in
 * place of one that was lost: fills *connection. */
typedef apr_status_t vso_db_renew_fn(vso_db_connection_t *connection,
                                     apr_pool_t *p);

/** What an open connection consists of; mod_dbd's ap_dbd_t has the first
 * four. */
struct vso_db_connection_t {
    const struct apr_dbd_driver_t *driver;
    struct apr_dbd_t *handle;
    apr_hash_t *prepared; /**< label -> statement, lives with the connection;
                               also db.c's own notes on the connection */
    apr_pool_t *pool;     /**< the connection's own, for prepared statements */
    const char *file;     /**< path of the database file, for messages; NULL
                               where there is none */
    vso_db_renew_fn *renew; /**< NULL: there is no other one */
    void *baton;            /**< for renew */
};

/**
 * Use an open connection for the time of p, in one thread. At the first use
 * of the connection its settings are applied (see dialect.c), and the database
 * file, where there is one, is narrowed to mode 0600 before anything is
 * written; what SQLite puts beside it inherits that. Later uses cost one look
 * at whether the connection is still there and fits the schema; one that died
 * in the pool is replaced.
 * @param connection  outlives p
 * @param res         DATABASE
 */
apr_status_t vso_db_use(const vso_db_connection_t *connection, vso_db_t **pdb,
                        vso_result_t *res, apr_pool_t *p);

/** Open a connection of one's own; closed when p goes. For tests and tools.
 * What comes from it must not outlive p.
 * @param driver  "sqlite3", "pgsql", "mysql"
 * @param params  as DBDParams takes them
 */
apr_status_t vso_db_open(const char *driver, const char *params, vso_db_t **pdb,
                         vso_result_t *res, apr_pool_t *p);

/** Take every statement to be useless. Their memory stays with the
 * connection: that is rare. */
void vso_db_forget(vso_db_t *db);

/**
 * Make the connection usable again after a failure that may have been its
 * end: a new session, or another connection. Not inside a transaction.
 * @param res  DATABASE: there is none to be had
 */
apr_status_t vso_db_mend(vso_db_t *db, vso_result_t *res, apr_pool_t *p);

/** The driver's name: "sqlite3". */
const char *vso_db_driver(const vso_db_t *db);

/** A number as an argument. */
const char *vso_db_number(apr_int64_t number, apr_pool_t *p);

/**
 * Run a statement that returns no rows.
 * @param args      one text per parameter of the statement; NULL for none
 * @param paffected rows changed; NULL when of no interest
 * @param res       DATABASE, detail is the driver's text; TOO_LARGE for an
 *                  argument over VSO_MAX_VALUE
 */
apr_status_t vso_db_exec(vso_db_t *db, vso_sql_e sql, const char **args,
                         int *paffected, vso_result_t *res, apr_pool_t *p);

/** Called for each row. Anything but APR_SUCCESS ends the walk (the rest is
 * drained) and becomes the result of vso_db_select. */
typedef apr_status_t vso_db_row_fn(void *baton, const vso_row_t *row,
                                   vso_result_t *res);

/** Run a select; the one row walker: it drains every row, and a count that
 * falls short is DATABASE, never an empty table, and a NULL is DAMAGED. fn must
 * not run statements on the same connection. */
apr_status_t vso_db_select(vso_db_t *db, vso_sql_e sql, const char **args,
                           vso_db_row_fn *fn, void *baton, vso_result_t *res,
                           apr_pool_t *p);

/** Column i (from 0) as text that lives as long as the select's pool. */
const char *vso_row_text(const vso_row_t *row, int column);

/** Column i as a number; one beyond VSO_MAX_NUMBER, which only a hand can have
 * written, as that, and one below as its negative. */
apr_int64_t vso_row_int(const vso_row_t *row, int column);

/** A transaction; they do not nest. vso_db_commit succeeds only if every
 * statement did, and has rolled back where it fails; after any other failure
 * what is left to call is vso_db_rollback. What is still open when the p of
 * begin goes is rolled back. A connection that turns out to be lost where the
 * transaction begins is replaced; nothing was done yet. On SQLite begin takes
 * the write lock (BEGIN IMMEDIATE), for which the driver waits 1.6 s.
 * APR_INCOMPLETE of commit means that the COMMIT itself failed on a server:
 * what it became there has to be looked up. */
apr_status_t vso_db_begin(vso_db_t *db, vso_result_t *res, apr_pool_t *p);
apr_status_t vso_db_commit(vso_db_t *db, vso_result_t *res, apr_pool_t *p);
void vso_db_rollback(vso_db_t *db, apr_pool_t *p);

/** Run SQL text as it stands, which may change the schema: schema.c and copy.c
 * only. */
apr_status_t vso_db_run(vso_db_t *db, const char *sql, vso_result_t *res,
                        apr_pool_t *p);

/** A statement that copy.c made from the tables of schema.c. */
typedef struct vso_statement_t vso_statement_t;

/** Prepare a text for vso_db_exec_compiled and vso_db_select_compiled, which
 * are as their namesakes; for copy.c only. The statement lasts as long as the
 * connection and its schema. */
apr_status_t vso_db_compile(vso_db_t *db, const char *text,
                            vso_statement_t **pstatement, vso_result_t *res,
                            apr_pool_t *p);
apr_status_t vso_db_exec_compiled(vso_db_t *db,
                                  const vso_statement_t *statement,
                                  const char **args, int *paffected,
                                  vso_result_t *res, apr_pool_t *p);
apr_status_t vso_db_select_compiled(vso_db_t *db,
                                    const vso_statement_t *statement,
                                    const char **args, vso_db_row_fn *fn,
                                    void *baton, vso_result_t *res,
                                    apr_pool_t *p);

/** First column of the first row that SQL text as it stands selects, "" where
 * there is no row: schema.c and dialect.c only. */
apr_status_t vso_db_ask(vso_db_t *db, const char *sql, const char **panswer,
                        vso_result_t *res, apr_pool_t *p);

/**
 * Put a prepared statement into the connection's hash under a label, for
 * other modules that look there (mod_session_dbd). A label that is there
 * already stays. vso_db_use prepares it anew when the schema has changed.
 * @param label  not "vso_notes", which is db.c's own
 * @param query  for example vso_sql_text(VSO_SQL_SESSION_SELECT)
 */
apr_status_t vso_db_prepare_label(vso_db_t *db, const char *label,
                                  const char *query, vso_result_t *res,
                                  apr_pool_t *p);

#endif
