/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Session resumption. A session can be resumed after its certificate was
 * replaced, until it times out, but not after its key was destroyed, and not
 * where another entry is served: OpenSSL itself resumes a session of one name
 * for another. A new session carries its entry and the ids of the keys that it
 * had at that moment, in its ticket or the session cache.
 */
#ifndef VSOCERT_TLS_RESUME_H
#define VSOCERT_TLS_RESUME_H

#include <openssl/ssl.h>

#include "serving/opened.h"

/** Judge sessions that clients resume at this context. OpenSSL asks the context
 * of the first server of the address, whatever name the client sends: all
 * contexts need it. */
void vsocert_resume_install(SSL_CTX *ctx);

/** Note the entry and its keys in a new session. */
void vsocert_resume_mark(SSL *ssl, const vso_served_entry_t *served);

#endif
