/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/limits.h"

static vso_audit_verdict_t verified(vso_store_t *store)
{
    vso_audit_verdict_t verdict;

    assert_ok(vso_audit_verify(store, &verdict, res, pool));
    return verdict;
}

static void assert_bad(vso_store_t *store, apr_int64_t seq)
{
    vso_audit_verdict_t verdict = verified(store);

    ck_assert(!verdict.intact);
    ck_assert_int_eq(verdict.bad_seq, seq);
    ck_assert_ptr_nonnull(verdict.reason);
}

static vso_audit_row_t row_at(vso_store_t *store, apr_int64_t seq)
{
    apr_array_header_t *rows = NULL;

    assert_ok(vso_audit_list(store, seq + 1, 1, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 1);
    return APR_ARRAY_IDX(rows, 0, vso_audit_row_t);
}

START_TEST(verifies_an_empty_trail)
{
    vso_audit_verdict_t verdict = verified(store_on(memory_db(), "a"));

    ck_assert(verdict.intact);
    ck_assert_int_eq(verdict.rows, 0);
    ck_assert_str_eq(verdict.head, VSO_FIRST_MAC);
}
END_TEST

START_TEST(lists_newest_first_in_pages)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_array_header_t *rows = NULL;

    change_times(store, 5);
    assert_ok(vso_audit_list(store, 0, 2, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 2);
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 0, vso_audit_row_t).seq, 5);
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 1, vso_audit_row_t).seq, 4);
    assert_ok(vso_audit_list(store, 4, 500, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 3);
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 2, vso_audit_row_t).seq, 1);
    assert_ok(vso_audit_list(store, 1, 500, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 0);
}
END_TEST

static const char *found(vso_store_t *store, vso_audit_filter_t filter,
                         apr_int64_t before, int limit)
{
    apr_array_header_t *rows = NULL;
    const char *text = "";
    int i;

    assert_ok(vso_audit_find(store, &filter, before, limit, &rows, res, pool));
    for (i = 0; i < rows->nelts; i++) {
        text = apr_psprintf(pool, "%s%s%d", text, i ? "," : "",
                            (int)APR_ARRAY_IDX(rows, i, vso_audit_row_t).seq);
    }
    return text;
}

#define FOUND(...) found(store, (vso_audit_filter_t){__VA_ARGS__}, 0, 500)

/** A row of its own. */
static void put(const char *path, int seq, const char *actor,
                const char *action, const char *entry, const char *outcome)
{
    plain_sql(path,
              apr_psprintf(pool,
                           "INSERT INTO vmo_audit VALUES (%d, %d, '%s', '',"
                           " '%s', '%s', 0, '%s', '', '')",
                           seq, 100 * seq, actor, action, entry, outcome));
}

START_TEST(finds_rows_by_what_they_say)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");

    put(path, 1, "ann", "create", "a", "ok");
    put(path, 2, "ann", "export", "a", "forbidden");
    put(path, 3, "bob", "create", "b", "ok");
    put(path, 4, "bob", "export", "a", "ok");
    put(path, 5, "ann", "create", "", "invalid");
    ck_assert_str_eq(FOUND(.entry = NULL), "5,4,3,2,1");
    ck_assert_str_eq(FOUND(.entry = "a"), "4,2,1");
    ck_assert_str_eq(FOUND(.actor = "bob"), "4,3");
    ck_assert_str_eq(FOUND(.action = "create"), "5,3,1");
    ck_assert_str_eq(FOUND(.outcome = "ok"), "4,3,1");
    ck_assert_str_eq(FOUND(.outcome = "forbidden"), "2");
    ck_assert_str_eq(FOUND(.entry = "a", .actor = "ann", .outcome = "ok"), "1");
    ck_assert_str_eq(FOUND(.action = "create", .outcome = "invalid"), "5");
    ck_assert_str_eq(FOUND(.entry = "c"), "");
    ck_assert_str_eq(FOUND(.from_sec = 200, .to_sec = 400), "4,3,2");
    ck_assert_str_eq(FOUND(.from_sec = 201, .actor = "ann"), "5");
    ck_assert_str_eq(FOUND(.to_sec = 99), "");
    ck_assert_str_eq(found(store, (vso_audit_filter_t){.entry = "a"}, 4, 1),
                     "2");
    ck_assert_str_eq(found(store, (vso_audit_filter_t){.to_sec = 400}, 4, 2),
                     "3,2");
    /* a clock that was set back */
    plain_sql(path, "UPDATE vmo_audit SET at_sec = 250 WHERE seq = 5");
    ck_assert_str_eq(FOUND(.from_sec = 200, .to_sec = 300), "5,3,2");
}
END_TEST

START_TEST(lists_one_action_and_finds_its_last)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_array_header_t *rows = NULL;
    const char *action;
    apr_int64_t at_sec = 1;

    change_times(store, 3);
    action = row_at(store, 1).event.action;
    assert_ok(vso_audit_list_action(store, action, 3, 500, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 2);
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 0, vso_audit_row_t).seq, 2);
    assert_ok(
        vso_audit_list_action(store, "nothing", 0, 500, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 0);

    assert_ok(vso_audit_last(store, action, row_at(store, 1).event.version_id,
                             &at_sec, res, pool));
    ck_assert_int_eq(at_sec, row_at(store, 3).at_sec);
    assert_ok(vso_audit_last(store, action, 999, &at_sec, res, pool));
    ck_assert_int_eq(at_sec, 0);
}
END_TEST

START_TEST(records_hostile_texts_harmlessly)
{
    vso_store_t *store = store_on(memory_db(), "a");
    char *big = apr_pcalloc(pool, 5000);
    vso_audit_event_t event = {"a\r\nb\x1b[1m",
                               NULL,
                               "x\xffy\xc3\xa4\xed\xa0\x80z",
                               big,
                               0,
                               "'); DROP TABLE vmo_audit; --"};
    vso_audit_row_t row;

    memset(big, 'x', VSO_MAX_AUDIT_TEXT - 1);
    memcpy(big + VSO_MAX_AUDIT_TEXT - 1, "\xc3\xa4", 3);
    assert_ok(vso_change_run(store, &event, no_change, NULL, NULL, res, pool));
    row = row_at(store, 1);
    ck_assert_str_eq(row.event.actor, "a??b?[1m");
    ck_assert_str_eq(row.event.address, "");
    ck_assert_str_eq(row.event.action, "x?y\xc3\xa4???z");
    ck_assert_uint_eq(strlen(row.event.entry), VSO_MAX_AUDIT_TEXT - 1);
    ck_assert_str_eq(row.event.detail, "'); DROP TABLE vmo_audit; --");
    ck_assert(verified(store).intact);
}
END_TEST

/** The documented form, written down by hand. */
START_TEST(chains_as_documented)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = {"vmware", "::1", "create",
                               "server", 7,     "a:b\xc3\xa4"};
    const vso_secret_t *key = vso_store_audit_key(store);
    unsigned char mac[32];
    char hex[65];
    vso_audit_row_t row;
    const char *at;
    const char *form;
    int i;

    assert_ok(vso_change_run(store, &event, no_change, NULL, NULL, res, pool));
    row = row_at(store, 1);
    at = apr_psprintf(pool, "%" APR_INT64_T_FMT, row.at_sec);
    form = apr_psprintf(pool,
                        "1:1\n%d:%s\n6:vmware\n3:::1\n6:create\n6:server\n"
                        "1:7\n2:ok\n5:a:b\xc3\xa4\n64:%s\n",
                        (int)strlen(at), at, VSO_FIRST_MAC);
    ck_assert_uint_eq(key->len, 32);
    ck_assert_ptr_nonnull(HMAC(EVP_sha256(), key->data, (int)key->len,
                               (const unsigned char *)form, strlen(form), mac,
                               NULL));
    for (i = 0; i < 32; i++) {
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    }
    ck_assert_str_eq(row.mac, hex);
    ck_assert_str_eq(verified(store).head, hex);
}
END_TEST

START_TEST(detects_a_change_of_any_column)
{
    static const char *const columns[] = {
        "at_sec = at_sec + 1",
        "actor = 'eve'",
        "address = '::1'",
        "action = 'other'",
        "alias = 'other'",
        "version_id = 9",
        "outcome = 'stale'",
        "detail = 'other'",
        "seq = 50",
        "mac = REPLACE(REPLACE(mac, '1', '2'), '3', '4')",
        "mac = ''",
        "mac = upper(mac)",
    };
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_size_t i;

    change_times(store, 5);
    plain_sql(path, "CREATE TABLE kept AS SELECT * FROM vmo_audit");
    store = store_on(file_db(path, pool), "a");
    for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        plain_sql(path, apr_pstrcat(pool, "UPDATE vmo_audit SET ", columns[i],
                                    " WHERE seq = 3", NULL));
        assert_bad(store, 3);
        plain_sql(path, "DELETE FROM vmo_audit");
        plain_sql(path, "INSERT INTO vmo_audit SELECT * FROM kept");
        ck_assert(verified(store).intact);
    }
}
END_TEST

START_TEST(detects_missing_rows)
{
    static const struct {
        const char *sql;
        apr_int64_t bad_seq;
    } cuts[] = {
        {"DELETE FROM vmo_audit WHERE seq = 1", 1},
        {"DELETE FROM vmo_audit WHERE seq = 3", 3},
        {"DELETE FROM vmo_audit WHERE seq = 5", 5},
        {"DELETE FROM vmo_audit WHERE seq > 2", 3},
        {"DELETE FROM vmo_audit", 1},
    };
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_size_t i;

    change_times(store, 5);
    plain_sql(path, "CREATE TABLE kept AS SELECT * FROM vmo_audit");
    store = store_on(file_db(path, pool), "a");
    for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        plain_sql(path, cuts[i].sql);
        assert_bad(store, cuts[i].bad_seq);
        plain_sql(path, "DELETE FROM vmo_audit");
        plain_sql(path, "INSERT INTO vmo_audit SELECT * FROM kept");
    }
}
END_TEST

START_TEST(detects_rows_that_were_put_in)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");

    change_times(store, 3);
    plain_sql(path, "INSERT INTO vmo_audit SELECT 4, at_sec, actor, address,"
                    " action, alias, version_id, outcome, detail, mac"
                    " FROM vmo_audit WHERE seq = 3");
    assert_bad(store, 4);
    plain_sql(path, "DELETE FROM vmo_audit WHERE seq = 4");
    ck_assert(verified(store).intact);
    plain_sql(path, "UPDATE vmo_keystore_state SET audit_seq = 2");
    assert_bad(store, 3);
    plain_sql(path, "UPDATE vmo_keystore_state SET audit_seq = 3,"
                    " audit_mac = (SELECT mac FROM vmo_audit WHERE seq = 2)");
    assert_bad(store, 3);
}
END_TEST

START_TEST(walks_more_than_a_page)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_verdict_t verdict;

    change_times(store, 2 * VSO_MAX_PAGE);
    verdict = verified(store);
    ck_assert(verdict.intact);
    ck_assert_int_eq(verdict.rows, 2 * VSO_MAX_PAGE);
    change_times(store, 1);
    ck_assert_int_eq(verified(store).rows, 2 * VSO_MAX_PAGE + 1);
    ck_assert_str_eq(verified(store).head,
                     row_at(store, 2 * VSO_MAX_PAGE + 1).mac);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("audit");
    TCase *tc = unit_case(s, "audit");

    tcase_add_test(tc, verifies_an_empty_trail);
    tcase_add_test(tc, lists_newest_first_in_pages);
    tcase_add_test(tc, lists_one_action_and_finds_its_last);
    tcase_add_test(tc, finds_rows_by_what_they_say);
    tcase_add_test(tc, records_hostile_texts_harmlessly);
    tcase_add_test(tc, chains_as_documented);
    tcase_add_test(tc, detects_a_change_of_any_column);
    tcase_add_test(tc, detects_missing_rows);
    tcase_add_test(tc, detects_rows_that_were_put_in);
    tcase_add_test(tc, walks_more_than_a_page);
    return s;
}
