/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

apr_size_t vso_utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    apr_size_t len;
    apr_size_t i;

    if (s[0] < 0x80) {
        return s[0] >= 0x20 && s[0] != 0x7f;
    }
    if (s[0] < 0xc2 || s[0] > 0xf4) {
        return 0;
    }
    len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : low;
    high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : high;
    for (i = 1; i < len; i++) {
        if (s[i] < low || s[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xbf;
    }
    return len;
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
