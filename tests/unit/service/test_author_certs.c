/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "package/package.h"
#include "service/package/author_certs.h"

START_TEST(needs_stand_in_spaces)
{
    apr_array_header_t *none = apr_array_make(pool, 0, sizeof(char *));
    const char *column = vso_needs_text(texts_of("aa", "bb", NULL), pool);
    apr_array_header_t *found;

    ck_assert_str_eq(column, " aa bb ");
    ck_assert_str_eq(vso_needs_text(none, pool), "");
    ck_assert_int_eq(vso_needs_parse("", pool)->nelts, 0);
    found = vso_needs_parse(column, pool);
    ck_assert_int_eq(found->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(found, 1, const char *), "bb");
    found = vso_needs_common(found, texts_of("bb", "cc", NULL), pool);
    ck_assert_int_eq(found->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(found, 0, const char *), "bb");
}
END_TEST

START_TEST(tags_come_back)
{
    apr_array_header_t *found;

    assert_ok(vso_tags_parse("", &found, res, pool));
    ck_assert_int_eq(found->nelts, 0);
    assert_ok(vso_tags_parse(
        vso_tags_text(texts_of("one \"two\"", "\xC3\xA4", NULL), pool), &found,
        res, pool));
    ck_assert_int_eq(found->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(found, 0, const char *), "one \"two\"");
    ck_assert_str_eq(APR_ARRAY_IDX(found, 1, const char *), "\xC3\xA4");
}
END_TEST

START_TEST(meta_keeps_its_order)
{
    apr_table_t *meta = apr_table_make(pool, 2);
    const apr_array_header_t *found;

    apr_table_setn(meta, "pkg-name", "org.example");
    apr_table_setn(meta, "a", "");
    assert_ok(vso_meta_parse(vso_meta_text(meta, pool), &meta, res, pool));
    found = apr_table_elts(meta);
    ck_assert_int_eq(found->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(found, 0, apr_table_entry_t).key,
                     "pkg-name");
    ck_assert_str_eq(apr_table_get(meta, "a"), "");
}
END_TEST

START_TEST(files_come_back)
{
    vso_stored_file_t file = {"data.p7m", 7, 1000000000, "ab"};
    apr_array_header_t *files = apr_array_make(pool, 1, sizeof(void *));
    const vso_stored_file_t *found;

    APR_ARRAY_PUSH(files, vso_stored_file_t *) = &file;
    assert_ok(vso_files_parse(vso_files_text(files, pool), &files, res, pool));
    ck_assert_int_eq(files->nelts, 1);
    ck_assert_ptr_null(vso_files_find(files, "data"));
    found = vso_files_find(files, "data.p7m");
    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(found->offset, 7);
    ck_assert_int_eq(found->size, 1000000000);
    ck_assert_str_eq(found->sha256, "ab");
    ck_assert(vso_package_is_sealed(found->name));
    ck_assert(!vso_package_is_sealed("data"));
    ck_assert(!vso_package_is_sealed(".p7m"));
}
END_TEST

START_TEST(edited_columns_are_damaged)
{
    static const char *const bad[] = {
        "x",
        "[]",
        "{\"items\": 1}",
        "{\"items\": [{}]}",
        "{\"items\": [{\"name\": \"a\", \"offset\": -1, \"size\": 1, "
        "\"sha256\": \"a\"}]}",
        NULL};
    apr_array_header_t *found;
    apr_table_t *meta;
    int i;

    for (i = 0; bad[i]; i++) {
        assert_refused(vso_files_parse(bad[i], &found, res, pool),
                       VSO_P_DAMAGED);
        assert_refused(vso_author_certs_parse(bad[i], &found, res, pool),
                       VSO_P_DAMAGED);
    }
    assert_refused(vso_tags_parse("x", &found, res, pool), VSO_P_DAMAGED);
    assert_refused(vso_meta_parse("{\"a\": 1}", &meta, res, pool),
                   VSO_P_DAMAGED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("columns");
    TCase *tc = unit_case(s, "columns");

    tcase_add_test(tc, needs_stand_in_spaces);
    tcase_add_test(tc, tags_come_back);
    tcase_add_test(tc, meta_keeps_its_order);
    tcase_add_test(tc, files_come_back);
    tcase_add_test(tc, edited_columns_are_damaged);
    return s;
}
