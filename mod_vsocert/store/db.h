/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The only way to SQL. Statements are named, and stand in statements.c; what
 * differs between databases stands in dialect.c.
 *
 * A statement is prepared at its first use on a connection and kept in the
 * connection's hash of prepared statements, so that pooled connections
 * (mod_dbd) prepare once. All arguments are texts; drivers convert. There are
 * no NULLs: absent is "" or 0.
 */
#ifndef VSO_DB_H
#define VSO_DB_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/dialect.h"
#include "store/handle.h"
#include "store/row_mac.h"
#include "store/statements.h"

/** One row of an answer. */
typedef struct vso_row_t vso_row_t;

/** Forget all prepared statements, for example after the schema changed. Their
 * memory stays with the connection. */
void vso_db_forget(vso_db_t *db);

/** What rows that are read and written from now on are authenticated with; they
 * outlive their use. */
void vso_db_set_row_keys(vso_db_t *db, const vso_row_keys_t *keys);

/** The same; NULL: none yet. */
const vso_row_keys_t *vso_db_row_keys(const vso_db_t *db);

/** The driver's name: "sqlite3". */
const char *vso_db_driver(const vso_db_t *db);

/** The dialect of its driver; NULL where there is none. */
const vso_dialect_t *vso_db_dialect(const vso_db_t *db);

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

/** Run a select. This is the only loop over rows: it drains all of them, takes
 * a count that falls short for DATABASE, never for an empty table, and a NULL
 * for DAMAGED. fn must not run statements on the same connection. */
apr_status_t vso_db_select(vso_db_t *db, vso_sql_e sql, const char **args,
                           vso_db_row_fn *fn, void *baton, vso_result_t *res,
                           apr_pool_t *p);

/** Column i (from 0) as text that lives as long as the select's pool. */
const char *vso_row_text(const vso_row_t *row, int column);

/** The same as it stands in the row: it lives as long as that is looked at. */
const char *vso_row_peek(const vso_row_t *row, int column);

/** What the row's connection was given to authenticate rows with; or NULL. */
const vso_row_keys_t *vso_row_keys_of(const vso_row_t *row);

/** The pool of what is read from it. */
apr_pool_t *vso_row_pool(const vso_row_t *row);

/** Column i (from 0) as a number, limited to VSO_MAX_NUMBER and its negative:
 * only an edited row holds more. */
apr_int64_t vso_row_int(const vso_row_t *row, int column);

/** Run SQL text as it is; it may change the schema. For migration.c and copy.c.
 */
apr_status_t vso_db_run(vso_db_t *db, const char *sql, vso_result_t *res,
                        apr_pool_t *p);

/** A statement that is made from tables.h. */
typedef struct vso_statement_t vso_statement_t;

/** Prepare a text for vso_db_exec_compiled and vso_db_select_compiled, which
 * are as their namesakes; for what goes over whole tables. The statement lasts
 * as long as the connection and its schema. */
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

/** Run SQL text as it is, and return the first column of the first row, ""
 * where there is none: for migration.c, copy.c and connection.c. */
apr_status_t vso_db_ask(vso_db_t *db, const char *sql, const char **panswer,
                        vso_result_t *res, apr_pool_t *p);

/**
 * Seconds since the epoch by the database's own clock, which is the same for
 * all nodes, whatever theirs say.
 */
apr_status_t vso_db_now(vso_db_t *db, apr_int64_t *pnow_sec, vso_result_t *res,
                        apr_pool_t *p);

/**
 * After a secret was deleted, outside of a transaction: leave no copy of it in
 * the journal. Waits for others who read or write, half a second at the most;
 * where they do not end, says so in the log, and the next scrub or the last
 * user of the database does it.
 */
void vso_db_scrub(vso_db_t *db, apr_pool_t *p);

/** Has a table this column? Names are those of migration.c. */
apr_status_t vso_db_has_column(vso_db_t *db, const char *table,
                               const char *column, int *phas, vso_result_t *res,
                               apr_pool_t *p);

/** Has a table this index? */
apr_status_t vso_db_has_index(vso_db_t *db, const char *table,
                              const char *index, int *phas, vso_result_t *res,
                              apr_pool_t *p);

#endif
