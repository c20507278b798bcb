/* SPDX-License-Identifier: Apache-2.0 */
#include "package/encoding.h"

#include <string.h>

#include <apr_strings.h>

#include "base/utf8.h"

apr_status_t vso_encoding_bad(const char *file, const char *wrong,
                              vso_result_t *res)
{
    return vso_fail(res, VSO_P_BAD_XML, file,
                    "\"%s\" %s. Ask its author to rebuild it.", file, wrong);
}

static apr_uint32_t whole_unit(const vso_encoding_t *encoding, apr_size_t i)
{
    const unsigned char *unit = encoding->data + 2 * i;

    return encoding->little ? (apr_uint32_t)(unit[0] | unit[1] << 8)
                            : (apr_uint32_t)(unit[0] << 8 | unit[1]);
}

unsigned char vso_encoding_unit(const vso_encoding_t *encoding, apr_size_t i)
{
    apr_uint32_t unit =
        encoding->width == 2 ? whole_unit(encoding, i) : encoding->data[i];

    return unit >= 0x80 ? 0xff : (unsigned char)unit;
}

/** The character of UTF-16 at *pi, which is moved behind it; 0 where it is
 * U+0000 or a surrogate alone. */
static apr_uint32_t next_character(const vso_encoding_t *encoding,
                                   apr_size_t *pi)
{
    apr_uint32_t c = whole_unit(encoding, (*pi)++);
    apr_uint32_t low;

    if (c < 0xd800 || c > 0xdfff) {
        return c;
    }
    low = *pi < encoding->count ? whole_unit(encoding, *pi) : 0;
    if (c > 0xdbff || low < 0xdc00 || low > 0xdfff) {
        return 0;
    }
    (*pi)++;
    return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static int is_valid(const vso_encoding_t *encoding)
{
    apr_size_t i = 0;

    if (encoding->width == 1) {
        return vso_utf8_valid(encoding->data, encoding->count) &&
               !memchr(encoding->data, '\0', encoding->count);
    }
    while (i < encoding->count) {
        if (!next_character(encoding, &i)) {
            return 0;
        }
    }
    return 1;
}

apr_status_t vso_encoding_find(const char *data, apr_size_t len,
                               const char *file, vso_encoding_t *encoding,
                               vso_result_t *res)
{
    const unsigned char *bytes = (const unsigned char *)data;

    memset(encoding, 0, sizeof(*encoding));
    encoding->width = 1;
    if (len >= 2 && ((bytes[0] == 0xfe && bytes[1] == 0xff) ||
                     (bytes[0] == 0xff && bytes[1] == 0xfe))) {
        encoding->width = 2;
        encoding->little = bytes[0] == 0xff;
        encoding->mark = 2;
    }
    else if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
        encoding->mark = 3;
    }
    else if (len >= 2 && (bytes[0] == 0 || bytes[1] == 0)) {
        return vso_encoding_bad(file, "is UTF-16 without a byte-order mark",
                                res);
    }
    len -= encoding->mark;
    encoding->data = bytes + encoding->mark;
    encoding->count = len / (apr_size_t)encoding->width;
    if (len % (apr_size_t)encoding->width) {
        return vso_encoding_bad(file, "ends in half a character", res);
    }
    if (!is_valid(encoding)) {
        return vso_encoding_bad(file,
                                encoding->width == 2 ? "is not valid UTF-16"
                                                     : "is not valid UTF-8",
                                res);
    }
    return APR_SUCCESS;
}

const char *vso_encoding_utf8(const vso_encoding_t *encoding, apr_pool_t *p)
{
    char *text;
    char *to;
    apr_size_t i = 0;

    if (encoding->width == 1) {
        return apr_pstrmemdup(p, (const char *)encoding->data, encoding->count);
    }
    /* a unit is three bytes at most, a pair of units four */
    text = to = apr_palloc(p, 3 * encoding->count + 1);
    while (i < encoding->count) {
        to = vso_utf8_put(to, next_character(encoding, &i));
    }
    *to = '\0';
    return text;
}
