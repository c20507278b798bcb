/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/der.h"

#include <openssl/err.h>

#define SEQUENCE    0x30
#define LONG_LENGTH 0x80

int vso_der_begins(const char *data, apr_size_t len)
{
    return len > 1 && data[0] == SEQUENCE &&
           ((unsigned char)data[1] & LONG_LENGTH);
}

int vso_der_is(const ASN1_ITEM *item, const unsigned char *data, apr_size_t len)
{
    const unsigned char *at = data;
    ASN1_VALUE *value = ASN1_item_d2i(NULL, &at, (long)len, item);
    int is = value && at == data + len;

    ASN1_item_free(value, item);
    ERR_clear_error();
    return is;
}

apr_size_t vso_der_size(const unsigned char *data, apr_size_t len)
{
    apr_size_t bytes;
    apr_size_t size = 0;
    apr_size_t i;

    if (len < 2 || data[0] != SEQUENCE || data[1] == LONG_LENGTH) {
        return 0;
    }
    if (data[1] < LONG_LENGTH) {
        return 2 + (apr_size_t)data[1];
    }
    bytes = data[1] & (LONG_LENGTH - 1);
    if (bytes > 4 || len < 2 + bytes) {
        return 0;
    }
    for (i = 0; i < bytes; i++) {
        size = size << 8 | data[2 + i];
    }
    return 2 + bytes + size;
}
