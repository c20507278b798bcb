/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/text.h"

#include <string.h>

#include "base/utf8.h"

int vso_text_is_ascii(const unsigned char *data, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; i++) {
        if (data[i] < 0x20 || data[i] > 0x7E) {
            return 0;
        }
    }
    return 1;
}

vso_secret_t *vso_text_utf16be(const vso_secret_t *text, apr_pool_t *p)
{
    const unsigned char *s = text->data;
    /* no sequence of UTF-8 is shorter than half of its UTF-16 */
    vso_secret_t *wide = vso_secret_make(text->len * 2, p);
    unsigned char *out = wide->data;
    apr_int32_t c;

    while ((c = vso_utf8_next(&s, text->data + text->len)) >= 0) {
        if (c >= 0x10000) {
            apr_int32_t high = 0xD800 + ((c - 0x10000) >> 10);

            *out++ = (unsigned char)(high >> 8);
            *out++ = (unsigned char)high;
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        *out++ = (unsigned char)(c >> 8);
        *out++ = (unsigned char)c;
    }
    wide->len = (apr_size_t)(out - wide->data);
    return wide;
}

int vso_text_same_alias(const char *a, const char *b)
{
    const unsigned char *s = (const unsigned char *)a;
    const unsigned char *t = (const unsigned char *)b;
    const unsigned char *s_end = s + strlen(a);
    const unsigned char *t_end = t + strlen(b);
    apr_int32_t c;

    do {
        c = vso_utf8_next(&s, s_end);
        if (vso_utf8_lower(c) != vso_utf8_lower(vso_utf8_next(&t, t_end))) {
            return 0;
        }
    } while (c >= 0);
    return s == s_end && t == t_end;
}

/** The password in Latin-1, or NULL where that has no such characters. */
static vso_secret_t *latin1(const vso_secret_t *password, apr_pool_t *p)
{
    const unsigned char *s = password->data;
    vso_secret_t *bytes = vso_secret_make(password->len, p);
    apr_size_t len = 0;
    apr_int32_t c;

    while ((c = vso_utf8_next(&s, password->data + password->len)) >= 0) {
        if (c > 0xFF) {
            return NULL;
        }
        bytes->data[len++] = (unsigned char)c;
    }
    bytes->len = len;
    return bytes;
}

/** UTF-8 encoded once more: each of its bytes as a character. */
static vso_secret_t *twice(const vso_secret_t *password, apr_pool_t *p)
{
    vso_secret_t *bytes = vso_secret_make(password->len * 2, p);
    apr_size_t len = 0;
    apr_size_t i;

    for (i = 0; i < password->len; i++) {
        unsigned char c = password->data[i];

        if (c >= 0x80) {
            bytes->data[len++] = (unsigned char)(0xC0 | c >> 6);
            c = 0x80 | (c & 0x3F);
        }
        bytes->data[len++] = c;
    }
    bytes->len = len;
    return bytes;
}

apr_array_header_t *vso_text_spellings(const vso_secret_t *password,
                                       apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 3, sizeof(vso_secret_t *));

    APR_ARRAY_PUSH(list, const vso_secret_t *) = password;
    if (password->len == 0) {
        APR_ARRAY_PUSH(list, vso_secret_t *) =
            apr_pcalloc(p, sizeof(vso_secret_t));
    }
    else if (!vso_text_is_ascii(password->data, password->len)) {
        vso_secret_t *bytes = latin1(password, p);

        if (bytes) {
            APR_ARRAY_PUSH(list, vso_secret_t *) = bytes;
        }
        APR_ARRAY_PUSH(list, vso_secret_t *) = twice(password, p);
    }
    return list;
}
