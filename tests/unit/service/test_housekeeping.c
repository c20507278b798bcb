/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include <apr_time.h>

#include "base/limits.h"
#include "service/housekeeping.h"

static const char *count(const char *path, const char *table)
{
    return plain_sql(path,
                     apr_pstrcat(pool, "SELECT COUNT(*) FROM ", table, NULL));
}

static apr_int64_t now_of(vso_store_t *store)
{
    apr_int64_t now_sec = 0;

    assert_ok(vso_store_now(store, &now_sec, res, pool));
    return now_sec;
}

/** Run a statement, with the number in place of each #. */
static void put(const char *path, const char *format, apr_int64_t number)
{
    const char *text = vso_db_number(number, pool);
    char *sql = apr_pstrdup(pool, format);
    char *mark;

    while ((mark = strchr(sql, '#')) != NULL) {
        *mark = '\0';
        sql = apr_pstrcat(pool, sql, text, mark + 1, NULL);
    }
    plain_sql(path, sql);
}

START_TEST(deletes_what_is_over_in_every_table)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_int64_t now_sec = now_of(store);
    apr_int64_t hour = 3600;
    const char *session = "INSERT INTO vmo_session VALUES ('#', #, '')";
    const char *node = "INSERT INTO vmo_node VALUES ('#', 'i', 1, '', 1, "
                       "0, 0, '', 1000, 1, #, 0, '', 0, 0)";
    const char *event = "INSERT INTO vmo_event VALUES ('e', 1, #, 'n', 5)";

    put(path, session, apr_time_from_sec(now_sec - hour));
    put(path, session, apr_time_from_sec(now_sec + hour));
    put(path, session, 0); /* no session says so */
    put(path, node, now_sec - VSO_NODE_KEEP_SEC - hour);
    put(path, node, now_sec);
    put(path, event, 1);
    put(path, event, 2); /* the newest stays */
    put(path, "INSERT INTO vmo_package_content VALUES (#, 9, 0, '', '')", 1);
    put(path, "INSERT INTO vmo_package_content VALUES (#, 0, 0, '', '')", 2);
    put(path, "INSERT INTO vmo_package_chunk VALUES (#, 0, '')", 3);
    put(path, "INSERT INTO vmo_package_chunk VALUES (#, 0, '')", 2);
    assert_ok(vso_housekeeping_purge(store, res, pool));
    ck_assert_str_eq(count(path, "vmo_session"), "1");
    ck_assert_str_eq(count(path, "vmo_node"), "1");
    ck_assert_str_eq(plain_sql(path, "SELECT seq FROM vmo_event"), "2");
    ck_assert_str_eq(plain_sql(path, "SELECT id FROM vmo_package_content"),
                     "2");
    ck_assert_str_eq(
        plain_sql(path, "SELECT content_id FROM vmo_package_chunk"), "2");
}
END_TEST

START_TEST(deletes_imports_that_have_expired)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    const char *import = "INSERT INTO vmo_import VALUES (#, 0, '', 0, '',"
                         " '', 1, #, '')";
    int gone = 7;

    assert_ok(vso_housekeeping_expire_imports(store, &gone, res, pool));
    ck_assert_int_eq(gone, 0);
    put(path, import, now_of(store) - 1);
    put(path, import, now_of(store) + 3600);
    assert_ok(vso_housekeeping_expire_imports(store, &gone, res, pool));
    ck_assert_int_eq(gone, 1);
    ck_assert_str_eq(count(path, "vmo_import"), "1");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("purge");
    TCase *tc = unit_case(s, "purge");

    tcase_add_test(tc, deletes_what_is_over_in_every_table);
    tcase_add_test(tc, deletes_imports_that_have_expired);
    return s;
}
