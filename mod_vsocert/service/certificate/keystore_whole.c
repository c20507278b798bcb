/* SPDX-License-Identifier: Apache-2.0 */
/* The keystore as a whole: master-key change-over, restored backups. */
#include <apr_strings.h>

#include "service/certificate/keystore.h"

/** Keys that are sealed anew. */
typedef struct {
    vso_change_t *change;
    int count;
    apr_pool_t *p;
} resealing_t;

/** A vso_version_row_fn. A row that does not open stays as it is: it was edited
 * by hand, and must not keep the others under the old master key. */
static apr_status_t reseal_row(void *baton, vso_version_t *version,
                               vso_result_t *res)
{
    resealing_t *resealing = baton;
    vso_result_t *row = vso_result_create(resealing->p);
    int done = 0;

    if (!*version->sealed_key) {
        return APR_SUCCESS;
    }
    /* also where it is sealed anew: replicas may have it under the old key */
    vso_change_touch(resealing->change, version->entry);
    if (vso_versions_reseal(resealing->change, version, &done, row,
                            resealing->p) == APR_SUCCESS) {
        resealing->count += done;
        return APR_SUCCESS;
    }
    if (row->problem != VSO_P_DAMAGED) {
        return vso_fail_as(res, row);
    }
    vso_warn(res, "quarantined",
             "Version %" APR_INT64_T_FMT
             " of entry \"%s\" does not open and was left as it is.",
             version->number, version->entry);
    return APR_SUCCESS;
}

static apr_status_t reseal_all(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *res,
                               apr_pool_t *p)
{
    resealing_t resealing = {.change = change, .p = p};
    int *pcount = baton;
    int left = 0;

    if (vso_change_reseal(change, res, p) != APR_SUCCESS ||
        vso_version_row_each(change->store, NULL, reseal_row, &resealing, res,
                             p) != APR_SUCCESS ||
        vso_change_renew_rows(change, &left, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pcount = resealing.count;
    event->detail = apr_psprintf(p, "%d keys", *pcount);
    if (left) {
        vso_warn_count(res, "quarantined", left,
                       "Rows that were edited in the database and were left as "
                       "they are: %d. The log names them.",
                       left);
    }
    return APR_SUCCESS;
}

apr_status_t vso_keystore_reseal(const vso_context_t *ctx, int *pcount,
                                 vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_change_t what = {.action = "reseal", .serves = 1};

    return vso_context_change(ctx, &what, reseal_all, pcount, outcome, res);
}

/** "database at generation 7, served was 9; rows as they are: vmo_package" */
static const char *accepted(const vso_change_t *change, apr_int64_t served,
                            const vso_row_check_t *check, apr_pool_t *p)
{
    const char *text = apr_psprintf(p,
                                    "database at generation %" APR_INT64_T_FMT
                                    ", served was %" APR_INT64_T_FMT,
                                    change->state.generation, served);
    const char *before = "; rows as they are: ";
    int i;

    for (i = 0; i < check->problems->nelts; i++) {
        const vso_row_problem_t *problem =
            &APR_ARRAY_IDX(check->problems, i, const vso_row_problem_t);

        if (!*problem->row) {
            text = apr_pstrcat(p, text, before, problem->table, NULL);
            before = ", ";
        }
    }
    return text;
}

static apr_status_t accept_older(vso_change_t *change, void *baton,
                                 vso_audit_event_t *event, vso_result_t *res,
                                 apr_pool_t *p)
{
    const vso_context_t *ctx = *(const vso_context_t *const *)baton;
    apr_int64_t served = ctx->served ? ctx->served->generation : 0;
    vso_row_check_t check;
    int differed = 0;

    if (vso_change_recount(change, &check, &differed, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->detail = accepted(change, served, &check, p);
    if (!differed && !vso_context_restored(ctx, &change->state)) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "The database is not older than what this node "
                        "serves, and all rows are there: there is nothing to "
                        "accept.");
    }
    if (check.forged) {
        vso_warn_count(res, "quarantined", (int)check.forged,
                       "Rows that were edited in the database and are not "
                       "used: %d. The log names them.",
                       (int)check.forged);
    }
    vso_change_raise(change, served);
    return vso_change_new_lineage(change, res, p);
}

apr_status_t vso_keystore_accept_restore(const vso_context_t *ctx,
                                         vso_outcome_t *outcome,
                                         vso_result_t *res)
{
    const vso_context_change_t what = {
        .action = "accept-restore", .serves = 1, .accepts_restore = 1};

    return vso_context_change(ctx, &what, accept_older, &ctx, outcome, res);
}
