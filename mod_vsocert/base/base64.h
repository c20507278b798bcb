/* SPDX-License-Identifier: Apache-2.0 */
/** Base64 (RFC 4648, 4), strict: white space between lines is skipped,
 * anything else that is not of the alphabet is refused. */
#ifndef VSO_BASE64_H
#define VSO_BASE64_H

#include <apr_pools.h>

#include "base/secret.h"

/**
 * Decode.
 * @param text   len bytes
 * @param pdata  set on success only; wiped with p, as it may be a secret
 * @return APR_SUCCESS, or APR_EINVAL when it is not base64
 */
apr_status_t vso_base64_decode(const char *text, apr_size_t len,
                               vso_secret_t **pdata, apr_pool_t *p);

/** Encode without line breaks. */
const char *vso_base64_encode(const void *data, apr_size_t len, apr_pool_t *p);

#endif
