/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "package/zip_name.h"
#include "service/package/element_folders.h"
#include "store/packages.h"

static vso_element_row_t *add(apr_array_header_t *rows, const char *id,
                              const char *folder)
{
    vso_element_row_t *row = apr_pcalloc(pool, sizeof(*row));

    row->element_id = id;
    row->folder = folder;
    APR_ARRAY_PUSH(rows, vso_element_row_t *) = row;
    return row;
}

static apr_array_header_t *none(void)
{
    return apr_array_make(pool, 8, sizeof(vso_element_row_t *));
}

START_TEST(folders_that_differ_stay)
{
    apr_array_header_t *rows = none();
    vso_element_row_t *b = add(rows, "2", "beta");
    vso_element_row_t *a = add(rows, "1", "alpha");

    vso_element_folders_make_unique(none(), pool);
    vso_element_folders_make_unique(rows, pool);
    ck_assert_str_eq(a->folder, "alpha");
    ck_assert_str_eq(b->folder, "beta");
    ck_assert_ptr_eq(APR_ARRAY_IDX(rows, 0, vso_element_row_t *), b);
}
END_TEST

/** As archives compare names: on some systems letters have one case. */
START_TEST(the_first_by_id_keeps_its_folder)
{
    apr_array_header_t *rows = none();
    vso_element_row_t *last = add(rows, "c", "same");
    vso_element_row_t *first = add(rows, "a", "Same");
    vso_element_row_t *middle = add(rows, "b", "SAME");
    int i;
    int j;

    vso_element_folders_make_unique(rows, pool);
    ck_assert_str_eq(first->folder, "Same");
    ck_assert_uint_eq(strlen(middle->folder), 32);
    ck_assert_uint_eq(strlen(last->folder), 32);
    for (i = 0; i < rows->nelts; i++) {
        for (j = 0; j < i; j++) {
            ck_assert_int_ne(
                vso_zip_name_compare(
                    APR_ARRAY_IDX(rows, i, vso_element_row_t *)->folder,
                    APR_ARRAY_IDX(rows, j, vso_element_row_t *)->folder),
                0);
        }
    }
}
END_TEST

START_TEST(an_element_gets_the_same_folder_each_time)
{
    apr_array_header_t *once = none();
    apr_array_header_t *again = none();
    vso_element_row_t *one;
    vso_element_row_t *other;

    add(once, "a", "same");
    one = add(once, "b", "same");
    other = add(again, "b", "same");
    add(again, "a", "same");
    add(again, "c", "another");
    vso_element_folders_make_unique(once, pool);
    vso_element_folders_make_unique(again, pool);
    ck_assert_str_ne(one->folder, "same");
    ck_assert_str_eq(one->folder, other->folder);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("element_folders");
    TCase *tc = unit_case(s, "element_folders");

    tcase_add_test(tc, folders_that_differ_stay);
    tcase_add_test(tc, the_first_by_id_keeps_its_folder);
    tcase_add_test(tc, an_element_gets_the_same_folder_each_time);
    return s;
}
