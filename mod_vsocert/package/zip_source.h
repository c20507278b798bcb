/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Blobs and files as libzip's sources.
 */
#ifndef VSO_ZIP_SOURCE_H
#define VSO_ZIP_SOURCE_H

#include <zip.h>

#include "base/blob.h"

/* A chunk of headers; one read of a database row or of a file. */
#define VSO_ZIP_AHEAD 16384

/** What a source needs: its own position, and where failures go. */
typedef struct {
    const vso_blob_t *blob; /**< what is read */
    apr_file_t *out;        /**< what is written; NULL: nothing */
    vso_result_t **pres;    /**< the result of the call that runs just now */
    apr_int64_t at;         /**< next byte to read */
    char *buf;          /**< VSO_ZIP_AHEAD bytes for reading ahead, as libzip
                             reads headers in small pieces; NULL: none */
    apr_int64_t buf_at; /**< where in the blob buf begins */
    apr_size_t buf_len; /**< bytes in buf */
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
