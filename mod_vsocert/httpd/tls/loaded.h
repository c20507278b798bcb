/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What mod_ssl loaded from files at the start, for those who want to move it
 * into the keystore: references to keys and certificates that it has anyway.
 */
#ifndef VSOCERT_TLS_LOADED_H
#define VSOCERT_TLS_LOADED_H

#include <httpd.h>
#include <apr_tables.h>
#include <openssl/ssl.h>

/** A key with its certificate. They live as long as the configuration. */
typedef struct {
    EVP_PKEY *pkey;
    X509 *cert;
    apr_array_header_t *chain; /**< X509 *: what was loaded with it */
} vsocert_loaded_t;

/** While mod_ssl initialises a server that has certificate files: note what its
 * context holds. */
void vsocert_loaded_note(const server_rec *s, SSL_CTX *ctx, apr_pool_t *pconf);

/**
 * What a virtual host loaded.
 * @param host  its ServerName or a ServerAlias
 * @param ps    the server
 * @return vsocert_loaded_t; NULL: no server of that name has loaded anything
 */
const apr_array_header_t *vsocert_loaded_find(const char *host,
                                              const server_rec **ps);

#endif
