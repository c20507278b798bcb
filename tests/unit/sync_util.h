/* SPDX-License-Identifier: Apache-2.0 */
/** A node and its database, for tests of the sync. */
#ifndef VSO_SYNC_UTIL_H
#define VSO_SYNC_UTIL_H

#include "node_util.h"

static node_t *node;
static pair_t pair;
static pair_t other;

static inline void sync_setup(void)
{
    serving_setup();
    node = make_node(4);
    pair = make_pair("ec-p256", "www.example.test", "*.example.test");
    other = make_pair("ec-p256", "other.example.test", NULL);
}

static inline vso_state_t state_now(void)
{
    vso_state_t state;

    assert_ok(vso_store_read_state(store, &state, res, pool));
    return state;
}

static inline vso_sync_verdict_e verdict(void)
{
    const vso_state_t state = state_now();
    const vso_replica_head_t head = head_of(node);

    return vso_sync_judge(&state, &head);
}

/** A change of another node. */
static inline wish_for_t elsewhere(const char *entry, const pair_t *what)
{
    wish_for_t wish = {.entry = entry, .pair = what};

    commit_wish(&wish);
    return wish;
}

/** A sync has had enough after each page. */
static inline int always(void *baton)
{
    (void)baton;
    return 1;
}

#endif
