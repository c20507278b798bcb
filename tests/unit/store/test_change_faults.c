/* SPDX-License-Identifier: Apache-2.0 */
/* What comes between the beginning and the end of a change. */
#include "change_util.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/connection.h"
#include "store/transaction.h"

/** Loses the lock and all that was written, in the first run, as Galera takes
 * a transaction back and says nothing. */
static apr_status_t taken_back(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *result,
                               apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    int *runs = baton;

    (void)event;
    if (insert_session(change, "once", result, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if ((*runs)++ == 0) {
        assert_ok(vso_db_run(db, "ROLLBACK", res, p));
        if (!on("mysql")) { /* there the next statement begins another one */
            assert_ok(vso_db_run(db, "BEGIN", res, p));
        }
    }
    return APR_SUCCESS;
}

START_TEST(commits_nothing_without_its_lock)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");
    int runs = 0;

    change_times(store, 1);
    assert_ok(
        vso_change_run(store, &event, taken_back, &runs, NULL, res, pool));
    ck_assert_int_eq(runs, 2);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "1");
    assert_intact(store, 2);
}
END_TEST

START_TEST(says_when_the_lock_cannot_be_had)
{
    const char *path = file_path();
    vso_db_t *holder = file_db(path, pool);
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");

    assert_ok(vso_transaction_begin(holder, res, pool));
    assert_ok(vso_db_exec(holder, VSO_SQL_STATE_LOCK, NULL, NULL, res, pool));
    assert_refused(
        vso_change_run(store, &event, no_change, NULL, NULL, res, pool),
        VSO_P_DATABASE);
    ck_assert_int_eq(state_of(store).generation, 0);
    vso_transaction_rollback(holder, pool);
    change_times(store, 1);
}
END_TEST

static apr_status_t write_much(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *result,
                               apr_pool_t *p)
{
    char *data = apr_pcalloc(p, 200001);
    const char *args[] = {data, "0", "much"};

    (void)baton;
    (void)event;
    memset(data, 'x', 200000);
    return vso_db_exec(vso_store_db(change->store), VSO_SQL_SESSION_INSERT,
                       args, NULL, result, p);
}

START_TEST(keeps_its_head_when_the_disk_is_full)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    vso_store_t *store = store_on(db, "a");
    vso_audit_event_t event = event_of("create");
    const char *answer = NULL;

    change_times(store, 1);
    assert_ok(vso_db_ask(db, "PRAGMA max_page_count = 40", &answer, res, pool));
    ck_assert_int_ne(
        vso_change_run(store, &event, write_much, NULL, NULL, res, pool),
        APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_DATABASE);
    ck_assert_ptr_nonnull(strstr(res->detail, "full"));
    vso_result_clear(res);
    ck_assert_int_eq(state_of(store).generation, 1);
    assert_ok(
        vso_db_ask(db, "PRAGMA max_page_count = 4000", &answer, res, pool));
    assert_ok(vso_change_run(store, &event, write_much, NULL, NULL, res, pool));
    assert_intact(store, 2);
}
END_TEST

/* Several processes, as the nodes of a fleet are */

static int changes_done(const char *path, int changes)
{
    vso_result_t *own = vso_result_create(pool);
    vso_store_t *store = NULL;
    vso_db_t *db = NULL;
    int attempts = 10 * changes;

    if (vso_connection_open(test_driver(), path, &db, own, pool) !=
            APR_SUCCESS ||
        vso_store_open(db, ring_of("a"), 1, &store, own, pool) != APR_SUCCESS) {
        fprintf(stderr, "%s\n", own->detail);
        return 0;
    }
    /* On a slow disk somebody may wait for the lock in vain. */
    while (changes > 0 && attempts-- > 0) {
        vso_audit_event_t event = event_of("test");

        if (vso_change_run(store, &event, no_change, NULL, NULL, own, pool) ==
            APR_SUCCESS) {
            changes--;
        }
        vso_result_clear(own);
    }
    return !changes && !vso_store_sealed(store);
}

START_TEST(serves_several_processes_from_the_first_moment)
{
    const char *path = file_path();
    vso_store_t *store;
    int status = 0;
    int i;

    for (i = 0; i < 4; i++) {
        if (fork() == 0) {
            _exit(changes_done(path, 10) ? 0 : 1);
        }
    }
    for (i = 0; i < 4; i++) {
        ck_assert_int_ge(wait(&status), 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    store = store_on(file_db(path, pool), "a");
    ck_assert_int_eq(state_of(store).generation, 40);
    assert_intact(store, 40);
}
END_TEST

static apr_status_t die(vso_change_t *change, void *baton,
                        vso_audit_event_t *event, vso_result_t *result,
                        apr_pool_t *p)
{
    (void)baton;
    (void)event;
    if (insert_session(change, "half", result, p) == APR_SUCCESS) {
        kill(getpid(), SIGKILL);
    }
    return APR_SUCCESS;
}

START_TEST(forgets_a_change_that_was_killed)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    int status = 0;

    change_times(store, 1);
    if (fork() == 0) {
        vso_audit_event_t event = event_of("create");

        store = store_on(file_db(path, pool), "a");
        vso_change_run(store, &event, die, NULL, NULL, res, pool);
        _exit(1);
    }
    ck_assert_int_ge(wait(&status), 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    change_times(store, 1);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "0");
    ck_assert_int_eq(state_of(store).generation, 2);
    assert_intact(store, 2);
}
END_TEST

/* Another node migrates the schema */

/** What writers wrote until then is what there is for ever. */
static const char *const next[] = {
    "CREATE TABLE IF NOT EXISTS extra (a {int} NOT NULL){options}",
    "INSERT INTO extra (a) SELECT COUNT(*) FROM vmo_audit",
    NULL,
};

static const vso_migration_step_t next_step[] = {
    {.version = VSO_SCHEMA_VERSION + 1, .sql = next}};

static const vso_migration_how_t anyhow = {NULL, 1, 1};

START_TEST(writes_nothing_into_a_newer_schema)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_db_t *watcher = file_db(path, pool);
    vso_audit_event_t event = event_of("create");
    const char *before;

    change_times(store, 1);
    assert_ok(vso_migration_apply(file_db(path, pool), next_step, 1, &anyhow,
                                  res, pool));
    before = written(watcher);
    assert_refused(
        vso_change_run(store, &event, no_change, NULL, NULL, res, pool),
        VSO_P_NEWER_SCHEMA);
    start_log();
    vso_fail(res, VSO_P_WRONG_PASSWORD, "password", "It is wrong.");
    vso_change_record_refusal(store, &event, res, pool);
    vso_log_set_sink(NULL, NULL);
    vso_result_clear(res);
    ck_assert_ptr_nonnull(strstr(logged, "schema version"));
    ck_assert_str_eq(written(watcher), before);
}
END_TEST

/** Holds the lock for a while, and gives it back with a newer schema. */
static void migrate_slowly(const char *path, int ready)
{
    vso_db_t *db = file_db(path, pool);

    assert_ok(vso_transaction_begin(db, res, pool));
    assert_ok(vso_db_exec(db, VSO_SQL_STATE_LOCK, NULL, NULL, res, pool));
    ck_assert_int_eq(write(ready, "r", 1), 1);
    /* The other one comes to wait for the lock meanwhile. */
    apr_sleep(apr_time_from_msec(300));
    assert_ok(vso_db_run(db,
                         "UPDATE vmo_keystore_state"
                         " SET schema_version = schema_version + 1",
                         res, pool));
    assert_ok(vso_transaction_commit(db, res, pool));
}

START_TEST(writes_nothing_when_it_waited_for_a_migration)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");
    int ready[2];
    int status;
    char byte;

    change_times(store, 1);
    ck_assert_int_eq(pipe(ready), 0);
    if (fork() == 0) {
        migrate_slowly(path, ready[1]);
        _exit(0);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    assert_refused(
        vso_change_run(store, &event, no_change, NULL, NULL, res, pool),
        VSO_P_NEWER_SCHEMA);
    ck_assert_int_ge(wait(&status), 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_audit"), "1");
    ck_assert_str_eq(
        plain_sql(path, "SELECT generation FROM vmo_keystore_state"), "1");
}
END_TEST

/** Changes on and on, until the schema is newer; it may be so at once. */
static int change_until_newer(const char *path)
{
    apr_time_t deadline = apr_time_now() + apr_time_from_sec(60);
    vso_result_t *own = vso_result_create(pool);
    vso_store_t *store = NULL;

    if (vso_store_open(file_db(path, pool), ring_of("a"), 1, &store, own,
                       pool) != APR_SUCCESS) {
        return own->problem == VSO_P_NEWER_SCHEMA;
    }
    while (apr_time_now() < deadline) {
        vso_audit_event_t event = event_of("test");

        vso_change_run(store, &event, no_change, NULL, NULL, own, pool);
        if (own->problem == VSO_P_NEWER_SCHEMA) {
            return 1;
        }
        vso_result_clear(own);
        apr_sleep(apr_time_from_msec(10)); /* SQLite has no queue */
    }
    return 0;
}

START_TEST(writes_nothing_while_another_migrates)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    int status;
    int i;

    store_on(db, "a");
    for (i = 0; i < 3; i++) {
        if (fork() == 0) {
            _exit(change_until_newer(path) ? 0 : 1);
        }
    }
    while (atoi(plain_sql(path, "SELECT COUNT(*) FROM vmo_audit")) < 10) {
        apr_sleep(apr_time_from_msec(10));
    }
    assert_ok(vso_migration_apply(db, next_step, 1, &anyhow, res, pool));
    for (i = 0; i < 3; i++) {
        ck_assert_int_ge(wait(&status), 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_audit"),
                     plain_sql(path, "SELECT MAX(a) FROM extra"));
}
END_TEST

/** Kills its own session, in the first run before a statement, in the second
 * so that the next one is the audit trail's. */
static apr_status_t lose(vso_change_t *change, void *baton,
                         vso_audit_event_t *event, vso_result_t *result,
                         apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    int *runs = baton;
    const char *ignored;

    (void)event;
    if (++*runs == 2 && insert_session(change, "once", result, p)) {
        return APR_EGENERAL;
    }
    if (*runs <= 2) {
        vso_db_ask(db,
                   on("pgsql") ? "SELECT pg_terminate_backend(pg_backend_pid())"
                               : "KILL CONNECTION_ID()",
                   &ignored, vso_result_create(p), p);
    }
    return *runs == 2 ? APR_SUCCESS : insert_session(change, "once", result, p);
}

START_TEST(runs_again_when_the_connection_was_lost)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");
    int runs = 0;

    assert_ok(vso_change_run(store, &event, lose, &runs, NULL, res, pool));
    ck_assert_int_eq(runs, 3);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "1");
    assert_intact(store, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("change_faults");
    TCase *tc = unit_case(s, "change_faults");

    tcase_add_test(tc, commits_nothing_without_its_lock);
    tcase_add_test(tc, says_when_the_lock_cannot_be_had);
    tcase_add_test(tc, serves_several_processes_from_the_first_moment);
    tcase_add_test(tc, forgets_a_change_that_was_killed);
    tcase_add_test(tc, writes_nothing_into_a_newer_schema);
    tcase_add_test(tc, writes_nothing_when_it_waited_for_a_migration);
    tcase_add_test(tc, writes_nothing_while_another_migrates);
    if (on_server()) {
        tcase_add_test(tc, runs_again_when_the_connection_was_lost);
    }
    else {
        tcase_add_test(tc, keeps_its_head_when_the_disk_is_full);
    }
    return s;
}
