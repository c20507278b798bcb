/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/preview.h"

#include <string.h>

#include "service/certificate/judge.h"
#include "service/certificate/entry_versions.h"

apr_status_t vso_preview_try(const vso_context_t *ctx, apr_int64_t id,
                             vso_material_t *material, vso_result_t *res)
{
    vso_version_t *version;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_entry_versions_find(ctx, id, &version, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (version->state != VSO_STATE_PASSIVE &&
        version->state != VSO_STATE_ACTIVE) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "Version %" APR_INT64_T_FMT
                        " is %s: only a passive or active one has key and "
                        "certificate to try.",
                        version->number,
                        vso_version_state_text(version->state));
    }
    if (vso_version_row_open(ctx, version, material, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_judge_prove(ctx, material, res);
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

static apr_status_t read_entry(const vso_context_t *ctx, apr_int64_t id,
                               vso_preview_t *preview,
                               apr_array_header_t **pactive, vso_result_t *res)
{
    memset(preview, 0, sizeof(*preview));
    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_entry_versions_find(ctx, id, &preview->version, res) !=
            APR_SUCCESS ||
        vso_versions_active(ctx->store, ctx->entry, pactive, res, ctx->p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t vso_preview_activate(const vso_context_t *ctx, apr_int64_t id,
                                  vso_preview_t *preview, vso_result_t *res)
{
    apr_array_header_t *active;
    vso_version_t *version;

    if (read_entry(ctx, id, preview, &active, res) != APR_SUCCESS ||
        vso_entry_versions_check_passive(preview->version, res) !=
            APR_SUCCESS ||
        vso_version_row_open(ctx, preview->version, &preview->material, res) !=
            APR_SUCCESS ||
        vso_judge_prove(ctx, &preview->material, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    version = preview->version;
    version->state = VSO_STATE_ACTIVE;
    preview->warnings = res->warnings;
    preview->served = without(
        active, version, vso_version_row_algorithm(version, ctx->p), ctx->p);
    APR_ARRAY_PUSH(preview->served, vso_version_t *) = version;
    return APR_SUCCESS;
}

apr_status_t vso_preview_deactivate(const vso_context_t *ctx, apr_int64_t id,
                                    vso_preview_t *preview, vso_result_t *res)
{
    apr_array_header_t *active;

    if (read_entry(ctx, id, preview, &active, res) != APR_SUCCESS ||
        vso_entry_versions_check_active(preview->version, active, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!strcmp(vso_version_row_algorithm(preview->version, ctx->p), "RSA")) {
        vso_version_row_warn_no_rsa(res);
    }
    preview->version->state = VSO_STATE_PASSIVE;
    preview->served = without(active, preview->version, NULL, ctx->p);
    return APR_SUCCESS;
}
