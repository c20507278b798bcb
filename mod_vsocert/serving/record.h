/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One entry as the replica holds it: the versions that are served, ready to be
 * opened without a database, and which keys of the entry exist.
 *
 * As bytes: a format number, numbers and length-prefixed fields in big-endian
 * order, then the id of the master key and an HMAC-SHA-256 (record_keys.h) over
 * all before it and the place that it is for. Private keys are sealed:
 * AES-256-GCM with entry, version id and key id as associated data; as numbers
 * (OSSL_PARAM), which OpenSSL takes in 17 microseconds where PKCS#8 takes 365,
 * or as PKCS#8 where a type has none.
 */
#ifndef VSO_SERVING_RECORD_H
#define VSO_SERVING_RECORD_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/bytes.h"
#include "base/result.h"
#include "serving/record_keys.h"
#include "store/versions.h"

/** Bytes that stand behind an authenticated text: key id, HMAC. */
#define VSO_RECORD_SEAL_LEN (VSO_RECORD_KEY_ID_LEN + 32)

/** Bytes of a SHA-256: ids of keys, chains and records. */
#define VSO_RECORD_ID_LEN 32

/** One version that is served. */
typedef struct {
    apr_int64_t id;
    apr_int64_t number;
    apr_int64_t not_before_sec;
    apr_int64_t not_after_sec;
    apr_int64_t activated_sec;
    const char *algorithm;                        /**< "RSA", "EC" ... */
    unsigned char key_id[VSO_RECORD_ID_LEN];      /**< of the public key */
    unsigned char fingerprint[VSO_RECORD_ID_LEN]; /**< of the certificate */
    vso_bytes_t cert;                             /**< DER */
    unsigned char chain[VSO_RECORD_ID_LEN];       /**< SHA-256 of the chain: its
                                                       place; zeros: no chain */
    vso_bytes_t key;                              /**< sealed */
    const apr_array_header_t *names; /**< const char *: DNS names of the
                                          certificate in lower case, without a
                                          trailing dot; "*.x" for wildcards */
    const char *ocsp_url;            /**< "": none, or no issuer */
} vso_record_version_t;

/** One version that is active and does not open. */
typedef struct {
    apr_int64_t id;
    const char *algorithm;
    const char *reason;
} vso_record_bad_t;

/** One entry. */
typedef struct {
    const char *entry;
    const char *keystore_id; /**< whose keys it was made with */
    apr_int64_t as_of; /**< generation of the keystore that it is right for */
    apr_array_header_t *versions;    /**< vso_record_version_t */
    apr_array_header_t *live;        /**< unsigned char[VSO_RECORD_ID_LEN]: keys
                                          that exist */
    apr_array_header_t *quarantined; /**< vso_record_bad_t */
} vso_record_t;

/** A chain, which entries share: DER certificates, one after the other, the
 * issuer first, root included. */
typedef struct {
    unsigned char id[VSO_RECORD_ID_LEN];
    vso_bytes_t der;
} vso_record_chain_t;

/** What a record is made of: rows, as read within one statement or later than
 * the state row that says as_of. */
typedef struct {
    const char *entry;
    apr_int64_t as_of;
    const apr_array_header_t *versions; /**< vso_version_t *: the active ones */
    const apr_array_header_t *live;     /**< const char *: key fingerprints */
} vso_record_rows_t;

/**
 * Parse, unseal and match the active versions of an entry. One that does not
 * open is quarantined: logged once, and `before`'s version of the same
 * algorithm goes on being served as long as its key is among the live ones.
 * @param before   the record that is replaced, or NULL; the new one may hold
 *                 parts of it
 * @param pchains  vso_record_chain_t: those that its versions name
 * @param res      only for what is nobody's row: INTERNAL
 */
apr_status_t vso_record_make(const vso_record_keys_t *keys,
                             const vso_record_rows_t *rows,
                             const vso_record_t *before, vso_record_t **precord,
                             apr_array_header_t **pchains, vso_result_t *res,
                             apr_pool_t *p);

/** As bytes. SEALED: the ring is empty.
 * @return APR_EINVAL: it is too large */
apr_status_t vso_record_encode(const vso_record_keys_t *keys,
                               const vso_record_t *record, vso_bytes_t *pbytes,
                               vso_result_t *res, apr_pool_t *p);

/**
 * From bytes; everything is copied.
 * @param entry  that they are to be of
 * @param res    DAMAGED; SEALED: the master key that it names is not in the
 *               ring
 */
apr_status_t vso_record_decode(const vso_record_keys_t *keys, const char *entry,
                               const vso_bytes_t *bytes, vso_record_t **precord,
                               vso_result_t *res, apr_pool_t *p);

/** SHA-256 of versions and live keys in encoded bytes: equal where nothing that
 * is served differs, though as_of may. Not authenticated by itself. 0 where
 * they are too few. */
int vso_record_tag(const vso_bytes_t *bytes,
                   unsigned char tag[VSO_RECORD_ID_LEN]);

/** How many versions and quarantined versions are in encoded bytes, which are
 * not authenticated here. 0: these are none. */
int vso_record_counts(const vso_bytes_t *bytes, apr_size_t *pversions,
                      apr_size_t *pquarantined);

/** Authenticate other small texts of the replica (its head, a chain's place, a
 * name) with the same key: append key id and HMAC; and take them off again. */
apr_status_t vso_record_seal_text(const vso_record_keys_t *keys,
                                  const char *place, const vso_bytes_t *text,
                                  vso_bytes_t *pbytes, vso_result_t *res,
                                  apr_pool_t *p);
apr_status_t vso_record_open_text(const vso_record_keys_t *keys,
                                  const char *place, const vso_bytes_t *bytes,
                                  vso_bytes_t *ptext, vso_result_t *res,
                                  apr_pool_t *p);

/** Does the master key that seals now authenticate these bytes of
 * vso_record_seal_text? Whether they are right is not asked. */
int vso_record_is_by_first(const vso_record_keys_t *keys,
                           const vso_bytes_t *bytes, apr_pool_t *p);

/**
 * Unseal the key of a version.
 * @param cert   its parsed certificate, which gets the key as its public key
 *               (X509_set_pubkey), so that OpenSSL compares pointers; the DER
 *               stays. NULL: it does not; this costs 250 microseconds, and
 *               saves 0.1 to 0.9 of each handshake
 * @param ppkey  bound to p
 * @param res    DAMAGED, SEALED
 */
apr_status_t vso_record_key(const vso_record_keys_t *keys, const char *entry,
                            const vso_record_version_t *version, X509 *cert,
                            EVP_PKEY **ppkey, vso_result_t *res, apr_pool_t *p);

#endif
