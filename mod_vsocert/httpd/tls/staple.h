/* SPDX-License-Identifier: Apache-2.0 */
/**
 * OCSP stapling for certificates of the keystore. mod_ssl staples only for
 * certificates that it loaded at its start. Where SSLUseStapling is on, a
 * thread of each child keeps responses ready for the others: from the database,
 * where some node put them, or from the responder. No handshake waits for one.
 */
#ifndef VSOCERT_TLS_STAPLE_H
#define VSOCERT_TLS_STAPLE_H

#include <httpd.h>
#include <openssl/ssl.h>

/** While mod_ssl initialises a server with VSOCertEngine on: take the place of
 * its status callback, if it has one. */
void vsocert_staple_install(SSL_CTX *ctx);

/** In a new child: start the thread, if any server staples. */
void vsocert_staple_start(apr_pool_t *pchild);

#endif
