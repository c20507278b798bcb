/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row_log.h"

#include <stdatomic.h>
#include <stdint.h>

#include "base/log.h"

/* Rows that a process remembers. */
#define REMEMBERED 256

/* FNV-1a: it only has to tell rows from one another. */
#define BASIS UINT64_C(14695981039346656037)
#define PRIME UINT64_C(1099511628211)

static _Atomic uint64_t told[REMEMBERED];
static atomic_uint next;

static uint64_t add(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * PRIME;
    } while (*text++);
    return hash;
}

/** Was this told? It is from now on. */
static int was_told(uint64_t hash)
{
    int i;

    for (i = 0; i < REMEMBERED; i++) {
        if (atomic_load_explicit(&told[i], memory_order_relaxed) == hash) {
            return 1;
        }
    }
    atomic_store_explicit(&told[atomic_fetch_add(&next, 1) % REMEMBERED], hash,
                          memory_order_relaxed);
    return 0;
}

void vso_row_log_forged(const vso_table_t *table, const char *const *values)
{
    uint64_t hash = add(BASIS, table->name);
    int i;

    for (i = 0; table->columns[i].name; i++) {
        hash = add(hash, values[i]);
    }
    if (!was_told(hash)) {
        vso_log(VSO_LOG_ERROR,
                "row %.255s of %s was edited in the database: its MAC does not "
                "hold, and it is not used. Restore the database from a backup, "
                "or delete what the row belongs to",
                values[0], table->name);
    }
}
