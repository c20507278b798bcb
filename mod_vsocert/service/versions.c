/* SPDX-License-Identifier: Apache-2.0 */
#include "service/versions.h"

#include <string.h>

#include <apr_strings.h>

#include "store/packages.h"
#include "x509/csr.h"

apr_status_t vso_versions_get(vso_service_t *svc, apr_int64_t id,
                              vso_version_t **pversion)
{
    vso_version_t *version;

    if (vso_keys_get(svc->store, id, &version, svc->res, svc->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (strcmp(version->alias, svc->alias)) {
        return vso_fail(svc->res, VSO_P_NOT_FOUND, NULL,
                        "Version %" APR_INT64_T_FMT
                        " belongs to entry \"%s\": name it with ?entry=.",
                        id, version->alias);
    }
    *pversion = version;
    return APR_SUCCESS;
}

apr_status_t vso_versions_csr(vso_service_t *svc, apr_int64_t id,
                              const char **ppem)
{
    vso_version_t *version;
    vso_material_t material;

    if (vso_versions_get(svc, id, &version) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (version->state == VSO_STATE_PENDING) {
        *ppem = version->csr;
        return APR_SUCCESS;
    }
    if (vso_service_unsealed(svc) != APR_SUCCESS ||
        vso_version_open(svc, version, &material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_csr_from_cert(material.pkey, material.cert, ppem, svc->res,
                             svc->p);
}

/** One version on its way to another state. */
typedef struct {
    vso_service_t *svc;
    apr_int64_t id;
    vso_version_t *version;       /**< as it became */
    int force;                    /**< destroy what packages need, too */
    apr_array_header_t *packages; /**< that needed it */
} move_t;

/** Read the row again under the lock, and check that its state is `state`, or
 * `other`. */
static apr_status_t take(vso_change_t *change, move_t *move,
                         vso_version_state_e state, vso_version_state_e other,
                         const char *why_not, vso_audit_event_t *event,
                         vso_result_t *res)
{
    vso_version_t *version;

    event->version_id = move->id;
    if (vso_keys_get(change->store, move->id, &version, res, move->svc->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->detail = version->subject_text;
    if (version->state != state && version->state != other) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "Version %" APR_INT64_T_FMT " is %s: %s",
                        version->version,
                        vso_version_state_text(version->state), why_not);
    }
    move->version = version;
    return APR_SUCCESS;
}

static apr_status_t activate(vso_change_t *change, void *baton,
                             vso_audit_event_t *event, vso_result_t *res,
                             apr_pool_t *p)
{
    move_t *move = baton;

    if (take(change, move, VSO_STATE_PASSIVE, VSO_STATE_PASSIVE,
             "only a passive version can be made active.", event,
             res) != APR_SUCCESS ||
        vso_version_displace(change, move->version, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_keys_set_state(change, move->version, VSO_STATE_ACTIVE, res, p);
}

/** What activation needs to know before it asks for the lock. */
static apr_status_t prove_version(vso_service_t *svc, apr_int64_t id)
{
    vso_version_t *version;
    vso_material_t material;

    if (vso_service_unsealed(svc) != APR_SUCCESS ||
        vso_versions_get(svc, id, &version) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (version->state != VSO_STATE_PASSIVE) {
        return APR_SUCCESS; /* refused under the lock, with the state then */
    }
    if (vso_version_open(svc, version, &material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_version_prove(svc, &material);
}

apr_status_t vso_versions_try(vso_service_t *svc, apr_int64_t id,
                              vso_material_t *material)
{
    vso_version_t *version;

    if (vso_service_unsealed(svc) != APR_SUCCESS ||
        vso_versions_get(svc, id, &version) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (version->state != VSO_STATE_PASSIVE &&
        version->state != VSO_STATE_ACTIVE) {
        return vso_fail(svc->res, VSO_P_WRONG_STATE, NULL,
                        "Version %" APR_INT64_T_FMT
                        " is %s: only a passive or active one has key and "
                        "certificate to try.",
                        version->version,
                        vso_version_state_text(version->state));
    }
    if (vso_version_open(svc, version, material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_version_prove(svc, material);
}

apr_status_t vso_versions_activate(vso_service_t *svc, apr_int64_t id,
                                   vso_version_t **pversion)
{
    vso_service_change_t what = {"activate", id, -1, 0};
    move_t move = {.svc = svc, .id = id};

    if (vso_keys_generation(svc->store, svc->alias, &what.seen, svc->res,
                            svc->p) != APR_SUCCESS ||
        prove_version(svc, id) != APR_SUCCESS) {
        return vso_service_refuse(svc, what.action, id);
    }
    if (vso_service_change(svc, &what, activate, &move) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pversion = move.version;
    return APR_SUCCESS;
}

static apr_status_t deactivate(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *res,
                               apr_pool_t *p)
{
    move_t *move = baton;
    apr_array_header_t *active;

    if (take(change, move, VSO_STATE_ACTIVE, VSO_STATE_ACTIVE,
             "it is not served.", event, res) != APR_SUCCESS ||
        vso_keys_active(change->store, move->version->alias, &active, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active->nelts < 2) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "Version %" APR_INT64_T_FMT
                        " is all that entry \"%s\" serves: activate or create "
                        "another one instead, then this one turns passive.",
                        move->version->version, move->version->alias);
    }
    return vso_keys_set_state(change, move->version, VSO_STATE_PASSIVE, res, p);
}

/** Which stored packages nothing would open any more. */
static apr_status_t check_packages(vso_change_t *change, move_t *move,
                                   vso_audit_event_t *event, vso_result_t *res,
                                   apr_pool_t *p)
{
    const char *key = move->version->key_fingerprint;
    apr_array_header_t *live;
    const char *names;

    if (vso_keys_live(change->store, &live, res, p) != APR_SUCCESS ||
        vso_packages_by_key(change->store, key, live, &move->packages, res,
                            move->svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!move->packages->nelts) {
        return APR_SUCCESS;
    }
    names = apr_array_pstrcat(p, move->packages, ' ');
    if (!move->force) {
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

static apr_status_t destroy(vso_change_t *change, void *baton,
                            vso_audit_event_t *event, vso_result_t *res,
                            apr_pool_t *p)
{
    move_t *move = baton;
    apr_array_header_t *holders;
    int discard;
    int i;

    if (take(change, move, VSO_STATE_PASSIVE, VSO_STATE_PENDING,
             "only the key of a passive or pending version can be destroyed.",
             event, res) != APR_SUCCESS ||
        vso_keys_by_fingerprint(change->store, move->version->key_fingerprint,
                                &holders, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    /* a request that is discarded leaves its key to whoever else holds it */
    discard = move->version->state == VSO_STATE_PENDING;
    for (i = 0; i < holders->nelts; i++) {
        const vso_version_t *other = APR_ARRAY_IDX(holders, i, vso_version_t *);

        if (other->id != move->id && !discard) {
            return vso_fail(res, VSO_P_KEY_IN_USE, NULL,
                            "Version %" APR_INT64_T_FMT
                            " of entry \"%s\" (%s) uses the same key.",
                            other->version, other->alias,
                            vso_version_state_text(other->state));
        }
    }
    if (holders->nelts < 2 &&
        check_packages(change, move, event, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_keys_set_state(change, move->version, VSO_STATE_RETIRED, res, p);
}

/** The changes that need nothing prepared. */
static apr_status_t move_version(const vso_service_change_t *what,
                                 vso_change_fn *fn, move_t *move,
                                 vso_version_t **pversion)
{
    vso_service_t *svc = move->svc;
    vso_version_t *version;

    if (vso_service_unsealed(svc) != APR_SUCCESS ||
        vso_versions_get(svc, move->id, &version) != APR_SUCCESS) {
        return vso_service_refuse(svc, what->action, move->id);
    }
    if (vso_service_change(svc, what, fn, move) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pversion = move->version;
    return APR_SUCCESS;
}

apr_status_t vso_versions_deactivate(vso_service_t *svc, apr_int64_t id,
                                     vso_version_t **pversion)
{
    const vso_service_change_t what = {"deactivate", id, -1, 0};
    move_t move = {.svc = svc, .id = id};

    return move_version(&what, deactivate, &move, pversion);
}

apr_status_t vso_versions_destroy(vso_service_t *svc, apr_int64_t id, int force,
                                  vso_version_t **pversion,
                                  apr_array_header_t **ppackages)
{
    const vso_service_change_t what = {"destroy", id, -1, 0};
    move_t move = {.svc = svc, .id = id, .force = force};
    apr_status_t rv;

    rv = move_version(&what, destroy, &move, pversion);
    *ppackages = move.packages;
    return rv;
}
