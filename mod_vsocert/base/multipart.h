/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The parts of a multipart body (RFC 2046, 5.1; RFC 7578), found where they
 * lie: nothing is copied. Read so strictly that no other reader can see other
 * parts: each "--boundary" is a delimiter with CRLF around it, in front of the
 * first there is nothing, and behind the last nothing but CRLF.
 */
#ifndef VSO_MULTIPART_H
#define VSO_MULTIPART_H

#include <apr_tables.h>

#include "base/blob.h"

/** One part. */
typedef struct {
    const char *disposition; /**< Content-Disposition; NULL: none */
    const char *type;        /**< Content-Type; NULL: none */
    vso_blob_t *content;
} vso_multipart_t;

/**
 * Find all parts.
 * @param blob    outlives p
 * @param type    Content-Type with the boundary
 * @param pparts  vso_multipart_t
 * @param res     MALFORMED: no boundary or two, no delimiters, stray bytes,
 *                headers that cannot be read or stand twice; TOO_LARGE: more
 *                than VSO_MAX_PARTS; MEDIA_TYPE: a part that is encoded
 *                (base64, gzip) or has parts of its own. field is "body" or
 *                "Content-Type"
 */
apr_status_t vso_multipart_split(const vso_blob_t *blob, const char *type,
                                 apr_array_header_t **pparts, vso_result_t *res,
                                 apr_pool_t *p);

#endif
