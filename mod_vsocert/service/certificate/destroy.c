/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are destroyed: vso_entry_versions_destroy of versions.h. */
#include <string.h>

#include <apr_strings.h>

#include "service/certificate/entry_versions.h"
#include "store/packages.h"
#include "store/schedule.h"

/** A destruction in progress. */
typedef struct {
    const vso_context_t *ctx;
    apr_int64_t id;
    const vso_destroy_spec_t *spec;
    vso_destroyed_t *destroyed;
} destruction_t;

/** Read the version again under the lock: may it go, by itself? */
static apr_status_t take(vso_change_t *change, destruction_t *destruction,
                         vso_audit_event_t *event, vso_result_t *res)
{
    vso_version_t *version;

    if (vso_version_row_take(change, destruction->id, &version, event, res,
                             destruction->ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (version->state != VSO_STATE_PASSIVE &&
        version->state != VSO_STATE_PENDING) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "Version %" APR_INT64_T_FMT " is %s: only the key of a "
                        "passive or pending version can be destroyed.",
                        version->number,
                        vso_version_state_text(version->state));
    }
    destruction->destroyed->version = version;
    return APR_SUCCESS;
}

/** Versions in words: "2 (passive) and 3 (pending) of entry "server"". */
static const char *list(const apr_array_header_t *versions, apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; i < versions->nelts; i++) {
        const vso_version_t *one = APR_ARRAY_IDX(versions, i, vso_version_t *);

        text = apr_psprintf(
            p, "%s%s%" APR_INT64_T_FMT " (%s) of entry \"%s\"", text,
            i == 0                     ? ""
            : i + 1 == versions->nelts ? " and "
                                       : ", ",
            one->number, vso_version_state_text(one->state), one->entry);
    }
    return text;
}

/** The others that hold the key. */
static apr_status_t find_others(vso_change_t *change,
                                vso_destroyed_t *destroyed,
                                const vso_version_t **pactive,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *holders;
    int i;

    *pactive = NULL;
    destroyed->others = apr_array_make(p, 2, sizeof(vso_version_t *));
    if (vso_versions_by_fingerprint(change->store,
                                    destroyed->version->key_fingerprint,
                                    &holders, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < holders->nelts; i++) {
        vso_version_t *one = APR_ARRAY_IDX(holders, i, vso_version_t *);

        if (one->id != destroyed->version->id) {
            APR_ARRAY_PUSH(destroyed->others, vso_version_t *) = one;
        }
        if (one->state == VSO_STATE_ACTIVE) {
            *pactive = one;
        }
    }
    return APR_SUCCESS;
}

/** Who else holds the key, and may it go? *plast: no version keeps it. */
static apr_status_t check_others(vso_change_t *change,
                                 const destruction_t *destruction, int *plast,
                                 vso_result_t *res)
{
    vso_destroyed_t *destroyed = destruction->destroyed;
    const vso_version_t *active;

    if (find_others(change, destroyed, &active, res, destruction->ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *plast = !destroyed->others->nelts || destruction->spec->shared;
    if (!destroyed->others->nelts) {
        return APR_SUCCESS;
    }
    if (destroyed->version->state == VSO_STATE_PENDING &&
        !destruction->spec->shared) {
        /* a request that is discarded leaves its key to whoever holds it */
        apr_array_clear(destroyed->others);
        return APR_SUCCESS;
    }
    if (active) {
        return vso_fail(res, VSO_P_KEY_IN_USE, NULL,
                        "Version %" APR_INT64_T_FMT
                        " of entry \"%s\" is active with the same key: "
                        "activate or create another one in its place first.",
                        active->number, active->entry);
    }
    return destruction->spec->shared
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_KEY_IN_USE, NULL,
                          "The same key is held by version %s: to destroy it "
                          "in all of them, repeat the call with "
                          "?withSharedKey=true.",
                          list(destroyed->others, destruction->ctx->p));
}

/** Which stored packages nothing would open any more. */
static apr_status_t check_packages(vso_change_t *change,
                                   const destruction_t *destruction,
                                   vso_audit_event_t *event, vso_result_t *res,
                                   apr_pool_t *p)
{
    vso_destroyed_t *destroyed = destruction->destroyed;
    const char *key = destroyed->version->key_fingerprint;
    apr_array_header_t *none = apr_array_make(p, 1, sizeof(const char *));
    apr_array_header_t *live;
    const char *names;

    /* all keys are looked at only where a package needs this one */
    if (vso_packages_by_key(change->store, key, none, &destroyed->packages, res,
                            destruction->ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (destroyed->packages->nelts &&
        (vso_versions_live(change->store, &live, res, p) != APR_SUCCESS ||
         vso_packages_by_key(change->store, key, live, &destroyed->packages,
                             res, destruction->ctx->p) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (!destroyed->packages->nelts) {
        return APR_SUCCESS;
    }
    names = apr_array_pstrcat(p, destroyed->packages, ' ');
    if (!destruction->spec->force) {
        return vso_fail(res, VSO_P_PACKAGE_NEEDS_KEY, NULL,
                        "No other key opens what is encrypted in these stored "
                        "packages: %.400s. Export the certificate database "
                        "first, to be able to read them again, or repeat the "
                        "call with ?force=true.",
                        names);
    }
    event->detail = apr_pstrcat(p, event->detail,
                                "; no key is left for packages ", names, NULL);
    return APR_SUCCESS;
}

static apr_status_t retire(vso_change_t *change, vso_version_t *version,
                           vso_result_t *res, apr_pool_t *p)
{
    int scheduled;

    if (vso_schedule_clear(change, version->id, &scheduled, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_versions_set_state(change, version, VSO_STATE_RETIRED, res, p);
}

/** The other holders, each with an audit row of its own. */
static apr_status_t retire_others(vso_change_t *change,
                                  const destruction_t *destruction,
                                  const vso_audit_event_t *event,
                                  vso_result_t *res, apr_pool_t *p)
{
    const apr_array_header_t *others = destruction->destroyed->others;
    int i;

    for (i = 0; i < others->nelts; i++) {
        vso_version_t *other = APR_ARRAY_IDX(others, i, vso_version_t *);
        vso_audit_event_t own = *event;

        own.entry = other->entry;
        own.version_id = other->id;
        own.detail = apr_psprintf(
            p, "%s; the key of version %" APR_INT64_T_FMT " of entry %s",
            other->subject_text, destruction->destroyed->version->number,
            destruction->destroyed->version->entry);
        if (vso_change_record(change, &own, res, p) != APR_SUCCESS ||
            retire(change, other, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t destroy(vso_change_t *change, void *baton,
                            vso_audit_event_t *event, vso_result_t *res,
                            apr_pool_t *p)
{
    destruction_t *destruction = baton;
    int last;

    if (take(change, destruction, event, res) != APR_SUCCESS ||
        check_others(change, destruction, &last, res) != APR_SUCCESS ||
        (last &&
         check_packages(change, destruction, event, res, p) != APR_SUCCESS) ||
        retire_others(change, destruction, event, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return retire(change, destruction->destroyed->version, res, p);
}

apr_status_t vso_entry_versions_destroy(
    const vso_context_t *ctx, apr_int64_t id, const vso_destroy_spec_t *spec,
    vso_destroyed_t *destroyed, vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_change_t what = {
        .action = "destroy", .target_id = id, .serves = 1};
    destruction_t destruction = {ctx, id, spec, destroyed};
    vso_version_t *version;

    memset(destroyed, 0, sizeof(*destroyed));
    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_entry_versions_find(ctx, id, &version, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, what.action, id, res);
    }
    if (vso_context_change(ctx, &what, destroy, &destruction, outcome, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_store_scrub(ctx->store, ctx->p);
    return APR_SUCCESS;
}
