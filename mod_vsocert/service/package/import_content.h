/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From a staged package to the content of one stored element: its files, one
 * behind the other, with the tags that it is to have.
 */
#ifndef VSO_SERVICE_IMPORT_CONTENT_H
#define VSO_SERVICE_IMPORT_CONTENT_H

#include "service/package/import.h"

/** Elements whose stored tags could not be kept. */
typedef struct {
    int count;
    const char *first; /**< title of the first one */
} vso_lost_tags_t;

typedef struct {
    const vso_context_t *ctx;
    apr_int64_t import_id; /**< owner of the content until it is adopted */
    const vso_package_t *package;
    const vso_review_element_t *item;
    vso_import_tags_e tags;
    vso_lost_tags_t *lost; /**< counted for a warning */
} vso_copying_t;

/**
 * Write the content, and fill files, tags and content_id of the row, which is
 * as of the package.
 * @return BAD_SIGNATURE: the bytes are not those that were verified; in
 *         res
 */
apr_status_t vso_import_content_copy(const vso_copying_t *copying,
                                     vso_element_row_t *row, vso_result_t *res);

#endif
