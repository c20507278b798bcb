/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The entry that a handshake was given, kept at its SSL until the handshake is
 * over: whatever is published meanwhile, the certificate that OpenSSL chose can
 * be looked up in it.
 */
#ifndef VSOCERT_TLS_PIN_H
#define VSOCERT_TLS_PIN_H

#include <apr_pools.h>
#include <openssl/ssl.h>

#include "serving/opened.h"

/** Reserve the place at each SSL. Until pconf goes: httpd unloads the module
 * before it reads its configuration again. */
void vsocert_pin_register(apr_pool_t *pconf);

/** Pin an entry, in place of an earlier one. The pin has a reference of its
 * own. NULL: the handshake is over. */
void vsocert_pin_set(SSL *ssl, vso_served_entry_t *entry);

/** Which of the entry's certificates this handshake shows; lives as long as
 * the pin. NULL: none of them */
const vso_served_t *vsocert_pin_chosen(const SSL *ssl);

#endif
