/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the tests of store/ share: databases, keyrings, log lines, and a second
 * connection that is not ours, to look and to tamper with.
 */
#ifndef VSO_STORE_UTIL_H
#define VSO_STORE_UTIL_H

#include "database.h"

#include "base/log.h"
#include "store/db.h"
#include "store/migration.h"
#include "store/seal.h"
#include "store/change.h"
#include "store/state_row.h"

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

/** The schema of this build, by somebody with the master key "a". */
static inline void ensure_schema(vso_db_t *db)
{
    const vso_migration_how_t how = {ring_of("a"), 1, 1};

    assert_ok(vso_migration_ensure(db, &how, res, pool));
}

/** What somebody with the master key "a" could do: an edit of the state row,
 * which gets its sums and its MAC. */
static inline void edit_state(const char *path, const char *sql)
{
    vso_row_sums_t *sums = NULL;
    vso_state_row_t row;
    vso_row_keys_t *keys;
    apr_pool_t *p;
    vso_db_t *db;

    apr_pool_create(&p, pool);
    db = file_db(path, p);
    assert_ok(vso_state_row_read(db, &row, res, p));
    keys = vso_state_row_keys(&row, ring_of("a"), p);
    assert_ok(vso_state_row_verify(&row, keys, &sums, res, p));
    plain_sql(path, sql);
    assert_ok(vso_state_row_read(db, &row, res, p));
    assert_ok(vso_state_row_seal(&row, sums, keys, res, p));
    plain_sql(
        path,
        apr_pstrcat(p, "UPDATE vmo_keystore_state SET sums = '", row.sums,
                    "', mac = '",
                    row.columns[vso_table_column(
                        vso_table_find("vmo_keystore_state"), VSO_MAC_COLUMN)],
                    "'", NULL));
    apr_pool_destroy(p);
}

static inline vso_store_t *store_on(vso_db_t *db, const char *ring)
{
    vso_store_t *store = NULL;

    assert_ok(vso_store_open(db, ring_of(ring), 1, &store, res, pool));
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
            vso_change_run(store, &event, no_change, NULL, NULL, res, pool));
    }
}

/** Differs when something was written in between; db has done nothing else. */
static inline const char *written(vso_db_t *db)
{
    const char *answer = NULL;

    assert_ok(vso_db_ask(db,
                         on_server() ? "SELECT CONCAT(locks, ' ',"
                                       " schema_version, ' ', audit_seq)"
                                       " FROM vmo_keystore_state"
                                     : "PRAGMA data_version",
                         &answer, res, pool));
    return answer;
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
