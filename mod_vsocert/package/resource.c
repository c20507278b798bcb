/* SPDX-License-Identifier: Apache-2.0 */
#include "package/resource.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "package/encoding.h"
#include "package/zip.h"

#define ATTRIBUTE           "VSO-RESOURCE-INF/attribute_"
#define MAX_ENTRIES         64
#define MAX_ATTRIBUTE_BYTES (64 * 1024)

/** Text of an attribute file; NULL: none, or an empty one. */
static apr_status_t read_text(vso_zip_t *zip, const char *name,
                              const char **ptext, vso_result_t *res,
                              apr_pool_t *p)
{
    const vso_zip_entry_t *entry =
        vso_zip_find(zip, apr_pstrcat(p, ATTRIBUTE, name, NULL));
    vso_encoding_t encoding;
    apr_status_t rv;
    char *data;

    *ptext = NULL;
    if (!entry || entry->size == 0) {
        return APR_SUCCESS;
    }
    rv = vso_zip_load(zip, entry, MAX_ATTRIBUTE_BYTES, &data, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_encoding_find(data, (apr_size_t)entry->size, entry->name,
                               &encoding, res);
    }
    if (rv == APR_SUCCESS && encoding.count) {
        *ptext = vso_encoding_utf8(&encoding, p);
    }
    return rv;
}

apr_status_t vso_resource_read(const vso_blob_t *blob, const char *path,
                               vso_resource_t *resource, vso_result_t *res,
                               apr_pool_t *p)
{
    static const vso_zip_limits_t limits = {MAX_ENTRIES, VSO_MAX_UNPACKED,
                                            VSO_MAX_ZIP_RATIO};
    vso_result_t *inner = vso_result_create(p);
    vso_zip_t *zip;
    apr_status_t rv;

    rv = vso_zip_open(blob, path, &limits, &zip, inner, p);
    if (rv == APR_SUCCESS) {
        rv = read_text(zip, "name", &resource->name, inner, p);
    }
    if (rv == APR_SUCCESS) {
        rv = read_text(zip, "version", &resource->version, inner, p);
    }
    if (rv == APR_SUCCESS) {
        rv = read_text(zip, "allowedOperations", &resource->allowed_operations,
                       inner, p);
    }
    return rv == APR_SUCCESS
               ? rv
               : vso_fail(res, inner->problem, path,
                          "In the resource \"%s\": %s", path, inner->detail);
}
