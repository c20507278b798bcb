/* SPDX-License-Identifier: Apache-2.0 */
#include "service/context.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"

apr_status_t vso_context_check_entry(const char *entry, vso_result_t *res)
{
    apr_size_t len = strlen(entry);
    apr_size_t i;

    for (i = 0; i < len; i++) {
        int follows = i > 0 && strchr("._-", entry[i]);

        if (!apr_isascii(entry[i]) || !(apr_isalnum(entry[i]) || follows)) {
            break;
        }
    }
    if (len == 0 || len > VSO_MAX_ENTRY || i < len) {
        return vso_fail(res, VSO_P_INVALID, "entry",
                        "An entry's name has 1 to %d letters, digits, dots, "
                        "underscores and hyphens, and begins with a letter "
                        "or a digit.",
                        VSO_MAX_ENTRY);
    }
    return APR_SUCCESS;
}

void vso_context_event(const vso_context_t *ctx, vso_audit_event_t *event,
                       const char *action)
{
    memset(event, 0, sizeof(*event));
    event->actor = ctx->actor;
    event->address = ctx->address;
    event->action = action;
    event->entry = ctx->entry;
    event->detail = "";
}

static apr_status_t refuse(const vso_context_t *ctx, const char *action,
                           apr_int64_t version_id, const char *detail,
                           vso_result_t *res)
{
    vso_audit_event_t event;

    if (vso_problem_status(res->problem) >= 500) {
        /* nothing can be written now; whoever caused it is not refused */
        return APR_EGENERAL;
    }
    vso_context_event(ctx, &event, action);
    event.version_id = version_id;
    event.detail = detail;
    vso_change_record_refusal(ctx->store, &event, res, ctx->p);
    return APR_EGENERAL;
}

apr_status_t vso_context_refuse(const vso_context_t *ctx, const char *action,
                                apr_int64_t version_id, vso_result_t *res)
{
    return refuse(ctx, action, version_id, res->detail, res);
}

apr_status_t vso_context_refuse_package(const vso_context_t *ctx,
                                        const char *action, const char *name,
                                        apr_int64_t version_id,
                                        vso_result_t *res)
{
    return refuse(ctx, action, version_id,
                  apr_pstrcat(ctx->p, name, ": ", res->detail, NULL), res);
}

static const char *entry_etag(const char *entry, apr_int64_t generation,
                              apr_pool_t *p)
{
    return apr_psprintf(p, "\"%s.%" APR_INT64_T_FMT "\"", entry, generation);
}

apr_status_t vso_context_etag(const vso_context_t *ctx, const char **petag,
                              vso_result_t *res)
{
    apr_int64_t generation;

    if (vso_versions_generation(ctx->store, ctx->entry, &generation, res,
                                ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *petag = entry_etag(ctx->entry, generation, ctx->p);
    return APR_SUCCESS;
}

const char *vso_context_version_etag(const vso_version_t *version,
                                     apr_pool_t *p)
{
    return apr_psprintf(p, "\"v%" APR_INT64_T_FMT ".%" APR_INT64_T_FMT "\"",
                        version->id, version->generation);
}

int vso_context_etag_listed(const char *header, const char *etag, apr_pool_t *p)
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

apr_int64_t vso_context_now(const vso_context_t *ctx)
{
    apr_int64_t now_sec = ctx->clock ? ctx->clock->now_sec : 0;

    if (!now_sec &&
        vso_store_now(ctx->store, &now_sec, vso_result_create(ctx->p),
                      ctx->p) != APR_SUCCESS) {
        return apr_time_sec(apr_time_now());
    }
    if (ctx->clock) {
        ctx->clock->now_sec = now_sec;
    }
    return now_sec;
}

int vso_context_restored(const vso_context_t *ctx, const vso_state_t *state)
{
    return ctx->served && vso_sync_judge(state, ctx->served) == VSO_SYNC_OLDER;
}

apr_status_t vso_context_unsealed(const vso_context_t *ctx, vso_result_t *res)
{
    const char *reason = vso_store_sealed(ctx->store);

    if (reason) {
        return vso_fail(res, VSO_P_SEALED, NULL, "%s", reason);
    }
    return APR_SUCCESS;
}

/** The use case's function between the checks that all changes share. */
typedef struct {
    const vso_context_t *ctx;
    const vso_context_change_t *what;
    vso_change_fn *fn;
    void *baton;
    vso_sync_changes_t *changes;
} shared_change_t;

static apr_status_t check_if_match(const shared_change_t *shared,
                                   apr_int64_t entry_generation,
                                   vso_result_t *res, apr_pool_t *p)
{
    const vso_context_t *ctx = shared->ctx;
    vso_version_t *target;

    if (!ctx->if_match || shared->what->if_match != VSO_IF_MATCH_ENTRY ||
        vso_context_etag_listed(
            ctx->if_match, entry_etag(ctx->entry, entry_generation, p), p)) {
        return APR_SUCCESS;
    }
    if (shared->what->target_id) {
        if (vso_versions_get(ctx->store, shared->what->target_id, &target, res,
                             p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (vso_context_etag_listed(ctx->if_match,
                                    vso_context_version_etag(target, p), p)) {
            return APR_SUCCESS;
        }
    }
    return vso_fail(res, VSO_P_STALE, "If-Match",
                    "Entry \"%s\" was changed since you read it: read it "
                    "again, then repeat the change if it still applies.",
                    ctx->entry);
}

static apr_status_t run_shared(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *res,
                               apr_pool_t *p)
{
    shared_change_t *shared = baton;
    const vso_context_t *ctx = shared->ctx;
    apr_int64_t generation;

    if (!shared->what->accepts_restore &&
        vso_context_restored(ctx, &change->state)) {
        return vso_fail(
            res, VSO_P_RESTORED, NULL,
            "The database is at generation %" APR_INT64_T_FMT
            ", this node serves %" APR_INT64_T_FMT
            ": a backup was restored, or the last changes were "
            "lost%s. If that is intended, POST "
            "/keystore/accept-restore first.",
            change->state.generation, ctx->served->generation,
            vso_store_is_file(ctx->store) ? " with a damaged -wal file" : "");
    }
    if (vso_versions_generation(ctx->store, ctx->entry, &generation, res, p) !=
            APR_SUCCESS ||
        check_if_match(shared, generation, res, p) != APR_SUCCESS ||
        shared->fn(change, shared->baton, event, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (shared->what->serves) {
        vso_change_serves(change);
    }
    if (shared->what->seen && *shared->what->seen != generation) {
        return vso_fail(res, VSO_P_STALE, NULL,
                        "Somebody else changed entry \"%s\" at the same time: "
                        "read it again, then repeat the change if it still "
                        "applies.",
                        ctx->entry);
    }
    shared->changes = NULL;
    if (!shared->what->serves) {
        return APR_SUCCESS;
    }
    vso_change_serves(change);
    return vso_sync_read(change, &shared->changes, res, ctx->p);
}

apr_status_t vso_context_change(const vso_context_t *ctx,
                                const vso_context_change_t *what,
                                vso_change_fn *fn, void *baton,
                                vso_outcome_t *outcome, vso_result_t *res)
{
    shared_change_t shared = {
        .ctx = ctx, .what = what, .fn = fn, .baton = baton};
    vso_audit_event_t event;
    apr_int64_t generation;

    vso_context_event(ctx, &event, what->action);
    if (vso_change_run(ctx->store, &event, run_shared, &shared, &generation,
                       res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    outcome->changes = shared.changes;

    outcome->generation = generation;
    return APR_SUCCESS;
}

/** A vso_change_fn that writes nothing but its audit row. */
static apr_status_t record(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *res,
                           apr_pool_t *p)
{
    const vso_audit_event_t *known = *(const vso_audit_event_t **)baton;

    (void)change;
    (void)res;
    (void)p;
    event->version_id = known->version_id;
    event->detail = known->detail;
    return APR_SUCCESS;
}

apr_status_t vso_context_record(const vso_context_t *ctx,
                                const vso_context_change_t *what,
                                const vso_audit_event_t *event,
                                vso_outcome_t *outcome, vso_result_t *res)
{
    return vso_context_change(ctx, what, record, &event, outcome, res);
}
