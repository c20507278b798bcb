/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The trial handshake: before a version becomes active, a TLS handshake in
 * memory proves that OpenSSL would serve it with a virtual host's protocols,
 * ciphers and security level.
 */
#ifndef VSO_TRIAL_H
#define VSO_TRIAL_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/ssl.h>

#include "base/result.h"

/** What a virtual host allows. Captured once, read by all threads. */
typedef struct vso_trial_profile_t vso_trial_profile_t;

/** One protocol that was tried. */
typedef struct {
    const char *protocol; /**< "TLSv1.2", "TLSv1.3" */
    int works;
    const char *cipher; /**< negotiated, or NULL */
    const char *reason; /**< OpenSSL's reason where it does not work */
} vso_trial_outcome_t;

/** Capture protocols, ciphers and security level of mod_ssl's context.
 * Neither keeps nor changes ctx: its callbacks need a connection. */
vso_trial_profile_t *vso_trial_profile_capture(SSL_CTX *ctx, apr_pool_t *p);

/** OpenSSL's own defaults, for hosts without a TLS context (tests). */
vso_trial_profile_t *vso_trial_profile_default(apr_pool_t *p);

/**
 * Try a key and its certificates in a fresh SSL_CTX over a BIO pair, once for
 * each protocol that the profile allows.
 * @param chain      X509 *, as it would be served: without leaf and without
 *                   root (vso_chain_without_root); maybe empty
 * @param poutcomes  vso_trial_outcome_t; set on success and on failure
 * @param res        KEY_MISMATCH; WEAK_KEY when the security level refuses
 *                   key or signature (with OpenSSL's reason); NOT_SERVABLE
 *                   when no protocol works; of an EC key on another curve
 *                   than P-256, P-384 and P-521 it names the curve
 */
apr_status_t vso_trial_run(const vso_trial_profile_t *profile, EVP_PKEY *pkey,
                           X509 *cert, const apr_array_header_t *chain,
                           apr_array_header_t **poutcomes, vso_result_t *res,
                           apr_pool_t *p);

#endif
