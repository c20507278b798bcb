/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <openssl/sha.h>

const char *vso_hex(const unsigned char *data, apr_size_t len, apr_pool_t *p)
{
    static const char digits[] = "0123456789abcdef";
    char *text = apr_palloc(p, 2 * len + 1);
    apr_size_t i;

    for (i = 0; i < len; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    text[2 * len] = '\0';
    return text;
}

const char *vso_hex_sha256(const unsigned char *data, apr_size_t len,
                           apr_pool_t *p)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256(data, len, digest);
    return vso_hex(digest, sizeof(digest), p);
}
