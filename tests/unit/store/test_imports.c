/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include "base/limits.h"
#include "store/content.h"
#include "store/dialect.h"
#include "store/imports.h"

#define NOW 1000000

static vso_import_row_t begun(vso_store_t *store, apr_int64_t created_sec)
{
    vso_import_row_t row = {.created_by = "vmware",
                            .created_sec = created_sec,
                            .expires_sec = created_sec + VSO_IMPORT_TTL_SEC};

    assert_ok(vso_imports_begin(store, &row, res, pool));
    ck_assert_int_gt(row.id, 0);
    return row;
}

static void upload(vso_store_t *store, vso_import_row_t *row)
{
    vso_content_writer_t *writer = NULL;

    assert_ok(vso_content_begin(store, row->id, &writer, res, pool));
    assert_ok(vso_content_write(writer, "package", 7, res));
    assert_ok(vso_content_end(writer, &row->content_id, &row->sha256, res));
    row->size = 7;
}

static vso_import_row_t staged(vso_store_t *store, apr_int64_t created_sec)
{
    vso_import_row_t row = begun(store, created_sec);

    upload(store, &row);
    row.name = "com.example.packäge";
    assert_ok(vso_imports_stage(store, &row, res, pool));
    return row;
}

static void assert_missing(vso_store_t *store, apr_int64_t id,
                           apr_int64_t now_sec)
{
    vso_import_row_t *row = NULL;

    assert_refused(vso_imports_get(store, id, now_sec, &row, res, pool),
                   VSO_P_NOT_FOUND);
}

static int listed(vso_store_t *store, apr_int64_t now_sec)
{
    apr_array_header_t *rows = NULL;

    assert_ok(vso_imports_list(store, now_sec, &rows, res, pool));
    return rows->nelts;
}

static const char *rows_of(const char *path, const char *table)
{
    return plain_sql(path,
                     apr_pstrcat(pool, "SELECT COUNT(*) FROM ", table, NULL));
}

static void assert_empty(const char *path)
{
    ck_assert_str_eq(rows_of(path, "vmo_import"), "0");
    ck_assert_str_eq(rows_of(path, "vmo_package_content"), "0");
    ck_assert_str_eq(rows_of(path, "vmo_package_chunk"), "0");
}

START_TEST(comes_back_as_it_was_staged)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_import_row_t row = staged(store, NOW);
    vso_import_row_t *back = NULL;

    assert_ok(vso_imports_get(store, row.id, NOW, &back, res, pool));
    ck_assert_int_eq(back->id, row.id);
    ck_assert_int_eq(back->content_id, row.content_id);
    ck_assert_str_eq(back->sha256, row.sha256);
    ck_assert_int_eq(back->size, 7);
    ck_assert_str_eq(back->name, "com.example.packäge");
    ck_assert_str_eq(back->created_by, "vmware");
    ck_assert_int_eq(back->created_sec, NOW);
    ck_assert_int_eq(back->expires_sec, NOW + VSO_IMPORT_TTL_SEC);
}
END_TEST

START_TEST(is_not_there_while_uploading)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_import_row_t row = begun(store, NOW);

    assert_missing(store, row.id, NOW);
    ck_assert_int_eq(listed(store, NOW), 0);
    assert_ok(vso_imports_delete(store, NULL, row.id, res, pool));
    row.content_id = 1;
    assert_refused(vso_imports_stage(store, &row, res, pool), VSO_P_NOT_FOUND);
}
END_TEST

START_TEST(lists_newest_first_until_they_expire)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_import_row_t first = staged(store, NOW);
    vso_import_row_t second = staged(store, NOW + 10);
    apr_array_header_t *rows = NULL;

    assert_ok(vso_imports_list(store, NOW + 10, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 2);
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 0, vso_import_row_t *)->id, second.id);
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 1, vso_import_row_t *)->id, first.id);
    ck_assert_int_eq(listed(store, NOW + VSO_IMPORT_TTL_SEC), 1);
    assert_missing(store, first.id, NOW + VSO_IMPORT_TTL_SEC);
    ck_assert_int_eq(listed(store, NOW + 10 + VSO_IMPORT_TTL_SEC), 0);
}
END_TEST

START_TEST(only_so_many_wait)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_import_row_t row;
    int i;

    for (i = 0; i < VSO_MAX_IMPORTS; i++) {
        row = staged(store, NOW);
    }
    ck_assert_int_ne(vso_imports_begin(store, &row, res, pool), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_SLOW_DOWN);
    ck_assert_ptr_nonnull(strstr(res->detail, "cancel"));
    vso_result_clear(res);
    begun(store, NOW + VSO_IMPORT_TTL_SEC);
}
END_TEST

START_TEST(one_user_leaves_places_to_others)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_import_row_t row;
    int i;

    staged(store, NOW);
    for (i = 0; i < VSO_MAX_RECEIVING; i++) {
        row = begun(store, NOW);
    }
    ck_assert_int_ne(vso_imports_begin(store, &row, res, pool), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_SLOW_DOWN);
    ck_assert_ptr_nonnull(strstr(res->detail, "vmware"));
    vso_result_clear(res);
    row.created_by = "another";
    assert_ok(vso_imports_begin(store, &row, res, pool));
    begun(store, NOW + VSO_IMPORT_TTL_SEC);
}
END_TEST

START_TEST(goes_with_all_its_content)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_import_row_t row = staged(store, NOW);
    vso_import_row_t other = staged(store, NOW);

    upload(store, &row);
    assert_ok(vso_imports_delete(store, NULL, row.id, res, pool));
    assert_missing(store, row.id, NOW);
    ck_assert_str_eq(rows_of(path, "vmo_package_content"), "1");
    ck_assert_str_eq(rows_of(path, "vmo_package_chunk"), "1");
    assert_refused(vso_imports_delete(store, NULL, row.id, res, pool),
                   VSO_P_NOT_FOUND);
    assert_ok(vso_imports_delete(store, NULL, other.id, res, pool));
    assert_empty(path);
}
END_TEST

/** Deletes the import, then fails where it is told to. */
typedef struct {
    apr_int64_t id;
    int fail;
} cancel_t;

static apr_status_t cancel(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *result,
                           apr_pool_t *p)
{
    cancel_t *what = baton;
    apr_status_t rv;

    (void)event;
    rv = vso_imports_delete(change->store, change, what->id, result, p);
    return rv == APR_SUCCESS && what->fail
               ? vso_fail(result, VSO_P_INVALID, NULL, "refused")
               : rv;
}

START_TEST(goes_with_the_change_or_stays_with_it)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_import_row_t row = staged(store, NOW);
    vso_audit_event_t event = event_of("test");
    cancel_t what = {row.id, 1};
    vso_import_row_t *back = NULL;

    assert_refused(
        vso_change_run(store, &event, cancel, &what, NULL, res, pool),
        VSO_P_INVALID);
    assert_ok(vso_imports_get(store, row.id, NOW, &back, res, pool));
    what.fail = 0;
    assert_ok(vso_change_run(store, &event, cancel, &what, NULL, res, pool));
    assert_empty(path);
}
END_TEST

START_TEST(purges_what_has_expired)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_import_row_t *back = NULL;
    vso_import_row_t young;
    int count = -1;

    staged(store, NOW);
    begun(store, NOW);
    young = staged(store, NOW + 10);
    assert_ok(vso_imports_expire(store, NOW + VSO_IMPORT_TTL_SEC - 1, &count,
                                 res, pool));
    ck_assert_int_eq(count, 0);
    assert_ok(
        vso_imports_expire(store, NOW + VSO_IMPORT_TTL_SEC, &count, res, pool));
    ck_assert_int_eq(count, 2);
    assert_ok(vso_imports_get(store, young.id, NOW, &back, res, pool));
    ck_assert_str_eq(rows_of(path, "vmo_package_content"), "1");
    ck_assert_str_eq(rows_of(path, "vmo_package_chunk"), "1");
}
END_TEST

START_TEST(purges_what_a_broken_upload_left)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_import_row_t kept = staged(store, NOW);
    vso_import_row_t *back = NULL;

    /* rows whose owner went while they were written */
    plain_sql(path, "INSERT INTO vmo_package_content VALUES (7, 8, 0, '', '')");
    plain_sql(path, "INSERT INTO vmo_package_chunk VALUES (7, 0, 'QUJD')");
    plain_sql(path, "INSERT INTO vmo_package_chunk VALUES (9, 0, 'QUJD')");
    /* what a package holds belongs to no import */
    plain_sql(path,
              "INSERT INTO vmo_package_content VALUES (10, 0, 3, '', '')");
    plain_sql(path, "INSERT INTO vmo_package_chunk VALUES (10, 0, 'QUJD')");
    assert_ok(vso_imports_drop_orphans(store, res, pool));
    ck_assert_str_eq(rows_of(path, "vmo_package_content"), "2");
    ck_assert_str_eq(rows_of(path, "vmo_package_chunk"), "2");
    assert_ok(vso_imports_get(store, kept.id, NOW, &back, res, pool));
}
END_TEST

START_TEST(lives_while_it_is_renewed)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_import_row_t row = begun(store, NOW);
    vso_import_row_t dead = begun(store, NOW);
    vso_import_row_t done = staged(store, NOW);
    const apr_int64_t ids[] = {row.id, done.id};
    vso_content_writer_t *writer = NULL;
    vso_import_row_t *back = NULL;
    apr_int64_t now_sec = 0;
    int count = -1;

    assert_ok(vso_content_begin(store, dead.id, &writer, res, pool));
    assert_ok(vso_db_now(vso_store_db(store), &now_sec, res, pool));
    assert_ok(vso_imports_renew(store, ids, 2, res, pool));
    assert_ok(vso_imports_get(store, done.id, NOW, &back, res, pool));
    ck_assert_int_eq(back->expires_sec, NOW + VSO_IMPORT_TTL_SEC);
    /* the other two are of long ago */
    assert_ok(vso_imports_expire(store, now_sec, &count, res, pool));
    ck_assert_int_eq(count, 2);
    ck_assert_str_eq(rows_of(path, "vmo_import"), "1");
    ck_assert_str_eq(rows_of(path, "vmo_package_content"), "0");
    assert_ok(vso_imports_expire(store, now_sec + VSO_IMPORT_ALIVE_SEC + 60,
                                 &count, res, pool));
    ck_assert_int_eq(count, 1);
    assert_empty(path);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("imports");
    TCase *tc = unit_case(s, "imports");

    tcase_add_test(tc, comes_back_as_it_was_staged);
    tcase_add_test(tc, is_not_there_while_uploading);
    tcase_add_test(tc, lists_newest_first_until_they_expire);
    tcase_add_test(tc, only_so_many_wait);
    tcase_add_test(tc, one_user_leaves_places_to_others);
    tcase_add_test(tc, goes_with_all_its_content);
    tcase_add_test(tc, goes_with_the_change_or_stays_with_it);
    tcase_add_test(tc, purges_what_has_expired);
    tcase_add_test(tc, purges_what_a_broken_upload_left);
    tcase_add_test(tc, lives_while_it_is_renewed);
    return s;
}
