/* SPDX-License-Identifier: Apache-2.0 */
/** One certificate that somebody sends: a signer to trust, a recipient. */
#ifndef VSO_ONE_CERT_H
#define VSO_ONE_CERT_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "base/secret.h"

/**
 * Read exactly one certificate from a text: PEM with whatever stands around
 * it, or base64 of PEM or DER.
 * @param text  at most 2 * VSO_MAX_REPLY bytes; a secret, as it may hold a
 *              private key by mistake
 * @param field  the member it came in, for res
 * @param pcert  set on success only; lives as long as p
 * @param res    INVALID: none, several, a private key, or something else, in
 *               words; DAMAGED, TOO_LARGE, MALFORMED (no base64)
 */
apr_status_t vso_one_cert_parse(const vso_secret_t *text, const char *field,
                                X509 **pcert, vso_result_t *res, apr_pool_t *p);

#endif
