/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The data of a ResourceElement: a zip of VSO-RESOURCE-INF/attribute_<name>,
 * each a text, and VSO-RESOURCE-INF/data, which is never unpacked.
 */
#ifndef VSO_RESOURCE_H
#define VSO_RESOURCE_H

#include <apr_pools.h>

#include "base/blob.h"
#include "base/result.h"

/** Texts as they stand there; NULL where absent. */
typedef struct {
    const char *name;
    const char *version;
    const char *allowed_operations;
} vso_resource_t;

/**
 * Read the attributes.
 * @param blob  the element's data
 * @param path  its path in the package, for error texts
 * @param res   what vso_zip_open reports (field is the path); BAD_XML: an
 *              attribute that is no text; TOO_LARGE: one over 64 KiB
 */
apr_status_t vso_resource_read(const vso_blob_t *blob, const char *path,
                               vso_resource_t *resource, vso_result_t *res,
                               apr_pool_t *p);

#endif
