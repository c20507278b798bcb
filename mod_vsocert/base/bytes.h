/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A bounded look at big-endian bytes, as Java's DataInput writes them. A read
 * past the end sets `bad`, gives zeroes, and so do all that follow: a parser
 * checks once, before it believes what it read.
 */
#ifndef VSO_BYTES_H
#define VSO_BYTES_H

#include <apr_pools.h>

/** Bytes that are not read yet. */
typedef struct {
    const unsigned char *data; /**< what is left */
    apr_size_t len;
    int bad;
} vso_bytes_t;

/** Take len bytes; empty (and bad) where there are fewer. */
vso_bytes_t vso_bytes_take(vso_bytes_t *in, apr_size_t len);

/** Take a number of 1, 2, 4 or 8 bytes. */
apr_uint64_t vso_bytes_number(vso_bytes_t *in, int width);

/** Take a number of `width` bytes and as many bytes as it says. */
vso_bytes_t vso_bytes_counted(vso_bytes_t *in, int width);

/** 1 when the bytes are those of text. */
int vso_bytes_are(const vso_bytes_t *bytes, const char *text);

/**
 * Take a text in Java's modified UTF-8 (java.io.DataInput, "Modified UTF-8"):
 * a 16-bit length, U+0000 in two bytes, surrogates of three bytes each.
 * @return UTF-8; a surrogate alone becomes U+FFFD. "" and bad: malformed, or
 *         holds U+0000, which no alias has
 */
const char *vso_bytes_utf(vso_bytes_t *in, apr_pool_t *p);

#endif
