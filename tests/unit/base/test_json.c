/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

static vso_json_t *parsed(const char *text)
{
    vso_json_t *root = NULL;

    assert_ok(vso_json_parse(text, strlen(text), &root, res, pool));
    return root;
}

START_TEST(reads_what_was_asked_for)
{
    vso_json_t *root = parsed("{\"a\":\"x\",\"b\":true,\"n\":7,\"z\":null,"
                              "\"l\":[\"p\",\"q\"]}");
    const char *text = "default";
    const char *other = "default";
    apr_array_header_t *list = NULL;
    apr_int64_t number = 0;
    int flag = 0;

    assert_ok(vso_json_get_string(root, "a", 10, &text, res, pool));
    assert_ok(vso_json_get_string(root, "z", 10, &other, res, pool));
    assert_ok(vso_json_get_bool(root, "b", &flag, res));
    assert_ok(vso_json_get_int(root, "n", 1, 9, &number, res));
    assert_ok(vso_json_get_strings(root, "l", 2, 5, &list, res, pool));
    ck_assert_str_eq(text, "x");
    ck_assert_str_eq(other, "default");
    ck_assert_int_eq(flag, 1);
    ck_assert_int_eq(number, 7);
    ck_assert_int_eq(list->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(list, 1, const char *), "q");
}
END_TEST

START_TEST(refuses_what_is_malformed)
{
    static const char *const bad[] = {
        "",
        "[1]",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1} x",
        "{\"a\":[[[[[[[[[1]]]]]]]]]}",
        "{\"a\":\"\xff\"}",
        NULL,
    };
    vso_json_t *root = NULL;
    int i;

    for (i = 0; bad[i]; i++) {
        assert_refused(vso_json_parse(bad[i], strlen(bad[i]), &root, res, pool),
                       VSO_P_MALFORMED);
        ck_assert_ptr_null(root);
    }
}
END_TEST

START_TEST(counts_before_it_builds)
{
    static const char inside[] = "{\"a\":\"[[[[[[[[[[,,\\\"[[[[\\\\\",\"b\":1}";
    apr_size_t len = 2 * VSO_MAX_JSON_VALUES;
    char *text = apr_palloc(pool, len + 1);
    vso_json_t *root = NULL;
    apr_size_t i;

    assert_ok(vso_json_check_size(inside, strlen(inside), res));
    parsed(inside);
    for (i = 0; i < len; i++) {
        text[i] = i % 2 ? '1' : ',';
    }
    text[0] = '[';
    text[len - 1] = ']';
    text[len] = '\0';
    assert_refused(vso_json_check_size(text, len, res), VSO_P_TOO_LARGE);
    assert_ok(vso_json_check_size(text + 2, len - 2, res));
    assert_refused(vso_json_check_size("{\"a\":[[[[[[[[", 13, res),
                   VSO_P_MALFORMED);
    assert_ok(vso_json_check_size("{\"a\":[[[[[[[", 12, res));
    assert_ok(vso_json_check_size("\"", 1, res));
    assert_ok(vso_json_check_size("\"\\", 2, res));
    assert_ok(vso_json_check_size("", 0, res));
    assert_refused(vso_json_parse("{\"a\":[[[[[[[[", 13, &root, res, pool),
                   VSO_P_MALFORMED);
}
END_TEST

START_TEST(never_quotes_the_input)
{
    const char *text = "{\"password\": hunter2}";
    vso_json_t *root = NULL;

    ck_assert_int_ne(vso_json_parse(text, strlen(text), &root, res, pool),
                     APR_SUCCESS);
    ck_assert_ptr_null(strstr(res->detail, "hunter2"));
}
END_TEST

START_TEST(names_the_member_at_fault)
{
    static const char *const names[] = {"a", NULL};
    vso_json_t *root = parsed("{\"a\":\"x\\u0000y\",\"extra\":1}");
    const char *text = NULL;

    ck_assert_int_ne(vso_json_only(root, names, res), APR_SUCCESS);
    ck_assert_str_eq(res->field, "extra");
    vso_result_clear(res);
    assert_refused(vso_json_get_string(root, "a", 10, &text, res, pool),
                   VSO_P_INVALID);
    assert_refused(vso_json_get_string(root, "a", 2, &text, res, pool),
                   VSO_P_TOO_LARGE);
    assert_refused(vso_json_get_string(root, "extra", 2, &text, res, pool),
                   VSO_P_MALFORMED);
}
END_TEST

START_TEST(takes_a_secret_once)
{
    vso_json_t *root = parsed("{\"password\":\"hunter2\"}");
    vso_secret_t *secret = NULL;

    assert_ok(vso_json_get_secret(root, "password", 64, &secret, res, pool));
    ck_assert_str_eq((const char *)secret->data, "hunter2");
    ck_assert_ptr_null(strstr(vso_json_text(root, pool), "hunter2"));
}
END_TEST

START_TEST(writes_text_that_is_no_utf8)
{
    vso_json_t *root = vso_json_object(pool);

    vso_json_set_string(root, "a", "x\xffy\xc3\xa4");
    vso_json_set_time(root, "t", 1700000000);
    vso_json_set_time(root, "never", 0);
    ck_assert_str_eq(vso_json_text(root, pool),
                     "{\"a\":\"x\xEF\xBF\xBDy\xc3\xa4\","
                     "\"t\":\"2023-11-14T22:13:20Z\",\"never\":null}");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("json");
    TCase *tc = unit_case(s, "json");

    tcase_add_test(tc, reads_what_was_asked_for);
    tcase_add_test(tc, refuses_what_is_malformed);
    tcase_add_test(tc, counts_before_it_builds);
    tcase_add_test(tc, never_quotes_the_input);
    tcase_add_test(tc, names_the_member_at_fault);
    tcase_add_test(tc, takes_a_secret_once);
    tcase_add_test(tc, writes_text_that_is_no_utf8);
    return s;
}
