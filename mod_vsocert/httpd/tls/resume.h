/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Session resumption. Sessions go on after a certificate was replaced, until
 * they time out; but destroying a key ends the sessions that began with it.
 * A new session carries the ids of the keys its server had at that moment, in
 * ticket or session cache; it is resumed only while they all exist.
 */
#ifndef VSOCERT_TLS_RESUME_H
#define VSOCERT_TLS_RESUME_H

#include <openssl/ssl.h>

#include "service/certificate/snapshot.h"

/** Look at sessions that come back to this context. OpenSSL asks the context
 * of the address's first server, whatever name the client gives: it is
 * needed on all of them. */
void vsocert_resume_watch(SSL_CTX *ctx);

/** Note in a new session which keys it began with. */
void vsocert_resume_mark(SSL *ssl, const vso_snapshot_t *serving,
                         const char *alias);

#endif
