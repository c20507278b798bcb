/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/record_keys.h"

#include <string.h>

#include <apr_strings.h>

static int derive(const vso_record_keys_t *keys, int i,
                  vso_record_derived_t *derived, apr_pool_t *p)
{
    apr_size_t len = strlen(keys->keystore_id);

    derived->id = vso_keyring_id_at(keys->ring, i);
    derived->mac =
        vso_keyring_derive(keys->ring, i, "replica", keys->keystore_id, len, p);
    derived->seal = vso_keyring_derive(keys->ring, i, "replica key",
                                       keys->keystore_id, len, p);
    return derived->mac && derived->seal;
}

const vso_record_keys_t *vso_record_keys_make(const vso_keyring_t *ring,
                                              const char *keystore_id,
                                              apr_pool_t *p)
{
    vso_record_keys_t *keys = apr_pcalloc(p, sizeof(*keys));
    int size = vso_keyring_size(ring);
    vso_record_derived_t *derived =
        apr_palloc(p, (apr_size_t)(size + 1) * sizeof(*derived));
    int i;

    keys->ring = ring;
    keys->keystore_id = apr_pstrdup(p, keystore_id);
    for (i = 0; i < size; i++) {
        if (!derive(keys, i, &derived[i], p)) {
            return NULL;
        }
    }
    keys->derived = derived;
    return keys;
}

/* The i-th, which is in the ring. */
static apr_status_t at(const vso_record_keys_t *keys, int i,
                       const vso_record_derived_t **pderived, vso_result_t *res,
                       apr_pool_t *p)
{
    vso_record_derived_t *derived;

    if (keys->derived) {
        *pderived = &keys->derived[i];
        return APR_SUCCESS;
    }
    derived = apr_palloc(p, sizeof(*derived));
    if (!derive(keys, i, derived, p)) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not derive a key.");
    }
    *pderived = derived;
    return APR_SUCCESS;
}

apr_status_t vso_record_keys_first(const vso_record_keys_t *keys,
                                   const vso_record_derived_t **pderived,
                                   vso_result_t *res, apr_pool_t *p)
{
    if (!vso_keyring_size(keys->ring)) {
        return vso_fail(res, VSO_P_SEALED, NULL,
                        "There is no master key: set VSOCertMasterKey.");
    }
    return at(keys, 0, pderived, res, p);
}

apr_status_t vso_record_keys_find(const vso_record_keys_t *keys,
                                  const unsigned char *id,
                                  const vso_record_derived_t **pderived,
                                  vso_result_t *res, apr_pool_t *p)
{
    int i;

    for (i = 0; i < vso_keyring_size(keys->ring); i++) {
        if (!memcmp(vso_keyring_id_at(keys->ring, i), id,
                    VSO_RECORD_KEY_ID_LEN)) {
            return at(keys, i, pderived, res, p);
        }
    }
    return vso_fail(res, VSO_P_SEALED, NULL,
                    "It is authenticated with the master key %.*s, which "
                    "VSOCertMasterKey does not give: add that key.",
                    VSO_RECORD_KEY_ID_LEN, (const char *)id);
}
