/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 */
#ifndef VSO_UTF8_H
#define VSO_UTF8_H

#include <apr_pools.h>

/**
 * Read one character.
 * @param ps  moved behind the character
 * @return the character, or -1 where there is none
 */
apr_int32_t vso_utf8_next(const unsigned char **ps, const unsigned char *end);

/** Write a character in one to four bytes. @return behind it */
char *vso_utf8_put(char *out, apr_uint32_t c);

/** 1 when all of it is UTF-8. */
int vso_utf8_valid(const void *data, apr_size_t len);

/** Characters in data that is UTF-8; bytes that are none count one each.
 * @param pblank  1 when there is nothing but spaces, of any script, or
 *                controls */
apr_size_t vso_utf8_count(const void *data, apr_size_t len, int *pblank);

/** The simple lower case of a letter in the scripts that aliases and files are
 * named in (Latin, Greek, Cyrillic); others stay as they are. */
apr_int32_t vso_utf8_lower(apr_int32_t c);

/** A text in lower case, as vso_utf8_lower has it, so that texts can be
 * compared and found whatever their case. Bytes that are no UTF-8 stay. */
const char *vso_utf8_fold(const char *text, apr_pool_t *p);

/** Bytes of the character at s, which ends in NUL; 0 where there is none, or
 * an ASCII control character. */
apr_size_t vso_utf8_length(const char *s);

/** 1 when the whole text consists of such characters. */
int vso_utf8_printable(const char *text);

#endif
