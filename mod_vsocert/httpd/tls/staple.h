/* SPDX-License-Identifier: Apache-2.0 */
/**
 * OCSP stapling for what the keystore serves. mod_ssl knows only certificates
 * that it loaded at its start; so where SSLUseStapling is on, handshakes of
 * ours are given what a thread of this child keeps ready: from the database,
 * where some node put it, or from the responder. No handshake waits for that.
 */
#ifndef VSOCERT_TLS_STAPLE_H
#define VSOCERT_TLS_STAPLE_H

#include <httpd.h>
#include <openssl/ssl.h>

/** While mod_ssl initialises a server of ours: take over its status callback,
 * where it has one. */
void vsocert_staple_watch(SSL_CTX *ctx);

/** In a new child: begin, where there is anything to staple for. */
void vsocert_staple_start(apr_pool_t *pchild);

#endif
