/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the records of one keystore are authenticated and sealed with: two keys
 * derived from each master key (vso_keyring_derive, labels "replica" and
 * "replica key", the keystore's id as data).
 */
#ifndef VSO_SERVING_RECORD_KEYS_H
#define VSO_SERVING_RECORD_KEYS_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/seal.h"

/** Digits of a master key's id. */
#define VSO_RECORD_KEY_ID_LEN 16

/** What comes of one master key. */
typedef struct {
    const char *id; /**< of the master key */
    const vso_secret_t *mac;
    const vso_secret_t *seal;
} vso_record_derived_t;

/** Of one keystore. {ring, keystore_id} will do for a few calls. */
typedef struct {
    const vso_keyring_t *ring;
    const char *keystore_id;
    const vso_record_derived_t *derived; /**< of each key of the ring; NULL: to
                                              be derived at each call */
} vso_record_keys_t;

/** Derive them once. NULL: OpenSSL cannot. @param keystore_id  copied */
const vso_record_keys_t *vso_record_keys_make(const vso_keyring_t *ring,
                                              const char *keystore_id,
                                              apr_pool_t *p);

/** Of the master key that seals. SEALED: there is none; INTERNAL */
apr_status_t vso_record_keys_first(const vso_record_keys_t *keys,
                                   const vso_record_derived_t **pderived,
                                   vso_result_t *res, apr_pool_t *p);

/** Of the master key with this id, VSO_RECORD_KEY_ID_LEN digits. SEALED: it is
 * not in the ring; INTERNAL */
apr_status_t vso_record_keys_find(const vso_record_keys_t *keys,
                                  const unsigned char *id,
                                  const vso_record_derived_t **pderived,
                                  vso_result_t *res, apr_pool_t *p);

#endif
