/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Versions: the rows of vmo_keystore.
 *
 * Private keys are sealed to their row (key_place.h): a sealed key that stands
 * in another row, or in a row that was edited, does not open.
 */
#ifndef VSO_VERSIONS_H
#define VSO_VERSIONS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "base/secret.h"
#include "store/change.h"
#include "store/row_proof.h"

typedef enum {
    VSO_STATE_PENDING, /**< key + CSR, waiting for the CA's reply */
    VSO_STATE_ACTIVE,  /**< served; at most one per algorithm of an entry */
    VSO_STATE_PASSIVE, /**< key kept for packages and roll-back */
    VSO_STATE_RETIRED  /**< key destroyed, certificate kept */
} vso_version_state_e;

/** "pending", "active", "passive", "retired". */
const char *vso_version_state_text(vso_version_state_e state);

/** One row. Texts are "" where absent, never NULL after a read. What lists
 * show are columns, so that no list parses PEM. */
typedef struct {
    apr_int64_t id;
    const char *entry;
    apr_int64_t number; /**< 1, 2, 3 ... within the entry */
    vso_version_state_e state;
    const char *origin; /**< "self-signed", "ca-signed", "imported" */
    const char *key_type;
    const char *key_fingerprint;
    const char *sealed_key;  /**< "" once destroyed */
    const char *csr;         /**< PEM of a pending version's request */
    const char *certificate; /**< PEM; "" while pending */
    const char *chain;       /**< PEM, issuers in order, root included */
    const char *subject;     /**< JSON of vso_subject_t's attributes */
    const char *issuer;
    const char *subject_text;
    const char *issuer_text;
    const char *serial;
    const char *sans; /**< "DNS:a,IP:1.2.3.4" */
    const char *signature_algorithm;
    const char *fingerprint;
    apr_int64_t not_before_sec;
    apr_int64_t not_after_sec;
    int self_signed;
    apr_int64_t created_sec;
    const char *created_by;
    apr_int64_t activated_sec; /**< 0: never */
    apr_int64_t generation;    /**< at which the row was last changed */
    vso_row_proof_t proof;     /**< what its MAC says: one that is not authentic
                                    is listed, and used for nothing */
    int place_7; /**< 1: the key is sealed to its place of schema version 7, as
                    a cache file of then has it */
} vso_version_t;

/** Versions of an entry in one state, a page as below.
 * @param state  as vso_version_state_text says it */
apr_status_t vso_versions_list_state(vso_store_t *store, const char *entry,
                                     const char *state, apr_int64_t before,
                                     int limit, apr_array_header_t **pversions,
                                     vso_result_t *res, apr_pool_t *p);

/** Versions of an entry, newest first; entry NULL: of all entries. limit (1
 * to VSO_MAX_PAGE) and before (an id; 0: none) page through them. pversions:
 * vso_version_t *, here and below. */
apr_status_t vso_versions_list(vso_store_t *store, const char *entry,
                               apr_int64_t before, int limit,
                               apr_array_header_t **pversions,
                               vso_result_t *res, apr_pool_t *p);

/** What an entry serves: one version of each algorithm. */
apr_status_t vso_versions_active(vso_store_t *store, const char *entry,
                                 apr_array_header_t **pversions,
                                 vso_result_t *res, apr_pool_t *p);

/** Active and passive versions, of all entries, with this certificate
 * (fingerprint). */
apr_status_t vso_versions_own(vso_store_t *store, const char *fingerprint,
                              apr_array_header_t **pversions, vso_result_t *res,
                              apr_pool_t *p);

/** All pending versions of an entry, newest first. */
apr_status_t vso_versions_pending(vso_store_t *store, const char *entry,
                                  apr_array_header_t **pversions,
                                  vso_result_t *res, apr_pool_t *p);

/** Versions of an entry with this certificate (fingerprint), newest first. */
apr_status_t vso_versions_by_certificate(vso_store_t *store, const char *entry,
                                         const char *fingerprint,
                                         apr_array_header_t **pversions,
                                         vso_result_t *res, apr_pool_t *p);

/** One version; NOT_FOUND. */
apr_status_t vso_versions_get(vso_store_t *store, apr_int64_t id,
                              vso_version_t **pversion, vso_result_t *res,
                              apr_pool_t *p);

/** Versions that hold a key with this fingerprint (retired ones do not). */
apr_status_t vso_versions_by_fingerprint(vso_store_t *store,
                                         const char *key_fingerprint,
                                         apr_array_header_t **pversions,
                                         vso_result_t *res, apr_pool_t *p);

/**
 * The versions, retired ones included, that the newest change of an entry made
 * active or took out of service.
 * @param pversions  empty: no such change was recorded
 */
apr_status_t vso_versions_turned(vso_store_t *store, const char *entry,
                                 apr_array_header_t **pversions,
                                 vso_result_t *res, apr_pool_t *p);

/** Generation of the last change of an entry's versions: its ETag. 0: it has
 * none. */
apr_status_t vso_versions_generation(vso_store_t *store, const char *entry,
                                     apr_int64_t *pgeneration,
                                     vso_result_t *res, apr_pool_t *p);

/** Add what a statement selects ({columns vmo_keystore}) to an array of
 * vso_version_t *: for entries.c. */
apr_status_t vso_versions_add(vso_store_t *store, vso_sql_e sql,
                              const char **args, apr_array_header_t *versions,
                              vso_result_t *res, apr_pool_t *p);

/** Fingerprints (const char *) of all keys that still exist. */
apr_status_t vso_versions_live(vso_store_t *store, apr_array_header_t **pprints,
                               vso_result_t *res, apr_pool_t *p);

/**
 * Insert inside a change: id, version and generation are handed out here, and
 * the key is sealed for the place it gets.
 * @param version  all but id, version, sealed_key, generation; these are set.
 *                 So are created_sec where it is 0, and activated_sec of an
 *                 ACTIVE version. NULL texts become "" in the row
 * @param key      DER PKCS#8
 * @param res      WRONG_STATE for RETIRED; DATABASE also where another
 *                 version of the algorithm is active
 */
apr_status_t vso_versions_insert(vso_change_t *change, vso_version_t *version,
                                 const vso_secret_t *key, vso_result_t *res,
                                 apr_pool_t *p);

/** Move a version to another state inside a change; activated_sec is set to
 * now when that is ACTIVE. RETIRED wipes the sealed key, and is final. A row
 * that fails its MAC gets none: it is never made active, PASSIVE takes it out
 * of the way as it is, and RETIRED deletes it. The caller makes room first: the
 * table holds one active version per algorithm of an entry, a second one is
 * DATABASE.
 * @param version  as read inside the change; gets what was written
 * @param res      STALE: the row is not the one that was read; WRONG_STATE: it
 *                 is retired; DAMAGED: it fails its MAC */
apr_status_t vso_versions_set_state(vso_change_t *change,
                                    vso_version_t *version,
                                    vso_version_state_e state,
                                    vso_result_t *res, apr_pool_t *p);

/** Write the certificate of a pending version inside a change: certificate,
 * chain, origin and the columns that come from them. It stays pending. STALE:
 * the row is not pending any more.
 * @param version  its id, and what is written; the rest becomes that of the row
 */
apr_status_t vso_versions_set_certificate(vso_change_t *change,
                                          vso_version_t *version,
                                          vso_result_t *res, apr_pool_t *p);

/**
 * Replace the chain of a version inside a change, and nothing else.
 * @param version  its id, state and certificate (fingerprint); becomes the row
 * @param chain    PEM, issuers in order
 * @param res      STALE: the row is not in that state any more, or has another
 *                 certificate
 */
apr_status_t vso_versions_set_chain(vso_change_t *change,
                                    vso_version_t *version, const char *chain,
                                    vso_result_t *res, apr_pool_t *p);

/** Seal a key again under the ring's first key, unless it is already; *pdone
 * says whether that was necessary. What vso_versions_open reports. */
apr_status_t vso_versions_reseal(vso_change_t *change, vso_version_t *version,
                                 int *pdone, vso_result_t *res, apr_pool_t *p);

/** Open a version's key: DER PKCS#8. DAMAGED: the row was moved or edited;
 * WRONG_STATE: destroyed; SEALED: its master key is not in the ring. */
apr_status_t vso_versions_open(const vso_keyring_t *ring,
                               const vso_version_t *version,
                               vso_secret_t **pkey, vso_result_t *res,
                               apr_pool_t *p);

#endif
