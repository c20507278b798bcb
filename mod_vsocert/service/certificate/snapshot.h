/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a node serves: the active versions of all entries, as one text that
 * travels (from the database to shared memory and the cache file), and as an
 * immutable, counted snapshot that handshakes use.
 *
 * The text is one JSON object: "keystore" (its id), "generation", "active"
 * (each: "id", "alias", "version", "keyType", "keyFingerprint",
 * "fingerprint", "certificate", "chain", "sealedKey"), "live" (fingerprints
 * of all keys that exist). Private keys in it stay sealed; it is not secret.
 */
#ifndef VSO_SERVICE_SNAPSHOT_H
#define VSO_SERVICE_SNAPSHOT_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "store/versions.h"

/** Reference-counted and immutable; safe in all threads. */
typedef struct vso_snapshot_t vso_snapshot_t;

/** One version that is served. Owned by its snapshot. */
typedef struct {
    apr_int64_t id;
    const char *entry;
    const char *algorithm; /**< "RSA" or "EC" */
    const char *fingerprint;
    unsigned char key_id[32]; /**< SHA-256 of the public key */
    X509 *cert;
    EVP_PKEY *pkey;
    X509 *issuer;           /**< NULL where the chain does not have it */
    STACK_OF(X509) * chain; /**< without the root */
} vso_served_t;

/**
 * Read what is to be served from the database; inside a change this sees
 * what the change wrote.
 * @param generation  the one that the text is to carry
 * @param ptext       lives as long as p
 * @param res         TOO_LARGE over VSO_MAX_SERVING
 */
apr_status_t vso_snapshot_load(vso_store_t *store, const char *keystore_id,
                               apr_int64_t generation, const char **ptext,
                               vso_result_t *res, apr_pool_t *p);

/**
 * Open a text: parse certificates, unseal keys, match them. A version that
 * does not open is quarantined: it is logged once with its id and the reason,
 * and the previous snapshot's version of the same entry and algorithm is kept
 * where there is one.
 * @param previous  NULL or the snapshot that is replaced
 * @param pserving  one reference, for the caller
 * @return an error only where the text as a whole is unusable
 */
apr_status_t vso_snapshot_open(const char *text, apr_size_t len,
                               const vso_keyring_t *ring,
                               const vso_snapshot_t *previous,
                               vso_snapshot_t **pserving, vso_result_t *res);

/** Take another reference / give one back; the last one wipes the keys. */
void vso_snapshot_ref(vso_snapshot_t *serving);
void vso_snapshot_unref(vso_snapshot_t *serving);

/** Versions of an entry, one per algorithm: the i-th, or NULL. */
const vso_served_t *vso_snapshot_get(const vso_snapshot_t *serving,
                                     const char *entry, int i);

/** The i-th version of all entries, or NULL. */
const vso_served_t *vso_snapshot_at(const vso_snapshot_t *serving, int i);

apr_int64_t vso_snapshot_generation(const vso_snapshot_t *serving);

/** 1 when a key with this id (32 bytes) exists in the keystore: sessions of
 * destroyed keys are not resumed. */
int vso_snapshot_key_live(const vso_snapshot_t *serving,
                          const unsigned char key_id[32]);

/** Ids of quarantined versions: apr_int64_t, maybe empty; owned by serving. */
const apr_array_header_t *
vso_snapshot_quarantined(const vso_snapshot_t *serving);

/** Read keystore id and generation of a text without opening it. */
apr_status_t vso_snapshot_peek(const char *text, apr_size_t len,
                               const char **pkeystore_id,
                               apr_int64_t *pgeneration, vso_result_t *res,
                               apr_pool_t *p);

#endif
