/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes and digests as hexadecimal text.
 */
#ifndef VSO_HEX_H
#define VSO_HEX_H

#include <apr_pools.h>

/** Lower-case hex of len bytes. */
const char *vso_hex(const unsigned char *data, apr_size_t len, apr_pool_t *p);

/** SHA-256 of len bytes, lower-case hex. */
const char *vso_hex_sha256(const unsigned char *data, apr_size_t len,
                           apr_pool_t *p);

#endif
