/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which keys clients take in a server's certificate, and which they do not:
 * OpenSSL serves more than browsers accept.
 */
#ifndef VSO_CLIENT_SUPPORT_H
#define VSO_CLIENT_SUPPORT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/** Clients that refuse a certificate with such a key: "Chromium and Firefox".
 * NULL: none is known.
 * @param key_type  as vso_key_type says it */
const char *vso_client_support_lacks(const char *key_type);

/** Add the warning "client-support" where some client refuses such a key. */
void vso_client_support_judge(const char *key_type, vso_result_t *res);

/** 1 when the public key of a certificate writes its curve out (RFC 5480,
 * 2.1.1, allows named curves only), be it a known one. */
int vso_client_support_is_explicit(const X509 *cert);

/**
 * Refuse EC parameters that are written out: NOT_SERVABLE, as every client
 * refuses the handshake, even beside a good RSA certificate.
 * @param pkey   private key; or NULL
 * @param chain  X509 *, issuers of leaf; or NULL
 * @param field  the API's member that brought them; NULL: they are stored
 */
apr_status_t vso_client_support_check(const EVP_PKEY *pkey, X509 *leaf,
                                      const apr_array_header_t *chain,
                                      const char *field, vso_result_t *res);

#endif
