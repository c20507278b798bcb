/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Encrypted elements: a file as CMS AuthEnvelopedData (RFC 5083) with
 * AES-256-GCM (RFC 5084), DER, for recipients with RSA (RSAES-OAEP, SHA-256) or
 * EC keys (ephemeral-static ECDH, RFC 5753). Every file of an element but
 * info and content-signature is replaced by <file>.p7m.
 */
#ifndef VSO_ENVELOPE_H
#define VSO_ENVELOPE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "base/secret.h"

/** A key that may open. */
typedef struct {
    EVP_PKEY *pkey;
    X509 *cert;
    apr_int64_t version_id; /**< of the caller */
} vso_envelope_key_t;

/** A file of an element, in the clear or encrypted. */
typedef struct {
    const char *data;
    apr_size_t len;
    const char *name; /**< for error texts */
} vso_envelope_file_t;

/**
 * Encrypt.
 * @param plain       at most VSO_MAX_ENCRYPTED bytes, else TOO_LARGE
 * @param recipients  X509 *, 1 to VSO_MAX_RECIPIENTS, without duplicates made
 *                    here
 * @param pder        set on success only
 * @param res         INVALID, field "recipients": a key that cannot be
 *                    encrypted for, a certificate whose keyUsage forbids it
 */
apr_status_t vso_envelope_seal(const vso_envelope_file_t *plain,
                               const apr_array_header_t *recipients,
                               const unsigned char **pder, apr_size_t *plen,
                               vso_result_t *res, apr_pool_t *p);

/**
 * Decrypt with the first key that fits.
 * @param keys     vso_envelope_key_t *
 * @param pplain   wiped with p
 * @param pused    key that opened it; NULL when of no interest
 * @param res      NO_RECIPIENT: "No key here opens <name>; it was encrypted
 *                 for: <issuer, serial; ...>."; DAMAGED: no AuthEnvelopedData
 *                 in DER, another cipher than AES-GCM, RSA without OAEP, or it
 *                 does not decrypt (a wrong key and changed bytes are told in
 *                 the same words); TOO_LARGE
 */
apr_status_t vso_envelope_open(const vso_envelope_file_t *sealed,
                               const apr_array_header_t *keys,
                               vso_secret_t **pplain,
                               const vso_envelope_key_t **pused,
                               vso_result_t *res, apr_pool_t *p);

/** Which of the keys open it, without opening: vso_envelope_key_t *. */
apr_status_t vso_envelope_keys(const vso_envelope_file_t *sealed,
                               const apr_array_header_t *keys,
                               apr_array_header_t **pfitting, vso_result_t *res,
                               apr_pool_t *p);

#endif
