/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Blocks of PEM text (RFC 7468), found by their labels in whatever text is
 * around them, and as copying leaves them: indented, on one line, with `\n`
 * written out, with blanks or carriage returns for line ends, glued to one
 * another, as values in JSON or YAML. Where the text holds no block but values
 * that are base64 of one (Kubernetes Secrets, kubeconfig), these are read.
 *
 * One pass, linear in the text. Bodies are left as they are until they are
 * decoded, so that a private key that is refused is never copied.
 */
#ifndef VSO_PEM_H
#define VSO_PEM_H

#include <apr_pools.h>

#include "base/secret.h"

/** Where a search stands. */
typedef struct {
    const char *text;
    const char *end;
    const char *from; /**< behind the last mark: what is not read yet */
} vso_pem_reader_t;

/** One block. */
typedef struct {
    const char *label;  /**< "CERTIFICATE" */
    const char *header; /**< fields of RFC 1421, a line each; "" for none */
    const char *body;   /**< behind these; NULL: there is no END line */
    apr_size_t body_len;
} vso_pem_block_t;

/** Begin a search. data must live as long as blocks are read. */
vso_pem_reader_t vso_pem_open(const char *data, apr_size_t len, apr_pool_t *p);

/**
 * Find the next block, and move behind it, or behind its BEGIN where it has
 * no end. A BEGIN within a line of other text, without base64 behind it, is
 * no block: a sentence that mentions one.
 * @return 1, or 0 where there is none
 */
int vso_pem_next(vso_pem_reader_t *reader, vso_pem_block_t *block,
                 apr_pool_t *p);

/**
 * Decode the body of a block.
 * @param pder  set on success only; lives as long as p
 * @return APR_EINVAL where the block has no end or is not base64
 */
apr_status_t vso_pem_decode(const vso_pem_block_t *block, vso_secret_t **pder,
                            apr_pool_t *p);

/** 1 for the labels that certificates have. */
int vso_pem_is_cert(const char *label);

/** 1 for the labels that PKCS#7 bags have. */
int vso_pem_is_bag(const char *label);

#endif
