/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/counters.h"

#include <stdatomic.h>

#include "base/limits.h"
#include "httpd/shared/memory.h"

/* The layout's version is part of the name, as the board's is. */
#define RETAINED "vsocert-counters-5"

typedef struct {
    atomic_llong key; /**< version id + 1; 0: free */
    atomic_llong count;
} slot_t;

typedef struct {
    atomic_llong counts[VSOCERT_COUNTS];
    atomic_llong problems[VSO_P_COUNT];
    slot_t slots[VSO_MAX_COUNTED_VERSIONS];
} counters_t;

static counters_t *counters;

apr_status_t vsocert_counters_setup(void)
{
    void *memory = NULL;
    apr_status_t rv =
        vsocert_memory_get(RETAINED, sizeof(*counters), NULL, &memory);

    counters = memory;
    return rv;
}

void vsocert_count(vsocert_count_e what)
{
    atomic_fetch_add(&counters->counts[what], 1);
}

void vsocert_count_problem(vso_problem_e problem)
{
    atomic_fetch_add(&counters->problems[problem], 1);
}

void vsocert_count_handshake(apr_int64_t version_id)
{
    int i;

    for (i = 0; i < VSO_MAX_COUNTED_VERSIONS; i++) {
        slot_t *slot = &counters->slots[i];
        long long key = atomic_load(&slot->key);

        if (key == 0 &&
            atomic_compare_exchange_strong(&slot->key, &key, version_id + 1)) {
            key = version_id + 1;
        }
        if (key == version_id + 1) {
            atomic_fetch_add(&slot->count, 1);
            return;
        }
    }
    vsocert_count(VSOCERT_COUNT_OTHER);
}

apr_int64_t vsocert_counted(vsocert_count_e what)
{
    return atomic_load(&counters->counts[what]);
}

apr_int64_t vsocert_counted_problems(vso_problem_e problem)
{
    return atomic_load(&counters->problems[problem]);
}

int vsocert_counted_handshakes(int i, vsocert_handshakes_t *found)
{
    if (i >= VSO_MAX_COUNTED_VERSIONS ||
        !atomic_load(&counters->slots[i].key)) {
        return 0;
    }
    found->version_id = atomic_load(&counters->slots[i].key) - 1;
    found->count = atomic_load(&counters->slots[i].count);
    return 1;
}
