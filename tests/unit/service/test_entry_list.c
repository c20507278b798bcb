/* SPDX-License-Identifier: Apache-2.0 */
#include "service_util.h"

#include <sys/resource.h>

#include "base/limits.h"
#include "service/certificate/entry_list.h"

/** A live node with a configuration. */
static void node(const char *name, const char *configured, int by_name)
{
    vso_node_t row = {.node = name,
                      .instance = name,
                      .version = "",
                      .served = "",
                      .configured = configured,
                      .by_name = by_name};
    int taken;

    assert_ok(vso_node_beat(context->store, &row, 1, &taken, res, pool));
}

static vso_version_t *create_of(const char *entry, int days)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;

    context->entry = entry;
    spec.days = days;
    assert_ok(vso_certificate_create(context, &spec, &version, &outcome, res));
    return version;
}

static void request_of(const char *entry)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;

    context->entry = entry;
    assert_ok(vso_certificate_request(context, &spec, &version, &outcome, res));
}

/** a, b, c, d: active, e: pending, f: all destroyed; a and e have hosts. */
static void fill(int by_name)
{
    vso_destroyed_t destroyed;
    apr_array_header_t *pending = NULL;

    node("one", "a a.example b.example\nmissing\ne e.example", by_name);
    node("two", "a c.example a.example", 0);
    create_of("a", 30);
    create_of("b", 10);
    create_of("c", 100);
    create_of("d", 10);
    request_of("e");
    request_of("f");
    assert_ok(vso_versions_pending(context->store, "f", &pending, res, pool));
    assert_ok(destroy_key(APR_ARRAY_IDX(pending, 0, vso_version_t *)->id, 0, 0,
                          &destroyed));
}

static apr_array_header_t *items;
static const char *next;

static const char *listed(vso_entry_list_query_t query)
{
    const char *text = "";
    int i;

    query.limit = query.limit ? query.limit : 50;
    assert_ok(vso_entry_list(context, &query, &items, &next, res));
    for (i = 0; i < items->nelts; i++) {
        text = apr_pstrcat(
            pool, text, i ? "," : "",
            APR_ARRAY_IDX(items, i, vso_entry_list_item_t).row->name, NULL);
    }
    return text;
}

/* served, days, and what else is asked for */
#define FILTERED(served_, days_, ...)                                          \
    listed((vso_entry_list_query_t){                                           \
        .served = served_, .days = days_, __VA_ARGS__})

#define LISTED(...) FILTERED(-1, -1, __VA_ARGS__)

static const vso_entry_list_item_t *item(int i)
{
    return &APR_ARRAY_IDX(items, i, vso_entry_list_item_t);
}

START_TEST(shows_what_there_is_to_know)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *rsa = NULL;

    fill(0);
    spec.key = "rsa-2048";
    spec.beside = 1;
    context->entry = "a";
    assert_ok(vso_certificate_create(context, &spec, &rsa, &outcome, res));
    ck_assert_str_eq(LISTED(.limit = 50), "a,b,c,d,e,f");
    ck_assert_ptr_null(next);
    ck_assert_int_eq(item(0)->certificate->id, rsa->id);
    ck_assert_str_eq(item(0)->certificate->fingerprint, rsa->fingerprint);
    ck_assert_str_eq(item(0)->also->key_type, "ec-p256");
    ck_assert_str_eq(apr_array_pstrcat(pool, item(0)->hosts, ','),
                     "a.example,b.example,c.example");
    ck_assert_int_eq(item(0)->served, 1);
    ck_assert_int_eq(item(0)->warnings->nelts, 0);
    ck_assert_ptr_null(item(1)->hosts);
    ck_assert_str_eq(APR_ARRAY_IDX(item(1)->warnings, 0, const char *),
                     "not-served");
    ck_assert_int_eq(item(4)->row->pending, 1);
    ck_assert_ptr_null(item(4)->certificate);
    ck_assert_int_eq(item(4)->warnings->nelts, 0);
    ck_assert_int_eq(item(5)->warnings->nelts, 0);
}
END_TEST

START_TEST(pages_in_both_orders)
{
    fill(0);
    ck_assert_str_eq(LISTED(.limit = 4), "a,b,c,d");
    ck_assert_str_eq(next, "d");
    ck_assert_str_eq(LISTED(.after = next, .limit = 4), "e,f");
    ck_assert_ptr_null(next);
    ck_assert_str_eq(LISTED(.by_end = 1, .limit = 3), "b,d,a");
    ck_assert_str_eq(LISTED(.by_end = 1, .limit = 2, .after = next), "c,e");
    ck_assert_str_eq(LISTED(.by_end = 1, .limit = 2, .after = next), "f");
}
END_TEST

START_TEST(refuses_what_is_no_place)
{
    static const char *const wrong[] = {
        "", ".", "x", "12", "-1.a", "5.", "5x.a", "99999999999999999999.a"};
    vso_entry_list_query_t query = {
        .days = -1, .served = -1, .by_end = 1, .limit = 5};
    apr_size_t i;

    for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        query.after = wrong[i];
        assert_refused(vso_entry_list(context, &query, &items, &next, res),
                       VSO_P_INVALID);
    }
}
END_TEST

START_TEST(filters_by_what_hosts_serve)
{
    fill(0);
    ck_assert_str_eq(FILTERED(1, -1, .limit = 50), "a,e");
    ck_assert_str_eq(FILTERED(1, -1, .limit = 1), "a");
    ck_assert_str_eq(FILTERED(1, -1, .after = next), "e");
    ck_assert_str_eq(FILTERED(1, -1, .state = "active"), "a");
    ck_assert_str_eq(FILTERED(1, -1, .by_end = 1), "a,e");
    ck_assert_str_eq(FILTERED(1, 10, .limit = 50), "");
    ck_assert_str_eq(FILTERED(1, -1, .text = "EXAMPLE.org"), "a,e");
    ck_assert_str_eq(FILTERED(1, -1, .state = "none"), "");
    ck_assert_str_eq(FILTERED(0, -1, .limit = 50), "b,c,d,f");
    ck_assert_str_eq(FILTERED(0, -1, .limit = 2), "b,c");
    ck_assert_str_eq(FILTERED(0, -1, .limit = 2, .after = next), "d,f");
    ck_assert_str_eq(FILTERED(0, 100, .by_end = 1), "b,d,c");
}
END_TEST

START_TEST(serves_all_where_a_host_goes_by_name)
{
    vso_entries_count_t count;
    apr_int64_t unserved = -1;

    fill(1);
    ck_assert_str_eq(FILTERED(1, -1, .limit = 50), "a,b,c,d,e");
    ck_assert_str_eq(FILTERED(0, -1, .limit = 50), "f");
    assert_ok(vso_entry_list_count(context, &count, &unserved, res));
    ck_assert_int_eq(unserved, 0);
}
END_TEST

/** Rows alone, of entries that serve something.
 * @param count  a multiple of 200 */
static void fill_rows(int count)
{
    const char *name = "0123456789abcdef0123456789abcdef0123456789abcdef";

    assert_ok(vso_db_run(
        vso_store_db(context->store),
        apr_psprintf(pool,
                     "INSERT INTO vmo_entry (name, generation, active,"
                     " not_after_sec, pending, self_signed, backed_up_sec,"
                     " renewal, search, mac) WITH RECURSIVE n (i) AS (SELECT 0"
                     " UNION ALL SELECT i + 1 FROM n WHERE i < 199)"
                     " SELECT 100000 + 200 * a.i + b.i, 100000, '1',"
                     " 2000000000, 0, 0, 0, '', '%s %s %s %s %s', ''"
                     " FROM n a, n b WHERE a.i < %d",
                     name, name, name, name, name, count / 200),
        res, pool));
}

static long most_kib(void)
{
    struct rusage usage;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

START_TEST(looks_at_many_in_little_memory)
{
    long before;

    node("one", "", 1);
    fill_rows(20000);
    request_of("waits");
    ck_assert_str_eq(FILTERED(0, -1, .limit = 1), "waits");
    before = most_kib();
    ck_assert_str_eq(FILTERED(0, -1, .limit = 2), "waits");
    ck_assert_str_eq(FILTERED(0, -1, .by_end = 1), "waits");
    ck_assert_int_le(most_kib() - before, 4096);
}
END_TEST

START_TEST(counts_them)
{
    vso_entries_count_t count;
    apr_int64_t unserved = -1;

    fill(0);
    assert_ok(vso_entry_list_count(context, &count, &unserved, res));
    ck_assert_int_eq(count.all, 6);
    ck_assert_int_eq(count.active, 4);
    ck_assert_int_eq(count.pending, 1);
    ck_assert_int_eq(count.none, 1);
    ck_assert_int_eq(count.self_signed, 4);
    ck_assert_int_eq(count.expiring[1], 0);
    ck_assert_int_eq(count.expiring[2], 2);
    ck_assert_int_eq(count.expiring[3], 3);
    ck_assert_int_eq(unserved, 3);
}
END_TEST

START_TEST(keeps_hosts_while_there_is_room)
{
    apr_array_header_t *entries =
        apr_array_make(pool, 8, (int)sizeof(vso_node_entry_t));
    apr_array_header_t *hosts = apr_array_make(pool, 2, sizeof(const char *));
    apr_array_header_t *parsed;
    int i;

    APR_ARRAY_PUSH(hosts, const char *) = "a.example";
    APR_ARRAY_PUSH(hosts, const char *) = "b.example";
    for (i = 0; i < 30000; i++) {
        vso_node_entry_t *one = apr_array_push(entries);

        one->entry = apr_psprintf(pool, "entry-%05d", i);
        one->hosts = hosts;
    }
    entries->nelts = 2;
    ck_assert_str_eq(vso_nodes_configured_text(entries, pool),
                     "entry-00000 a.example b.example\n"
                     "entry-00001 a.example b.example");
    entries->nelts = 30000;
    parsed = vso_nodes_configured_parse(
        vso_nodes_configured_text(entries, pool), pool);
    ck_assert_int_eq(parsed->nelts, 30000);
    ck_assert_int_eq(APR_ARRAY_IDX(parsed, 7, vso_node_entry_t).hosts->nelts,
                     0);
    ck_assert_int_eq(vso_nodes_configured_parse("\n \n", pool)->nelts, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("entry list");
    TCase *tc = service_case(s, "entry list");

    tcase_add_test(tc, shows_what_there_is_to_know);
    tcase_add_test(tc, pages_in_both_orders);
    tcase_add_test(tc, refuses_what_is_no_place);
    tcase_add_test(tc, filters_by_what_hosts_serve);
    tcase_add_test(tc, serves_all_where_a_host_goes_by_name);
    tcase_add_test(tc, looks_at_many_in_little_memory);
    tcase_add_test(tc, counts_them);
    tcase_add_test(tc, keeps_hosts_while_there_is_room);
    return s;
}
