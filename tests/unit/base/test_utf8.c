/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/utf8.h"

static void assert_counts(const char *text, apr_size_t count, int blank)
{
    int found = -1;

    ck_assert_uint_eq(vso_utf8_count(text, strlen(text), &found), count);
    ck_assert_int_eq(found, blank);
}

START_TEST(counts_characters_and_not_bytes)
{
    assert_counts("", 0, 1);
    assert_counts("abc", 3, 0);
    assert_counts("\xC3\xA4\xF0\x9F\x94\x91", 2, 0);
    assert_counts("a\xFF\xC3", 3, 0);
}
END_TEST

/** Space, tab, no-break space, em space, ideographic space, zero width. */
START_TEST(knows_the_blanks_of_all_scripts)
{
    assert_counts(" \t\xC2\xA0\xE2\x80\x83\xE3\x80\x80\xE2\x80\x8B", 6, 1);
    assert_counts("  x  ", 5, 0);
    assert_counts("\xE3\x80\x81", 1, 0);
}
END_TEST

START_TEST(folds_what_is_compared)
{
    ck_assert_str_eq(vso_utf8_fold("", pool), "");
    ck_assert_str_eq(
        vso_utf8_fold("CN=Zo\xC3\x8B, \xD0\x96\xF0\x9F\x94\x91", pool),
        "cn=zo\xC3\xAB, \xD0\xB6\xF0\x9F\x94\x91");
    ck_assert_str_eq(vso_utf8_fold("A\xFF\xC3", pool), "a\xFF\xC3");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("utf8");
    TCase *tc = unit_case(s, "utf8");

    tcase_add_test(tc, counts_characters_and_not_bytes);
    tcase_add_test(tc, knows_the_blanks_of_all_scripts);
    tcase_add_test(tc, folds_what_is_compared);
    return s;
}
