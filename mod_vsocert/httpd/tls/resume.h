/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Session resumption. A session can be resumed after its certificate was
 * replaced, until it times out, but not after its key was destroyed. A new
 * session carries the ids of the keys that its server had at that moment, in
 * its ticket or the session cache; it is resumed only while they all exist.
 */
#ifndef VSOCERT_TLS_RESUME_H
#define VSOCERT_TLS_RESUME_H

#include <openssl/ssl.h>

#include "service/certificate/snapshot.h"

/** Judge sessions that clients resume at this context. OpenSSL asks the context
 * of the first server of the address, whatever name the client sends: all
 * contexts need it. */
void vsocert_resume_install(SSL_CTX *ctx);

/** Note the server's keys in a new session. */
void vsocert_resume_mark(SSL *ssl, const vso_snapshot_t *serving,
                         const char *entry);

#endif
