/* SPDX-License-Identifier: Apache-2.0 */
#include "db_util.h"

#include "base/limits.h"
#include "store/connection.h"

static const char *no_number[] = {"none", "token"};

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
        ck_assert_int_ne(vso_db_exec(db, VSO_SQL_CHANGE_INSERT, no_number, NULL,
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

static Suite *suite(void)
{
    Suite *s = suite_create("db");
    TCase *tc = unit_case(s, "db");

    tcase_add_test(tc, refuses_what_a_column_does_not_hold);
    tcase_add_test(tc, ends_a_walk_where_the_caller_does);
    tcase_add_test(tc, does_not_grow_with_use);
    return s;
}
