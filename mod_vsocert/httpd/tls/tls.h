/* SPDX-License-Identifier: Apache-2.0 */
/**
 * mod_ssl serves the snapshot: a callback per handshake applies it, for
 * servers with VSOCertEngine on only.
 */
#ifndef VSOCERT_TLS_H
#define VSOCERT_TLS_H

#include <httpd.h>
#include <apr_tables.h>

#include "x509/trial.h"

/** A certificate that a server hands out. */
typedef struct {
    apr_int64_t version_id;  /**< 0 for the bootstrap certificate */
    const char *alias;       /**< entry it belongs to; "" for bootstrap */
    const char *algorithm;   /**< "RSA" or "EC" */
    const char *fingerprint; /**< SHA-256, lower-case hex */
    int bootstrap;           /**< 1: made in memory, nothing is stored yet */
} vsocert_served_t;

/** Register for mod_ssl's hooks (called with the other hooks). */
void vsocert_tls_register(apr_pool_t *pconf);

/** mod_ssl is ready (parent, real pass): log the fingerprint of each bootstrap
 * certificate. */
void vsocert_tls_ready(apr_pool_t *pconf);

/**
 * What the trial handshake has to try: protocols, ciphers and security level
 * of this server; of the first one with VSOCertEngine on where this has none;
 * OpenSSL's own otherwise. Never NULL.
 */
const vso_trial_profile_t *vsocert_tls_profile(server_rec *s);

/** What this server serves at the next handshake: vsocert_served_t, empty
 * where VSOCertEngine is off. */
apr_array_header_t *vsocert_tls_served(server_rec *s, apr_pool_t *p);

/** Ids (apr_int64_t) of versions that do not open, and why is in the log. */
apr_array_header_t *vsocert_tls_quarantined(apr_pool_t *p);

#endif
