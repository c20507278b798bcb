/* SPDX-License-Identifier: Apache-2.0 */
#include "db_util.h"

#include <sys/time.h>
#include <time.h>

#include "base/worker.h"
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
    Suite *s = suite_create("connection");
    TCase *tc = unit_case(s, "connection");

    if (on_server()) {
        tcase_add_test(tc, goes_on_after_a_lost_connection);
        tcase_add_test(tc, refuses_parameters_that_lose_data);
    }
    else {
        tcase_add_test(tc, sets_up_a_connection);
        tcase_add_test(tc, narrows_an_existing_file_and_says_so_once);
        tcase_add_test(tc, says_what_is_wrong_with_the_place);
        tcase_add_test(tc, refuses_a_file_that_is_no_database);
        tcase_add_test(tc, waits_for_seconds_whatever_the_clock_says);
        tcase_add_test(tc, prepares_anew_when_the_schema_changes);
    }
    return s;
}
