/* SPDX-License-Identifier: Apache-2.0 */
/**
 * OCSP stapling for certificates of the keystore. mod_ssl staples only for
 * certificates that it loaded at its start. Where SSLUseStapling is on, the
 * responses for the others stand in the replica. One child at a time looks for
 * those that are due, and takes them from the database, where some node put
 * them, or from their responders, several at once. No handshake waits for one.
 */
#ifndef VSOCERT_TLS_STAPLE_H
#define VSOCERT_TLS_STAPLE_H

#include <httpd.h>
#include <openssl/ssl.h>

/** Find the lease of the child that looks, or make it (parent, post_config). */
apr_status_t vsocert_staple_setup(void);

/** While mod_ssl initialises a server with VSOCertEngine on: take the place of
 * its status callback, if it has one. */
void vsocert_staple_install(SSL_CTX *ctx);

/** In a new child: start the thread, if any server staples. */
void vsocert_staple_start(apr_pool_t *pchild);

#endif
