/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the CA sends back: PEM in any order and as copying leaves it (x509/pem),
 * one DER certificate, or a PKCS#7 bag of certificates, PEM or DER (RFC 2315;
 * RFC 7468, 8).
 */
#ifndef VSO_REPLY_H
#define VSO_REPLY_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/**
 * Read a reply.
 * @param data    as received
 * @param len     at most VSO_MAX_REPLY, else TOO_LARGE
 * @param pcerts  X509 *, at least one, in the file's order, no duplicates
 * @param res     UNSUPPORTED_FORMAT that names the common mistakes (a CSR, a
 *                private key, a keystore, a page of HTML, nothing at all);
 *                DAMAGED where a certificate begins and does not parse.
 *                field "reply"; warning not-used for certificates whose key
 *                is of an unknown algorithm. A CSR or a revocation list beside
 * certificates is passed over, a private key never is
 */
apr_status_t vso_reply_parse(const char *data, apr_size_t len,
                             apr_array_header_t **pcerts, vso_result_t *res,
                             apr_pool_t *p);

/**
 * Pick the certificate whose public key has this fingerprint
 * (vso_key_fingerprint). Several of them: as vso_pick says.
 * @return NULL where there is none
 */
X509 *vso_reply_pick(const apr_array_header_t *certs,
                     const char *key_fingerprint, apr_pool_t *p);

#endif
