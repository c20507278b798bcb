/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the rows of a keystore, and how it is right again. */
#include "keystore_of.h"
#include "row_check_util.h"

#include "store/schedule.h"

/** The problem about a row; "" the table as a whole. */
static const vso_row_problem_t *problem_of(const vso_row_check_t *check,
                                           const char *table, const char *row)
{
    int i;

    for (i = 0; i < check->problems->nelts; i++) {
        const vso_row_problem_t *problem =
            &APR_ARRAY_IDX(check->problems, i, const vso_row_problem_t);

        if (!strcmp(problem->table, table) && !strcmp(problem->row, row)) {
            return problem;
        }
    }
    ck_abort_msg("no problem of %s \"%s\"", table, row);
    return NULL;
}

static apr_status_t unschedule(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *result,
                               apr_pool_t *p)
{
    int cleared = 0;

    (void)baton;
    (void)event;
    return vso_schedule_clear(change, 1, &cleared, result, p);
}

START_TEST(finds_nothing_wrong)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_row_check_t check;

    ck_assert_int_eq(check_rows(path, &check), 0);
    ck_assert_int_eq(check.forged, 0);
    ck_assert_int_ge(check.rows, 14);
    ck_assert_int_eq(check.problems->nelts, 0);
}
END_TEST

START_TEST(names_what_is_wrong)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_row_check_t check;

    plain_sql(path, "UPDATE vmo_keystore SET origin = 'x' WHERE id = 2");
    plain_sql(path, "UPDATE vmo_package_member SET mac = ''");
    plain_sql(path, "DELETE FROM vmo_trusted_certificate");
    plain_sql(path, "UPDATE vmo_import SET name = 'x'");
    ck_assert_int_eq(check_rows(path, &check), 3);
    ck_assert_int_eq(check.forged, 3);
    ck_assert_int_eq(check.problems->nelts, 6);
    ck_assert_ptr_nonnull(
        strstr(problem_of(&check, "vmo_keystore", "2")->detail, "MAC"));
    problem_of(&check, "vmo_package_member", "101,102");
    problem_of(&check, "vmo_import", "105");
    problem_of(&check, "vmo_keystore", "");
    problem_of(&check, "vmo_package_member", "");
    ck_assert_ptr_nonnull(
        strstr(problem_of(&check, "vmo_trusted_certificate", "")->detail,
               "has 0 rows that this module wrote, and vmo_keystore_state "
               "says 1"));
}
END_TEST

/* A row as it was once has a right MAC. */
START_TEST(finds_a_row_that_was_put_back)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_audit_event_t event = event_of("schedule");
    vso_row_check_t check;

    plain_sql(path, "CREATE TABLE backup AS SELECT * FROM vmo_schedule");
    assert_ok(vso_change_run(store_on(file_db(path, pool), "a"), &event,
                             unschedule, NULL, NULL, res, pool));
    ck_assert_int_eq(check_rows(path, &check), 0);
    plain_sql(path, "INSERT INTO vmo_schedule SELECT * FROM backup");
    plain_sql(path, "DROP TABLE backup");
    ck_assert_int_eq(check_rows(path, &check), 1);
    ck_assert_int_eq(check.forged, 0);
    problem_of(&check, "vmo_schedule", "");
}
END_TEST

static apr_status_t recount(vso_change_t *change, void *baton,
                            vso_audit_event_t *event, vso_result_t *result,
                            apr_pool_t *p)
{
    vso_row_check_t check;

    (void)event;
    return vso_change_recount(change, &check, baton, result, p);
}

/* What is there is all that is to be there; what was edited stays out of it. */
START_TEST(is_right_again_where_somebody_accepts_it)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_audit_event_t event = event_of("accept-restore");
    vso_row_check_t check;
    int differed = -1;

    plain_sql(path, "UPDATE vmo_keystore SET origin = 'x' WHERE id = 2");
    plain_sql(path, "DELETE FROM vmo_trusted_certificate");
    assert_ok(vso_change_run(store_on(file_db(path, pool), "a"), &event,
                             recount, &differed, NULL, res, pool));
    ck_assert_int_eq(differed, 2);
    ck_assert_int_eq(check_rows(path, &check), 0);
    ck_assert_int_eq(check.forged, 1);
    change_times(store_on(file_db(path, pool), "a"), 1);
    ck_assert_int_eq(check_rows(path, &check), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("row_check");
    TCase *tc = unit_case(s, "row_check");

    tcase_add_test(tc, finds_nothing_wrong);
    tcase_add_test(tc, names_what_is_wrong);
    tcase_add_test(tc, finds_a_row_that_was_put_back);
    tcase_add_test(tc, is_right_again_where_somebody_accepts_it);
    return s;
}
