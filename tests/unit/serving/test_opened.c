/* SPDX-License-Identifier: Apache-2.0 */
#include "node_util.h"

#include <pthread.h>

#include "serving/replica_impl.h"

static node_t *node;

static void opened_setup(void)
{
    serving_setup();
    node = make_node(4);
}

static vso_opened_counts_t counts(void)
{
    vso_opened_counts_t now;

    vso_opened_counts(node->opened, &now);
    return now;
}

START_TEST(nothing_is_served_of_an_entry_that_is_not_there)
{
    ck_assert_ptr_null(vso_opened_get(node->opened, "server"));
    ck_assert_ptr_null(vso_opened_get(node->opened, "server"));
    ck_assert_int_eq(counts().opened, 0);
}
END_TEST

START_TEST(what_is_served_is_what_was_stored)
{
    const pair_t ec = make_pair("ec-p256", "www.example.test", NULL);
    const pair_t rsa = make_pair("rsa-2048", "www.example.test", NULL);
    wish_for_t beside = {.entry = "server", .pair = &rsa, .beside = 1};
    vso_served_entry_t *served;
    int seen = 0;
    int i;

    give(node, "server", &ec);
    commit_wish(&beside);
    assert_ok(vso_sync_apply(node->replica, beside.changes, res, pool));
    served = vso_opened_get(node->opened, "server");
    ck_assert_ptr_nonnull(served);
    ck_assert_str_eq(vso_opened_name(served), "server");
    for (i = 0; vso_opened_at(served, i); i++) {
        const vso_served_t *version = vso_opened_at(served, i);
        const pair_t *is = strcmp(version->algorithm, "RSA") ? &ec : &rsa;

        ck_assert_str_eq(version->entry, "server");
        ck_assert_str_eq(version->fingerprint, is->info->fingerprint);
        ck_assert_str_eq(vso_cert_fingerprint(version->cert, pool),
                         is->info->fingerprint);
        ck_assert_str_eq(vso_key_fingerprint(version->pkey, pool),
                         is->info->key_fingerprint);
        ck_assert_int_eq(X509_check_private_key(version->cert, version->pkey),
                         1);
        ck_assert_ptr_null(version->issuer);
        seen |= is == &ec ? 1 : 2;
    }
    ck_assert_int_eq(i, 2);
    ck_assert_int_eq(seen, 3);
    vso_opened_unref(served);
}
END_TEST

START_TEST(a_change_is_served_from_the_next_look_on)
{
    const pair_t first = make_pair("ec-p256", "www.example.test", NULL);
    const pair_t second = make_pair("ec-p256", "www.example.test", NULL);
    wish_for_t wish = give(node, "server", &first);
    vso_served_entry_t *old = vso_opened_get(node->opened, "server");

    ck_assert_int_eq(vso_opened_at(old, 0)->id, wish.version->id);
    wish = give(node, "server", &second);
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    /* a handshake that began before goes on with what it has */
    ck_assert_str_eq(vso_opened_at(old, 0)->fingerprint,
                     first.info->fingerprint);
    vso_opened_unref(old);
}
END_TEST

START_TEST(a_change_of_another_entry_opens_nothing)
{
    const pair_t pair = make_pair("ec-p256", "www.example.test", NULL);
    vso_served_entry_t *before;
    vso_served_entry_t *after;

    give(node, "server", &pair);
    before = vso_opened_get(node->opened, "server");
    give(node, "other", &pair);
    after = vso_opened_get(node->opened, "server");
    ck_assert_ptr_eq(before, after);
    ck_assert_int_eq(counts().opened, 1);
    vso_opened_unref(before);
    vso_opened_unref(after);
}
END_TEST

START_TEST(another_process_serves_it_too)
{
    const pair_t pair = make_pair("ec-p256", "www.example.test", NULL);
    node_t other = *node;
    wish_for_t wish;

    open_process(&other, 4);
    ck_assert_int_eq(served_id(&other, "server"), 0);
    wish = give(node, "server", &pair);
    ck_assert_int_eq(served_id(&other, "server"), wish.version->id);
}
END_TEST

START_TEST(what_was_not_used_makes_room)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    const pair_t pair = make_pair("ec-p256", "www.example.test", NULL);
    int i;

    for (i = 0; i < 5; i++) {
        give(node, names[i], &pair);
    }
    for (i = 0; i < 4; i++) {
        ck_assert_int_ne(served_id(node, names[i]), 0);
    }
    ck_assert_int_ne(served_id(node, "a"), 0);
    ck_assert_int_ne(served_id(node, "e"), 0); /* in the place of b */
    ck_assert_int_eq(counts().entries, 4);
    ck_assert_int_eq(counts().dropped, 1);
    ck_assert_int_eq(counts().opened, 5);
    ck_assert_int_ne(served_id(node, "a"), 0);
    ck_assert_int_eq(counts().opened, 5);
    ck_assert_int_ne(served_id(node, "b"), 0);
    ck_assert_int_eq(counts().opened, 6);
}
END_TEST

START_TEST(what_changed_is_opened_ahead)
{
    const pair_t pair = make_pair("ec-p256", "www.example.test", NULL);
    const pair_t next = make_pair("ec-p256", "www.example.test", NULL);

    give(node, "server", &pair);
    ck_assert_int_ne(served_id(node, "server"), 0);
    give(node, "server", &next);
    vso_opened_refresh(node->opened);
    ck_assert_int_eq(counts().opened, 2);
    ck_assert_int_ne(served_id(node, "server"), 0);
    ck_assert_int_eq(counts().opened, 2);
}
END_TEST

START_TEST(a_destroyed_key_is_not_served_where_the_replica_has_it)
{
    const pair_t pair = make_pair("ec-p256", "www.example.test", NULL);
    vso_served_entry_t *served;

    give(node, "server", &pair);
    served = vso_opened_get(node->opened, "server");
    vso_shared_set_unpublished(node->memory, 9);
    vso_shared_destroy(node->memory, "server", 9, NULL, 0);
    vso_shared_bump(node->memory);
    vso_opened_unref(served);
    ck_assert_int_eq(served_id(node, "server"), 0);
    ck_assert_int_eq(key_is_live(node, &pair, "server"), 0);
}
END_TEST

/** The next look-up fails: LMDB does not renew what is not reset. */
static void fail_once(void)
{
    ck_assert_int_eq(mdb_txn_renew(node->replica->open->reader), 0);
}

START_TEST(what_cannot_be_read_goes_on_being_served)
{
    const pair_t pair = make_pair("ec-p256", "www.example.test", NULL);
    const pair_t next = make_pair("ec-p256", "www.example.test", NULL);
    wish_for_t wish = give(node, "server", &pair);

    start_log();
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    vso_shared_bump(node->memory);
    fail_once();
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    ck_assert_ptr_nonnull(strstr(logged, "cannot be read"));
    /* and it is asked for again, whatever the edition */
    wish = give(node, "server", &next);
    fail_once();
    ck_assert_int_lt(served_id(node, "server"), wish.version->id);
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    /* but for a key that was destroyed */
    vso_shared_set_unpublished(node->memory, 9);
    vso_shared_destroy(node->memory, "server", 9, NULL, 0);
    vso_shared_bump(node->memory);
    fail_once();
    ck_assert_int_eq(served_id(node, "server"), 0);
}
END_TEST

/** Edit the row in the database: what follows does not open. */
static void damage(const char *entry)
{
    const char *sql = apr_psprintf(pool,
                                   "UPDATE vmo_keystore SET sealed_key = "
                                   "CONCAT(sealed_key, 'A') WHERE alias = '%s' "
                                   "AND state = 'active'",
                                   entry);

    if (!on_server()) {
        sql = apr_psprintf(pool,
                           "UPDATE vmo_keystore SET sealed_key = sealed_key || "
                           "'A' WHERE alias = '%s' AND state = 'active'",
                           entry);
    }
    assert_ok(vso_db_run(vso_store_db(store), sql, res, pool));
}

static apr_status_t touch(vso_change_t *change, void *baton,
                          vso_audit_event_t *event, vso_result_t *result,
                          apr_pool_t *p)
{
    (void)event;
    (void)result;
    (void)p;
    vso_change_touch(change, baton);
    vso_change_serves(change);
    return APR_SUCCESS;
}

START_TEST(a_version_that_does_not_open_leaves_its_predecessor)
{
    const pair_t pair = make_pair("ec-p256", "www.example.test", NULL);
    const pair_t next = make_pair("ec-p256", "www.example.test", NULL);
    vso_audit_event_t event = event_of("test");
    wish_for_t wish = give(node, "server", &pair);
    wish_for_t bad = {.entry = "server", .pair = &next};
    apr_array_header_t *ids = NULL;

    start_log();
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    commit_wish(&bad);
    damage("server");
    assert_ok(vso_change_run(store, &event, touch, "server", NULL, res, pool));
    sync_node(node);
    ck_assert_int_eq(served_id(node, "server"), wish.version->id);
    ck_assert_ptr_nonnull(strstr(
        logged, apr_psprintf(pool,
                             "version %d of entry server does not open and is "
                             "not served",
                             (int)bad.version->id)));
    ck_assert_int_eq(head_of(node).quarantined, 1);
    assert_ok(vso_replica_quarantined(node->replica, 10, &ids, res, pool));
    ck_assert_int_eq(ids->nelts, 1);
    ck_assert_int_eq(APR_ARRAY_IDX(ids, 0, apr_int64_t), bad.version->id);

    /* said once */
    start_log();
    assert_ok(vso_change_run(store, &event, touch, "server", NULL, res, pool));
    sync_node(node);
    ck_assert_str_eq(logged, "");

    /* and it ends with its key: what is not there cannot stand in */
    bad.pair = NULL;
    commit_wish(&bad);
    assert_ok(vso_sync_apply(node->replica, bad.changes, res, pool));
    ck_assert_int_eq(head_of(node).quarantined, 0);
}
END_TEST

/* Threads */

typedef struct {
    int ends;
    apr_int64_t promised; /* id of the version of the last response */
    int wrong;
    int looks;
} race_t;

static void *look(void *baton)
{
    race_t *race = baton;

    while (!__atomic_load_n(&race->ends, __ATOMIC_ACQUIRE)) {
        apr_int64_t promised =
            __atomic_load_n(&race->promised, __ATOMIC_ACQUIRE);

        if (served_id(node, "server") < promised) {
            __atomic_fetch_add(&race->wrong, 1, __ATOMIC_RELAXED);
        }
        __atomic_fetch_add(&race->looks, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

START_TEST(no_thread_meets_what_was_replaced_before_it_began)
{
    race_t race = {0};
    pthread_t threads[4];
    pair_t pairs[2];
    int i;

    pairs[0] = make_pair("ec-p256", "www.example.test", NULL);
    pairs[1] = make_pair("ec-p256", "www.example.test", NULL);
    for (i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, look, &race), 0);
    }
    for (i = 0; i < 200; i++) {
        wish_for_t wish = give(node, "server", &pairs[i % 2]);

        __atomic_store_n(&race.promised, wish.version->id, __ATOMIC_RELEASE);
    }
    while (__atomic_load_n(&race.looks, __ATOMIC_RELAXED) < 1000) {
        ck_assert_int_ne(served_id(node, "server"), 0);
    }
    __atomic_store_n(&race.ends, 1, __ATOMIC_RELEASE);
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(race.wrong, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("opened");
    TCase *tc = tcase_create("opened");

    tcase_add_checked_fixture(tc, opened_setup, unit_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, nothing_is_served_of_an_entry_that_is_not_there);
    tcase_add_test(tc, what_is_served_is_what_was_stored);
    tcase_add_test(tc, a_change_is_served_from_the_next_look_on);
    tcase_add_test(tc, a_change_of_another_entry_opens_nothing);
    tcase_add_test(tc, another_process_serves_it_too);
    tcase_add_test(tc, what_was_not_used_makes_room);
    tcase_add_test(tc, what_changed_is_opened_ahead);
    tcase_add_test(tc, a_destroyed_key_is_not_served_where_the_replica_has_it);
    tcase_add_test(tc, what_cannot_be_read_goes_on_being_served);
    tcase_add_test(tc, a_version_that_does_not_open_leaves_its_predecessor);
    tcase_add_test(tc, no_thread_meets_what_was_replaced_before_it_began);
    return s;
}
