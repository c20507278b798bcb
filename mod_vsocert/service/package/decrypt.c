/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/decrypt.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "package/envelope.h"
#include "service/package/author_certs.h"
#include "service/certificate/version_row.h"

struct vso_decrypt_t {
    const vso_context_t *ctx;
    apr_array_header_t *versions; /**< vso_version_t *; NULL: not yet read */
    apr_array_header_t *keys;     /**< vso_envelope_key_t *, side by side */
};

vso_decrypt_t *vso_decrypt_create(const vso_context_t *ctx)
{
    vso_decrypt_t *opener = apr_pcalloc(ctx->p, sizeof(*opener));

    opener->ctx = ctx;
    return opener;
}

/** A vso_version_row_fn: a version that may open something. One whose
 * certificate was damaged in the database is quarantined elsewhere, and left
 * out here. */
static apr_status_t add_version(void *baton, vso_version_t *version,
                                vso_result_t *res)
{
    vso_decrypt_t *opener = baton;
    apr_pool_t *p = opener->ctx->p;
    vso_material_t material;
    vso_envelope_key_t *key;

    (void)res;
    if ((version->state != VSO_STATE_ACTIVE &&
         version->state != VSO_STATE_PASSIVE) ||
        vso_version_row_certs(version, &material, vso_result_create(p), p) !=
            APR_SUCCESS) {
        return APR_SUCCESS;
    }
    key = apr_pcalloc(p, sizeof(*key));
    key->cert = material.cert;
    key->version_id = version->id;
    APR_ARRAY_PUSH(opener->versions, vso_version_t *) = version;
    APR_ARRAY_PUSH(opener->keys, vso_envelope_key_t *) = key;
    return APR_SUCCESS;
}

static apr_status_t read_versions(vso_decrypt_t *opener, vso_result_t *res)
{
    const vso_context_t *ctx = opener->ctx;

    if (opener->versions) {
        return APR_SUCCESS;
    }
    opener->versions = apr_array_make(ctx->p, 4, sizeof(vso_version_t *));
    opener->keys = apr_array_make(ctx->p, 4, sizeof(vso_envelope_key_t *));
    return vso_version_row_each(ctx->store, NULL, add_version, opener, res,
                                ctx->p);
}

static const vso_version_t *version_of(const vso_decrypt_t *opener,
                                       const vso_envelope_key_t *key)
{
    int i;

    for (i = 0; i < opener->keys->nelts; i++) {
        if (APR_ARRAY_IDX(opener->keys, i, vso_envelope_key_t *) == key) {
            return APR_ARRAY_IDX(opener->versions, i, vso_version_t *);
        }
    }
    return NULL;
}

/** Unseal a key, once. */
static apr_status_t open_key(vso_decrypt_t *opener, vso_envelope_key_t *key,
                             vso_result_t *res)
{
    vso_material_t material;

    if (key->pkey) {
        return APR_SUCCESS;
    }
    if (vso_version_row_open(opener->ctx, version_of(opener, key), &material,
                             res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    key->pkey = material.pkey;
    return APR_SUCCESS;
}

apr_status_t vso_decrypt_open(vso_decrypt_t *opener, const char *der,
                              apr_size_t len, const char *name,
                              vso_secret_t **pplain,
                              apr_array_header_t **pneeds, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_envelope_file_t sealed = {der, len, name};
    vso_result_t *cause = vso_result_create(p);
    apr_array_header_t *prints = apr_array_make(p, 2, sizeof(char *));
    apr_array_header_t *opened = apr_array_make(p, 2, sizeof(void *));
    apr_array_header_t *fitting;
    int i;

    if (read_versions(opener, res) != APR_SUCCESS ||
        vso_envelope_keys(&sealed, opener->keys, &fitting, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < fitting->nelts; i++) {
        vso_envelope_key_t *key =
            APR_ARRAY_IDX(fitting, i, vso_envelope_key_t *);
        const char *print = version_of(opener, key)->key_fingerprint;

        if (open_key(opener, key, cause) != APR_SUCCESS) {
            continue;
        }
        APR_ARRAY_PUSH(opened, vso_envelope_key_t *) = key;
        if (!vso_text_listed(prints, print)) {
            APR_ARRAY_PUSH(prints, const char *) = print;
        }
    }
    if (fitting->nelts > 0 && opened->nelts == 0) {
        /* there is a key, and it is sealed or damaged: that is the cause */
        return vso_fail(res, cause->problem, name, "%s", cause->detail);
    }
    if (vso_envelope_open(&sealed, opened, pplain, NULL, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (pneeds) {
        *pneeds = prints;
    }
    return APR_SUCCESS;
}
