/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The place that a private key is sealed to: the associated data of
 * vmo_keystore's column sealed_key. A sealed key that stands in another row, or
 * in one that was edited, does not open.
 *
 * "id|alias|version|key_fingerprint|" and the SHA-256 of certificate and chain
 * in lower-case hex, each as its length in bytes in decimal, a colon, its text
 * and a line feed. Up to schema version 7 it was "id|alias|version|
 * key_fingerprint" alone.
 */
#ifndef VSO_KEY_PLACE_H
#define VSO_KEY_PLACE_H

#include <apr_pools.h>

/** What it consists of; numbers in decimal. */
typedef struct {
    const char *id;
    const char *entry;
    const char *number;
    const char *key_fingerprint;
    const char *certificate; /**< PEM; "" while pending */
    const char *chain;
} vso_key_place_t;

/** The place. */
const char *vso_key_place(const vso_key_place_t *place, apr_pool_t *p);

/** The place as it was up to schema version 7. */
const char *vso_key_place_7(const vso_key_place_t *place, apr_pool_t *p);

#endif
