/* SPDX-License-Identifier: Apache-2.0 */
/** A node beside the keystore of service_util.h, for tests of what is served.
 */
#ifndef VSO_SERVED_UTIL_H
#define VSO_SERVED_UTIL_H

#include "service_util.h"

#include "serving/opened.h"
#include "serving/sync.h"

static vso_replica_t *replica;
static vso_opened_t *opened;

static inline apr_status_t free_shared(void *memory)
{
    free(memory);
    replica = NULL;
    return APR_SUCCESS;
}

/** An empty replica. */
static inline void node_setup(void)
{
    vso_replica_options_t options = {.ring = ring};
    char *folder = temp_path("vso-replica");
    void *memory = calloc(1, vso_shared_size());

    ck_assert_ptr_nonnull(memory);
    apr_pool_cleanup_register(pool, memory, free_shared, apr_pool_cleanup_null);
    assert_ok(vso_shared_init(memory));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    apr_pool_cleanup_register(pool, folder, remove_files,
                              apr_pool_cleanup_null);
    options.path = apr_pstrcat(pool, folder, "/serving-2.mdb", NULL);
    options.shared = memory;
    assert_ok(vso_replica_open(&options, &replica, res, pool));
    assert_ok(vso_opened_make(replica, 100, &opened, pool));
}

static inline apr_status_t give_served_back(void *served)
{
    vso_opened_unref(served);
    return APR_SUCCESS;
}

/** The entry as the node serves it once it has caught up; goes with the pool.
 * NULL: it serves nothing. */
static inline vso_served_entry_t *served_now(const char *entry)
{
    const vso_sync_how_t how = {0};
    vso_served_entry_t *served;
    apr_int64_t taken;

    assert_ok(vso_sync_pages(context->store, replica, &how, &taken, res, pool));
    served = vso_opened_get(opened, entry);
    if (served) {
        apr_pool_cleanup_register(pool, served, give_served_back,
                                  apr_pool_cleanup_null);
    }
    return served;
}

/** What a change brought is put into the replica, as it is before a
 * response. */
static inline void publish(void)
{
    ck_assert_ptr_nonnull(outcome.changes);
    assert_ok(vso_sync_apply(replica, outcome.changes, res, pool));
}

/** 1: the replica knows the key of a version. */
static inline int key_lives(const vso_version_t *version, const char *entry)
{
    unsigned char id[VSO_RECORD_ID_LEN];
    int i;

    for (i = 0; i < VSO_RECORD_ID_LEN; i++) {
        char digits[3] = {version->key_fingerprint[2 * i],
                          version->key_fingerprint[2 * i + 1], '\0'};

        id[i] = (unsigned char)strtol(digits, NULL, 16);
    }
    return vso_replica_key_live(replica, id, entry);
}

#endif
