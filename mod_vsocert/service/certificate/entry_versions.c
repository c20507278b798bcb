/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/entry_versions.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "service/certificate/judge.h"
#include "x509/csr.h"

apr_status_t vso_entry_versions_find(const vso_context_t *ctx, apr_int64_t id,
                                     vso_version_t **pversion,
                                     vso_result_t *res)
{
    vso_version_t *version;

    if (vso_versions_get(ctx->store, id, &version, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (strcmp(version->entry, ctx->entry)) {
        return vso_fail(res, VSO_P_NOT_FOUND, NULL,
                        "Version %" APR_INT64_T_FMT
                        " belongs to entry \"%s\": name it with ?entry=.",
                        id, version->entry);
    }
    *pversion = version;
    return APR_SUCCESS;
}

apr_status_t vso_entry_versions_page(const vso_context_t *ctx,
                                     const char *state, apr_int64_t before,
                                     int limit, apr_array_header_t **pversions,
                                     vso_result_t *res)
{
    return state
               ? vso_versions_list_state(ctx->store, ctx->entry, state, before,
                                         limit, pversions, res, ctx->p)
               : vso_versions_list(ctx->store, ctx->entry, before, limit,
                                   pversions, res, ctx->p);
}

apr_status_t vso_entry_versions_active(const vso_context_t *ctx,
                                       apr_array_header_t **pversions,
                                       vso_result_t *res)
{
    return vso_versions_active(ctx->store, ctx->entry, pversions, res, ctx->p);
}

apr_status_t vso_entry_versions_scheduled(const vso_context_t *ctx,
                                          apr_array_header_t **pscheduled,
                                          vso_result_t *res)
{
    return vso_schedule_list(ctx->store, pscheduled, res, ctx->p);
}

apr_status_t vso_entry_versions_csr(const vso_context_t *ctx, apr_int64_t id,
                                    const char **ppem, vso_result_t *res)
{
    vso_version_t *version;
    vso_material_t material;

    if (vso_entry_versions_find(ctx, id, &version, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (version->state == VSO_STATE_PENDING) {
        *ppem = version->csr;
        return APR_SUCCESS;
    }
    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_version_row_open(ctx, version, &material, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_csr_from_cert(material.pkey, material.cert, ppem, res, ctx->p);
}

/** One version on its way to another state. */
typedef struct {
    const vso_context_t *ctx;
    apr_int64_t id;
    vso_version_t *version; /**< as it became */
    int due;                /**< activate what is scheduled only */
    int gone;               /**< it was not scheduled any more */
    apr_int64_t at_sec;     /**< schedule for then */
} move_t;

static apr_status_t check_state(const vso_version_t *version,
                                vso_version_state_e state,
                                vso_version_state_e other, const char *why_not,
                                vso_result_t *res)
{
    if (version->state == state || version->state == other) {
        return APR_SUCCESS;
    }
    return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                    "Version %" APR_INT64_T_FMT " is %s: %s", version->number,
                    vso_version_state_text(version->state), why_not);
}

apr_status_t vso_entry_versions_check_passive(const vso_version_t *version,
                                              vso_result_t *res)
{
    return check_state(version, VSO_STATE_PASSIVE, VSO_STATE_PASSIVE,
                       "only a passive version can be made active.", res);
}

apr_status_t vso_entry_versions_check_active(const vso_version_t *version,
                                             const apr_array_header_t *active,
                                             vso_result_t *res)
{
    if (check_state(version, VSO_STATE_ACTIVE, VSO_STATE_ACTIVE,
                    "it is not served.", res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active->nelts < 2) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "Version %" APR_INT64_T_FMT
                        " is all that entry \"%s\" serves: activate or create "
                        "another one instead, then this one turns passive.",
                        version->number, version->entry);
    }
    return APR_SUCCESS;
}

static apr_status_t activate(vso_change_t *change, void *baton,
                             vso_audit_event_t *event, vso_result_t *res,
                             apr_pool_t *p)
{
    move_t *move = baton;
    int scheduled;

    if (vso_schedule_clear(change, move->id, &scheduled, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    move->gone = move->due && !scheduled;
    if (move->gone) {
        /* no refusal, which would be recorded */
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "Version %" APR_INT64_T_FMT " is not scheduled.",
                        move->id);
    }
    if (vso_version_row_take(change, move->id, &move->version, event, res,
                             move->ctx->p) != APR_SUCCESS ||
        vso_entry_versions_check_passive(move->version, res) != APR_SUCCESS ||
        vso_version_row_displace(change, move->version, 0, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_versions_set_state(change, move->version, VSO_STATE_ACTIVE, res,
                                  p);
}

/** What activation needs to know before it asks for the lock. */
static apr_status_t prove_version(const vso_context_t *ctx, apr_int64_t id,
                                  vso_result_t *res)
{
    vso_version_t *version;
    vso_material_t material;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_entry_versions_find(ctx, id, &version, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (version->state != VSO_STATE_PASSIVE) {
        return APR_SUCCESS; /* refused under the lock, with the state then */
    }
    if (vso_version_row_open(ctx, version, &material, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_judge_prove(ctx, &material, res);
}

static apr_status_t activate_version(move_t *move, vso_outcome_t *outcome,
                                     vso_result_t *res)
{
    const vso_context_t *ctx = move->ctx;
    apr_int64_t seen = 0;
    const vso_context_change_t what = {.action = "activate",
                                       .target_id = move->id,
                                       .seen = &seen,
                                       .serves = 1};

    if (vso_versions_generation(ctx->store, ctx->entry, &seen, res, ctx->p) !=
            APR_SUCCESS ||
        prove_version(ctx, move->id, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, what.action, move->id, res);
    }
    return vso_context_change(ctx, &what, activate, move, outcome, res);
}

apr_status_t vso_entry_versions_activate(const vso_context_t *ctx,
                                         apr_int64_t id,
                                         vso_version_t **pversion,
                                         vso_outcome_t *outcome,
                                         vso_result_t *res)
{
    move_t move = {.ctx = ctx, .id = id};

    if (activate_version(&move, outcome, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pversion = move.version;
    return APR_SUCCESS;
}

/* Scheduled activation */

static apr_status_t schedule(vso_change_t *change, void *baton,
                             vso_audit_event_t *event, vso_result_t *res,
                             apr_pool_t *p)
{
    move_t *move = baton;
    const vso_scheduled_t scheduled = {.version_id = move->id,
                                       .at_sec = move->at_sec,
                                       .actor = move->ctx->actor,
                                       .address = move->ctx->address};
    int cleared;

    if (!move->at_sec) {
        event->version_id = move->id;
        if (vso_schedule_clear(change, move->id, &cleared, res, p) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        return cleared
                   ? APR_SUCCESS
                   : vso_fail(res, VSO_P_WRONG_STATE, "at",
                              "Version %" APR_INT64_T_FMT " is not scheduled.",
                              move->id);
    }
    if (vso_version_row_take(change, move->id, &move->version, event, res,
                             move->ctx->p) != APR_SUCCESS ||
        vso_entry_versions_check_passive(move->version, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->detail = apr_pstrcat(p, "for ", vso_rfc3339_text(move->at_sec, p),
                                ": ", move->version->subject_text, NULL);
    return vso_schedule_set(change, &scheduled, res, p);
}

apr_status_t vso_entry_versions_check_time(const vso_context_t *ctx,
                                           apr_int64_t at_sec,
                                           vso_result_t *res)
{
    apr_int64_t now_sec = 0;

    if (!at_sec) {
        return APR_SUCCESS;
    }
    if (vso_store_now(ctx->store, &now_sec, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return at_sec > now_sec
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_INVALID, "at",
                          "\"at\" is in the past: by the database's clock it "
                          "is %s now. Leave it out to activate at once.",
                          vso_rfc3339_text(now_sec, ctx->p));
}

apr_status_t vso_entry_versions_schedule(const vso_context_t *ctx,
                                         apr_int64_t id, apr_int64_t at_sec,
                                         vso_version_t **pversion,
                                         vso_outcome_t *outcome,
                                         vso_result_t *res)
{
    const vso_context_change_t what = {
        .action = at_sec ? "schedule" : "unschedule", .target_id = id};
    move_t move = {.ctx = ctx, .id = id, .at_sec = at_sec};

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_entry_versions_find(ctx, id, pversion, res) != APR_SUCCESS ||
        vso_entry_versions_check_time(ctx, at_sec, res) != APR_SUCCESS ||
        (at_sec && prove_version(ctx, id, res) != APR_SUCCESS)) {
        return vso_context_refuse(ctx, what.action, id, res);
    }
    return vso_context_change(ctx, &what, schedule, &move, outcome, res);
}

/* A row that stays would be tried at every poll. */
static void give_up(const vso_context_t *ctx, apr_int64_t id,
                    vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_change_t what = {.action = "unschedule", .target_id = id};
    move_t move = {.ctx = ctx, .id = id};

    vso_log(VSO_LOG_ERROR,
            "the scheduled activation of version %" APR_INT64_T_FMT
            " was refused: %s",
            id, res->detail);
    vso_result_clear(res);
    vso_context_change(ctx, &what, schedule, &move, outcome, res);
}

apr_status_t vso_entry_versions_activate_due(const vso_context_t *ctx,
                                             apr_int64_t id, int *pdone,
                                             vso_outcome_t *outcome,
                                             vso_result_t *res)
{
    move_t move = {.ctx = ctx, .id = id, .due = 1};
    apr_status_t rv = activate_version(&move, outcome, res);

    *pdone = rv == APR_SUCCESS;
    if (move.gone) {
        vso_result_clear(res);
        return APR_SUCCESS;
    }
    if (rv != APR_SUCCESS && res->problem != VSO_P_STALE &&
        res->problem != VSO_P_INTEGRITY &&
        vso_problem_status(res->problem) < 500) {
        give_up(ctx, id, outcome, res);
    }
    return rv;
}

static apr_status_t deactivate(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *res,
                               apr_pool_t *p)
{
    move_t *move = baton;
    apr_array_header_t *active;

    if (vso_version_row_take(change, move->id, &move->version, event, res,
                             move->ctx->p) != APR_SUCCESS ||
        vso_versions_active(change->store, move->version->entry, &active, res,
                            p) != APR_SUCCESS ||
        vso_entry_versions_check_active(move->version, active, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!strcmp(vso_version_row_algorithm(move->version, p), "RSA")) {
        vso_version_row_warn_no_rsa(res);
    }
    return vso_versions_set_state(change, move->version, VSO_STATE_PASSIVE, res,
                                  p);
}

/** The changes that need nothing prepared. */
static apr_status_t move_version(const vso_context_change_t *what,
                                 vso_change_fn *fn, move_t *move,
                                 vso_version_t **pversion,
                                 vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_t *ctx = move->ctx;
    vso_version_t *version;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_entry_versions_find(ctx, move->id, &version, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, what->action, move->id, res);
    }
    if (vso_context_change(ctx, what, fn, move, outcome, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pversion = move->version;
    return APR_SUCCESS;
}

apr_status_t vso_entry_versions_deactivate(const vso_context_t *ctx,
                                           apr_int64_t id,
                                           vso_version_t **pversion,
                                           vso_outcome_t *outcome,
                                           vso_result_t *res)
{
    const vso_context_change_t what = {
        .action = "deactivate", .target_id = id, .serves = 1};
    move_t move = {.ctx = ctx, .id = id};

    return move_version(&what, deactivate, &move, pversion, outcome, res);
}
