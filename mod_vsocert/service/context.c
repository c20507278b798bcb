/* SPDX-License-Identifier: Apache-2.0 */
#include "service/context.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "service/certificate/snapshot.h"

apr_status_t vso_alias_check(const char *alias, vso_result_t *res)
{
    apr_size_t len = strlen(alias);
    apr_size_t i;

    for (i = 0; i < len; i++) {
        int follows = i > 0 && strchr("._-", alias[i]);

        if (!apr_isascii(alias[i]) || !(apr_isalnum(alias[i]) || follows)) {
            break;
        }
    }
    if (len == 0 || len > VSO_MAX_ALIAS || i < len) {
        return vso_fail(res, VSO_P_INVALID, "entry",
                        "An entry's name has 1 to %d letters, digits, dots, "
                        "underscores and hyphens, and begins with a letter "
                        "or a digit.",
                        VSO_MAX_ALIAS);
    }
    return APR_SUCCESS;
}

void vso_context_event(const vso_context_t *svc, vso_audit_event_t *event,
                       const char *action)
{
    memset(event, 0, sizeof(*event));
    event->actor = svc->actor;
    event->address = svc->address;
    event->action = action;
    event->alias = svc->alias;
    event->detail = "";
}

apr_status_t vso_context_refuse(vso_context_t *svc, const char *action,
                                apr_int64_t version_id)
{
    vso_audit_event_t event;

    if (vso_problem_status(svc->res->problem) >= 500) {
        /* nothing can be written now; whoever caused it is not refused */
        return APR_EGENERAL;
    }
    vso_context_event(svc, &event, action);
    event.version_id = version_id;
    vso_store_refused(svc->store, &event, svc->res, svc->p);
    return APR_EGENERAL;
}

static const char *entry_etag(const char *alias, apr_int64_t generation,
                              apr_pool_t *p)
{
    return apr_psprintf(p, "\"%s.%" APR_INT64_T_FMT "\"", alias, generation);
}

apr_status_t vso_context_etag(vso_context_t *svc, const char **petag)
{
    apr_int64_t generation;

    if (vso_versions_generation(svc->store, svc->alias, &generation, svc->res,
                                svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *petag = entry_etag(svc->alias, generation, svc->p);
    return APR_SUCCESS;
}

const char *vso_version_etag(const vso_version_t *version, apr_pool_t *p)
{
    return apr_psprintf(p, "\"v%" APR_INT64_T_FMT ".%" APR_INT64_T_FMT "\"",
                        version->id, version->generation);
}

int vso_etag_listed(const char *header, const char *etag, apr_pool_t *p)
{
    char *rest = apr_pstrdup(p, header);
    char *state;
    char *tag;

    for (tag = apr_strtok(rest, ", \t", &state); tag;
         tag = apr_strtok(NULL, ", \t", &state)) {
        if (!strcmp(tag, "*") || !strcmp(tag, etag)) {
            return 1;
        }
    }
    return 0;
}

apr_int64_t vso_context_now(vso_context_t *svc)
{
    if (!svc->now_sec &&
        vso_store_now(svc->store, &svc->now_sec, vso_result_create(svc->p),
                      svc->p) != APR_SUCCESS) {
        return apr_time_sec(apr_time_now());
    }
    return svc->now_sec;
}

int vso_context_restored(const vso_context_t *svc, const vso_state_t *state)
{
    return svc->served_keystore &&
           (strcmp(svc->served_keystore, state->keystore_id) ||
            state->generation < svc->served_generation);
}

apr_status_t vso_context_unsealed(vso_context_t *svc)
{
    const char *reason = vso_store_sealed(svc->store);

    if (reason) {
        return vso_fail(svc->res, VSO_P_SEALED, NULL, "%s", reason);
    }
    return APR_SUCCESS;
}

/** The use case's function between the checks that all changes share. */
typedef struct {
    vso_context_t *svc;
    const vso_context_change_t *what;
    vso_change_fn *fn;
    void *baton;
    const char *serving;
} shared_change_t;

static apr_status_t check_if_match(const shared_change_t *shared,
                                   apr_int64_t entry_generation,
                                   vso_result_t *res, apr_pool_t *p)
{
    vso_context_t *svc = shared->svc;
    vso_version_t *target;

    if (!svc->if_match ||
        vso_etag_listed(svc->if_match,
                        entry_etag(svc->alias, entry_generation, p), p)) {
        return APR_SUCCESS;
    }
    if (shared->what->target_id) {
        if (vso_versions_get(svc->store, shared->what->target_id, &target, res,
                             p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (vso_etag_listed(svc->if_match, vso_version_etag(target, p), p)) {
            return APR_SUCCESS;
        }
    }
    return vso_fail(res, VSO_P_STALE, "If-Match",
                    "Entry \"%s\" was changed since you read it: read it "
                    "again, then repeat the change if it still applies.",
                    svc->alias);
}

static apr_status_t run_shared(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *res,
                               apr_pool_t *p)
{
    shared_change_t *shared = baton;
    vso_context_t *svc = shared->svc;
    apr_int64_t generation;

    if (!shared->what->accepts_restore &&
        vso_context_restored(svc, &change->state)) {
        return vso_fail(
            res, VSO_P_RESTORED, NULL,
            "The database is at generation %" APR_INT64_T_FMT
            ", this node serves %" APR_INT64_T_FMT
            ": a backup was restored, or the last changes were "
            "lost%s. If that is intended, POST "
            "/keystore/accept-restore first.",
            change->state.generation, svc->served_generation,
            vso_store_is_file(svc->store) ? " with a damaged -wal file" : "");
    }
    if (vso_versions_generation(svc->store, svc->alias, &generation, res, p) !=
            APR_SUCCESS ||
        check_if_match(shared, generation, res, p) != APR_SUCCESS ||
        shared->fn(change, shared->baton, event, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (shared->what->seen >= 0 && shared->what->seen != generation) {
        return vso_fail(res, VSO_P_STALE, NULL,
                        "Somebody else changed entry \"%s\" at the same time: "
                        "read it again, then repeat the change if it still "
                        "applies.",
                        svc->alias);
    }
    return vso_snapshot_load(svc->store, change->state.keystore_id,
                             change->generation, &shared->serving, res, svc->p);
}

apr_status_t vso_context_change(vso_context_t *svc,
                                const vso_context_change_t *what,
                                vso_change_fn *fn, void *baton)
{
    shared_change_t shared = {svc, what, fn, baton, NULL};
    vso_audit_event_t event;
    apr_int64_t generation;

    vso_context_event(svc, &event, what->action);
    if (vso_store_change(svc->store, &event, run_shared, &shared, &generation,
                         svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    svc->serving = shared.serving;
    svc->generation = generation;
    return APR_SUCCESS;
}
