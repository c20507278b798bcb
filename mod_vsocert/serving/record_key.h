/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The private key of a version as a record holds it: the id of the master key,
 * nonce, ciphertext, tag. In it: one byte that says how the key is written,
 * then its type and its numbers, or PKCS#8.
 */
#ifndef VSO_SERVING_RECORD_KEY_H
#define VSO_SERVING_RECORD_KEY_H

#include "serving/record.h"

/**
 * Seal a key for its place: entry, version->id and version->key_id.
 * @param before  the version of the record that is replaced, or NULL: where it
 *                holds the same key, sealed with the same master key, its box
 *                is taken as it is, so that equal records stay equal
 */
apr_status_t vso_record_key_seal(const vso_record_keys_t *keys,
                                 const char *entry,
                                 vso_record_version_t *version,
                                 const EVP_PKEY *pkey,
                                 const vso_record_version_t *before,
                                 vso_result_t *res, apr_pool_t *p);

#endif
