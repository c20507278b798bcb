/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/preview.h"

#include <string.h>

#include "service/certificate/versions.h"

apr_status_t vso_preview_try(vso_context_t *svc, apr_int64_t id,
                             vso_material_t *material)
{
    vso_version_t *version;

    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        vso_versions_find(svc, id, &version) != APR_SUCCESS) {
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
    if (vso_version_row_open(svc, version, material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_version_row_prove(svc, material);
}

/** The active versions but this one, and those of `algorithm`, where that is
 * not NULL. */
static apr_array_header_t *without(const apr_array_header_t *active,
                                   const vso_version_t *version,
                                   const char *algorithm, apr_pool_t *p)
{
    apr_array_header_t *rest =
        apr_array_make(p, active->nelts + 1, sizeof(vso_version_t *));
    int i;

    for (i = 0; i < active->nelts; i++) {
        vso_version_t *one = APR_ARRAY_IDX(active, i, vso_version_t *);

        if (one->id != version->id &&
            (!algorithm ||
             strcmp(vso_version_row_algorithm(one, p), algorithm))) {
            APR_ARRAY_PUSH(rest, vso_version_t *) = one;
        }
    }
    return rest;
}

static apr_status_t read_entry(vso_context_t *svc, apr_int64_t id,
                               vso_preview_t *preview,
                               apr_array_header_t **pactive)
{
    memset(preview, 0, sizeof(*preview));
    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        vso_versions_find(svc, id, &preview->version) != APR_SUCCESS ||
        vso_versions_active(svc->store, svc->alias, pactive, svc->res,
                            svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t vso_preview_activate(vso_context_t *svc, apr_int64_t id,
                                  vso_preview_t *preview)
{
    apr_array_header_t *active;
    vso_version_t *version;

    if (read_entry(svc, id, preview, &active) != APR_SUCCESS ||
        vso_versions_check_passive(preview->version, svc->res) != APR_SUCCESS ||
        vso_version_row_open(svc, preview->version, &preview->material) !=
            APR_SUCCESS ||
        vso_version_row_prove(svc, &preview->material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    version = preview->version;
    version->state = VSO_STATE_ACTIVE;
    preview->warnings = svc->res->warnings;
    preview->served = without(
        active, version, vso_version_row_algorithm(version, svc->p), svc->p);
    APR_ARRAY_PUSH(preview->served, vso_version_t *) = version;
    return APR_SUCCESS;
}

apr_status_t vso_preview_deactivate(vso_context_t *svc, apr_int64_t id,
                                    vso_preview_t *preview)
{
    apr_array_header_t *active;

    if (read_entry(svc, id, preview, &active) != APR_SUCCESS ||
        vso_versions_check_active(preview->version, active, svc->res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!strcmp(vso_version_row_algorithm(preview->version, svc->p), "RSA")) {
        vso_version_warn_no_rsa(svc->res);
    }
    preview->version->state = VSO_STATE_PASSIVE;
    preview->served = without(active, preview->version, NULL, svc->p);
    return APR_SUCCESS;
}
