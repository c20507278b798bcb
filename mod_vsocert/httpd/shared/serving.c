/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/serving.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <http_log.h>

#include "base/log.h"
#include "httpd/config.h"
#include "httpd/keyring.h"
#include "httpd/shared/board.h"
#include "httpd/shared/memory.h"
#include "httpd/shared/replica_file.h"
#include "serving/sync.h"

APLOG_USE_MODULE(vsocert);

#define MAX_WHY 200

/* Of a cache line, and of what vso_shared_t has in it. */
#define ALIGNMENT 64

/** In shared memory, in front of what serving/shared.h makes. */
typedef struct {
    atomic_int private; /**< 1: the private file is used */
    char why[MAX_WHY];  /**< written before `private` is set */
} common_t;

/** Of one file. Never freed: others may be reading it. */
typedef struct {
    vso_replica_t *replica;
    vso_opened_t *opened;
    int private;
} process_t;

static common_t *common;
static vso_shared_t *shared;
static _Atomic(process_t *) process;
static int max_open;

/* What APR gives begins anywhere. */
static vso_shared_t *shared_in(void *memory)
{
    apr_uintptr_t at = (apr_uintptr_t)memory + sizeof(common_t);

    return (vso_shared_t *)((at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static apr_status_t init(void *memory)
{
    return vso_shared_init(shared_in(memory));
}

apr_status_t vsocert_serving_setup(void)
{
    void *memory = NULL;
    apr_status_t rv;

    rv = vsocert_memory_get("vsocert-serving-1",
                            sizeof(common_t) + ALIGNMENT + vso_shared_size(),
                            init, &memory);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    common = memory;
    shared = shared_in(memory);
    atomic_store(&common->private, vsocert_replica_file_path() == NULL);
    apr_cpystrn(common->why,
                vsocert_replica_file_why() ? vsocert_replica_file_why() : "",
                MAX_WHY);
    return APR_SUCCESS;
}

/* Open a file, for ever. */
static apr_status_t open_file(const char *path, int private,
                              process_t **pprocess, vso_result_t *res)
{
    vso_replica_options_t options = {path, shared, vsocert_keyring_get()};
    process_t *made;
    apr_status_t rv;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    made = apr_pcalloc(p, sizeof(*made));
    made->private = private;
    rv = vso_replica_open(&options, &made->replica, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_opened_make(made->replica, max_open, &made->opened, p);
    }
    *pprocess = made;
    return rv;
}

/* NULL: it cannot be opened (logged). */
static process_t *open_private(apr_pool_t *p)
{
    const char *path = vsocert_replica_file_private();
    vso_result_t *res = vso_result_create(p);
    process_t *made = NULL;

    if (path && open_file(path, 1, &made, res) != APR_SUCCESS) {
        vso_log(VSO_LOG_ERROR, "%s cannot be used: %s", path,
                res->detail ? res->detail : "out of memory");
        made = NULL;
    }
    return made;
}

static void use(process_t *made)
{
    if (made) {
        atomic_store(&process, made);
    }
}

/* Have all children use the private file. */
static void give_up(const char *path, const char *why)
{
    int used = 0;

    apr_cpystrn(common->why, why, MAX_WHY);
    if (atomic_compare_exchange_strong(&common->private, &used, 1)) {
        vso_log(VSO_LOG_WARNING,
                "VSOCertCache %s cannot be used: %s What is served is kept in "
                "a file that goes when httpd stops: a start without the "
                "database would serve nothing",
                path, why);
    }
}

void vsocert_serving_child(server_rec *main_server)
{
    const char *path = vsocert_replica_file_path();
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    max_open = vsocert_config_open(main_server);
    vso_shared_take_dead(shared);
    if (!atomic_load(&common->private)) {
        vso_result_t *res = vso_result_create(p);
        process_t *made = NULL;

        if (open_file(path, 0, &made, res) == APR_SUCCESS) {
            use(made);
        }
        else {
            give_up(path, res->detail ? res->detail : "out of memory.");
        }
    }
    if (atomic_load(&common->private)) {
        use(open_private(p));
    }
    apr_pool_destroy(p);
}

void vsocert_serving_follow(void)
{
    const process_t *own = atomic_load(&process);

    if (own && !own->private && atomic_load(&common->private)) {
        apr_pool_t *p;

        apr_pool_create(&p, NULL);
        use(open_private(p));
        apr_pool_destroy(p);
    }
}

vso_replica_t *vsocert_serving_replica(void)
{
    process_t *own = atomic_load(&process);

    return own ? own->replica : NULL;
}

vso_opened_t *vsocert_serving_opened(void)
{
    process_t *own = atomic_load(&process);

    return own ? own->opened : NULL;
}

vso_shared_t *vsocert_serving_shared(void)
{
    return shared;
}

apr_int64_t vsocert_serving_edition(void)
{
    return vso_shared_edition(shared);
}

vso_served_entry_t *vsocert_serving_get(const char *entry)
{
    vso_opened_t *opened = vsocert_serving_opened();

    return opened ? vso_opened_get(opened, entry) : NULL;
}

void vsocert_serving_head(vso_replica_head_t *head, apr_pool_t *p)
{
    vso_replica_t *replica = vsocert_serving_replica();

    if (!replica || vso_replica_head(replica, head, vso_result_create(p), p) !=
                        APR_SUCCESS) {
        memset(head, 0, sizeof(*head));
        head->keystore_id = head->lineage = head->position.name = "";
        return;
    }
    if (head->generation) {
        head->generation = vsocert_board_seen(head->keystore_id, head->lineage,
                                              head->generation);
    }
}

/* It was opened for reading alone: what it has is served, and nothing new. */
static int is_stuck(const process_t *own)
{
    return own && !own->private &&
           access(vsocert_replica_file_path(), W_OK) < 0 && errno != ENOENT;
}

apr_status_t vsocert_serving_sync(vso_store_t *store, const vso_sync_how_t *how,
                                  vso_result_t *res, apr_pool_t *p)
{
    static _Atomic(process_t *) opened; /* that could not be written either */
    const process_t *own = atomic_load(&process);
    vso_result_t *cause = vso_result_create(p);
    process_t *other;
    apr_int64_t taken;

    if (own && vso_sync_pages(store, own->replica, how, &taken, cause, p) ==
                   APR_SUCCESS) {
        return APR_SUCCESS;
    }
    if (!is_stuck(own)) {
        other = NULL;
    }
    else if (!(other = atomic_exchange(&opened, NULL))) {
        other = open_private(p);
    }
    if (!other || vso_sync_pages(store, other->replica, how, &taken, cause,
                                 p) != APR_SUCCESS) {
        if (other) {
            atomic_store(&opened, other);
        }
        return own ? vso_fail_as(res, cause)
                   : vso_fail(res, VSO_P_INTERNAL, NULL,
                              "No file can be opened for it.");
    }
    use(other);
    give_up(vsocert_replica_file_path(), "It cannot be written.");
    vso_shared_bump(shared);
    return APR_SUCCESS;
}

static void warn(const vso_result_t *cause, vso_result_t *res)
{
    vso_warn(res, "not-published",
             "The change is stored, and this node does not serve it yet: %s It "
             "is tried again each second.",
             cause->detail);
}

void vsocert_serving_apply(const vso_outcome_t *outcome, vso_result_t *res)
{
    vso_replica_t *replica = vsocert_serving_replica();
    vso_result_t *cause;
    apr_pool_t *p;

    if (!outcome->changes) {
        return;
    }
    apr_pool_create(&p, NULL);
    cause = vso_result_create(p);
    vsocert_board_changed(outcome->generation);
    if (!replica) {
        vso_fail(cause, VSO_P_INTERNAL, NULL, "No file can be opened for it.");
    }
    else if (vso_sync_apply(replica, outcome->changes, cause, p) ==
             APR_SUCCESS) {
        apr_pool_destroy(p);
        return;
    }
    vsocert_board_set_failing(1);
    vso_log(VSO_LOG_ERROR,
            "generation %" APR_INT64_T_FMT " is stored and not yet served "
            "here: %s",
            outcome->generation, cause->detail);
    warn(cause, res);
    apr_pool_destroy(p);
}

int vsocert_serving_is_filling(void)
{
    vso_replica_head_t head;
    apr_pool_t *p;
    int filling;

    apr_pool_create(&p, NULL);
    vsocert_serving_head(&head, p);
    filling = head.filling;
    apr_pool_destroy(p);
    return filling;
}

void vsocert_serving_renew(vso_store_t *store, vso_result_t *res)
{
    const vso_sync_how_t how = {0};
    vso_result_t *cause;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    cause = vso_result_create(p);
    if (vsocert_serving_sync(store, &how, cause, p) != APR_SUCCESS) {
        warn(cause, res);
    }
    apr_pool_destroy(p);
}

int vsocert_serving_behind(void)
{
    return vso_shared_unpublished(shared) || vsocert_board_failing();
}

const char *vsocert_serving_why_private(apr_pool_t *p)
{
    return atomic_load(&common->private) && *common->why
               ? apr_pstrdup(p, common->why)
               : NULL;
}
