/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Blocks of PEM text (RFC 7468), found strictly by their labels in whatever
 * text is around them. Bodies are left as they are (base/base64.h), so
 * that a private key that is refused is never copied.
 */
#ifndef VSO_PEM_H
#define VSO_PEM_H

#include <apr_pools.h>

/** 1 when data begins like DER of more than 127 bytes, or of indefinite
 * length, which no text does: a certificate, a PKCS#7 bag, a PKCS#12 file. */
int vso_pem_is_der(const char *data, apr_size_t len);

/** Where a search stands. Set text and end, the rest to 0. */
typedef struct {
    const char *text;
    const char *end;
} vso_pem_reader_t;

/** One block. */
typedef struct {
    const char *label; /**< "CERTIFICATE" */
    const char *body;  /**< what is between the lines; NULL: no END line */
    apr_size_t body_len;
} vso_pem_block_t;

/** Find the next block, a byte-order mark before it skipped, and move behind
 * it, or behind its BEGIN line where it has no end. @return 1, or 0 where there
 * is none */
int vso_pem_next(vso_pem_reader_t *reader, vso_pem_block_t *block,
                 apr_pool_t *p);

#endif
