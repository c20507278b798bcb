/* SPDX-License-Identifier: Apache-2.0 */
#include "served_util.h"

#include "service/certificate/staples.h"
#include "service/nodes.h"

START_TEST(what_a_node_serves_is_read_as_it_was_written)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *versions[2] = {NULL, NULL};
    apr_array_header_t *entries =
        apr_array_make(pool, 1, sizeof(vso_served_entry_t *));
    apr_array_header_t *served;
    int i;

    versions[0] = create(0);
    spec.key = "rsa-2048";
    spec.beside = 1;
    assert_ok(
        vso_certificate_create(context, &spec, &versions[1], &outcome, res));
    node_setup();
    APR_ARRAY_PUSH(entries, vso_served_entry_t *) = served_now("server");
    served = vso_nodes_served_parse(vso_nodes_served_text(entries, pool), pool);
    ck_assert_int_eq(served->nelts, 2);
    for (i = 0; i < 2; i++) {
        const vso_node_served_t *one =
            &APR_ARRAY_IDX(served, i, vso_node_served_t);
        const vso_version_t *version =
            one->version_id == versions[0]->id ? versions[0] : versions[1];

        ck_assert_int_eq(one->version_id, version->id);
        ck_assert_str_eq(one->entry, "server");
        ck_assert_str_eq(one->fingerprint, version->fingerprint);
        ck_assert_str_eq(one->algorithm,
                         vso_version_row_algorithm(version, pool));
    }
}
END_TEST

START_TEST(lines_that_are_none_are_left_out)
{
    apr_array_header_t *served;

    served = vso_nodes_served_parse("", pool);
    ck_assert_int_eq(served->nelts, 0);
    served = vso_nodes_served_parse("server 1 RSA\n\na 7 EC ff\nb", pool);
    ck_assert_int_eq(served->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(served, 0, vso_node_served_t).entry, "a");
    ck_assert_int_eq(APR_ARRAY_IDX(served, 0, vso_node_served_t).version_id, 7);
}
END_TEST

START_TEST(the_fleet_is_read_with_what_it_should_serve)
{
    vso_node_t node = {.node = "one",
                       .instance = "1234",
                       .version = "1",
                       .served = "",
                       .generation = 1};
    vso_fleet_t fleet;
    int taken;

    create(0);
    assert_ok(vso_node_beat(context->store, &node, 1, &taken, res, pool));
    assert_ok(vso_fleet_read(context, &fleet, res));
    ck_assert_int_eq(fleet.generation, outcome.generation);
    ck_assert_int_eq(fleet.nodes->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(fleet.nodes, 0, vso_node_t).node, "one");
}
END_TEST

START_TEST(live_nodes_are_counted)
{
    apr_array_header_t *nodes = apr_array_make(pool, 3, sizeof(vso_node_t));
    const vso_node_t rows[] = {{.node = "a", .live = 1, .generation = 6},
                               {.node = "b", .live = 1, .generation = 7},
                               {.node = "c", .generation = 7}};
    vso_fleet_count_t count;
    int i;

    for (i = 0; i < 3; i++) {
        APR_ARRAY_PUSH(nodes, vso_node_t) = rows[i];
    }
    vso_fleet_count(nodes, 7, NULL, &count);
    ck_assert_int_eq(count.live, 2);
    ck_assert_int_eq(count.serving, 1);
    vso_fleet_count(nodes, 7, "a", &count);
    ck_assert_int_eq(count.live, 2);
    ck_assert_int_eq(count.serving, 2);
    vso_fleet_count(nodes, 8, "b", &count);
    ck_assert_int_eq(count.live, 2);
    ck_assert_int_eq(count.serving, 1);
}
END_TEST

START_TEST(responses_are_renewed_in_the_middle_of_their_time)
{
    const vso_staple_t staple = {.fetched_sec = 1000, .next_update_sec = 2000};

    ck_assert_int_eq(vso_staple_due_sec(&staple), 1500);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("nodes");
    TCase *tc = service_case(s, "nodes");

    tcase_add_test(tc, what_a_node_serves_is_read_as_it_was_written);
    tcase_add_test(tc, lines_that_are_none_are_left_out);
    tcase_add_test(tc, the_fleet_is_read_with_what_it_should_serve);
    tcase_add_test(tc, live_nodes_are_counted);
    tcase_add_test(tc, responses_are_renewed_in_the_middle_of_their_time);
    return s;
}
