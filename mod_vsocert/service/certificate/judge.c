/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/judge.h"

#include <string.h>

#include "x509/cert.h"
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

apr_status_t vso_judge_candidate(vso_context_t *svc,
                                 const vso_material_t *material, int served)
{
    apr_array_header_t *active;

    if (vso_client_support_check(material->pkey, material->cert,
                                 material->chain, material->field,
                                 svc->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_cert_judge(material->cert, material->chain, served ? svc->hosts : NULL,
                   vso_context_now(svc), svc->res);
    if (!served) {
        return APR_SUCCESS;
    }
    if (vso_versions_active(svc->store, svc->alias, &active, svc->res,
                            svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (material->alone) {
        apr_array_clear(active);
    }
    judge_key_type(vso_key_type(material->pkey, svc->p), active, svc->res);
    return APR_SUCCESS;
}

void vso_judge_version(vso_context_t *svc, const vso_version_t *version,
                       const vso_material_t *material,
                       const apr_array_header_t *active, vso_result_t *found)
{
    vso_cert_judge(material->cert, material->chain, svc->hosts,
                   vso_context_now(svc), found);
    judge_key_type(version->key_type, active, found);
}
