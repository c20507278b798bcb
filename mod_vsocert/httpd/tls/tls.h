/* SPDX-License-Identifier: Apache-2.0 */
/**
 * mod_ssl serves the keystore: a callback gives each handshake of a server with
 * VSOCertEngine on its entry.
 */
#ifndef VSOCERT_TLS_H
#define VSOCERT_TLS_H

#include <httpd.h>
#include <apr_tables.h>

#include "x509/trial.h"

/** A certificate that a server serves. */
typedef struct {
    apr_int64_t version_id;  /**< 0 for the bootstrap certificate */
    const char *entry;       /**< entry it belongs to; "" for bootstrap */
    const char *algorithm;   /**< "RSA" or "EC" */
    const char *fingerprint; /**< SHA-256, lower-case hex */
    int bootstrap;           /**< 1: made in memory, the entry has none yet */
} vsocert_served_t;

/** Register for mod_ssl's hooks (called with the other hooks). */
void vsocert_tls_register(apr_pool_t *pconf);

/** mod_ssl has read its certificates (parent): close what files of bootstrap
 * certificates are open, so that no child inherits a plaintext key. */
void vsocert_tls_loaded(void);

/** mod_ssl is ready (parent, real pass): log the fingerprint of each bootstrap
 * certificate. */
void vsocert_tls_ready(apr_pool_t *pconf);

/**
 * Protocols, ciphers and security level for the trial handshake: of this
 * server; if it has no VSOCertEngine, of the first server that has; else
 * OpenSSL's defaults. Never NULL.
 */
const vso_trial_profile_t *vsocert_tls_profile(server_rec *s);

/**
 * What is served of an entry at the next handshake.
 * @param s      asked first, where its VSOCertAlias is the entry; then all
 * others
 * @param entry  its name
 * @return vsocert_served_t: certificates of the keystore, or what mod_ssl
 * loaded in want of one. Empty where no server has the entry, or VSOCertEngine
 *         is off
 */
apr_array_header_t *vsocert_tls_served(server_rec *s, const char *entry,
                                       apr_pool_t *p);

/** Ids (apr_int64_t) of versions that cannot be opened; the log says why. */
apr_array_header_t *vsocert_tls_quarantined(apr_pool_t *p);

#endif
