/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the tests of store/ share: databases, keyrings, log lines, and a second
 * connection that is not ours, to look and to tamper with.
 */
#ifndef VSO_STORE_UTIL_H
#define VSO_STORE_UTIL_H

#include "unit.h"

#include <string.h>

#include <apr_dbd.h>
#include <apr_file_io.h>

#include "base/log.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/seal.h"
#include "store/state.h"

/** A database in memory with settings, and nothing in it. */
static inline vso_db_t *memory_db(void)
{
    vso_db_t *db = NULL;

    assert_ok(vso_db_open("sqlite3", ":memory:", &db, res, pool));
    return db;
}

static apr_status_t remove_folder(void *baton)
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

/** Path of a database file that is not there yet; goes with the pool. */
static inline const char *file_path(void)
{
    char folder[] = "/tmp/vso-store-XXXXXX";

    ck_assert_ptr_nonnull(mkdtemp(folder));
    apr_pool_cleanup_register(pool, apr_pstrdup(pool, folder), remove_folder,
                              apr_pool_cleanup_null);
    return apr_pstrcat(pool, folder, "/keystore.db", NULL);
}

/** A connection to a file; close it by clearing its pool. */
static inline vso_db_t *file_db(const char *path, apr_pool_t *p)
{
    vso_db_t *db = NULL;

    assert_ok(vso_db_open("sqlite3", path, &db, res, p));
    return db;
}

/** What `sql` answers through the plain driver, without our settings; first
 * column of the first row, "" for none. */
static inline const char *plain_sql(const char *path, const char *sql)
{
    const apr_dbd_driver_t *driver = NULL;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    apr_dbd_t *handle = NULL;
    const char *text = "";

    ck_assert_int_eq(apr_dbd_init(pool), 0);
    ck_assert_int_eq(apr_dbd_get_driver(pool, "sqlite3", &driver), 0);
    ck_assert_int_eq(apr_dbd_open(driver, pool, path, &handle), 0);
    ck_assert_msg(!apr_dbd_select(driver, pool, handle, &results, sql, 1),
                  "%s: %s", sql, apr_dbd_error(driver, handle, 0));
    if (apr_dbd_get_row(driver, pool, results, &row, 1) == 0) {
        text = apr_dbd_get_entry(driver, row, 0);
    }
    apr_dbd_close(driver, handle);
    return text;
}

/** A keyring of master keys that consist of one byte each. */
static inline vso_keyring_t *ring_of(const char *bytes)
{
    vso_keyring_t *ring = vso_keyring_create(pool);

    for (; *bytes; bytes++) {
        vso_secret_t *master = vso_secret_make(VSO_MASTER_KEY_LEN, pool);

        memset(master->data, *bytes, master->len);
        ck_assert_int_eq(vso_keyring_add(ring, master), APR_SUCCESS);
    }
    return ring;
}

static inline vso_store_t *store_on(vso_db_t *db, const char *ring)
{
    vso_store_t *store = NULL;

    assert_ok(vso_store_open(db, ring_of(ring), &store, res, pool));
    return store;
}

/** An event of the kind that tests make. */
static inline vso_audit_event_t event_of(const char *action)
{
    vso_audit_event_t event = {"vmware", "192.0.2.1", action, "server", 0, ""};

    return event;
}

/** A change that changes nothing but what every change does. */
static inline apr_status_t no_change(vso_change_t *change, void *baton,
                                     vso_audit_event_t *event,
                                     vso_result_t *result, apr_pool_t *p)
{
    (void)change;
    (void)baton;
    (void)event;
    (void)result;
    (void)p;
    return APR_SUCCESS;
}

static inline void change_times(vso_store_t *store, int times)
{
    while (times-- > 0) {
        vso_audit_event_t event = event_of("test");

        assert_ok(
            vso_store_change(store, &event, no_change, NULL, NULL, res, pool));
    }
}

/** Lines that were logged since, in pool. */
static const char *logged;

static inline void keep_line(void *baton, vso_log_level_e level,
                             const char *text)
{
    (void)baton;
    (void)level;
    logged = apr_pstrcat(pool, logged, text, "\n", NULL);
}

static inline void start_log(void)
{
    logged = "";
    vso_log_set_sink(keep_line, NULL);
}

#endif
