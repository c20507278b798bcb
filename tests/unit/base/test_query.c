/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/query.h"

#define KNOWN "entry,before,limit"

static apr_table_t *query;

static apr_status_t parse(const char *text)
{
    query = NULL;
    return vso_query_parse(text, KNOWN, &query, res, pool);
}

START_TEST(reads_pairs)
{
    assert_ok(parse("limit=5&entry=a%2Bb+c%c3%A4&before="));
    ck_assert_int_eq(apr_table_elts(query)->nelts, 3);
    ck_assert_str_eq(apr_table_get(query, "limit"), "5");
    ck_assert_str_eq(apr_table_get(query, "entry"), "a+b c\xc3\xa4");
    ck_assert_str_eq(apr_table_get(query, "before"), "");
    assert_ok(parse("l%69mit=a=b"));
    ck_assert_str_eq(apr_table_get(query, "limit"), "a=b");
}
END_TEST

START_TEST(reads_nothing)
{
    assert_ok(parse(NULL));
    ck_assert_int_eq(apr_table_elts(query)->nelts, 0);
    assert_ok(parse(""));
    ck_assert_int_eq(apr_table_elts(query)->nelts, 0);
}
END_TEST

static const struct {
    const char *text;
    const char *field;
} bad[] = {
    {"=", "query"},
    {"=5", "query"},
    {"&", "query"},
    {"limit=5&", "query"},
    {"limit=5&&entry=a", "query"},
    {"%=5", "query"},
    {"%00=5", "query"},
    {"limit%00=5", "query"},
    {"%ff=5", "query"},
    {"x=1", "x"},
    {"Limit=1", "Limit"},
    {"limi=1", "limi"},
    {"limitt=1", "limitt"},
    {"before%2climit=1", "before,limit"},
    {",=1", ","},
    {"limit", "limit"},
    {"limit=5&limit=5", "limit"},
    {"limit=5&l%69mit=6", "limit"},
    {"limit=5%", "limit"},
    {"limit=5%4", "limit"},
    {"limit=%4&entry=1", "limit"},
    {"limit=%zz", "limit"},
    {"limit=%u0041", "limit"},
    {"entry=a%00b", "entry"},
    {"entry=a%0ab", "entry"},
    {"entry=a%7fb", "entry"},
    {"entry=a\x01", "entry"},
    {"entry=%ff", "entry"},
    {"entry=%c0%80", "entry"},
    {"entry=%ed%a0%80", "entry"},
    {"entry=%c3", "entry"},
};

START_TEST(refuses_what_can_be_read_in_two_ways)
{
    ck_assert_int_ne(parse(bad[_i].text), APR_SUCCESS);
    ck_assert_ptr_null(query);
    ck_assert_int_eq(res->problem, VSO_P_MALFORMED);
    ck_assert_str_eq(res->field, bad[_i].field);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("query");
    TCase *tc = unit_case(s, "query");

    tcase_add_test(tc, reads_pairs);
    tcase_add_test(tc, reads_nothing);
    tcase_add_loop_test(tc, refuses_what_can_be_read_in_two_ways, 0,
                        sizeof(bad) / sizeof(*bad));
    return s;
}
