/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong with a sync: no room, damage, rows that somebody edited. */
#include "lmdb_util.h"
#include "sync_util.h"

#include <signal.h>
#include <sys/resource.h>

#include "serving/mend.h"

static void set_full(int full)
{
    struct rlimit limit = {full ? 0 : RLIM_INFINITY, RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/** Publish a change that the replica has no room for. */
static void publish_in_vain(const vso_sync_changes_t *changes)
{
    apr_status_t rv;

    set_full(1);
    rv = vso_sync_apply(node->replica, changes, res, pool);
    set_full(0);
    assert_refused(rv, VSO_P_INTERNAL);
    ck_assert_int_eq(vso_shared_unpublished(node->memory), 1);
}

/** Destroy the keys of all versions of an entry that are passive. */
static apr_status_t retire_passive(vso_change_t *change, void *baton,
                                   vso_audit_event_t *event,
                                   vso_result_t *result, apr_pool_t *p)
{
    wish_for_t *wish = baton;
    apr_array_header_t *versions = NULL;
    apr_status_t rv = APR_SUCCESS;
    int i;

    (void)event;
    do {
        rv = vso_versions_list_state(change->store, wish->entry, "passive", 0,
                                     100, &versions, result, p);
        for (i = 0; rv == APR_SUCCESS && i < versions->nelts; i++) {
            rv = vso_versions_set_state(
                change, APR_ARRAY_IDX(versions, i, vso_version_t *),
                VSO_STATE_RETIRED, result, p);
        }
    } while (rv == APR_SUCCESS && versions->nelts);
    vso_change_serves(change);
    return rv == APR_SUCCESS
               ? vso_sync_read(change, &wish->changes, result, pool)
               : rv;
}

START_TEST(a_full_disk_takes_away_only_what_was_destroyed)
{
    vso_audit_event_t event = event_of("test");
    wish_for_t wish = {.entry = "old"};
    wish_for_t server;
    wish_for_t active;
    int i;

    elsewhere("old", &pair);
    for (i = 0; i < 300; i++) {
        const pair_t one = make_pair("ec-p256", "old.example.test", NULL);

        elsewhere("old", &one);
    }
    active = elsewhere("old", &other);
    server = elsewhere("server", &pair);
    sync_node(node);
    ck_assert_int_eq(key_is_live(node, &pair, "old"), 1);

    assert_ok(
        vso_change_run(store, &event, retire_passive, &wish, NULL, res, pool));
    publish_in_vain(wish.changes);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(served_id(node, "server"), server.version->id);
        ck_assert_int_eq(served_id(node, "old"), active.version->id);
        ck_assert_int_eq(key_is_live(node, &pair, "old"), 0);
        ck_assert_int_eq(key_is_live(node, &pair, "server"), 1);
        ck_assert_int_eq(key_is_live(node, &pair, NULL), 1);
        ck_assert_int_eq(key_is_live(node, &other, "old"), 1);
        sync_node(node);
        ck_assert_int_eq(vso_shared_unpublished(node->memory), 0);
    }
}
END_TEST

START_TEST(what_the_poller_took_up_first_is_published)
{
    wish_for_t wish = elsewhere("server", &pair);
    apr_status_t rv;

    sync_node(node);
    set_full(1);
    rv = vso_sync_apply(node->replica, wish.changes, res, pool);
    set_full(0);
    assert_ok(rv);
    ck_assert_int_eq(vso_shared_unpublished(node->memory), 0);
    wish = elsewhere("server", &other);
    publish_in_vain(wish.changes);
    sync_node(node);
    ck_assert_int_eq(vso_shared_unpublished(node->memory), 0);
}
END_TEST

START_TEST(what_follows_a_destroyed_key_is_served_at_once)
{
    wish_for_t wish = {.entry = "old"};

    elsewhere("elsewhere", &other); /* which this node has not heard of */
    give(node, "server", &pair);
    give(node, "old", &pair);
    commit_wish(&wish);
    publish_in_vain(wish.changes);
    ck_assert_int_eq(served_id(node, "old"), 0);
    ck_assert_int_ne(served_id(node, "server"), 0);

    wish = give(node, "old", &other);
    ck_assert_int_eq(vso_shared_unpublished(node->memory), 1);
    ck_assert_int_eq(served_id(node, "old"), wish.version->id);
    ck_assert_int_eq(key_is_live(node, &pair, "old"), 0);
}
END_TEST

START_TEST(a_mend_publishes_what_was_not)
{
    const vso_sync_how_t how = {.page = 0};
    wish_for_t wish = {.entry = "old"};
    vso_replica_t *fresh = NULL;

    sync_node(node);
    give(node, "old", &pair);
    commit_wish(&wish);
    publish_in_vain(wish.changes);
    wish = elsewhere("old", &other);
    vso_shared_set_damaged(node->memory);
    assert_ok(vso_mend_replica(store, node->replica, &how, &fresh, res, pool));
    ck_assert_int_eq(vso_shared_unpublished(node->memory), 0);
    ck_assert_int_eq(served_id(node, "old"), wish.version->id);
}
END_TEST

START_TEST(an_edited_name_stops_nobody_else)
{
    static const char *const names[] = {
        "",
        "a-name-that-nobody-could-have-given-as-it-has-more-letters-than-64"};
    const char *line = "is no name of an entry";
    wish_for_t last;

    start_log();
    elsewhere("first", &pair);
    elsewhere("edited", &pair);
    last = elsewhere("last", &other);
    assert_ok(vso_db_run(vso_store_db(store),
                         apr_psprintf(pool,
                                      "UPDATE vmo_entry SET name = '%s' WHERE "
                                      "name = 'edited'",
                                      names[_i]),
                         res, pool));
    sync_node(node);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
    ck_assert_int_ne(served_id(node, "first"), 0);
    ck_assert_int_eq(served_id(node, "last"), last.version->id);
    ck_assert_ptr_nonnull(strstr(logged, line));
    start_log();
    sync_node(node);
    elsewhere("first", &other);
    sync_node(node);
    ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(a_suspect_file_is_filled_anew)
{
    const vso_sync_how_t how = {.page = 3, .enough = always};
    vso_replica_t *fresh = NULL;
    wish_for_t wish;
    int i;

    for (i = 0; i < 6; i++) {
        elsewhere(apr_psprintf(pool, "e%d", i), &pair);
    }
    sync_node(node);
    wish = give(node, "server", &pair);
    vso_shared_set_damaged(node->memory);
    ck_assert_int_eq(vso_replica_suspect(node->replica), 1);
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(
            vso_mend_replica(store, node->replica, &how, &fresh, res, pool),
            APR_EINTR);
        ck_assert_int_eq(served_id(node, "server"), wish.version->id);
        ck_assert_int_eq(vso_replica_suspect(node->replica), 1);
    }
    assert_ok(vso_mend_replica(store, node->replica, &how, &fresh, res, pool));
    ck_assert_ptr_null(fresh);
    ck_assert_int_eq(vso_replica_suspect(node->replica), 0);
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
    wish = give(node, "server", &other);
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
}
END_TEST

static const char *by_name(const node_t *of, const char *name)
{
    char entry[VSO_MAX_ENTRY + 1];

    return vso_replica_by_name(of->replica, name, apr_time_sec(apr_time_now()),
                               entry)
               ? ""
               : apr_pstrdup(pool, entry);
}

START_TEST(a_damaged_head_is_mended_while_what_is_served_stays)
{
    const vso_sync_how_t how = {.page = 0};
    vso_replica_t *fresh = NULL;
    node_t later = *node;
    wish_for_t wish;

    sync_node(node);
    wish = give(node, "server", &pair);
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    spoil_head(node->path, 0);
    open_process(&later, 4);
    ck_assert_int_eq(served_id(&later, "server"), 0);

    /* a change, by a process that does not know what the file holds */
    wish = elsewhere("other", &other);
    assert_refused(vso_sync_apply(later.replica, wish.changes, res, pool),
                   VSO_P_DAMAGED);
    ck_assert_int_eq(vso_shared_unpublished(node->memory), 1);
    ck_assert_str_eq(by_name(node, "www.example.test"), "server");
    ck_assert_int_ne(served_id(node, "server"), 0);

    assert_ok(vso_mend_replica(store, later.replica, &how, &fresh, res, pool));
    ck_assert_int_eq(vso_shared_unpublished(node->memory), 0);
    ck_assert_int_eq(vso_replica_suspect(node->replica), 0);
    ck_assert_int_eq(verdict(), VSO_SYNC_KNOWN);
    ck_assert_int_ne(served_id(&later, "server"), 0);
    ck_assert_int_eq(served_id(node, "other"), wish.version->id);
    ck_assert_str_eq(by_name(node, "www.example.test"), "server");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sync faults");
    TCase *tc = tcase_create("sync faults");

    tcase_add_checked_fixture(tc, sync_setup, unit_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, a_full_disk_takes_away_only_what_was_destroyed);
    tcase_add_test(tc, what_the_poller_took_up_first_is_published);
    tcase_add_test(tc, what_follows_a_destroyed_key_is_served_at_once);
    tcase_add_test(tc, a_mend_publishes_what_was_not);
    tcase_add_loop_test(tc, an_edited_name_stops_nobody_else, 0, 2);
    tcase_add_test(tc, a_suspect_file_is_filled_anew);
    tcase_add_test(tc, a_damaged_head_is_mended_while_what_is_served_stays);
    return s;
}
