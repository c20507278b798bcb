/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What packages are signed with.
 */
#ifndef VSO_SIGNING_KEY_H
#define VSO_SIGNING_KEY_H

#include <apr_tables.h>
#include <openssl/x509.h>

/** Who signs. */
typedef struct {
    EVP_PKEY *pkey;
    X509 *cert;
    const apr_array_header_t *chain; /**< X509 *, in order; maybe empty */
    apr_int64_t now_sec;             /**< the CMS signing time */
    const char *digest;              /**< of signatures/: a name of rawsig.h;
                                          NULL: MD5 */
} vso_package_key_t;

#endif
