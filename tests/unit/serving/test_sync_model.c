/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Poller, writers of this node, other nodes and handshakes in random order,
 * with the real code over a real database and a real replica. The orders differ
 * where no lock forbids it: between the state row and the page, between the
 * page and its transaction, between a commit and what is published of it.
 *
 * VSO_MODEL_SEED=N begins with that run, VSO_MODEL_RUNS says how many there
 * are.
 */
#include "node_util.h"

#include <stdio.h>

#define ENTRIES  5
#define PAIRS    6
#define CHANGES  24 /* in one run */
#define LIFETIME 10 /* of a node, in runs */

/** What the database says of an entry from a generation on. */
typedef struct {
    apr_int64_t generation;
    apr_int64_t id; /* 0: nothing is active */
    int pair;       /* -1: nothing */
} past_t;

/** A model of one entry. */
typedef struct {
    const char *name;
    apr_array_header_t *past; /* past_t */
    apr_int64_t promised;     /* generation that a response was sent for */
} entry_t;

/** A change that is committed, and not published yet. */
typedef struct {
    wish_for_t wish;
    entry_t *entry;
} commit_t;

static pair_t pairs[PAIRS];
static entry_t entries[ENTRIES];
static node_t *node;
static apr_array_header_t *pending; /* commit_t */
static apr_uint64_t seed;
static int changes_left;
static int depth;

static int pick(int below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((seed >> 33) % (unsigned int)below);
}

static const past_t *newest_past(const entry_t *entry)
{
    return entry->past->nelts
               ? &APR_ARRAY_IDX(entry->past, entry->past->nelts - 1, past_t)
               : NULL;
}

/** A handshake: what it gets is nothing that was replaced before the last
 * response. (It may get something newer, of another node's change that came
 * amid a page, and then, until the next poll, what this node had committed
 * before: see sync.h.) */
static void shake(const entry_t *entry)
{
    apr_int64_t id = served_id(node, entry->name);
    int i;

    for (i = entry->past->nelts - 1; i >= 0; i--) {
        const past_t *past = &APR_ARRAY_IDX(entry->past, i, past_t);

        if (past->id == id) {
            return;
        }
        if (past->generation <= entry->promised) {
            break;
        }
    }
    ck_assert_msg(!id && !entry->promised,
                  "entry %s serves version %d, and generation %d was promised",
                  entry->name, (int)id, (int)entry->promised);
}

/** Give an entry a pair, or take away what it has; where it has nothing, there
 * is nothing to do. */
static void commit_pair(entry_t *entry, int pair, int here)
{
    wish_for_t wish = {.entry = entry->name,
                       .pair = pair < 0 ? NULL : &pairs[pair]};
    const past_t *now = newest_past(entry);
    commit_t *commit;
    past_t *past;

    if (pair < 0 && (!now || now->pair < 0)) {
        return;
    }
    commit = here ? apr_array_push(pending) : NULL;
    commit_wish(&wish);
    past = apr_array_push(entry->past);
    past->generation = wish.generation;
    past->id = wish.version ? wish.version->id : 0;
    past->pair = pair;
    if (commit) {
        commit->wish = wish;
        commit->entry = entry;
    }
}

/** Publish one of those that wait; the last takes its place. */
static void publish(int i)
{
    commit_t commit = APR_ARRAY_IDX(pending, i, commit_t);

    APR_ARRAY_IDX(pending, i, commit_t) =
        APR_ARRAY_IDX(pending, pending->nelts - 1, commit_t);
    pending->nelts--;
    assert_ok(vso_sync_apply(node->replica, commit.wish.changes, res, pool));
    if (commit.wish.generation > commit.entry->promised) {
        commit.entry->promised = commit.wish.generation;
    }
    shake(commit.entry);
}

static void act(void);

/** The seams of a sync: anything can happen, and now and then the process ends
 * here. */
static int seam(void *baton)
{
    (void)baton;
    while (depth < 4 && pick(3)) {
        depth++;
        act();
        depth--;
    }
    return pick(12) == 0;
}

static void poll_pages(int (*ends)(void *baton))
{
    const vso_sync_how_t how = {.page = 2, .ends = ends};
    apr_int64_t taken;

    assert_ok(vso_sync_pages(store, node->replica, &how, &taken, res, pool));
}

static void act(void)
{
    int what = pick(6);

    if (what < 2 && changes_left) {
        changes_left--;
        commit_pair(&entries[pick(ENTRIES)], pick(PAIRS + 1) - 1, what);
    }
    else if (what < 4 && pending->nelts) {
        publish(pick(pending->nelts));
    }
    else if (what == 4) {
        poll_pages(seam);
    }
    else {
        shake(&entries[pick(ENTRIES)]);
    }
}

static int holds(const char *name, int pair)
{
    int i;

    for (i = 0; i < ENTRIES; i++) {
        const past_t *now = newest_past(&entries[i]);

        if (now && now->pair == pair &&
            (!name || !strcmp(entries[i].name, name))) {
            return 1;
        }
    }
    return 0;
}

/** After all is quiet: each entry serves what the database says, and each name
 * leads to an entry that has it. */
static void compare(void)
{
    char found[VSO_MAX_ENTRY + 1];
    int i;

    for (i = 0; i < ENTRIES; i++) {
        const past_t *now = newest_past(&entries[i]);

        ck_assert_int_eq(served_id(node, entries[i].name), now ? now->id : 0);
        if (now && now->pair >= 0) {
            ck_assert_int_eq(
                key_is_live(node, &pairs[now->pair], entries[i].name), 1);
        }
    }
    for (i = 0; i < PAIRS; i++) {
        apr_status_t rv = vso_replica_by_name(
            node->replica, apr_psprintf(pool, "n%d.example.test", i),
            apr_time_sec(apr_time_now()), found);

        ck_assert_int_eq(rv, holds(NULL, i) ? APR_SUCCESS : APR_NOTFOUND);
        if (rv == APR_SUCCESS) {
            ck_assert_int_eq(holds(found, i), 1);
        }
    }
    ck_assert_int_eq(vso_shared_unpublished(node->memory), 0);
}

static void finish(void)
{
    while (pending->nelts) {
        publish(pick(pending->nelts));
    }
    poll_pages(NULL);
    compare();
}

static void run_once(unsigned int number)
{
    int i;

    seed = number;
    changes_left = CHANGES;
    depth = 0;
    pending = apr_array_make(pool, CHANGES, sizeof(commit_t));
    for (i = 0; i < ENTRIES; i++) {
        entries[i].name = apr_psprintf(pool, "r%u-%d", number, i);
        entries[i].past = apr_array_make(pool, CHANGES, sizeof(past_t));
        entries[i].promised = 0;
    }
    while (changes_left) {
        act();
    }
    finish();
    /* The names are the next run's. */
    for (i = 0; i < ENTRIES; i++) {
        commit_pair(&entries[i], -1, pick(2));
    }
    finish();
}

static unsigned int asked(const char *name, unsigned int otherwise)
{
    const char *text = getenv(name);

    return text ? (unsigned int)strtoul(text, NULL, 10) : otherwise;
}

START_TEST(no_order_of_events_serves_what_was_replaced)
{
    unsigned int first = asked("VSO_MODEL_SEED", 1);
    unsigned int runs = asked("VSO_MODEL_RUNS", on_server() ? 4 : 60);
    apr_pool_t *kept = pool;
    unsigned int i;

    for (i = 0; i < PAIRS; i++) {
        pairs[i] = make_pair("ec-p256",
                             apr_psprintf(pool, "n%u.example.test", i), NULL);
    }
    for (i = 0; i < runs; i++) {
        if (i % LIFETIME == 0) {
            node = make_node(3);
        }
        apr_pool_create(&pool, kept);
        res = vso_result_create(pool);
        run_once(first + i);
        apr_pool_destroy(pool);
        pool = kept;
        res = vso_result_create(pool);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sync model");
    TCase *tc = serving_case(s, "model");

    tcase_set_timeout(tc, 3600);
    tcase_add_test(tc, no_order_of_events_serves_what_was_replaced);
    return s;
}
