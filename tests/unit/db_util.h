/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the tests of connections, transactions and statements share.
 */
#ifndef VSO_DB_UTIL_H
#define VSO_DB_UTIL_H

#include "store_util.h"

static inline vso_db_t *with_schema(vso_db_t *db)
{
    ensure_schema(db);
    return db;
}

static inline apr_status_t count_row(void *baton, const vso_row_t *row,
                                     vso_result_t *result)
{
    (void)row;
    (void)result;
    ++*(int *)baton;
    return APR_SUCCESS;
}

static inline void insert_session(vso_db_t *db, const char *key)
{
    const char *args[] = {"data", "0", key};

    assert_ok(vso_db_exec(db, VSO_SQL_SESSION_INSERT, args, NULL, res, pool));
}

static inline int has_session(vso_db_t *db, const char *key)
{
    const char *args[] = {key, "1"};
    int rows = 0;

    assert_ok(vso_db_select(db, VSO_SQL_SESSION_SELECT, args, count_row, &rows,
                            res, pool));
    return rows;
}

static inline const char *ask(vso_db_t *db, const char *sql)
{
    const char *answer = NULL;

    assert_ok(vso_db_ask(db, sql, &answer, res, pool));
    return answer;
}

/** A connection as a host that pools them would hold it. */
static inline vso_connection_t pooled(const char *path)
{
    vso_connection_t connection = {0};
    apr_dbd_t *handle = NULL;
    const apr_dbd_driver_t *driver = NULL;

    ck_assert_int_eq(apr_dbd_init(pool), 0);
    ck_assert_int_eq(apr_dbd_get_driver(pool, test_driver(), &driver), 0);
    ck_assert_int_eq(apr_dbd_open(driver, pool, path, &handle), 0);
    connection.driver = driver;
    connection.handle = handle;
    connection.prepared = apr_hash_make(pool);
    connection.pool = pool;
    return connection;
}

static inline void unpool(const vso_connection_t *connection)
{
    apr_dbd_close(connection->driver, connection->handle);
}

/* On a server, where connections can be lost */

static inline const char *session_of(vso_db_t *db)
{
    return ask(db, on("pgsql") ? "SELECT pg_backend_pid()"
                               : "SELECT CONNECTION_ID()");
}

/** As an administrator of the database, or its crash, does it. */
static inline void kill_session(const char *path, const char *session)
{
    plain_sql(path, apr_psprintf(pool,
                                 on("pgsql") ? "SELECT pg_terminate_backend(%s)"
                                             : "KILL %s",
                                 session));
}

#endif
