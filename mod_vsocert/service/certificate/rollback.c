/* SPDX-License-Identifier: Apache-2.0 */
/* Back to what was served before: vso_entry_versions_rollback of versions.h. */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "service/certificate/preview.h"
#include "service/certificate/judge.h"
#include "service/certificate/entry_versions.h"
#include "store/schedule.h"

/** What goes back. */
typedef struct {
    const vso_context_t *ctx;
    apr_array_header_t *back; /**< vso_version_t *: become active again */
    apr_array_header_t *away; /**< vso_version_t *: turn passive */
    apr_array_header_t *stay; /**< vso_version_t *: active as they are */
    vso_version_t *version;   /**< to answer with, as it became */
    vso_material_t material;  /**< of the last that comes back, tried */
} rollback_t;

/** 1 when a was active later than b. */
static int later(const vso_version_t *a, const vso_version_t *b)
{
    if (a->activated_sec != b->activated_sec) {
        return a->activated_sec > b->activated_sec;
    }
    return a->generation != b->generation ? a->generation > b->generation
                                          : a->id > b->id;
}

/** The latest of a state; of an algorithm, where that is not NULL. */
typedef struct {
    vso_version_state_e state;
    const char *algorithm;
    vso_version_t *found; /**< NULL: there is none */
    apr_pool_t *p;
} latest_t;

/** A vso_version_row_fn. */
static apr_status_t compare(void *baton, vso_version_t *version,
                            vso_result_t *res)
{
    latest_t *latest = baton;

    (void)res;
    if (version->state == latest->state && version->activated_sec &&
        (!latest->algorithm ||
         !strcmp(vso_version_row_algorithm(version, latest->p),
                 latest->algorithm)) &&
        (!latest->found || later(version, latest->found))) {
        latest->found = version;
    }
    return APR_SUCCESS;
}

static apr_status_t find_latest(const vso_context_t *ctx,
                                vso_version_state_e state,
                                const char *algorithm, vso_version_t **pfound,
                                vso_result_t *res)
{
    latest_t latest = {.state = state, .algorithm = algorithm, .p = ctx->p};

    if (vso_version_row_each(ctx->store, ctx->entry, compare, &latest, res,
                             ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pfound = latest.found;
    return APR_SUCCESS;
}

/** 1 when versions has this one. */
static int has(const apr_array_header_t *versions, const vso_version_t *version)
{
    int i;

    for (i = 0; i < versions->nelts; i++) {
        if (APR_ARRAY_IDX(versions, i, vso_version_t *)->id == version->id) {
            return 1;
        }
    }
    return 0;
}

/** Undo the newest change of what is served: what it made active turns passive,
 * and the reverse. *plost: a version that it turned has no key any more. */
static apr_status_t undo(const vso_context_t *ctx, rollback_t *rollback,
                         int *plost, vso_result_t *res)
{
    apr_array_header_t *turned;
    int i;

    *plost = 0;
    if (vso_versions_turned(ctx->store, ctx->entry, &turned, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < turned->nelts; i++) {
        vso_version_t *one = APR_ARRAY_IDX(turned, i, vso_version_t *);

        if (one->state == VSO_STATE_ACTIVE) {
            APR_ARRAY_PUSH(rollback->away, vso_version_t *) = one;
        }
        else if (one->state == VSO_STATE_PASSIVE) {
            APR_ARRAY_PUSH(rollback->back, vso_version_t *) = one;
        }
        else {
            *plost = 1;
        }
    }
    return APR_SUCCESS;
}

/** Where what was turned is not recorded, or its key is gone: to the passive
 * version that was active last, in the place of the newest of its algorithm. */
static apr_status_t step_back(const vso_context_t *ctx, rollback_t *rollback,
                              vso_result_t *res)
{
    vso_version_t *active;
    vso_version_t *before = NULL;

    apr_array_clear(rollback->away);
    if (find_latest(ctx, VSO_STATE_ACTIVE, NULL, &active, res) != APR_SUCCESS ||
        (active && find_latest(ctx, VSO_STATE_PASSIVE,
                               vso_version_row_algorithm(active, ctx->p),
                               &before, res) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (before) {
        APR_ARRAY_PUSH(rollback->back, vso_version_t *) = before;
        APR_ARRAY_PUSH(rollback->away, vso_version_t *) = active;
    }
    return APR_SUCCESS;
}

/** What stays active beside what comes back; and whether there is an RSA key
 * among all of it. */
static apr_status_t find_rest(const vso_context_t *ctx, rollback_t *rollback,
                              vso_result_t *res)
{
    apr_array_header_t *active;
    int was = 0;
    int is = 0;
    int i;

    if (vso_versions_active(ctx->store, ctx->entry, &active, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < active->nelts; i++) {
        vso_version_t *one = APR_ARRAY_IDX(active, i, vso_version_t *);

        was |= !strcmp(vso_version_row_algorithm(one, ctx->p), "RSA");
        if (!has(rollback->away, one)) {
            APR_ARRAY_PUSH(rollback->stay, vso_version_t *) = one;
        }
    }
    active = apr_array_append(ctx->p, rollback->back, rollback->stay);
    for (i = 0; i < active->nelts; i++) {
        is |= !strcmp(vso_version_row_algorithm(
                          APR_ARRAY_IDX(active, i, vso_version_t *), ctx->p),
                      "RSA");
    }
    if (was && !is) {
        vso_version_row_warn_no_rsa(res);
    }
    return APR_SUCCESS;
}

/** Find what goes back, and prove that it can be served. */
static apr_status_t prepare(const vso_context_t *ctx, rollback_t *rollback,
                            vso_outcome_t *outcome, vso_result_t *res)
{
    int lost;
    int i;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        undo(ctx, rollback, &lost, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!rollback->back->nelts && (lost || !rollback->away->nelts) &&
        step_back(ctx, rollback, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (find_rest(ctx, rollback, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!rollback->back->nelts &&
        (!rollback->stay->nelts || !rollback->away->nelts)) {
        return vso_fail(res, VSO_P_NO_CERTIFICATE, NULL,
                        "Entry \"%s\" has no certificate that was active "
                        "before and still has its key: choose a version to "
                        "activate.",
                        ctx->entry);
    }
    for (i = 0; i < rollback->back->nelts; i++) {
        if (vso_version_row_open(
                ctx, APR_ARRAY_IDX(rollback->back, i, vso_version_t *),
                &rollback->material, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        rollback->material.alone =
            rollback->back->nelts + rollback->stay->nelts == 1;
        if (vso_judge_prove(ctx, &rollback->material, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    outcome->turns_passive = rollback->away;
    return APR_SUCCESS;
}

/** Record a version; the one before, if any, gets a row beside the change's. */
static apr_status_t record(vso_change_t *change, const vso_version_t *row,
                           const char *action, vso_audit_event_t *event,
                           vso_result_t *res, apr_pool_t *p)
{
    if (event->version_id &&
        vso_change_record(change, event, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->action = action;
    event->version_id = row->id;
    event->detail = row->subject_text;
    return APR_SUCCESS;
}

/** Turn each of versions. What only makes room is not recorded. */
static apr_status_t turn(vso_change_t *change, rollback_t *rollback,
                         const apr_array_header_t *versions,
                         vso_version_state_e state, const char *action,
                         vso_audit_event_t *event, vso_result_t *res,
                         apr_pool_t *p)
{
    int scheduled;
    int i;

    for (i = 0; i < versions->nelts; i++) {
        /* a second run begins with the rows as they were found */
        vso_version_t *row = apr_pmemdup(
            rollback->ctx->p, APR_ARRAY_IDX(versions, i, vso_version_t *),
            sizeof(*row));

        if (action &&
            record(change, row, action, event, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (vso_schedule_clear(change, row->id, &scheduled, res, p) !=
                APR_SUCCESS ||
            vso_versions_set_state(change, row, state, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (state == VSO_STATE_ACTIVE &&
            (!rollback->version ||
             !strcmp(vso_version_row_algorithm(row, p), "RSA"))) {
            rollback->version = row;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t go_back(vso_change_t *change, void *baton,
                            vso_audit_event_t *event, vso_result_t *res,
                            apr_pool_t *p)
{
    rollback_t *rollback = baton;

    rollback->version = NULL;
    event->version_id = 0;
    if (turn(change, rollback, rollback->away, VSO_STATE_PASSIVE,
             rollback->back->nelts ? NULL : "deactivate", event, res,
             p) != APR_SUCCESS ||
        turn(change, rollback, rollback->back, VSO_STATE_ACTIVE, "activate",
             event, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!rollback->version) {
        rollback->version = APR_ARRAY_IDX(rollback->stay, 0, vso_version_t *);
    }
    return APR_SUCCESS;
}

static rollback_t nothing_yet(const vso_context_t *ctx)
{
    rollback_t rollback = {
        .ctx = ctx,
        .back = apr_array_make(ctx->p, 2, sizeof(vso_version_t *)),
        .away = apr_array_make(ctx->p, 2, sizeof(vso_version_t *)),
        .stay = apr_array_make(ctx->p, 2, sizeof(vso_version_t *))};

    return rollback;
}

apr_status_t vso_preview_rollback(const vso_context_t *ctx,
                                  vso_preview_t *preview,
                                  vso_outcome_t *outcome, vso_result_t *res)
{
    rollback_t rollback = nothing_yet(ctx);
    int i;

    memset(preview, 0, sizeof(*preview));
    if (prepare(ctx, &rollback, outcome, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < rollback.back->nelts; i++) {
        APR_ARRAY_IDX(rollback.back, i, vso_version_t *)->state =
            VSO_STATE_ACTIVE;
    }
    preview->served = apr_array_append(ctx->p, rollback.back, rollback.stay);
    preview->version = APR_ARRAY_IDX(preview->served, 0, vso_version_t *);
    preview->material = rollback.material;
    preview->warnings = res->warnings;
    for (i = 0; i < preview->served->nelts; i++) {
        vso_version_t *one = APR_ARRAY_IDX(preview->served, i, vso_version_t *);

        if (!strcmp(vso_version_row_algorithm(one, ctx->p), "RSA")) {
            preview->version = one;
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_entry_versions_rollback(const vso_context_t *ctx,
                                         vso_version_t **pversion,
                                         vso_outcome_t *outcome,
                                         vso_result_t *res)
{
    apr_int64_t seen = 0;
    const vso_context_change_t what = {
        .action = "activate", .seen = &seen, .serves = 1};
    rollback_t rollback = nothing_yet(ctx);

    if (vso_versions_generation(ctx->store, ctx->entry, &seen, res, ctx->p) !=
            APR_SUCCESS ||
        prepare(ctx, &rollback, outcome, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, what.action, 0, res);
    }
    if (vso_context_change(ctx, &what, go_back, &rollback, outcome, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pversion = rollback.version;
    return APR_SUCCESS;
}
