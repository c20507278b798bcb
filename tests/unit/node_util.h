/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What tests of whole nodes share: a keystore, nodes with a replica each, and
 * changes of entries. Certificates are made once: what a change gives an entry
 * is one of them.
 */
#ifndef VSO_NODE_UTIL_H
#define VSO_NODE_UTIL_H

#include "store_util.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "serving/opened.h"
#include "serving/sync.h"
#include "x509/cert.h"
#include "x509/key.h"

/** A key with its certificate. */
typedef struct {
    vso_secret_t *der;
    vso_cert_info_t *info;
    const char *pem;
} pair_t;

/** One node: what its processes share, and one process. */
typedef struct {
    void *memory;
    vso_replica_t *replica;
    vso_opened_t *opened;
    const char *path;
} node_t;

static vso_store_t *store;

static inline apr_status_t free_memory(void *memory)
{
    free(memory);
    return APR_SUCCESS;
}

static inline void *shared_memory(void)
{
    void *memory = calloc(1, vso_shared_size());

    ck_assert_ptr_nonnull(memory);
    assert_ok(vso_shared_init(memory));
    apr_pool_cleanup_register(pool, memory, free_memory, apr_pool_cleanup_null);
    return memory;
}

/** A process of a node, beside the ones that it has. */
static inline void open_process(node_t *node, int max)
{
    const vso_replica_options_t options = {node->path, node->memory,
                                           vso_store_keyring(store)};

    assert_ok(vso_replica_open(&options, &node->replica, res, pool));
    assert_ok(vso_opened_make(node->replica, max, &node->opened, pool));
}

/** A node without a replica. */
static inline node_t *make_node(int max)
{
    node_t *node = apr_pcalloc(pool, sizeof(*node));
    char *folder = temp_path("vso-replica");

    ck_assert_ptr_nonnull(mkdtemp(folder));
    apr_pool_cleanup_register(pool, folder, remove_files,
                              apr_pool_cleanup_null);
    node->path = apr_pstrcat(pool, folder, "/serving-2.mdb", NULL);
    node->memory = shared_memory();
    open_process(node, max);
    return node;
}

/** A self-signed certificate for these names. @param type  of vso_key_types */
static inline pair_t make_pair(const char *type, const char *first,
                               const char *second)
{
    apr_array_header_t *sans = apr_array_make(pool, 2, sizeof(const char *));
    vso_subject_t subject = {.common_name = first, .country = "CH"};
    vso_cert_spec_t spec = {.subject = &subject,
                            .sans = sans,
                            .days = 30,
                            .now_sec = apr_time_sec(apr_time_now())};
    EVP_PKEY *pkey = NULL;
    X509 *cert = NULL;
    pair_t pair;

    APR_ARRAY_PUSH(sans, const char *) = apr_pstrcat(pool, "DNS:", first, NULL);
    if (second) {
        APR_ARRAY_PUSH(sans, const char *) =
            apr_pstrcat(pool, "DNS:", second, NULL);
    }
    assert_ok(vso_key_generate(type, &pkey, res, pool));
    spec.pkey = pkey;
    assert_ok(vso_cert_self_sign(&spec, &cert, res, pool));
    assert_ok(vso_key_to_der(pkey, &pair.der, res, pool));
    pair.info = vso_cert_info(cert, pool);
    pair.pem = vso_cert_to_pem(cert, pool);
    return pair;
}

/** What a change is to do with an entry. */
typedef struct {
    const char *entry;
    const pair_t *pair; /**< to be active; NULL: all its keys are destroyed */
    const char *chain;  /**< PEM */
    int beside;         /**< what is active stays */
    int silent;         /**< the change says that it serves nothing */
    vso_version_t *version;
    vso_sync_changes_t *changes;
    apr_int64_t generation;
} wish_for_t;

static inline apr_status_t take_away(vso_change_t *change,
                                     const wish_for_t *wish,
                                     vso_result_t *result, apr_pool_t *p)
{
    apr_array_header_t *versions = NULL;
    apr_status_t rv =
        vso_versions_active(change->store, wish->entry, &versions, result, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < versions->nelts; i++) {
        rv = vso_versions_set_state(
            change, APR_ARRAY_IDX(versions, i, vso_version_t *),
            wish->pair ? VSO_STATE_PASSIVE : VSO_STATE_RETIRED, result, p);
    }
    return rv;
}

static inline apr_status_t grant(vso_change_t *change, void *baton,
                                 vso_audit_event_t *event, vso_result_t *result,
                                 apr_pool_t *p)
{
    wish_for_t *wish = baton;
    apr_status_t rv = APR_SUCCESS;

    (void)event;
    if (!wish->beside) {
        rv = take_away(change, wish, result, p);
    }
    if (rv == APR_SUCCESS && wish->pair) {
        const vso_cert_info_t *info = wish->pair->info;
        vso_version_t *version = apr_pcalloc(pool, sizeof(*version));

        version->entry = wish->entry;
        version->state = VSO_STATE_ACTIVE;
        version->origin = "self-signed";
        version->key_type = info->key_type;
        version->key_fingerprint = info->key_fingerprint;
        version->certificate = wish->pair->pem;
        version->chain = wish->chain ? wish->chain : "";
        version->subject_text = info->subject_text;
        version->issuer_text = info->issuer_text;
        version->fingerprint = info->fingerprint;
        version->not_before_sec = info->not_before_sec;
        version->not_after_sec = info->not_after_sec;
        version->self_signed = 1;
        wish->version = version;
        rv = vso_versions_insert(change, version, wish->pair->der, result, p);
    }
    if (rv == APR_SUCCESS) {
        if (!wish->silent) {
            vso_change_serves(change);
        }
        rv = vso_sync_read(change, &wish->changes, result, pool);
    }
    return rv;
}

/** Commit a change, and publish it nowhere. */
static inline void commit_wish(wish_for_t *wish)
{
    vso_audit_event_t event = event_of("test");

    assert_ok(vso_change_run(store, &event, grant, wish, &wish->generation, res,
                             pool));
}

/** Commit a change on this node. */
static inline wish_for_t give(const node_t *node, const char *entry,
                              const pair_t *pair)
{
    wish_for_t wish = {.entry = entry, .pair = pair};

    commit_wish(&wish);
    assert_ok(vso_sync_apply(node->replica, wish.changes, res, pool));
    return wish;
}

static inline void sync_node(const node_t *node)
{
    const vso_sync_how_t how = {.page = 0};
    apr_int64_t taken;

    assert_ok(vso_sync_pages(store, node->replica, &how, &taken, res, pool));
}

static inline vso_replica_head_t head_of(const node_t *node)
{
    vso_replica_head_t head;

    assert_ok(vso_replica_head(node->replica, &head, res, pool));
    return head;
}

/** Id of the version of an entry that a handshake would get; 0: none. */
static inline apr_int64_t served_id(const node_t *node, const char *entry)
{
    vso_served_entry_t *served = vso_opened_get(node->opened, entry);
    apr_int64_t id = 0;

    if (served) {
        id = vso_opened_at(served, 0)->id;
        vso_opened_unref(served);
    }
    return id;
}

static inline int key_is_live(const node_t *node, const pair_t *pair,
                              const char *entry)
{
    unsigned char id[VSO_RECORD_ID_LEN];
    const char *hex = pair->info->key_fingerprint;
    int i;

    for (i = 0; i < VSO_RECORD_ID_LEN; i++) {
        ck_assert_int_eq(sscanf(hex + 2 * i, "%2hhx", &id[i]), 1);
    }
    return vso_replica_key_live(node->replica, id, entry);
}

static inline void serving_setup(void)
{
    unit_setup();
    store = store_on(memory_db(), "m");
}

static inline TCase *serving_case(Suite *s, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, serving_setup, unit_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    return tc;
}

#endif
