/* SPDX-License-Identifier: Apache-2.0 */
#include "sync_util.h"

START_TEST(an_empty_keystore_is_known_after_one_look)
{
    ck_assert_int_eq(verdict(), VSO_SYNC_WANTED);
    sync_node(node);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
    ck_assert_str_eq(head_of(node).keystore_id, state_now().keystore_id);
    ck_assert_int_eq(head_of(node).entries, 0);
}
END_TEST

START_TEST(a_change_of_another_node_is_wanted_and_taken)
{
    wish_for_t wish;

    sync_node(node);
    wish = elsewhere("server", &pair);
    ck_assert_int_eq(verdict(), VSO_SYNC_WANTED);
    ck_assert_int_eq(served_id(node, "server"), 0);
    sync_node(node);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    ck_assert_int_eq(head_of(node).generation, wish.generation);
}
END_TEST

START_TEST(a_change_of_this_node_is_known_at_once)
{
    sync_node(node);
    give(node, "server", &pair);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
}
END_TEST

START_TEST(a_change_that_serves_nothing_is_not_wanted)
{
    apr_int64_t edition;

    sync_node(node);
    give(node, "server", &pair);
    edition = vso_shared_edition(node->memory);
    change_times(store, 3);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
    ck_assert_int_eq(vso_shared_edition(node->memory), edition);
    /* nor does the next change have to look for it */
    give(node, "server", &other);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
}
END_TEST

START_TEST(a_writer_serves_its_change_on_a_node_that_is_behind)
{
    wish_for_t first = elsewhere("first", &pair);
    wish_for_t wish = give(node, "server", &other);

    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    ck_assert_int_eq(served_id(node, "first"), 0);
    ck_assert_int_eq(verdict(), VSO_SYNC_WANTED);
    sync_node(node);
    ck_assert_int_eq(served_id(node, "first"), first.version->id);
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
}
END_TEST

START_TEST(pages_end_where_the_entries_do)
{
    const vso_sync_how_t how = {.page = 3};
    apr_int64_t taken;
    int i;

    for (i = 0; i < 7; i++) {
        elsewhere(apr_psprintf(pool, "e%d", i), &pair);
    }
    assert_ok(vso_sync_pages(store, node->replica, &how, &taken, res, pool));
    ck_assert_int_eq(taken, 3);
    ck_assert_int_eq(head_of(node).entries, 7);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
    assert_ok(vso_sync_pages(store, node->replica, &how, &taken, res, pool));
    ck_assert_int_eq(taken, 0);
}
END_TEST

static int stop_at_once(void *baton)
{
    (*(int *)baton)++;
    return *(int *)baton > 2; /* state row, entries, then rows */
}

START_TEST(a_page_is_whole_however_little_is_enough)
{
    const vso_sync_how_t how = {.page = 3, .enough = always};
    const int after[] = {3, 6, 7};
    apr_int64_t taken;
    int i;

    for (i = 0; i < 7; i++) {
        elsewhere(apr_psprintf(pool, "e%d", i), &pair);
    }
    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(verdict(), VSO_SYNC_WANTED);
        assert_ok(
            vso_sync_pages(store, node->replica, &how, &taken, res, pool));
        ck_assert_int_eq(taken, 1);
        ck_assert_int_eq(head_of(node).entries, after[i]);
    }
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
}
END_TEST

START_TEST(what_the_configuration_names_comes_first)
{
    apr_array_header_t *first = apr_array_make(pool, 2, sizeof(const char *));
    int asked = 1;
    const vso_sync_how_t how = {
        .first = first, .page = 3, .ends = stop_at_once, .baton = &asked};
    apr_int64_t taken;
    wish_for_t wish;
    int i;

    for (i = 0; i < 7; i++) {
        elsewhere(apr_psprintf(pool, "e%d", i), &pair);
    }
    wish = elsewhere("server", &other);
    APR_ARRAY_PUSH(first, const char *) = "server";
    APR_ARRAY_PUSH(first, const char *) = "nobody";
    assert_ok(vso_sync_pages(store, node->replica, &how, &taken, res, pool));
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    ck_assert_int_eq(served_id(node, "e0"), 0);
    sync_node(node);
    ck_assert_int_eq(head_of(node).entries, 8);
}
END_TEST

START_TEST(an_older_database_is_not_taken)
{
    vso_state_t state;
    vso_replica_head_t head;

    sync_node(node);
    give(node, "server", &pair);
    state = state_now();
    head = head_of(node);
    state.generation--;
    ck_assert_int_eq(vso_sync_judge(&state, &head), VSO_SYNC_OLDER);
    state.lineage = "another";
    ck_assert_int_eq(vso_sync_judge(&state, &head), VSO_SYNC_OLDER);
    state.generation += 2;
    ck_assert_int_eq(vso_sync_judge(&state, &head), VSO_SYNC_WANTED);
    state.keystore_id = "another";
    ck_assert_int_eq(vso_sync_judge(&state, &head), VSO_SYNC_OLDER);
}
END_TEST

static apr_status_t accept_restore(vso_change_t *change, void *baton,
                                   vso_audit_event_t *event,
                                   vso_result_t *result, apr_pool_t *p)
{
    (void)baton;
    (void)event;
    vso_change_serves(change);
    return vso_change_new_lineage(change, result, p);
}

static void new_lineage(void)
{
    vso_audit_event_t event = event_of("accept-restore");

    assert_ok(
        vso_change_run(store, &event, accept_restore, NULL, NULL, res, pool));
}

START_TEST(another_lineage_is_filled_beside_what_is_served)
{
    int asked = 0;
    const vso_sync_how_t how = {
        .first = NULL, .page = 3, .ends = stop_at_once, .baton = &asked};
    apr_int64_t taken;
    wish_for_t wish;
    int i;

    sync_node(node);
    for (i = 0; i < 5; i++) {
        wish = give(node, apr_psprintf(pool, "e%d", i), &pair);
    }
    new_lineage();
    ck_assert_int_eq(verdict(), VSO_SYNC_WANTED);
    assert_ok(vso_sync_pages(store, node->replica, &how, &taken, res, pool));
    ck_assert_int_eq(served_id(node, "e4"), wish.version->id);
    ck_assert_str_ne(head_of(node).lineage, state_now().lineage);
    sync_node(node);
    ck_assert_str_eq(head_of(node).lineage, state_now().lineage);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
    ck_assert_int_eq(head_of(node).entries, 5);
    ck_assert_int_eq(served_id(node, "e4"), wish.version->id);
    ck_assert_int_eq(key_is_live(node, &pair, "e4"), 1);
}
END_TEST

START_TEST(what_another_lineage_lacks_is_served_no_more)
{
    sync_node(node);
    give(node, "server", &pair);
    ck_assert_int_ne(served_id(node, "server"), 0);
    elsewhere("server", NULL);
    new_lineage();
    sync_node(node);
    ck_assert_int_eq(served_id(node, "server"), 0);
    ck_assert_int_eq(key_is_live(node, &pair, NULL), 0);
}
END_TEST

START_TEST(a_key_exists_until_the_last_entry_has_destroyed_it)
{
    sync_node(node);
    give(node, "server", &pair);
    give(node, "other", &pair);
    give(node, "server", NULL);
    ck_assert_int_eq(key_is_live(node, &pair, "server"), 0);
    ck_assert_int_eq(key_is_live(node, &pair, "other"), 1);
    ck_assert_int_eq(key_is_live(node, &pair, NULL), 1);
    give(node, "other", NULL);
    ck_assert_int_eq(key_is_live(node, &pair, NULL), 0);
}
END_TEST

/* A disk that is full: files cannot be written. */
static Suite *suite(void)
{
    Suite *s = suite_create("sync");
    TCase *tc = tcase_create("sync");

    tcase_add_checked_fixture(tc, sync_setup, unit_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, an_empty_keystore_is_known_after_one_look);
    tcase_add_test(tc, a_change_of_another_node_is_wanted_and_taken);
    tcase_add_test(tc, a_change_of_this_node_is_known_at_once);
    tcase_add_test(tc, a_change_that_serves_nothing_is_not_wanted);
    tcase_add_test(tc, a_writer_serves_its_change_on_a_node_that_is_behind);
    tcase_add_test(tc, pages_end_where_the_entries_do);
    tcase_add_test(tc, a_page_is_whole_however_little_is_enough);
    tcase_add_test(tc, what_the_configuration_names_comes_first);
    tcase_add_test(tc, an_older_database_is_not_taken);
    tcase_add_test(tc, another_lineage_is_filled_beside_what_is_served);
    tcase_add_test(tc, what_another_lineage_lacks_is_served_no_more);
    tcase_add_test(tc, a_key_exists_until_the_last_entry_has_destroyed_it);
    return s;
}
