/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/sha.h>

#include "serving/gone.h"

static void id_of(const unsigned char *sha256, apr_uint64_t id[2])
{
    memcpy(id, sha256, 2 * sizeof(*id));
}

static void id_of_entry(const char *entry, apr_uint64_t id[2])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)entry, strlen(entry), hash);
    id_of(hash, id);
}

static int is_id(const vso_gone_id_t *one, const apr_uint64_t id[2])
{
    return atomic_load(&one->words[0]) == id[0] &&
           atomic_load(&one->words[1]) == id[1];
}

static void set_id(vso_gone_id_t *one, apr_uint64_t first, apr_uint64_t second)
{
    atomic_store(&one->words[0], first);
    atomic_store(&one->words[1], second);
}

/* Where an entry is; -1: nowhere. */
static int find(const vso_gone_t *gone, const apr_uint64_t entry[2])
{
    int used = atomic_load(&gone->used);
    int i;

    for (i = 0; i < used; i++) {
        const vso_gone_entry_t *one = &gone->entries[i];

        if (atomic_load(&one->generation) && is_id(&one->entry, entry)) {
            return i;
        }
    }
    return -1;
}

/* A free place, which counts as used from now on; NULL: there is none. */
static vso_gone_entry_t *free_place(vso_gone_t *gone)
{
    int i;

    for (i = 0; i < VSO_GONE_ENTRIES; i++) {
        if (!atomic_load(&gone->entries[i].generation)) {
            if (atomic_load(&gone->used) <= i) {
                atomic_store(&gone->used, i + 1);
            }
            return &gone->entries[i];
        }
    }
    return NULL;
}

int vso_gone_note(vso_gone_t *gone, const char *entry, apr_int64_t generation,
                  const unsigned char (*kept)[32], int count)
{
    vso_gone_entry_t *one;
    apr_uint64_t key[2];
    apr_uint64_t id[2];
    int at;
    int i;

    id_of_entry(entry, id);
    at = find(gone, id);
    one = at >= 0 ? &gone->entries[at] : free_place(gone);
    if (one && atomic_load(&one->generation) <= generation) {
        for (i = 0; i < VSO_GONE_KEPT; i++) {
            set_id(&one->kept[i], 0, 0);
        }
        set_id(&one->entry, id[0], id[1]);
        atomic_store(&one->generation, generation);
        for (i = 0; i < count && i < VSO_GONE_KEPT; i++) {
            id_of(kept[i], key);
            set_id(&one->kept[i], key[0], key[1]);
        }
    }
    return one != NULL;
}

int vso_gone_is_empty(const vso_gone_t *gone)
{
    return !atomic_load(&gone->used);
}

int vso_gone_has(const vso_gone_t *gone, const char *entry,
                 const unsigned char key_id[32])
{
    apr_uint64_t id[2];
    int at;
    int i;

    if (vso_gone_is_empty(gone)) {
        return 0;
    }
    id_of_entry(entry, id);
    at = find(gone, id);
    id_of(key_id, id);
    for (i = 0; at >= 0 && i < VSO_GONE_KEPT; i++) {
        if (is_id(&gone->entries[at].kept[i], id)) {
            return 0;
        }
    }
    return at >= 0;
}

int vso_gone_forget(vso_gone_t *gone, const char *entry, apr_int64_t generation)
{
    apr_uint64_t id[2];
    int found = 0;
    int left = 0;
    int i;

    id_of_entry(entry ? entry : "", id);
    for (i = 0; i < VSO_GONE_ENTRIES; i++) {
        vso_gone_entry_t *one = &gone->entries[i];
        apr_int64_t noted = atomic_load(&one->generation);

        if (noted && noted <= generation &&
            (!entry || is_id(&one->entry, id))) {
            atomic_store(&one->generation, 0);
            found = 1;
        }
        else if (noted) {
            left = i + 1;
        }
    }
    atomic_store(&gone->used, left);
    return found;
}
