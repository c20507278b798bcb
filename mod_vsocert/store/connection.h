/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Connections: opened or borrowed, made ready for statements, and replaced when
 * they are lost.
 */
#ifndef VSO_CONNECTION_H
#define VSO_CONNECTION_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/handle.h"

/**
 * Use an open connection for the time of p, in one thread. At the first use
 * of the connection its settings are applied (see dialect.c), and the database
 * file, where there is one, is narrowed to mode 0600 before anything is
 * written; what SQLite puts beside it inherits that. Later uses cost one query,
 * which tells whether the connection is alive and fits the schema; a dead one
 * is replaced. Of a server that query is the caller's: vso_state_row_read comes
 * first, and vso_connection_wake where it fails.
 * @param connection  outlives p
 * @param res         DATABASE
 */
apr_status_t vso_connection_use(const vso_connection_t *connection,
                                vso_db_t **pdb, vso_result_t *res,
                                apr_pool_t *p);

/** Open a private connection, which is closed with p. For tests and tools.
 * Nothing that comes from it may outlive p.
 * @param driver  "sqlite3", "pgsql", "mysql"
 * @param params  as DBDParams takes them
 */
apr_status_t vso_connection_open(const char *driver, const char *params,
                                 vso_db_t **pdb, vso_result_t *res,
                                 apr_pool_t *p);

/**
 * Make the connection usable again after a failure that may have ended it: with
 * a new session, or another connection. Not inside a transaction.
 * @param res  DATABASE: there is none to be had
 */
apr_status_t vso_connection_mend(vso_db_t *db, vso_result_t *res,
                                 apr_pool_t *p);

/** Make the connection ready at the beginning of a piece of work; a pooled one
 * that turns out to be dead is replaced. For transaction.c. */
apr_status_t vso_connection_wake(vso_db_t *db, vso_result_t *res,
                                 apr_pool_t *p);

#endif
