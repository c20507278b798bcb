/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

apr_int32_t vso_utf8_next(const unsigned char **ps, const unsigned char *end)
{
    /* smallest character that needs a sequence of this length */
    static const apr_int32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = *ps;
    apr_int32_t c;
    int len;
    int i;

    if (s == end) {
        return -1;
    }
    len = *s < 0x80             ? 1
          : (*s & 0xE0) == 0xC0 ? 2
          : (*s & 0xF0) == 0xE0 ? 3
          : (*s & 0xF8) == 0xF0 ? 4
                                : 0;
    if (len == 0 || end - s < len) {
        return -1;
    }
    c = len == 1 ? *s : *s & (0x7F >> len);
    for (i = 1; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return -1;
        }
        c = c << 6 | (s[i] & 0x3F);
    }
    if (c < smallest[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        return -1;
    }
    *ps = s + len;
    return c;
}

char *vso_utf8_put(char *out, apr_uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
    }
    else {
        if (c < 0x10000) {
            *out++ = (char)(0xE0 | c >> 12);
        }
        else {
            *out++ = (char)(0xF0 | c >> 18);
            *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

int vso_utf8_valid(const void *data, apr_size_t len)
{
    const unsigned char *s = data;
    const unsigned char *end = s + len;

    while (s != end) {
        if (vso_utf8_next(&s, end) < 0) {
            return 0;
        }
    }
    return 1;
}

/** Spaces (Zs, Zl, Zp of Unicode), controls, and what takes no width. */
static int is_blank(apr_int32_t c)
{
    return (c >= 0 && c <= ' ') || (c >= 0x7F && c <= 0xA0) || c == 0xAD ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202F) || (c >= 0x205F && c <= 0x2064) ||
           c == 0x3000 || c == 0xFEFF;
}

apr_size_t vso_utf8_count(const void *data, apr_size_t len, int *pblank)
{
    const unsigned char *s = data;
    const unsigned char *end = s + len;
    apr_size_t count = 0;

    *pblank = 1;
    while (s < end) {
        apr_int32_t c = vso_utf8_next(&s, end);

        s += c < 0;
        *pblank = *pblank && is_blank(c);
        count++;
    }
    return count;
}

apr_int32_t vso_utf8_lower(apr_int32_t c)
{
    /* runs of capitals; in those of step 2 each stands before its small one */
    static const struct {
        apr_int32_t first;
        apr_int32_t last;
        apr_int32_t step;
        apr_int32_t add;
    } capitals[] = {
        {'A', 'Z', 1, 32},     {0xC0, 0xD6, 1, 32},   {0xD8, 0xDE, 1, 32},
        {0x100, 0x12E, 2, 1},  {0x132, 0x136, 2, 1},  {0x139, 0x147, 2, 1},
        {0x14A, 0x176, 2, 1},  {0x179, 0x17D, 2, 1},  {0x391, 0x3A1, 1, 32},
        {0x3A3, 0x3AB, 1, 32}, {0x400, 0x40F, 1, 80}, {0x410, 0x42F, 1, 32},
    };
    apr_size_t i;

    for (i = 0; i < sizeof(capitals) / sizeof(*capitals); i++) {
        if (c <= capitals[i].last) {
            return c >= capitals[i].first &&
                           (c - capitals[i].first) % capitals[i].step == 0
                       ? c + capitals[i].add
                       : c;
        }
    }
    return c;
}

const char *vso_utf8_fold(const char *text, apr_pool_t *p)
{
    const unsigned char *s = (const unsigned char *)text;
    const unsigned char *end = s + strlen(text);
    /* no small letter has more bytes than its capital */
    char *folded = apr_palloc(p, (apr_size_t)(end - s) + 1);
    char *out = folded;

    while (s < end) {
        const unsigned char *next = s;
        apr_int32_t c = vso_utf8_next(&next, end);

        if (c < 0) {
            *out++ = (char)*s++;
            continue;
        }
        out = vso_utf8_put(out, (apr_uint32_t)vso_utf8_lower(c));
        s = next;
    }
    *out = '\0';
    return folded;
}

apr_size_t vso_utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    const unsigned char *next = s;
    apr_int32_t c = vso_utf8_next(&next, s + strnlen(text, 4));

    return c < 0x20 || c == 0x7F ? 0 : (apr_size_t)(next - s);
}

int vso_utf8_printable(const char *text)
{
    while (*text) {
        apr_size_t len = vso_utf8_length(text);

        if (!len) {
            return 0;
        }
        text += len;
    }
    return 1;
}
