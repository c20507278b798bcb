/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sealing of private keys at rest: AES-256-GCM (NIST SP 800-38D) under a key
 * derived from a master key with HKDF-SHA-256 (RFC 5869), fresh 96-bit nonce,
 * associated data that bind the sealed text to its place.
 *
 * Sealed text: "v1.<master key id>.<base64 of nonce, ciphertext, tag>". The id
 * is the first 16 hex digits of HKDF(master key, "vsocert id"), so that two
 * master keys can be valid while one replaces the other.
 */
#ifndef VSO_SEAL_H
#define VSO_SEAL_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "base/secret.h"

/** Bytes of a master key. */
#define VSO_MASTER_KEY_LEN 32

/** The valid master keys; the first seals, all open. Immutable once built,
 * shared by threads. */
typedef struct vso_keyring_t vso_keyring_t;

/** An empty keyring: seals and opens nothing (SEALED). */
vso_keyring_t *vso_keyring_create(apr_pool_t *p);

/** Add a master key of VSO_MASTER_KEY_LEN bytes. @return APR_EINVAL otherwise,
 * or when it is in the ring already */
apr_status_t vso_keyring_add(vso_keyring_t *ring, const vso_secret_t *master);

/** Number of keys. */
int vso_keyring_size(const vso_keyring_t *ring);

/** Id of the key that seals, NULL for an empty ring. */
const char *vso_keyring_id(const vso_keyring_t *ring);

/** Id of any key of it, 16 hex digits: the i-th; NULL where there is none. */
const char *vso_keyring_id_at(const vso_keyring_t *ring, int i);

/** Id in a sealed text, NULL when it is none. */
const char *vso_seal_id(const char *sealed, apr_pool_t *p);

/**
 * Seal.
 * @param aad  associated data as text, the same for vso_seal_open
 * @param res  SEALED where the ring is empty
 */
apr_status_t vso_seal(const vso_keyring_t *ring, const vso_secret_t *plain,
                      const char *aad, const char **psealed, vso_result_t *res,
                      apr_pool_t *p);

/** The same under any key of the ring, by its id: SEALED where it is not in
 * it. */
apr_status_t vso_seal_with(const vso_keyring_t *ring, const char *id,
                           const vso_secret_t *plain, const char *aad,
                           const char **psealed, vso_result_t *res,
                           apr_pool_t *p);

/**
 * Open a sealed text.
 * @param res  SEALED: the master key it names is not in the ring (or the ring
 *             is empty); DAMAGED: it is there, and text or place is not what
 *             was sealed
 */
apr_status_t vso_seal_open(const vso_keyring_t *ring, const char *sealed,
                           const char *aad, vso_secret_t **pplain,
                           vso_result_t *res, apr_pool_t *p);

/** Derive a key of VSO_MASTER_KEY_LEN bytes from master key i (0 is the one
 * that seals), a label and data. NULL where i is not in the ring. */
vso_secret_t *vso_keyring_derive(const vso_keyring_t *ring, int i,
                                 const char *label, const void *data,
                                 apr_size_t len, apr_pool_t *p);

/** HKDF-SHA-256 (RFC 5869) of master key i with a salt and an info: a key of
 * VSO_MASTER_KEY_LEN bytes. NULL where i is not in the ring, or OpenSSL
 * failed. */
vso_secret_t *vso_keyring_hkdf(const vso_keyring_t *ring, int i,
                               const char *salt, const char *info,
                               apr_pool_t *p);

/** HMAC-SHA-256 as lower-case hex, under a key of its own that is derived
 * from the sealing (i = 0) or another master key of the ring and label:
 * authenticates the cache file. NULL where i is not in the ring. */
const char *vso_keyring_mac(const vso_keyring_t *ring, int i, const char *label,
                            const void *data, apr_size_t len, apr_pool_t *p);

#endif
