/* SPDX-License-Identifier: Apache-2.0 */
#include "package/resource.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "package/xml_scan.h"

#define ATTRIBUTE           "VSO-RESOURCE-INF/attribute_"
#define MAX_ENTRIES         64
#define MAX_ATTRIBUTE_BYTES (64 * 1024)

/** Text of an attribute file, UTF-8 or UTF-16 as all XML is; NULL: none. */
static apr_status_t read_text(vso_zip_t *zip, const char *name,
                              const char **ptext, vso_result_t *res,
                              apr_pool_t *p)
{
    static const vso_xml_scan_t nothing_declared = {0, 0, 0};
    const vso_zip_entry_t *entry =
        vso_zip_find(zip, apr_pstrcat(p, ATTRIBUTE, name, NULL));
    vso_xml_units_t units;
    const char *text = NULL;
    apr_size_t len = 0;
    apr_status_t rv;
    char *data;

    *ptext = NULL;
    if (!entry || entry->size == 0) {
        return APR_SUCCESS;
    }
    rv = vso_zip_load(zip, entry, MAX_ATTRIBUTE_BYTES, &data, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_xml_units(data, (apr_size_t)entry->size, entry->name, &units,
                           res);
    }
    if (rv == APR_SUCCESS && units.count) {
        rv = vso_xml_utf8(&units, &nothing_declared, entry->name, &text, &len,
                          res, p);
    }
    if (rv == APR_SUCCESS && len) {
        *ptext = apr_pstrmemdup(p, text, len);
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
