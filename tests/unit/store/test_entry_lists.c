/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and numbers of entries, as SQL makes them. */
#include "store_util.h"

#include "store/entries.h"
#include "store/nodes.h"

#define DAY 86400

/** A row of vmo_entry, past everything that writes them. */
static void put(const char *path, const char *name, const char *active,
                apr_int64_t not_after_sec, int pending, const char *search)
{
    plain_sql(path, apr_psprintf(
                        pool,
                        "INSERT INTO vmo_entry (name, generation, active,"
                        " not_after_sec, pending, self_signed,"
                        " backed_up_sec, renewal, search, mac) VALUES ('%s', 1,"
                        " '%s', %d, %d, %d, 0, '%s', '%s', '')",
                        name, active, (int)not_after_sec, pending, pending == 2,
                        pending == 2 ? "failing" : "", search));
}

static vso_store_t *filled(void)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");

    put(path, "a", "1", 30 * DAY, 0, "a\ncn=100%_of.example\no=ca");
    put(path, "b", "", 0, 1, "b\ncn=b.example");
    put(path, "c", "2,3", 10 * DAY, 2, "c\nwww.b.example");
    put(path, "D", "4", 10 * DAY, 0, "d\ncn=x!y.example");
    put(path, "e", "", 0, 0, "e");
    return store;
}

/** Names of a page, with commas. */
static const char *listed(vso_store_t *store, vso_entries_query_t query)
{
    apr_array_header_t *entries = NULL;
    const char *text = "";
    int i;

    query.limit = query.limit ? query.limit : 100;
    assert_ok(vso_entries_list(store, &query, &entries, res, pool));
    for (i = 0; i < entries->nelts; i++) {
        text =
            apr_pstrcat(pool, text, i ? "," : "",
                        APR_ARRAY_IDX(entries, i, vso_entry_t *)->name, NULL);
    }
    return text;
}

#define LISTED(...) listed(store, (vso_entries_query_t){__VA_ARGS__})

START_TEST(lists_by_name)
{
    vso_store_t *store = filled();

    ck_assert_str_eq(LISTED(.limit = 9), "D,a,b,c,e");
    ck_assert_str_eq(LISTED(.limit = 2), "D,a");
    ck_assert_str_eq(LISTED(.begun = 1, .after_name = "a", .limit = 2), "b,c");
    ck_assert_str_eq(LISTED(.begun = 1, .after_name = "e"), "");
}
END_TEST

START_TEST(lists_by_end_and_what_has_none_last)
{
    vso_store_t *store = filled();

    ck_assert_str_eq(LISTED(.by_end = 1), "D,c,a,b,e");
    ck_assert_str_eq(LISTED(.by_end = 1, .begun = 1, .after_sec = 10 * DAY,
                            .after_name = "D", .limit = 3),
                     "c,a,b");
    ck_assert_str_eq(LISTED(.by_end = 1, .begun = 1, .after_sec = 30 * DAY,
                            .after_name = "a"),
                     "b,e");
    ck_assert_str_eq(
        LISTED(.by_end = 1, .begun = 1, .after_sec = 0, .after_name = "b"),
        "e");
    ck_assert_str_eq(
        LISTED(.by_end = 1, .begun = 1, .after_sec = 0, .after_name = "e"), "");
}
END_TEST

START_TEST(filters)
{
    vso_store_t *store = filled();

    ck_assert_str_eq(LISTED(.search = "b.example"), "b,c");
    ck_assert_str_eq(LISTED(.search = "100%_of"), "a");
    ck_assert_str_eq(LISTED(.search = "100x_"), "");
    ck_assert_str_eq(LISTED(.search = "x!y"), "D");
    ck_assert_str_eq(LISTED(.search = "%"), "a");
    ck_assert_str_eq(LISTED(.search = "' OR ''='"), "");
    ck_assert_str_eq(LISTED(.state = "active"), "D,a,c");
    ck_assert_str_eq(LISTED(.state = "pending"), "b,c");
    ck_assert_str_eq(LISTED(.state = "none"), "e");
    ck_assert_str_eq(LISTED(.ends_by_sec = 10 * DAY), "D,c");
    ck_assert_str_eq(LISTED(.ends_by_sec = 10 * DAY - 1), "");
    ck_assert_str_eq(LISTED(.by_end = 1, .ends_by_sec = 30 * DAY,
                            .state = "pending", .search = "www"),
                     "c");
}
END_TEST

START_TEST(counts)
{
    static const apr_int64_t by_sec[VSO_ENTRIES_PERIODS] = {11 * DAY, 12 * DAY,
                                                            30 * DAY, 31 * DAY};
    vso_store_t *store = filled();
    vso_entries_count_t count;

    assert_ok(vso_entries_count(store, 10 * DAY, by_sec, &count, res, pool));
    ck_assert_int_eq(count.all, 5);
    ck_assert_int_eq(count.active, 3);
    ck_assert_int_eq(count.pending, 2);
    ck_assert_int_eq(count.none, 1);
    ck_assert_int_eq(count.self_signed, 1);
    ck_assert_int_eq(count.renewal_failing, 1);
    ck_assert_int_eq(count.expired, 2);
    ck_assert_int_eq(count.expiring[1], 0);
    ck_assert_int_eq(count.expiring[2], 1);
    assert_ok(vso_entries_count(store, 9 * DAY, by_sec, &count, res, pool));
    ck_assert_int_eq(count.expired, 0);
    ck_assert_int_eq(count.expiring[0], 2);
    ck_assert_int_eq(count.expiring[3], 3);
    store = store_on(memory_db(), "a");
    assert_ok(vso_entries_count(store, 9 * DAY, by_sec, &count, res, pool));
    ck_assert_int_eq(count.all, 0);
    ck_assert_int_eq(count.expiring[3], 0);
}
END_TEST

START_TEST(finds_some_by_name)
{
    vso_store_t *store = filled();
    apr_array_header_t *names = apr_array_make(pool, 8, sizeof(const char *));
    apr_array_header_t *entries = NULL;
    int i;

    assert_ok(vso_entries_some(store, names, &entries, res, pool));
    ck_assert_int_eq(entries->nelts, 0);
    APR_ARRAY_PUSH(names, const char *) = "c";
    for (i = 0; i < VSO_ENTRY_LIST; i++) {
        APR_ARRAY_PUSH(names, const char *) = apr_psprintf(pool, "no-%d", i);
    }
    APR_ARRAY_PUSH(names, const char *) = "a";
    assert_ok(vso_entries_some(store, names, &entries, res, pool));
    ck_assert_int_eq(entries->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(entries, 1, vso_entry_t *)->active, "1");
}
END_TEST

static void beat(vso_store_t *store, const char *name, const char *configured,
                 int by_name)
{
    vso_node_t node = {.node = name,
                       .instance = name,
                       .version = "",
                       .served = "",
                       .configured = configured,
                       .by_name = by_name,
                       .entries = 7};
    int taken;

    assert_ok(vso_node_beat(store, &node, 1, &taken, res, pool));
}

START_TEST(says_what_live_nodes_are_configured_for)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_array_header_t *rows = NULL;
    apr_int64_t now_sec = 0;

    assert_ok(vso_store_now(store, &now_sec, res, pool));
    beat(store, "one", "a one.example", 0);
    beat(store, "two", "a one.example", 0);
    beat(store, "gone", "b", 1);
    assert_ok(vso_nodes_configured(store, now_sec, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 2);
    plain_sql(path, "UPDATE vmo_node SET last_seen_sec = last_seen_sec - 100"
                    " WHERE node = 'gone'");
    assert_ok(vso_nodes_configured(store, now_sec, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 0, vso_nodes_configured_t).configured,
                     "a one.example");
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 0, vso_nodes_configured_t).by_name, 0);
    /* it asks seldom, and is as live as it can be */
    plain_sql(path, "UPDATE vmo_node SET poll_msec = 60000"
                    " WHERE node = 'gone'");
    assert_ok(vso_nodes_configured(store, now_sec, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 2);
    plain_sql(path, "UPDATE vmo_node SET poll_msec = 9223372036854775807,"
                    " last_seen_sec = 9223372036854775807");
    assert_ok(vso_nodes_configured(store, now_sec, &rows, res, pool));
    assert_ok(vso_nodes_list(store, &rows, res, pool));
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 0, vso_node_t).entries, 7);
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 0, vso_node_t).configured, "b");
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 0, vso_node_t).by_name, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("entry lists");
    TCase *tc = unit_case(s, "entry lists");

    tcase_add_test(tc, lists_by_name);
    tcase_add_test(tc, lists_by_end_and_what_has_none_last);
    tcase_add_test(tc, filters);
    tcase_add_test(tc, counts);
    tcase_add_test(tc, finds_some_by_name);
    tcase_add_test(tc, says_what_live_nodes_are_configured_for);
    return s;
}
