/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Entries with keys that were destroyed while the replica cannot be written: in
 * memory that processes share, all zeros at first. One process at a time
 * writes, with a lock of the caller, and may be killed at any time; readers
 * have none.
 */
#ifndef VSO_SERVING_GONE_H
#define VSO_SERVING_GONE_H

#include <stdatomic.h>

#include <apr_pools.h>

/** Entries, at most. */
#define VSO_GONE_ENTRIES 4096

/** Keys of an entry that are told to exist, at most. */
#define VSO_GONE_KEPT 6

/** Half of a SHA-256, in words that are read while others are written; zeros:
 * none. */
typedef struct {
    atomic_ullong words[2];
} vso_gone_id_t;

/** What a change left of an entry. What is half written says less keys, never
 * more. */
typedef struct {
    atomic_llong generation; /**< of the change; 0: the place is free */
    vso_gone_id_t entry;
    vso_gone_id_t kept[VSO_GONE_KEPT]; /**< keys that exist */
} vso_gone_entry_t;

/** All of a node. */
typedef struct {
    atomic_int used; /**< places, up to the last one that is taken */
    vso_gone_entry_t entries[VSO_GONE_ENTRIES];
} vso_gone_t;

/** 1: no key is. */
int vso_gone_is_empty(const vso_gone_t *gone);

/** A change left these keys of the entry, and no others. Of two changes of an
 * entry the later counts.
 * @param kept  of count keys; more than VSO_GONE_KEPT are not noted
 * @return 0: there is no room, and nothing was noted */
int vso_gone_note(vso_gone_t *gone, const char *entry, apr_int64_t generation,
                  const unsigned char (*kept)[32], int count);

/** 1: the entry is noted, and the key is not among those that are left. */
int vso_gone_has(const vso_gone_t *gone, const char *entry,
                 const unsigned char key_id[32]);

/** Forget what changes up to this generation did, in one entry or in all
 * (NULL). @return 1: there was something */
int vso_gone_forget(vso_gone_t *gone, const char *entry,
                    apr_int64_t generation);

#endif
