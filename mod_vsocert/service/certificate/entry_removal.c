/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/entry_removal.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "service/nodes.h"
#include "store/entries.h"
#include "store/packages.h"
#include "store/schedule.h"

/** A removal in progress. */
typedef struct {
    const vso_context_t *ctx;
    int force;
    vso_entry_removal_t *removal;
    apr_hash_t *keys; /**< fingerprints of those that nobody else holds */
} run_t;

static apr_status_t check_served(const run_t *run, const vso_entry_t *entry,
                                 vso_result_t *res)
{
    const vso_context_t *ctx = run->ctx;
    vso_fleet_serving_t serving;

    if (run->force) {
        return APR_SUCCESS;
    }
    if (vso_fleet_serving(ctx, &serving, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return !(ctx->hosts && ctx->hosts->nelts) &&
                   !vso_fleet_serves(&serving, ctx->entry,
                                     *entry->active != '\0')
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_ENTRY_SERVED, NULL,
                          "A virtual host serves entry \"%s\": take its name "
                          "out of VSOCertAlias first, or repeat the call with "
                          "?force=true.",
                          ctx->entry);
}

/** Which versions of other entries hold this key? */
static apr_status_t check_holders(vso_change_t *change, const run_t *run,
                                  const vso_version_t *version,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *holders = NULL;
    const vso_version_t *other = NULL;
    int i;

    if (vso_versions_by_fingerprint(change->store, version->key_fingerprint,
                                    &holders, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < holders->nelts; i++) {
        vso_version_t *one = APR_ARRAY_IDX(holders, i, vso_version_t *);

        if (strcmp(one->entry, version->entry)) {
            other = one;
            APR_ARRAY_PUSH(run->removal->others, vso_version_t *) =
                apr_pmemdup(run->ctx->p, one, sizeof(*one));
        }
    }
    if (!other) {
        const char *print = apr_pstrdup(run->ctx->p, version->key_fingerprint);

        apr_hash_set(run->keys, print, APR_HASH_KEY_STRING, print);
        return APR_SUCCESS;
    }
    return run->force
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_KEY_IN_USE, NULL,
                          "Version %" APR_INT64_T_FMT " of entry \"%s\" has "
                          "the key of version %" APR_INT64_T_FMT ": with "
                          "?force=true it keeps it, and this entry loses it.",
                          other->number, other->entry, version->number);
}

static apr_status_t retire(vso_change_t *change, const run_t *run,
                           vso_version_t *version,
                           const vso_audit_event_t *event, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_audit_event_t own = *event;
    int scheduled;

    own.action = "destroy";
    own.version_id = version->id;
    own.detail = version->subject_text;
    if (check_holders(change, run, version, res, p) != APR_SUCCESS ||
        vso_schedule_clear(change, version->id, &scheduled, res, p) !=
            APR_SUCCESS ||
        vso_versions_set_state(change, version, VSO_STATE_RETIRED, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    run->removal->keys++;
    return vso_change_record(change, &own, res, p);
}

/** All versions in one state; a page at a time, which ends that state. */
static apr_status_t retire_state(vso_change_t *change, const run_t *run,
                                 vso_version_state_e state,
                                 const vso_audit_event_t *event,
                                 vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    apr_array_header_t *page;
    apr_pool_t *scratch;
    int i;

    apr_pool_create(&scratch, p);
    do {
        apr_pool_clear(scratch);
        page = NULL;
        rv = vso_versions_list_state(change->store, run->ctx->entry,
                                     vso_version_state_text(state), 0,
                                     VSO_MAX_PAGE, &page, res, scratch);
        for (i = 0; rv == APR_SUCCESS && i < page->nelts; i++) {
            rv = retire(change, run, APR_ARRAY_IDX(page, i, vso_version_t *),
                        event, res, scratch);
        }
    } while (rv == APR_SUCCESS && page->nelts);
    apr_pool_destroy(scratch);
    return rv;
}

/** Which stored packages does nothing open any more? The keys are gone already,
 * as far as this change is concerned. */
static apr_status_t check_packages(vso_change_t *change, const run_t *run,
                                   vso_audit_event_t *event, vso_result_t *res,
                                   apr_pool_t *p)
{
    apr_array_header_t *none = apr_array_make(p, 1, sizeof(const char *));
    apr_array_header_t *packages = run->removal->packages;
    apr_array_header_t *live = NULL;
    apr_hash_index_t *at = apr_hash_first(p, run->keys);
    apr_status_t rv = APR_SUCCESS;

    for (; rv == APR_SUCCESS && at; at = apr_hash_next(at)) {
        const char *key = apr_hash_this_key(at);
        apr_array_header_t *names = none;

        rv = vso_packages_by_key(change->store, key, none, &names, res, p);
        if (rv == APR_SUCCESS && names->nelts && !live) {
            rv = vso_versions_live(change->store, &live, res, p);
        }
        if (rv == APR_SUCCESS && names->nelts) {
            rv = vso_packages_by_key(change->store, key, live, &names, res,
                                     run->ctx->p);
        }
        if (rv == APR_SUCCESS) {
            apr_array_cat(packages, names);
        }
    }
    if (rv != APR_SUCCESS || !packages->nelts) {
        return rv;
    }
    event->detail =
        apr_pstrcat(p, event->detail, "; no key is left for packages ",
                    apr_array_pstrcat(p, packages, ' '), NULL);
    return run->force ? APR_SUCCESS
                      : vso_fail(res, VSO_P_PACKAGE_NEEDS_KEY, NULL,
                                 "No other key opens what is encrypted in "
                                 "these stored packages: %.400s. Export the "
                                 "certificate database first, to be able to "
                                 "read them again, or repeat the call with "
                                 "?force=true.",
                                 apr_array_pstrcat(p, packages, ' '));
}

/** A vso_change_fn. */
static apr_status_t remove_entry(vso_change_t *change, void *baton,
                                 vso_audit_event_t *event, vso_result_t *res,
                                 apr_pool_t *p)
{
    static const vso_version_state_e states[] = {
        VSO_STATE_ACTIVE, VSO_STATE_PENDING, VSO_STATE_PASSIVE};
    run_t *run = baton;
    vso_entry_t *entry = NULL;
    int i;

    run->keys = apr_hash_make(p);
    run->removal->keys = 0;
    apr_array_clear(run->removal->others);
    apr_array_clear(run->removal->packages);
    if (vso_entries_get(change->store, run->ctx->entry, &entry, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!entry) {
        return vso_fail(res, VSO_P_NOT_FOUND, NULL, "There is no entry \"%s\".",
                        run->ctx->entry);
    }
    if (check_served(run, entry, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < 3; i++) {
        if (retire_state(change, run, states[i], event, res, p) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    if (!run->removal->keys) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "All keys of entry \"%s\" are destroyed already.",
                        run->ctx->entry);
    }
    event->detail = apr_psprintf(p, "all of the entry: %d", run->removal->keys);
    return check_packages(change, run, event, res, p);
}

apr_status_t vso_entry_removal_run(const vso_context_t *ctx, int force,
                                   vso_entry_removal_t *removal,
                                   vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_change_t what = {.action = "destroy-entry", .serves = 1};
    run_t run = {ctx, force, removal, NULL};

    removal->others = apr_array_make(ctx->p, 2, sizeof(vso_version_t *));
    removal->packages = apr_array_make(ctx->p, 2, sizeof(const char *));
    if (vso_context_unsealed(ctx, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, what.action, 0, res);
    }
    if (vso_context_change(ctx, &what, remove_entry, &run, outcome, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_store_scrub(ctx->store, ctx->p);
    return APR_SUCCESS;
}
