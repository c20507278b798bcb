/* SPDX-License-Identifier: Apache-2.0 */
/** UTF-8 that can be shown and stored (RFC 3629). */
#ifndef VSO_UTF8_H
#define VSO_UTF8_H

#include <apr.h>

/** Bytes of the character at s, which ends in NUL; 0 where there is none, or
 * an ASCII control character. */
apr_size_t vso_utf8_length(const char *s);

/** 1 when the whole text consists of such characters. */
int vso_utf8_printable(const char *text);

#endif
