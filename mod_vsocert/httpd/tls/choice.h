/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which entry a connection is given: with VSOCertByName the one whose
 * certificates are for the name that the client sent, else that of
 * VSOCertAlias.
 */
#ifndef VSOCERT_TLS_CHOICE_H
#define VSOCERT_TLS_CHOICE_H

#include <apr_pools.h>
#include <openssl/ssl.h>

#include "base/limits.h"
#include "serving/opened.h"

/** What a virtual host serves. */
typedef struct {
    const char *entry; /**< VSOCertAlias */
    int by_name;       /**< VSOCertByName */
} vsocert_choice_t;

/** Room for the name of an entry. */
typedef char vsocert_choice_name_t[VSO_MAX_ENTRY + 1];

/** Reserve the place at each SSL_CTX. Until pconf goes: httpd unloads the
 * module before it reads its configuration again. */
void vsocert_choice_register(apr_pool_t *pconf);

/** The connections of this context are given that. */
void vsocert_choice_install(SSL_CTX *ctx, const vsocert_choice_t *choice);

/** The entry for a handshake whose ClientHello was read: for cert_cb.
 * @return one reference, for vso_opened_unref; NULL: nothing to serve */
vso_served_entry_t *vsocert_choice_get(SSL *ssl);

/** Its name, while the ClientHello is read, where OpenSSL does not know the
 * name that the client sent yet: for sessions that are to be resumed.
 * @return name, or NULL where the keystore serves nothing there */
const char *vsocert_choice_ahead(SSL *ssl, vsocert_choice_name_t name);

#endif
