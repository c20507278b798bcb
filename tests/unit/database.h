/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Databases for tests: SQLite's, in memory or a file; or, where VSO_TEST_DB
 * names a server ("pgsql:PARAMS", "mysql:PARAMS"), an empty one there for each
 * test.
 */
#ifndef VSO_TEST_DATABASE_H
#define VSO_TEST_DATABASE_H

#include "unit.h"

#include <string.h>
#include <unistd.h>

#include <apr_dbd.h>
#include <apr_file_io.h>

#include "store/connection.h"
#include "store/db.h"

/** "sqlite3", or the driver of VSO_TEST_DB. */
static inline const char *test_driver(void)
{
    const char *asked = getenv("VSO_TEST_DB");

    return asked ? apr_pstrndup(pool, asked, strcspn(asked, ":")) : "sqlite3";
}

static inline int on_server(void)
{
    return getenv("VSO_TEST_DB") != NULL;
}

static inline int on(const char *driver)
{
    const char *asked = getenv("VSO_TEST_DB");

    return !strncmp(asked ? asked : "sqlite3", driver, strlen(driver));
}

/** What `sql` answers through the plain driver, without our settings; first
 * column of the first row, "" for none. */
static inline const char *plain_sql(const char *params, const char *sql)
{
    const apr_dbd_driver_t *driver = NULL;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    apr_dbd_t *handle = NULL;
    const char *text = "";
    int affected;
    int code;

    ck_assert_int_eq(apr_dbd_init(pool), 0);
    ck_assert_int_eq(apr_dbd_get_driver(pool, test_driver(), &driver), 0);
    ck_assert_int_eq(apr_dbd_open(driver, pool, params, &handle), 0);
    code = strncmp(sql, "SELECT", 6) && on_server()
               ? apr_dbd_query(driver, handle, &affected, sql)
               : apr_dbd_select(driver, pool, handle, &results, sql, 1);
    ck_assert_msg(!code, "%s: %s", sql, apr_dbd_error(driver, handle, 0));
    if (results && apr_dbd_get_row(driver, pool, results, &row, 1) == 0) {
        text = apr_pstrdup(pool, apr_dbd_get_entry(driver, row, 0));
    }
    apr_dbd_close(driver, handle);
    return text;
}

static inline apr_status_t remove_files(void *baton)
{
    const char *folder = baton;
    apr_finfo_t entry;
    apr_pool_t *p;
    apr_dir_t *dir;

    apr_pool_create(&p, NULL);
    apr_dir_open(&dir, folder, p);
    while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        apr_file_remove(apr_pstrcat(p, folder, "/", entry.name, NULL), p);
    }
    apr_dir_close(dir);
    apr_dir_remove(folder, p);
    apr_pool_destroy(p);
    return APR_SUCCESS;
}

/** Run a statement on the server that no test is about, through a connection
 * that is kept: to open one takes PostgreSQL longer than most tests. */
static inline void server_sql(const char *sql)
{
    static const apr_dbd_driver_t *driver;
    static apr_dbd_t *handle;
    int affected;
    int code;

    if (!handle) {
        apr_pool_t *kept;

        apr_pool_create(&kept, NULL);
        ck_assert_int_eq(apr_dbd_init(kept), 0);
        ck_assert_int_eq(apr_dbd_get_driver(kept, test_driver(), &driver), 0);
        ck_assert_int_eq(apr_dbd_open(driver, kept,
                                      strchr(getenv("VSO_TEST_DB"), ':') + 1,
                                      &handle),
                         0);
    }
    code = apr_dbd_query(driver, handle, &affected, sql);
    ck_assert_msg(!code, "%s: %s", sql, apr_dbd_error(driver, handle, 0));
}

static inline apr_status_t drop_database(void *baton)
{
    const char *name = baton;

    server_sql(on("pgsql")
                   ? apr_pstrcat(pool, "DROP SCHEMA ", name, " CASCADE", NULL)
                   : apr_pstrcat(pool, "DROP DATABASE ", name, NULL));
    return APR_SUCCESS;
}

/** An empty schema or database of one's own on the server. */
static inline const char *server_params(void)
{
    const char *params = strchr(getenv("VSO_TEST_DB"), ':') + 1;
    static int number;
    const char *name =
        apr_psprintf(pool, "unit_%d_%d", (int)getpid(), number++);

    server_sql(apr_pstrcat(
        pool, on("pgsql") ? "CREATE SCHEMA " : "CREATE DATABASE ", name, NULL));
    apr_pool_cleanup_register(pool, name, drop_database, apr_pool_cleanup_null);
    return on("pgsql")
               ? apr_pstrcat(pool, params, " options='-csearch_path=", name,
                             "'", NULL)
               : apr_pstrcat(pool, params, ",dbname=", name, NULL);
}

/** Path of a database file that is not there yet, or parameters of an empty
 * database; it goes with the pool. */
static inline const char *file_path(void)
{
    char *folder;

    if (on_server()) {
        return server_params();
    }
    folder = temp_path("vso-store");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    apr_pool_cleanup_register(pool, folder, remove_files,
                              apr_pool_cleanup_null);
    return apr_pstrcat(pool, folder, "/keystore.db", NULL);
}

/** A connection to a file or what stands for it; close it by clearing its
 * pool. */
static inline vso_db_t *file_db(const char *path, apr_pool_t *p)
{
    vso_db_t *db = NULL;

    assert_ok(vso_connection_open(test_driver(), path, &db, res, p));
    return db;
}

/** A database with settings, and nothing in it; in memory where it can be. */
static inline vso_db_t *memory_db(void)
{
    return file_db(on_server() ? server_params() : ":memory:", pool);
}

/** Number of tables whose name is LIKE this. */
static inline const char *count_tables(const char *path, const char *like)
{
    return plain_sql(
        path,
        apr_psprintf(pool,
                     on("sqlite3") ? "SELECT COUNT(*) FROM sqlite_master"
                                     " WHERE type = 'table' AND name LIKE '%s'"
                     : on("pgsql")
                         ? "SELECT COUNT(*) FROM information_schema.tables"
                           " WHERE table_schema = current_schema()"
                           " AND table_name LIKE '%s'"
                         : "SELECT COUNT(*) FROM information_schema.tables"
                           " WHERE table_schema = DATABASE()"
                           " AND table_name LIKE '%s'",
                     like));
}

#endif
