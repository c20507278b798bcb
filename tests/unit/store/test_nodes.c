/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include "base/limits.h"
#include "store/nodes.h"

static vso_node_t node_of(const char *name, const char *instance)
{
    vso_node_t node = {.node = name,
                       .instance = instance,
                       .pid = 7,
                       .version = "1",
                       .generation = 3,
                       .served = "server 1 EC ab",
                       .poll_msec = 250};

    return node;
}

static int beat(vso_store_t *store, const vso_node_t *node, int full)
{
    int taken = -1;

    assert_ok(vso_node_beat(store, node, full, &taken, res, pool));
    return taken;
}

static vso_node_t *listed(vso_store_t *store, int count)
{
    apr_array_header_t *nodes;

    assert_ok(vso_nodes_list(store, &nodes, res, pool));
    ck_assert_int_eq(nodes->nelts, count);
    return (vso_node_t *)nodes->elts;
}

START_TEST(writes_what_it_serves)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_node_t node = node_of("b", "one");
    vso_node_t *found;

    ck_assert_int_eq(beat(store, &node, 1), 0);
    node.generation = 4;
    /* a touch says no more than that it is there */
    ck_assert_int_eq(beat(store, &node, 0), 0);
    ck_assert_int_eq(listed(store, 1)[0].generation, 3);
    ck_assert_int_eq(beat(store, &node, 1), 0);
    node = node_of("a", "two");
    beat(store, &node, 0);
    found = listed(store, 2);
    ck_assert_str_eq(found[0].node, "a");
    ck_assert_str_eq(found[1].node, "b");
    ck_assert_int_eq(found[1].generation, 4);
    ck_assert_int_eq(found[1].pid, 7);
    ck_assert_str_eq(found[1].served, "server 1 EC ab");
    ck_assert(found[1].live);
    ck_assert_int_lt(found[1].age_sec, 5);
    ck_assert(vso_node_serves(&found[1], 4));
    ck_assert(!vso_node_serves(&found[1], 5));
    found[1].quarantined = 1;
    ck_assert(!vso_node_serves(&found[1], 4));
}
END_TEST

START_TEST(tells_when_another_has_its_name)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_node_t one = node_of("n", "one");
    vso_node_t two = node_of("n", "two");

    ck_assert_int_eq(beat(store, &one, 1), 0);
    ck_assert_int_eq(beat(store, &two, 1), 1);
    ck_assert_str_eq(listed(store, 1)[0].instance, "two");
    ck_assert_int_eq(beat(store, &one, 0), 1);
    ck_assert_str_eq(listed(store, 1)[0].instance, "one");
}
END_TEST

static void seen_ago(const char *path, int seconds)
{
    plain_sql(path, apr_psprintf(pool,
                                 "UPDATE vmo_node SET last_seen_sec ="
                                 " %" APR_INT64_T_FMT,
                                 apr_time_sec(apr_time_now()) - seconds));
}

START_TEST(is_live_while_it_is_seen)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_node_t node = node_of("n", "one");

    beat(store, &node, 1);
    seen_ago(path, VSO_NODE_LIVE_SEC + 1);
    ck_assert(!listed(store, 1)[0].live);
    ck_assert_int_ge(listed(store, 1)[0].age_sec, VSO_NODE_LIVE_SEC + 1);
    /* one that asks rarely is heard of rarely */
    node.poll_msec = 10000;
    beat(store, &node, 1);
    seen_ago(path, VSO_NODE_LIVE_SEC + 1);
    ck_assert(listed(store, 1)[0].live);
    seen_ago(path, 31);
    ck_assert(!listed(store, 1)[0].live);
}
END_TEST

START_TEST(is_forgotten_after_a_day)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_node_t node = node_of("n", "one");

    beat(store, &node, 1);
    seen_ago(path, VSO_NODE_KEEP_SEC - 60);
    assert_ok(vso_nodes_purge(store, res, pool));
    listed(store, 1);
    seen_ago(path, VSO_NODE_KEEP_SEC + 60);
    assert_ok(vso_nodes_purge(store, res, pool));
    listed(store, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("nodes");
    TCase *tc = unit_case(s, "nodes");

    tcase_add_test(tc, writes_what_it_serves);
    tcase_add_test(tc, tells_when_another_has_its_name);
    tcase_add_test(tc, is_live_while_it_is_seen);
    tcase_add_test(tc, is_forgotten_after_a_day);
    return s;
}
