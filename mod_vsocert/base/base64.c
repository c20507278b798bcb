/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

apr_status_t vso_base64_decode(const char *text, apr_size_t len,
                               vso_secret_t **pdata, apr_pool_t *p)
{
    EVP_ENCODE_CTX *ctx;
    vso_secret_t *data;
    int rv = -1;
    int out = 0;
    int last = 0;

    /* to OpenSSL a hyphen ends the input, whatever follows */
    if (len > INT_MAX || memchr(text, '-', len)) {
        return APR_EINVAL;
    }
    ctx = EVP_ENCODE_CTX_new();
    data = vso_secret_make(len + 3, p);
    if (ctx) {
        EVP_DecodeInit(ctx);
        rv = EVP_DecodeUpdate(ctx, data->data, &out,
                              (const unsigned char *)text, (int)len);
        if (rv >= 0) {
            rv = EVP_DecodeFinal(ctx, data->data + out, &last);
        }
    }
    EVP_ENCODE_CTX_free(ctx);
    if (rv < 0) {
        return APR_EINVAL;
    }
    data->len = (apr_size_t)(out + last);
    data->data[data->len] = '\0';
    *pdata = data;
    return APR_SUCCESS;
}

const char *vso_base64_encode(const void *data, apr_size_t len, apr_pool_t *p)
{
    unsigned char *text = apr_palloc(p, (len + 2) / 3 * 4 + 1);

    EVP_EncodeBlock(text, data, (int)len);
    return (const char *)text;
}
