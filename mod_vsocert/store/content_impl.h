/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The inside of content.h: what content_read.c and content_write.c share.
 */
#ifndef VSO_CONTENT_IMPL_H
#define VSO_CONTENT_IMPL_H

#include "store/content.h"
#include "store/row_proof.h"

#define VSO_CONTENT_TABLE "vmo_package_content"

/** Who has a content, and what it is. */
typedef struct {
    apr_int64_t id;
    apr_int64_t import_id; /**< 0: a change has adopted it */
    apr_int64_t size;
    const char *sha256;
    vso_row_proof_t proof;
    apr_int64_t chunks; /**< rows of vmo_package_chunk; read only */
} vso_content_row_t;

/** Its row. *pfound 0: it is not there. */
apr_status_t vso_content_find(vso_store_t *store, apr_int64_t id,
                              vso_content_row_t *row, int *pfound,
                              vso_result_t *res, apr_pool_t *p);

#endif
