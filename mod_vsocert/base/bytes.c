/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <string.h>

#include "base/utf8.h"

#define REPLACEMENT 0xFFFD

vso_bytes_t vso_bytes_take(vso_bytes_t *in, apr_size_t len)
{
    vso_bytes_t out = {in->data, len, 0};

    if (in->bad || len > in->len) {
        in->bad = 1;
        out.len = 0;
        out.bad = 1;
        return out;
    }
    in->data += len;
    in->len -= len;
    return out;
}

apr_uint64_t vso_bytes_number(vso_bytes_t *in, int width)
{
    vso_bytes_t bytes = vso_bytes_take(in, (apr_size_t)width);
    apr_uint64_t value = 0;
    apr_size_t i;

    for (i = 0; i < bytes.len; i++) {
        value = value << 8 | bytes.data[i];
    }
    return value;
}

vso_bytes_t vso_bytes_counted(vso_bytes_t *in, int width)
{
    return vso_bytes_take(in, (apr_size_t)vso_bytes_number(in, width));
}

int vso_bytes_are(const vso_bytes_t *bytes, const char *text)
{
    return bytes->len == strlen(text) && !memcmp(bytes->data, text, bytes->len);
}

/** Take one UTF-16 unit in its modified form: one, two or three bytes, never
 * more than it needs but for U+0000. */
static apr_uint32_t next_unit(vso_bytes_t *in)
{
    apr_uint32_t first = (apr_uint32_t)vso_bytes_number(in, 1);
    int more = first < 0x80 ? 0 : (first & 0xE0) == 0xC0 ? 1 : 2;
    apr_uint32_t unit = first & (more == 0 ? 0x7F : more == 1 ? 0x1F : 0x0F);
    int i;

    if (more == 2 && (first & 0xF0) != 0xE0) {
        in->bad = 1;
    }
    for (i = 0; i < more; i++) {
        apr_uint32_t c = (apr_uint32_t)vso_bytes_number(in, 1);

        in->bad |= (c & 0xC0) != 0x80;
        unit = unit << 6 | (c & 0x3F);
    }
    if (unit == 0 || (more == 1 && unit < 0x80) ||
        (more == 2 && unit < 0x800)) {
        in->bad = 1;
    }
    return unit;
}

/** Take one character: a pair of surrogates becomes one. */
static apr_uint32_t next_character(vso_bytes_t *in)
{
    apr_uint32_t unit = next_unit(in);
    vso_bytes_t ahead = *in;
    apr_uint32_t low;

    if (unit < 0xD800 || unit > 0xDFFF) {
        return unit;
    }
    low = unit < 0xDC00 && ahead.len > 0 ? next_unit(&ahead) : 0;
    if (ahead.bad || low < 0xDC00 || low > 0xDFFF) {
        return REPLACEMENT;
    }
    *in = ahead;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

const char *vso_bytes_utf(vso_bytes_t *in, apr_pool_t *p)
{
    vso_bytes_t text = vso_bytes_counted(in, 2);
    /* no character is longer in UTF-8 */
    char *utf8 = apr_palloc(p, text.len + 1);
    char *out = utf8;

    while (text.len > 0 && !text.bad) {
        out = vso_utf8_put(out, next_character(&text));
    }
    *out = '\0';
    if (text.bad) {
        in->bad = 1;
        return "";
    }
    return utf8;
}
