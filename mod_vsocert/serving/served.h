/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One opened entry: what OpenSSL is given, and how it comes of its record in
 * the replica. Who wants one asks opened.h.
 */
#ifndef VSO_SERVING_SERVED_H
#define VSO_SERVING_SERVED_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "serving/replica.h"

/** One entry: counted, immutable; safe in all threads. */
typedef struct vso_served_entry_t vso_served_entry_t;

/** One version that is served. Owned by its entry. */
typedef struct {
    apr_int64_t id;
    const char *entry;
    const char *algorithm;    /**< "RSA" or "EC" */
    const char *fingerprint;  /**< hex */
    unsigned char key_id[32]; /**< SHA-256 of the public key */
    X509 *cert;
    EVP_PKEY *pkey;
    X509 *issuer;           /**< NULL where the chain does not have it */
    STACK_OF(X509) * chain; /**< without the root */
    const char *ocsp_url;   /**< "": none */
} vso_served_t;

void vso_opened_ref(vso_served_entry_t *entry);
/** The last one wipes the keys. */
void vso_opened_unref(vso_served_entry_t *entry);

/** Its versions, one per algorithm: the i-th, or NULL. */
const vso_served_t *vso_opened_at(const vso_served_entry_t *entry, int i);

/** Its name. */
const char *vso_opened_name(const vso_served_entry_t *entry);

/* For opened.c. */

/** Parsed chains, each once in a process: hundreds of entries have the same. */
typedef struct vso_served_chains_t vso_served_chains_t;

vso_served_chains_t *vso_served_chains_make(apr_pool_t *p);

/** What an entry is opened with. */
typedef struct {
    vso_replica_t *replica;
    vso_served_chains_t *chains;
} vso_served_source_t;

/**
 * Open an entry as the replica has it. A version that does not open is logged;
 * in its place stays what `before` has of the same algorithm, while its key is
 * among those that exist. Versions whose key was destroyed are left out.
 * @param before   what was opened last, or NULL
 * @param pserved  one reference; NULL: nothing is to be served
 * @return APR_NOTFOUND: the replica has no such entry; other errors: the record
 *         cannot be read, res says why
 */
apr_status_t vso_served_make(const vso_served_source_t *source,
                             const char *entry,
                             const vso_served_entry_t *before,
                             vso_served_entry_t **pserved, vso_result_t *res,
                             apr_pool_t *p);

/** What is left of an opened entry whose record cannot be read: the versions
 * whose keys exist. @return one reference, or NULL */
vso_served_entry_t *vso_served_rest(const vso_served_source_t *source,
                                    vso_served_entry_t *before);

/** 1: opened from the record with this tag, and all its keys exist. */
int vso_served_is(const vso_served_source_t *source,
                  const vso_served_entry_t *served,
                  const unsigned char tag[VSO_RECORD_ID_LEN]);

#endif
