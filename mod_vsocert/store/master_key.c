/* SPDX-License-Identifier: Apache-2.0 */
#include "store/master_key.h"

#include <string.h>

#include <apr_encode.h>
#include <apr_lib.h>

#include "store/seal.h"

vso_secret_t *vso_master_key_decode(const vso_secret_t *text, apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_make(VSO_MASTER_KEY_LEN, p);
    const char *chars = (const char *)text->data;
    apr_size_t len = text->len;
    /* room for what is not 32 bytes */
    vso_secret_t *wide = vso_secret_make(len, p);
    apr_size_t got = 0;

    if (len == VSO_MASTER_KEY_LEN) {
        return vso_secret_copy(text->data, len, p);
    }
    while (len && apr_isspace(chars[len - 1])) {
        len--;
    }
    if (len == 2 * VSO_MASTER_KEY_LEN &&
        apr_decode_base16_binary(wide->data, chars, (apr_ssize_t)len,
                                 APR_ENCODE_NONE, &got) == APR_SUCCESS &&
        got == VSO_MASTER_KEY_LEN) {
        memcpy(key->data, wide->data, got);
        return key;
    }
    if (len <= 2 * VSO_MASTER_KEY_LEN &&
        apr_decode_base64_binary(wide->data, chars, (apr_ssize_t)len,
                                 APR_ENCODE_NONE, &got) == APR_SUCCESS &&
        got == VSO_MASTER_KEY_LEN) {
        memcpy(key->data, wide->data, got);
        return key;
    }
    return NULL;
}
