/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/judge.h"

#include <string.h>

#include "x509/cert.h"
#include "x509/chain.h"
#include "x509/client_support.h"
#include "x509/key.h"

/** Warn of a key type that some clients refuse, unless a version of another
 * algorithm serves them. */
static void judge_key_type(const char *key_type,
                           const apr_array_header_t *active, vso_result_t *res)
{
    const char *algorithm = vso_key_algorithm(key_type, res->p);
    int i;

    for (i = 0; i < active->nelts; i++) {
        const vso_version_t *other =
            APR_ARRAY_IDX(active, i, const vso_version_t *);

        if (strcmp(vso_version_row_algorithm(other, res->p), algorithm) &&
            !vso_client_support_lacks(other->key_type)) {
            return;
        }
    }
    vso_client_support_judge(key_type, res);
}

apr_status_t vso_judge_candidate(const vso_context_t *ctx,
                                 const vso_material_t *material, int served,
                                 vso_result_t *res)
{
    apr_array_header_t *active;

    if (vso_client_support_check(material->pkey, material->cert,
                                 material->chain, material->field,
                                 res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_cert_judge(material->cert, material->chain, served ? ctx->hosts : NULL,
                   vso_context_now(ctx), res);
    if (!served) {
        return APR_SUCCESS;
    }
    if (vso_versions_active(ctx->store, ctx->entry, &active, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (material->alone) {
        apr_array_clear(active);
    }
    judge_key_type(vso_key_type(material->pkey, ctx->p), active, res);
    return APR_SUCCESS;
}

apr_status_t vso_judge_prove(const vso_context_t *ctx, vso_material_t *material,
                             vso_result_t *res)
{
    if (vso_judge_candidate(ctx, material, 1, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_trial_run(ctx->profile, material->pkey, material->cert,
                         vso_chain_without_root(material->chain, ctx->p),
                         &material->outcomes, res, ctx->p);
}

void vso_judge_version(const vso_context_t *ctx, const vso_version_t *version,
                       const vso_material_t *material,
                       const apr_array_header_t *active, vso_result_t *found)
{
    vso_cert_judge(material->cert, material->chain, ctx->hosts,
                   vso_context_now(ctx), found);
    judge_key_type(version->key_type, active, found);
}
