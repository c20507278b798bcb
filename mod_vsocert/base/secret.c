/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <string.h>

#include <openssl/crypto.h>

static apr_status_t wipe_secret(void *baton)
{
    vso_secret_t *secret = baton;

    vso_wipe(secret->data, secret->len);
    return APR_SUCCESS;
}

vso_secret_t *vso_secret_make(apr_size_t len, apr_pool_t *p)
{
    vso_secret_t *secret = apr_palloc(p, sizeof(*secret));

    secret->data = apr_pcalloc(p, len + 1);
    secret->len = len;
    apr_pool_cleanup_register(p, secret, wipe_secret, apr_pool_cleanup_null);
    return secret;
}

vso_secret_t *vso_secret_copy(const void *data, apr_size_t len, apr_pool_t *p)
{
    vso_secret_t *secret = vso_secret_make(len, p);

    if (len) {
        memcpy(secret->data, data, len);
    }
    return secret;
}

int vso_secret_equal(const vso_secret_t *a, const vso_secret_t *b)
{
    return a->len == b->len && CRYPTO_memcmp(a->data, b->data, a->len) == 0;
}

void vso_wipe(void *data, apr_size_t len)
{
    OPENSSL_cleanse(data, len);
}
