/* SPDX-License-Identifier: Apache-2.0 */
#include "change_util.h"

START_TEST(waits_for_a_first_master_key)
{
    const char *path = file_path();

    ck_assert_ptr_nonnull(
        strstr(vso_store_sealed(store_on(file_db(path, pool), "")),
               "VSOCertMasterKey"));
    ck_assert_ptr_null(vso_store_sealed(store_on(file_db(path, pool), "a")));
    ck_assert_ptr_nonnull(vso_store_sealed(store_on(file_db(path, pool), "b")));
}
END_TEST

START_TEST(is_sealed_when_its_row_was_edited)
{
    const char *path = file_path();

    change_times(store_on(file_db(path, pool), "a"), 1);
    plain_sql(path, "UPDATE vmo_keystore_state SET keystore_id = 'other'");
    ck_assert_ptr_nonnull(
        strstr(vso_store_sealed(store_on(file_db(path, pool), "a")),
               "vmo_keystore_state"));
}
END_TEST

static apr_status_t reseal(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *result,
                           apr_pool_t *p)
{
    (void)baton;
    (void)event;
    return vso_change_reseal(change, result, p);
}

START_TEST(survives_a_change_of_master_keys)
{
    const char *path = file_path();
    vso_audit_event_t event = event_of("reseal");
    vso_store_t *store = store_on(file_db(path, pool), "a");

    change_times(store, 2);
    store = store_on(file_db(path, pool), "ba");
    assert_ok(vso_change_run(store, &event, reseal, NULL, NULL, res, pool));
    ck_assert_ptr_nonnull(vso_store_sealed(store_on(file_db(path, pool), "a")));
    store = store_on(file_db(path, pool), "b");
    ck_assert_ptr_null(vso_store_sealed(store));
    change_times(store, 1);
    assert_intact(store, 4);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("store");
    TCase *tc = unit_case(s, "store");

    tcase_add_test(tc, waits_for_a_first_master_key);
    tcase_add_test(tc, is_sealed_when_its_row_was_edited);
    tcase_add_test(tc, survives_a_change_of_master_keys);
    return s;
}
