/* SPDX-License-Identifier: Apache-2.0 */
#include "service_util.h"

#include "service/trail.h"

static const vso_audit_row_t *row_of(const apr_array_header_t *rows, int i)
{
    return &APR_ARRAY_IDX(rows, i, vso_audit_row_t);
}

START_TEST(pages_hold_one_action_or_all)
{
    const vso_audit_filter_t all = {.entry = NULL};
    const vso_audit_filter_t replaced = {.action = "replace"};
    apr_array_header_t *rows = NULL;

    create(0);
    create(1);
    create(1);
    assert_ok(vso_trail_page(context, &all, 0, 2, &rows, res));
    ck_assert_int_eq(rows->nelts, 2);
    ck_assert_int_eq(row_of(rows, 0)->seq, 3);
    assert_ok(vso_trail_page(context, &all, 2, 2, &rows, res));
    ck_assert_int_eq(rows->nelts, 1);
    ck_assert_str_eq(row_of(rows, 0)->event.action, "create");
    assert_ok(vso_trail_page(context, &replaced, 3, 10, &rows, res));
    ck_assert_int_eq(rows->nelts, 1);
    ck_assert_int_eq(row_of(rows, 0)->seq, 2);
}
END_TEST

START_TEST(it_is_verified_with_its_master_key_only)
{
    vso_context_t other = *context;
    vso_audit_verdict_t verdict;
    vso_keyring_t *wrong = ring_of("another key of 32 bytes, or more", NULL);

    create(0);
    assert_ok(vso_trail_verify(context, &verdict, res));
    ck_assert(verdict.intact);
    ck_assert_int_eq(verdict.rows, 1);
    assert_ok(vso_store_open(vso_store_db(context->store), wrong, 1,
                             &other.store, res, pool));
    assert_refused(vso_trail_verify(&other, &verdict, res), VSO_P_SEALED);
}
END_TEST

START_TEST(the_newest_export_of_a_version_counts)
{
    const vso_secret_t *password =
        vso_secret_copy("long enough for it", 18, pool);
    vso_version_t *version = create(0);
    apr_int64_t at_sec = 1;
    vso_secret_t *file;

    assert_ok(vso_keystore_last_export(context, version->id, &at_sec, res));
    ck_assert_int_eq(at_sec, 0);
    assert_ok(vso_keystore_export(context, version->id, "pkcs12", password,
                                  &file, &outcome, res));
    assert_ok(vso_keystore_last_export(context, version->id, &at_sec, res));
    ck_assert_int_gt(at_sec, 0);
    assert_ok(vso_keystore_last_export(context, version->id + 1, &at_sec, res));
    ck_assert_int_eq(at_sec, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("trail");
    TCase *tc = service_case(s, "trail");

    tcase_add_test(tc, pages_hold_one_action_or_all);
    tcase_add_test(tc, it_is_verified_with_its_master_key_only);
    tcase_add_test(tc, the_newest_export_of_a_version_counts);
    return s;
}
