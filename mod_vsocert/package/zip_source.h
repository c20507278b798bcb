/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Blobs and files as libzip's sources.
 */
#ifndef VSO_ZIP_SOURCE_H
#define VSO_ZIP_SOURCE_H

#include <zip.h>

#include "base/blob.h"

/** What a source needs: its own position, and where failures go. */
typedef struct {
    const vso_blob_t *blob; /**< what is read */
    apr_file_t *out;        /**< what is written; NULL: nothing */
    vso_result_t **pres;    /**< the result of the call that runs just now */
    apr_int64_t at;         /**< next byte to read */
    zip_error_t error;
} vso_zip_source_t;

/**
 * A source that reads a blob, or one that an archive is written to.
 * @param source  filled in but for `error` and `at`; outlives the source
 * @return NULL where memory is short; else for zip_open_from_source or
 *         zip_file_add, which take it over on success only
 */
zip_source_t *vso_zip_source(vso_zip_source_t *source);

#endif
