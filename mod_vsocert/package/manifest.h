/* SPDX-License-Identifier: Apache-2.0 */
/**
 * META-INF/vsocert.manifest: "<sha256 hex> <size> <path>\n" for each file, by
 * path as bytes (verify.h). Paths have no line ends: zip.h refuses them.
 */
#ifndef VSO_MANIFEST_H
#define VSO_MANIFEST_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"

/** One file. */
typedef struct {
    const char *path;
    apr_int64_t size;
    const char *sha256; /**< lower-case hex */
} vso_manifest_line_t;

/** The text for these files. @param lines vso_manifest_line_t, sorted here */
const char *vso_manifest_write(apr_array_header_t *lines, apr_size_t *plen,
                               apr_pool_t *p);

/**
 * Compare a manifest with the files that there are, line by line.
 * @param lines  vso_manifest_line_t of the real files, sorted here
 * @param res    BAD_SIGNATURE with the path of the first file that was added,
 *               removed or changed, or of the manifest itself
 */
apr_status_t vso_manifest_check(const char *data, apr_size_t len,
                                apr_array_header_t *lines, vso_result_t *res,
                                apr_pool_t *p);

#endif
