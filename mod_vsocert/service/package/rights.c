/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/rights.h"

#include <string.h>

#include <apr_strings.h>

#include "base/blob.h"
#include "base/limits.h"
#include "package/package.h"
#include "package/resource.h"
#include "package/xml.h"
#include "service/package/element_files.h"

#define DATA "data"

/** "Add to package" among the letters of allowed-operations. */
#define REPACKAGE 'f'

/** The element's data, in the clear. *pdata NULL: it has none. */
static apr_status_t open_data(const vso_context_t *ctx, vso_decrypt_t *opener,
                              const vso_element_row_t *row,
                              const vso_blob_t **pdata, vso_result_t *res,
                              apr_pool_t *p)
{
    const vso_stored_file_t *file;
    apr_array_header_t *files;
    vso_secret_t *plain;
    vso_blob_t *data;
    char *sealed;

    *pdata = NULL;
    if (vso_files_parse(row->files, &files, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    file = vso_element_files_find(files, DATA);
    if (!file) {
        return APR_SUCCESS;
    }
    if (vso_element_files_open(ctx->store, row->content_id, file, &data, res,
                               p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_package_is_sealed(file->name)) {
        if (vso_blob_load(data, VSO_MAX_ENVELOPE, file->name, &sealed, res,
                          p) != APR_SUCCESS ||
            vso_decrypt_open(opener, sealed, (apr_size_t)file->size, file->name,
                             &plain, NULL, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        data = vso_blob_memory(plain->data, plain->len, p);
    }
    *pdata = data;
    return APR_SUCCESS;
}

/** *prights NULL: it says nothing about them. As on import, data that is no
 * XML or too large to be looked into says nothing. */
static apr_status_t read_rights(const vso_element_row_t *row,
                                const vso_blob_t *data, const char **prights,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_resource_t resource;
    vso_xml_t *xml;
    char *text;

    *prights = NULL;
    if (!strcmp(row->type, "ResourceElement")) {
        if (vso_resource_read(data, DATA, &resource, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        *prights = resource.allowed_operations;
        return APR_SUCCESS;
    }
    if (data->size > VSO_MAX_ELEMENT_FILE) {
        return APR_SUCCESS;
    }
    if (vso_blob_load(data, VSO_MAX_ELEMENT_FILE, DATA, &text, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_xml_parse(text, (apr_size_t)data->size, DATA, &xml,
                      vso_result_create(p), p) == APR_SUCCESS) {
        *prights = vso_xml_attribute(xml, "allowed-operations");
    }
    return APR_SUCCESS;
}

apr_status_t vso_rights_check_repackage(const vso_context_t *ctx,
                                        vso_decrypt_t *opener,
                                        const vso_element_row_t *row,
                                        vso_result_t *res, apr_pool_t *p)
{
    const vso_blob_t *data;
    const char *rights = NULL;

    if (open_data(ctx, opener, row, &data, res, p) != APR_SUCCESS ||
        (data && read_rights(row, data, &rights, res, p) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (!rights || strchr(rights, REPACKAGE)) {
        return APR_SUCCESS;
    }
    return vso_fail(res, VSO_P_INVALID, "elements",
                    "\"%.255s\" must not be added to other packages: whoever "
                    "exported it took that right from it. Leave it out, or "
                    "ask its author for one with the right.",
                    vso_element_files_title(row));
}
