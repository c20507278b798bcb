/* SPDX-License-Identifier: Apache-2.0 */
#include "db_util.h"

#include "store/transaction.h"

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

static Suite *suite(void)
{
    Suite *s = suite_create("transaction");
    TCase *tc = unit_case(s, "transaction");

    tcase_add_test(tc, keeps_a_committed_transaction);
    tcase_add_test(tc, does_not_commit_after_a_failure);
    tcase_add_test(tc, rolls_back_what_is_left_open);
    tcase_add_test(tc, does_not_nest);
    if (on_server()) {
        tcase_add_test(tc, commits_nothing_on_a_lost_connection);
    }
    else {
        tcase_add_test(tc, clears_away_a_commit_that_failed);
        tcase_add_test(tc, gives_up_on_a_lock_and_recovers);
    }
    return s;
}
