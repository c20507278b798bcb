/* SPDX-License-Identifier: Apache-2.0 */
#include "service_util.h"

START_TEST(entry_names_are_checked)
{
    static const char *const good[] = {"server", "a", "www.example.org",
                                       "A_1-x", NULL};
    static const char *const bad[] = {
        "",
        "-a",
        ".a",
        "a b",
        "a/b",
        "\xc3\xa4",
        "a\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        NULL};
    int i;

    for (i = 0; good[i]; i++) {
        assert_ok(vso_context_check_entry(good[i], res));
    }
    for (i = 0; bad[i]; i++) {
        assert_refused(vso_context_check_entry(bad[i], res), VSO_P_INVALID);
    }
}
END_TEST

START_TEST(each_problem_has_its_own_slug)
{
    int i;
    int j;

    for (i = 1; i < VSO_P_COUNT; i++) {
        ck_assert_int_ge(vso_problem_status((vso_problem_e)i), 400);
        ck_assert_str_ne(vso_problem_title((vso_problem_e)i), "");
        for (j = 0; j < i; j++) {
            ck_assert_str_ne(vso_problem_slug((vso_problem_e)i),
                             vso_problem_slug((vso_problem_e)j));
        }
    }
}
END_TEST

START_TEST(the_first_problem_stays)
{
    vso_fail(res, VSO_P_INVALID, "key", "cause");
    vso_fail(res, VSO_P_INTERNAL, NULL, "consequence");
    ck_assert_str_eq(res->detail, "cause");
    vso_warn(res, "no-san", "twice");
    vso_warn(res, "no-san", "twice");
    ck_assert_int_eq(res->warnings->nelts, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("service");
    TCase *tc = service_case(s, "service");

    tcase_add_test(tc, entry_names_are_checked);
    tcase_add_test(tc, each_problem_has_its_own_slug);
    tcase_add_test(tc, the_first_problem_stays);
    return s;
}
