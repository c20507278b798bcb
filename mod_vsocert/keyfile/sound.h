/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Is what came out of a keystore file one usable private key? Formats without
 * integrity protection (PEM, PKCS#12 without MAC) let a changed byte through
 * into numbers that still parse; such a key must not be stored.
 */
#ifndef VSO_KEYFILE_SOUND_H
#define VSO_KEYFILE_SOUND_H

#include <openssl/evp.h>

#include "base/result.h"

/**
 * Check that a private key's numbers belong together (RFC 8017, 3.2; EC: the
 * public point is the private number's).
 * @param res  UNSUPPORTED_FORMAT: neither RSA, EC nor EdDSA; DAMAGED
 */
apr_status_t vso_sound_key(EVP_PKEY *pkey, vso_result_t *res);

#endif
