/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Master keys as people keep them in files.
 */
#ifndef VSO_MASTER_KEY_H
#define VSO_MASTER_KEY_H

#include <apr_pools.h>

#include "base/secret.h"

/**
 * Read a master key.
 * @param text  32 raw bytes; or 64 hex digits, or base64 of 32 bytes, with
 *              white space behind
 * @return the key; NULL: it is none of these
 */
vso_secret_t *vso_master_key_decode(const vso_secret_t *text, apr_pool_t *p);

#endif
