/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The structure of an archive (PKWARE APPNOTE 6.3.x, 4.3), read without
 * libzip and without unpacking anything.
 */
#ifndef VSO_ZIP_WALK_H
#define VSO_ZIP_WALK_H

#include "base/blob.h"
#include "package/zip_entry.h"

/** vso_zip_open without opening: the same checks, parameters and errors.
 * @param precords  vso_zip_record_t *, directories included, in the order of
 *                  the central directory */
apr_status_t vso_zip_walk(const vso_blob_t *blob, const char *what,
                          const vso_zip_limits_t *limits,
                          apr_array_header_t **precords, vso_result_t *res,
                          apr_pool_t *p);

/** A directory entry. */
int vso_zip_is_directory(const vso_zip_entry_t *entry);

#endif
