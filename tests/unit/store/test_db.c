/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include <sys/time.h>
#include <time.h>

#include "base/limits.h"
#include "base/worker.h"
#include "store/connection.h"
#include "store/transaction.h"

/* Seconds that the wall clock is set back by each time that somebody looks. */
static int set_back_sec;

/** What APR asks. */
int gettimeofday(struct timeval *now, void *zone)
{
    static time_t back;
    struct timespec real;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &real);
    back += set_back_sec;
    now->tv_sec = real.tv_sec - back;
    now->tv_usec = real.tv_nsec / 1000;
    return 0;
}

static const char *id_and_mac[] = {"an-id", "a-mac"};

static vso_db_t *with_schema(vso_db_t *db)
{
    assert_ok(vso_migration_ensure(db, 1, res, pool));
    return db;
}

static apr_status_t count_row(void *baton, const vso_row_t *row,
                              vso_result_t *result)
{
    (void)row;
    (void)result;
    ++*(int *)baton;
    return APR_SUCCESS;
}

static void insert_session(vso_db_t *db, const char *key)
{
    const char *args[] = {"data", "0", key};

    assert_ok(vso_db_exec(db, VSO_SQL_SESSION_INSERT, args, NULL, res, pool));
}

static int has_session(vso_db_t *db, const char *key)
{
    const char *args[] = {key, "1"};
    int rows = 0;

    assert_ok(vso_db_select(db, VSO_SQL_SESSION_SELECT, args, count_row, &rows,
                            res, pool));
    return rows;
}

static const char *ask(vso_db_t *db, const char *sql)
{
    const char *answer = NULL;

    assert_ok(vso_db_ask(db, sql, &answer, res, pool));
    return answer;
}

/** A connection as a host that pools them would hold it. */
static vso_connection_t pooled(const char *path)
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

static void unpool(const vso_connection_t *connection)
{
    apr_dbd_close(connection->driver, connection->handle);
}

/** A statement as PostgreSQL itself prepares it; APR's driver would do so at
 * its first use only. */
static const char *pgsql_prepare(int number)
{
    const char *text = vso_sql_text((vso_sql_e)number, pool);
    const char *all = apr_psprintf(pool, "PREPARE s%d AS ", number);
    const char *mark;
    int i = 1;

    for (; (mark = strchr(text, '%')) != NULL; i++) {
        all = apr_pstrcat(pool, all,
                          apr_pstrmemdup(pool, text, (apr_size_t)(mark - text)),
                          apr_psprintf(pool, "$%d", i), NULL);
        text = mark + (mark[1] == 's' ? 2 : 4);
    }
    return apr_pstrcat(pool, all, text, NULL);
}

START_TEST(prepares_every_statement)
{
    vso_db_t *db = with_schema(memory_db());
    vso_statement_t *statement;
    int i;

    for (i = 0; i < VSO_SQL_COUNT; i++) {
        ck_assert_ptr_nonnull(vso_sql_text((vso_sql_e)i, pool));
        assert_ok(vso_db_compile(db, vso_sql_text((vso_sql_e)i, pool),
                                 &statement, res, pool));
        if (on("pgsql")) {
            assert_ok(vso_db_run(db, pgsql_prepare(i), res, pool));
        }
    }
}
END_TEST

START_TEST(counts_parameters)
{
    ck_assert_int_eq(vso_sql_params(vso_sql_text(VSO_SQL_STATE_READ, pool)), 0);
    ck_assert_int_eq(vso_sql_params(vso_sql_text(VSO_SQL_STATE_WRITE, pool)),
                     6);
    ck_assert_int_eq(vso_sql_params(vso_sql_text(VSO_SQL_VERSION_INSERT, pool)),
                     27);
    ck_assert_int_eq(vso_sql_params(vso_sql_text(VSO_SQL_AUDIT_INSERT, pool)),
                     10);
}
END_TEST

START_TEST(sets_up_a_connection)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    apr_finfo_t info;

    ck_assert_str_eq(ask(db, "PRAGMA journal_mode"), "wal");
    ck_assert_str_eq(ask(db, "PRAGMA synchronous"), "2");
    ck_assert_str_eq(ask(db, "PRAGMA foreign_keys"), "1");
    ck_assert_str_eq(ask(db, "PRAGMA secure_delete"), "1");
    with_schema(db);
    ck_assert_int_eq(apr_stat(&info, path, APR_FINFO_PROT, pool), 0);
    ck_assert_int_eq(info.protection, 0x600);
    path = apr_pstrcat(pool, path, "-wal", NULL);
    ck_assert_int_eq(apr_stat(&info, path, APR_FINFO_PROT, pool), 0);
    ck_assert_int_eq(info.protection, 0x600);
}
END_TEST

START_TEST(narrows_an_existing_file_and_says_so_once)
{
    const char *path = file_path();
    apr_finfo_t info;

    plain_sql(path, "CREATE TABLE other (a TEXT)");
    apr_file_perms_set(path, 0x644);
    start_log();
    file_db(path, pool);
    ck_assert_int_eq(apr_stat(&info, path, APR_FINFO_PROT, pool), 0);
    ck_assert_int_eq(info.protection, 0x600);
    ck_assert_ptr_nonnull(strstr(logged, path));
    logged = "";
    file_db(path, pool);
    ck_assert_str_eq(logged, "");
    vso_log_set_sink(NULL, NULL);
}
END_TEST

START_TEST(says_what_is_wrong_with_the_place)
{
    vso_db_t *db = NULL;

    assert_refused(vso_connection_open("sqlite3", "/nonexistent/folder/x.db",
                                       &db, res, pool),
                   VSO_P_DATABASE);
    assert_refused(vso_connection_open("no-such-driver", "x", &db, res, pool),
                   VSO_P_DATABASE);
    ck_assert_ptr_null(db);
}
END_TEST

START_TEST(refuses_a_file_that_is_no_database)
{
    const char *path = file_path();
    vso_db_t *db = NULL;
    apr_file_t *file;
    apr_time_t began;
    int i;

    apr_file_open(&file, path, APR_WRITE | APR_CREATE, APR_OS_DEFAULT, pool);
    for (i = 0; i < 500; i++) {
        apr_file_puts("no database ", file);
    }
    apr_file_close(file);
    began = apr_time_now();
    ck_assert_int_ne(vso_connection_open("sqlite3", path, &db, res, pool),
                     APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_DATABASE);
    ck_assert_ptr_nonnull(strstr(res->detail, path));
    vso_result_clear(res);
    /* Nobody waits for a file that stays as it is, as for one that is locked.
     */
    ck_assert_int_lt(apr_time_now() - began, apr_time_from_sec(1));
    ck_assert_ptr_null(db);
}
END_TEST

START_TEST(keeps_a_committed_transaction)
{
    vso_db_t *db = with_schema(memory_db());

    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "a");
    assert_ok(vso_transaction_commit(db, res, pool));
    ck_assert_int_eq(has_session(db, "a"), 1);
    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "b");
    vso_transaction_rollback(db, pool);
    ck_assert_int_eq(has_session(db, "b"), 0);
}
END_TEST

START_TEST(does_not_commit_after_a_failure)
{
    vso_db_t *db = with_schema(memory_db());
    const char *args[] = {"data", "0", "a"};

    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "a");
    assert_refused(
        vso_db_exec(db, VSO_SQL_SESSION_INSERT, args, NULL, res, pool),
        VSO_P_DATABASE);
    assert_refused(vso_transaction_commit(db, res, pool), VSO_P_DATABASE);
    ck_assert_int_eq(has_session(db, "a"), 0);
    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "a");
    assert_ok(vso_transaction_commit(db, res, pool));
    ck_assert_int_eq(has_session(db, "a"), 1);
}
END_TEST

START_TEST(clears_away_a_commit_that_failed)
{
    const char *path = file_path();
    vso_db_t *db = with_schema(file_db(path, pool));

    /* SQLite checks this at COMMIT, and leaves the transaction open. */
    assert_ok(
        vso_db_run(db, "CREATE TABLE a (id INTEGER PRIMARY KEY)", res, pool));
    assert_ok(vso_db_run(db,
                         "CREATE TABLE b (a INTEGER REFERENCES a (id)"
                         " DEFERRABLE INITIALLY DEFERRED)",
                         res, pool));
    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "a");
    assert_ok(vso_db_run(db, "INSERT INTO b VALUES (7)", res, pool));
    assert_refused(vso_transaction_commit(db, res, pool), VSO_P_DATABASE);
    ck_assert_int_eq(has_session(db, "a"), 0);
    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "b");
    assert_ok(vso_transaction_commit(db, res, pool));
    ck_assert_str_eq(plain_sql(path, "SELECT session_key FROM vmo_session"),
                     "b");
}
END_TEST

START_TEST(rolls_back_what_is_left_open)
{
    const char *path = file_path();
    vso_connection_t connection = pooled(path);
    vso_db_t *db = NULL;
    apr_pool_t *sub;

    apr_pool_create(&sub, pool);
    assert_ok(vso_connection_use(&connection, &db, res, sub));
    with_schema(db);
    assert_ok(vso_transaction_begin(db, res, sub));
    insert_session(db, "a");
    apr_pool_destroy(sub);

    assert_ok(vso_connection_use(&connection, &db, res, pool));
    ck_assert_int_eq(has_session(db, "a"), 0);
    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "b");
    assert_ok(vso_transaction_commit(db, res, pool));
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "1");
    unpool(&connection);
}
END_TEST

START_TEST(does_not_nest)
{
    vso_db_t *db = with_schema(memory_db());

    assert_ok(vso_transaction_begin(db, res, pool));
    assert_refused(vso_transaction_begin(db, res, pool), VSO_P_INTERNAL);
    vso_transaction_rollback(db, pool);
    vso_transaction_rollback(db, pool);
    assert_refused(vso_transaction_commit(db, res, pool), VSO_P_DATABASE);
}
END_TEST

START_TEST(gives_up_on_a_lock_and_recovers)
{
    const char *path = file_path();
    vso_db_t *one = with_schema(file_db(path, pool));
    vso_db_t *two = file_db(path, pool);

    assert_ok(vso_transaction_begin(one, res, pool));
    insert_session(one, "a");
    ck_assert_int_eq(has_session(two, "a"), 0);
    ck_assert_int_ne(vso_transaction_begin(two, res, pool), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_DATABASE);
    ck_assert_ptr_nonnull(strstr(res->detail, "locked"));
    vso_result_clear(res);
    assert_ok(vso_transaction_commit(one, res, pool));
    assert_ok(vso_transaction_begin(two, res, pool));
    insert_session(two, "b");
    assert_ok(vso_transaction_commit(two, res, pool));
    ck_assert_int_eq(has_session(one, "b"), 1);
}
END_TEST

/** Somebody holds the file all the while, and somebody sets the wall clock. */
START_TEST(waits_for_seconds_whatever_the_clock_says)
{
    const char *path = file_path();
    apr_dbd_results_t *results = NULL;
    vso_connection_t other;
    vso_db_t *db = NULL;
    apr_time_t began;

    if (!on("sqlite3")) {
        return;
    }
    other = pooled(path);
    ck_assert_int_eq(apr_dbd_select(other.driver, pool, other.handle, &results,
                                    "BEGIN EXCLUSIVE", 1),
                     0);
    began = vso_worker_now();
    set_back_sec = 3600;
    ck_assert_int_ne(vso_connection_open("sqlite3", path, &db, res, pool),
                     APR_SUCCESS);
    set_back_sec = 0;
    apr_dbd_close(other.driver, other.handle);
    ck_assert_ptr_nonnull(strstr(res->detail, "locked"));
    vso_result_clear(res);
    ck_assert_int_lt(vso_worker_now() - began, apr_time_from_sec(20));
}
END_TEST

START_TEST(prepares_anew_when_the_schema_changes)
{
    const char *path = file_path();
    vso_connection_t connection = pooled(path);
    vso_db_t *db = NULL;

    assert_ok(vso_connection_use(&connection, &db, res, pool));
    with_schema(db);
    insert_session(db, "a");
    ck_assert_int_eq(has_session(db, "a"), 1);
    plain_sql(path, "CREATE TABLE other (a TEXT)");
    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "b");
    assert_ok(vso_transaction_commit(db, res, pool));
    plain_sql(path, "VACUUM");
    assert_ok(vso_connection_use(&connection, &db, res, pool));
    ck_assert_int_eq(has_session(db, "a"), 1);
    ck_assert_int_eq(has_session(db, "b"), 1);
    unpool(&connection);
}
END_TEST

START_TEST(refuses_what_a_column_does_not_hold)
{
    vso_db_t *db = with_schema(memory_db());
    char *big = apr_pcalloc(pool, VSO_MAX_VALUE + 2);
    const char *args[] = {big, "0", "a"};

    memset(big, 'x', VSO_MAX_VALUE + 1);
    assert_refused(
        vso_db_exec(db, VSO_SQL_SESSION_INSERT, args, NULL, res, pool),
        VSO_P_TOO_LARGE);
    big[VSO_MAX_VALUE] = '\0';
    assert_ok(vso_db_exec(db, VSO_SQL_SESSION_INSERT, args, NULL, res, pool));
}
END_TEST

static apr_status_t refuse_second(void *baton, const vso_row_t *row,
                                  vso_result_t *result)
{
    (void)row;
    return ++*(int *)baton < 2
               ? APR_SUCCESS
               : vso_fail(result, VSO_P_INVALID, NULL, "second row");
}

START_TEST(ends_a_walk_where_the_caller_does)
{
    vso_db_t *db = with_schema(memory_db());
    const char *args[] = {"100", "10"};
    const char *row[] = {NULL, "0", "", "", "", "", "0", "", "", ""};
    int rows = 0;
    int i;

    for (i = 1; i <= 5; i++) {
        row[0] = apr_itoa(pool, i);
        assert_ok(vso_db_exec(db, VSO_SQL_AUDIT_INSERT, row, NULL, res, pool));
    }
    assert_refused(vso_db_select(db, VSO_SQL_AUDIT_LIST, args, refuse_second,
                                 &rows, res, pool),
                   VSO_P_INVALID);
    ck_assert_int_eq(rows, 2);
    rows = 0;
    assert_ok(vso_db_select(db, VSO_SQL_AUDIT_LIST, args, count_row, &rows, res,
                            pool));
    ck_assert_int_eq(rows, 5);
}
END_TEST

/** Resident pages of this process. */
static long resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0;
    long pages = 0;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld %ld", &size, &pages), 2);
    fclose(file);
    return pages;
}

START_TEST(does_not_grow_with_use)
{
    vso_connection_t connection = pooled(file_path());
    vso_statement_t *statement;
    vso_result_t *ignored;
    vso_db_t *db = NULL;
    apr_pool_t *sub;
    long before = 0;
    int rows;
    int i;

    for (i = 0; i < 4000; i++) {
        apr_pool_create(&sub, pool);
        ignored = vso_result_create(sub);
        assert_ok(vso_connection_use(&connection, &db, res, sub));
        if (!i) {
            with_schema(db);
            assert_ok(
                vso_db_exec(db, VSO_SQL_STATE_LOCK, NULL, NULL, res, sub));
        }
        assert_ok(vso_db_select(db, VSO_SQL_STATE_READ, NULL, count_row, &rows,
                                res, sub));
        /* A statement that cannot be prepared, and one that fails.
         * PostgreSQL's driver prepares anything, and keeps it. */
        ck_assert(on("pgsql") ||
                  vso_db_compile(db, "SELECT x FROM y", &statement, ignored,
                                 sub) != APR_SUCCESS);
        ck_assert_int_ne(vso_db_exec(db, VSO_SQL_STATE_CREATE, id_and_mac, NULL,
                                     ignored, sub),
                         APR_SUCCESS);
        apr_pool_destroy(sub);
        if (i == 500) {
            before = resident();
        }
    }
#ifdef __SANITIZE_ADDRESS__
    (void)before; /* what it frees, it keeps for a while */
#else
    ck_assert_int_lt(resident() - before, 64);
#endif
    unpool(&connection);
}
END_TEST

/* On a server, where connections can be lost */

static const char *session_of(vso_db_t *db)
{
    return ask(db, on("pgsql") ? "SELECT pg_backend_pid()"
                               : "SELECT CONNECTION_ID()");
}

/** As an administrator of the database, or its crash, does it. */
static void kill_session(const char *path, const char *session)
{
    plain_sql(path, apr_psprintf(pool,
                                 on("pgsql") ? "SELECT pg_terminate_backend(%s)"
                                             : "KILL %s",
                                 session));
}

START_TEST(goes_on_after_a_lost_connection)
{
    const char *path = file_path();
    vso_db_t *db = with_schema(file_db(path, pool));
    const char *session = session_of(db);

    insert_session(db, "a");
    kill_session(path, session);
    assert_ok(vso_connection_mend(db, res, pool));
    ck_assert_str_ne(session_of(db), session);
    ck_assert_int_eq(has_session(db, "a"), 1);
    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "b");
    assert_ok(vso_transaction_commit(db, res, pool));
    /* The new session has the settings of the old one. */
    ck_assert_str_eq(ask(db, on("pgsql") ? "SHOW lock_timeout"
                                         : "SELECT @@innodb_lock_wait_timeout"),
                     on("pgsql") ? "2s" : "2");
}
END_TEST

START_TEST(commits_nothing_on_a_lost_connection)
{
    const char *path = file_path();
    vso_db_t *db = with_schema(file_db(path, pool));
    const char *args[] = {"data", "0", "b"};

    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "a");
    kill_session(path, session_of(db));
    assert_refused(
        vso_db_exec(db, VSO_SQL_SESSION_INSERT, args, NULL, res, pool),
        VSO_P_DATABASE);
    assert_refused(vso_transaction_commit(db, res, pool), VSO_P_DATABASE);
    assert_ok(vso_connection_mend(db, res, pool));
    ck_assert_int_eq(has_session(db, "a"), 0);

    assert_ok(vso_transaction_begin(db, res, pool));
    insert_session(db, "a");
    kill_session(path, session_of(db));
    ck_assert_int_eq(vso_transaction_commit(db, res, pool), APR_INCOMPLETE);
    vso_result_clear(res);
    assert_ok(vso_connection_mend(db, res, pool));
    ck_assert_int_eq(has_session(db, "a"), 0);
}
END_TEST

START_TEST(refuses_parameters_that_lose_data)
{
    vso_db_t *db = NULL;

    assert_refused(vso_connection_open("mysql", "user=x", &db, res, pool),
                   VSO_P_DATABASE);
    ck_assert_int_ne(vso_connection_open("mysql",
                                         "user=x,reconnect=0,fldsz=1000", &db,
                                         res, pool),
                     APR_SUCCESS);
    ck_assert_ptr_nonnull(strstr(res->detail, "fldsz"));
    vso_result_clear(res);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("db");
    TCase *tc = unit_case(s, "db");

    tcase_add_test(tc, prepares_every_statement);
    tcase_add_test(tc, counts_parameters);
    tcase_add_test(tc, keeps_a_committed_transaction);
    tcase_add_test(tc, does_not_commit_after_a_failure);
    tcase_add_test(tc, rolls_back_what_is_left_open);
    tcase_add_test(tc, does_not_nest);
    tcase_add_test(tc, refuses_what_a_column_does_not_hold);
    tcase_add_test(tc, ends_a_walk_where_the_caller_does);
    tcase_add_test(tc, does_not_grow_with_use);
    if (on_server()) {
        tcase_add_test(tc, goes_on_after_a_lost_connection);
        tcase_add_test(tc, commits_nothing_on_a_lost_connection);
        tcase_add_test(tc, refuses_parameters_that_lose_data);
        return s;
    }
    tcase_add_test(tc, sets_up_a_connection);
    tcase_add_test(tc, narrows_an_existing_file_and_says_so_once);
    tcase_add_test(tc, says_what_is_wrong_with_the_place);
    tcase_add_test(tc, refuses_a_file_that_is_no_database);
    tcase_add_test(tc, clears_away_a_commit_that_failed);
    tcase_add_test(tc, gives_up_on_a_lock_and_recovers);
    tcase_add_test(tc, waits_for_seconds_whatever_the_clock_says);
    tcase_add_test(tc, prepares_anew_when_the_schema_changes);
    return s;
}
