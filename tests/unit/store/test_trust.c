/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include "base/limits.h"
#include "store/trust.h"

typedef struct {
    vso_trusted_t row;
    int added;
} entry_t;

static apr_status_t add(vso_change_t *change, void *baton,
                        vso_audit_event_t *event, vso_result_t *result,
                        apr_pool_t *p)
{
    entry_t *entry = baton;

    (void)event;
    return vso_trust_add(change, &entry->row, &entry->added, result, p);
}

static apr_status_t drop(vso_change_t *change, void *baton,
                         vso_audit_event_t *event, vso_result_t *result,
                         apr_pool_t *p)
{
    entry_t *entry = baton;

    (void)event;
    return vso_trust_remove(change, entry->row.fingerprint, result, p);
}

static apr_status_t run(vso_store_t *store, vso_change_fn *fn, entry_t *entry)
{
    vso_audit_event_t event = event_of("test");

    return vso_change_run(store, &event, fn, entry, NULL, res, pool);
}

static entry_t entry_of(const char *fingerprint, apr_int64_t added_sec)
{
    entry_t entry = {.row = {.fingerprint = fingerprint,
                             .certificate = "PEM",
                             .subject_text = "CN=Ünter",
                             .issuer_text = "CN=root",
                             .serial = "1f",
                             .key_type = "rsa-2048",
                             .not_before_sec = 5,
                             .not_after_sec = 6,
                             .source = "file",
                             .added_by = "vmware",
                             .added_sec = added_sec},
                     .added = -1};

    return entry;
}

static vso_trusted_t *found(vso_store_t *store, const char *fingerprint)
{
    vso_trusted_t *row = NULL;

    assert_ok(vso_trust_find(store, fingerprint, &row, res, pool));
    return row;
}

START_TEST(comes_back_as_it_was_added)
{
    vso_store_t *store = store_on(memory_db(), "a");
    entry_t entry = entry_of("aa", 0);
    vso_trusted_t *row;

    ck_assert_ptr_null(found(store, "aa"));
    assert_ok(run(store, add, &entry));
    ck_assert_int_eq(entry.added, 1);
    row = found(store, "aa");
    ck_assert_str_eq(row->certificate, "PEM");
    ck_assert_str_eq(row->subject_text, "CN=Ünter");
    ck_assert_str_eq(row->issuer_text, "CN=root");
    ck_assert_str_eq(row->serial, "1f");
    ck_assert_str_eq(row->key_type, "rsa-2048");
    ck_assert_int_eq(row->not_before_sec, 5);
    ck_assert_int_eq(row->not_after_sec, 6);
    ck_assert_str_eq(row->source, "file");
    ck_assert_str_eq(row->added_by, "vmware");
    ck_assert_int_gt(row->added_sec, 1600000000);
}
END_TEST

START_TEST(keeps_who_added_it_first)
{
    vso_store_t *store = store_on(memory_db(), "a");
    entry_t first = entry_of("aa", 100);
    entry_t again = entry_of("aa", 200);

    again.row.added_by = "somebody";
    assert_ok(run(store, add, &first));
    assert_ok(run(store, add, &again));
    ck_assert_int_eq(again.added, 0);
    ck_assert_str_eq(found(store, "aa")->added_by, "vmware");
    ck_assert_int_eq(found(store, "aa")->added_sec, 100);
}
END_TEST

START_TEST(lists_newest_first_and_removes)
{
    vso_store_t *store = store_on(memory_db(), "a");
    entry_t first = entry_of("aa", 100);
    entry_t second = entry_of("bb", 200);
    apr_array_header_t *rows = NULL;

    assert_ok(run(store, add, &first));
    assert_ok(run(store, add, &second));
    assert_ok(vso_trust_list(store, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 0, vso_trusted_t *)->fingerprint,
                     "bb");
    assert_ok(run(store, drop, &second));
    ck_assert_ptr_null(found(store, "bb"));
    assert_refused(run(store, drop, &second), VSO_P_NOT_FOUND);
    ck_assert_ptr_nonnull(found(store, "aa"));
}
END_TEST

START_TEST(finds_namesakes)
{
    vso_store_t *store = store_on(memory_db(), "a");
    entry_t entry = entry_of("aa", 100);
    apr_array_header_t *rows = NULL;

    assert_ok(run(store, add, &entry));
    assert_ok(vso_trust_namesakes(store, "CN=Ünter", "bb", &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 1);
    assert_ok(vso_trust_namesakes(store, "CN=Ünter", "aa", &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 0);
    assert_ok(vso_trust_namesakes(store, "CN=ünter", "bb", &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 0);
}
END_TEST

static apr_status_t fill(vso_change_t *change, void *baton,
                         vso_audit_event_t *event, vso_result_t *result,
                         apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int added;
    int i;

    (void)baton;
    (void)event;
    for (i = 0; rv == APR_SUCCESS && i < VSO_MAX_TRUSTED; i++) {
        entry_t entry = entry_of(apr_psprintf(p, "%d", i), 100);

        rv = vso_trust_add(change, &entry.row, &added, result, p);
    }
    return rv;
}

START_TEST(holds_only_so_many)
{
    vso_store_t *store = store_on(memory_db(), "a");
    entry_t entry = entry_of("one too many", 0);
    entry_t known = entry_of("7", 0);

    assert_ok(run(store, fill, NULL));
    assert_refused(run(store, add, &entry), VSO_P_TOO_LARGE);
    assert_ok(run(store, add, &known));
    ck_assert_int_eq(known.added, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("trust_store");
    TCase *tc = unit_case(s, "trust_store");

    tcase_add_test(tc, comes_back_as_it_was_added);
    tcase_add_test(tc, keeps_who_added_it_first);
    tcase_add_test(tc, lists_newest_first_and_removes);
    tcase_add_test(tc, finds_namesakes);
    tcase_add_test(tc, holds_only_so_many);
    return s;
}
