/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Opens encrypted files of packages with the keys of all entries, active and
 * passive. A private key is unsealed when the first file turns up that it fits.
 */
#ifndef VSO_SERVICE_DECRYPT_H
#define VSO_SERVICE_DECRYPT_H

#include "base/secret.h"
#include "service/context.h"

/** For the time of ctx->p. */
typedef struct vso_decrypt_t vso_decrypt_t;

vso_decrypt_t *vso_decrypt_create(const vso_context_t *ctx);

/**
 * Open one file.
 * @param name    of the file, for error texts
 * @param pplain  lives in p
 * @param pneeds  fingerprints of all keys here that open it: const char *,
 *                in p; NULL when of no interest
 * @param p       goes before ctx->p, so that the plaintext does
 * @return what vso_envelope_open reports, in res; SEALED
 */
apr_status_t vso_decrypt_open(vso_decrypt_t *opener, const char *der,
                              apr_size_t len, const char *name,
                              vso_secret_t **pplain,
                              apr_array_header_t **pneeds, vso_result_t *res,
                              apr_pool_t *p);

#endif
