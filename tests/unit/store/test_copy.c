/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of a keystore, which are keystores of their own, and one that moves.
 */
#include "keystore_of.h"
#include "row_check_util.h"

#include "store/copy.h"
#include "store/trust.h"
#include "store/versions.h"

static const char *from_path;
static const char *to_path;

static void ignore(void *baton, const char *table, apr_int64_t rows)
{
    (void)baton;
    (void)table;
    (void)rows;
}

static apr_status_t copy(const char *ring, int move)
{
    const vso_copy_how_t how = {ring_of(ring), move};

    to_path = file_path();
    vso_result_clear(res);
    return vso_copy(file_db(from_path, pool), file_db(to_path, pool), &how,
                    ignore, NULL, res, pool);
}

static void begin(void)
{
    from_path = keystore_of(KEYSTORE_PARTS);
}

/** All rows of a keystore are right, but for some. */
static void assert_sound(const char *path, int forged)
{
    vso_row_check_t check;

    ck_assert_int_eq(check_rows(path, &check), 0);
    ck_assert_int_eq(check.forged, forged);
}

START_TEST(is_a_keystore_of_its_own)
{
    static const char id[] = "SELECT keystore_id FROM vmo_keystore_state";
    static const char mac[] = "SELECT mac FROM vmo_keystore WHERE id = 1";
    vso_audit_verdict_t verdict;
    vso_version_t *version = NULL;
    vso_secret_t *key = NULL;
    vso_store_t *store;

    begin();
    assert_ok(copy("a", 0));
    assert_sound(from_path, 0);
    assert_sound(to_path, 0);
    ck_assert_str_ne(plain_sql(from_path, id), plain_sql(to_path, id));
    ck_assert_str_ne(plain_sql(from_path, mac), plain_sql(to_path, mac));
    ck_assert_str_eq(plain_sql(to_path, "SELECT COUNT(*) FROM vmo_node"), "0");
    ck_assert_str_eq(plain_sql(to_path, "SELECT COUNT(*) FROM vmo_session"),
                     "0");
    change_times(store_on(file_db(to_path, pool), "a"), 2);
    assert_sound(to_path, 0);
    store = store_on(file_db(to_path, pool), "a");
    assert_ok(vso_audit_verify(store, &verdict, res, pool));
    ck_assert(verdict.intact);
    assert_ok(vso_versions_get(store, 1, &version, res, pool));
    assert_ok(vso_versions_open(ring_of("a"), version, &key, res, pool));
    change_times(store_on(file_db(from_path, pool), "a"), 1);
}
END_TEST

/* A row of one keystore is none of the other's. */
START_TEST(takes_no_row_of_the_other)
{
    vso_row_check_t check;

    begin();
    assert_ok(copy("a", 0));
    plain_sql(to_path, apr_psprintf(pool, "UPDATE vmo_package SET mac = '%s'",
                                    plain_sql(from_path,
                                              "SELECT mac FROM vmo_package")));
    check_rows(to_path, &check);
    ck_assert_int_eq(check.forged, 1);
}
END_TEST

START_TEST(makes_no_row_right_that_was_edited)
{
    begin();
    plain_sql(from_path, "UPDATE vmo_import SET name = 'x'");
    assert_ok(copy("a", 0));
    assert_sound(to_path, 1);
    ck_assert_str_eq(plain_sql(to_path, "SELECT name FROM vmo_import"), "x");
}
END_TEST

START_TEST(refuses_what_it_cannot_vouch_for)
{
    static const char *const edits[] = {
        "UPDATE vmo_package SET name = 'x'",
        "DELETE FROM vmo_trusted_certificate",
        "UPDATE vmo_keystore_state SET generation = generation + 1",
    };
    int i;

    for (i = 0; i < 3; i++) {
        begin();
        plain_sql(from_path, edits[i]);
        assert_refused(copy("a", 0), VSO_P_INTEGRITY);
        ck_assert_str_eq(
            plain_sql(to_path, "SELECT COUNT(*) FROM vmo_keystore"), "0");
    }
    begin();
    assert_refused(copy("b", 0), VSO_P_SEALED);
    assert_refused(copy("", 1), VSO_P_SEALED);
}
END_TEST

/* The source is not used any more, by nobody. */
START_TEST(moves_to_one_place)
{
    vso_audit_event_t event = event_of("create");
    vso_store_t *store = NULL;
    vso_store_t *open;

    begin();
    open = store_on(file_db(from_path, pool), "a");
    assert_ok(copy("a", 1));
    assert_sound(to_path, 0);
    change_times(store_on(file_db(to_path, pool), "a"), 1);
    assert_refused(vso_store_open(file_db(from_path, pool), ring_of("a"), 1,
                                  &store, res, pool),
                   VSO_P_MOVED);
    vso_result_clear(res);
    assert_refused(
        vso_change_run(open, &event, no_change, NULL, NULL, res, pool),
        VSO_P_MOVED);
    vso_result_clear(res);
    assert_refused(copy("a", 0), VSO_P_MOVED);
    assert_refused(copy("a", 1), VSO_P_MOVED);
    /* whoever takes the mark away has edited the row */
    plain_sql(from_path, "UPDATE vmo_keystore_state SET moved_sec = 0");
    ck_assert_ptr_nonnull(
        vso_store_forged(store_on(file_db(from_path, pool), "a")));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("copy");
    TCase *tc = unit_case(s, "copy");

    tcase_add_test(tc, is_a_keystore_of_its_own);
    tcase_add_test(tc, takes_no_row_of_the_other);
    tcase_add_test(tc, makes_no_row_right_that_was_edited);
    tcase_add_test(tc, refuses_what_it_cannot_vouch_for);
    tcase_add_test(tc, moves_to_one_place);
    return s;
}
