/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/element_files.h"

#include <apr_strings.h>

#include "package/package.h"
#include "store/content.h"

struct vso_element_files_t {
    vso_store_t *store;
    vso_content_pins_t *pins;
    apr_pool_t *p;
    apr_pool_t *open_p;  /**< of the content that is open; NULL: not yet made */
    apr_int64_t open_id; /**< of that content */
    vso_blob_t *open;    /**< NULL: none is */
};

/** One file. */
typedef struct {
    vso_element_files_t *contents;
    apr_int64_t content_id;
    apr_int64_t offset;
} window_t;

const char *vso_element_files_title(const vso_element_row_t *element)
{
    return *element->name ? element->name : element->element_id;
}

apr_status_t vso_element_files_require(const vso_element_row_t *element,
                                       vso_result_t *res)
{
    return vso_row_require(&element->proof, "vmo_package_element",
                           vso_element_files_title(element), res);
}

const vso_stored_file_t *vso_element_files_find(const apr_array_header_t *files,
                                                const char *name)
{
    const vso_stored_file_t *file = vso_files_find(files, name);

    return file ? file
                : vso_files_find(files, apr_pstrcat(files->pool, name,
                                                    VSO_PACKAGE_SEALED, NULL));
}

apr_status_t vso_element_files_open(vso_store_t *store, apr_int64_t content_id,
                                    const vso_stored_file_t *file,
                                    vso_blob_t **pblob, vso_result_t *res,
                                    apr_pool_t *p)
{
    vso_blob_t *content;

    if (vso_content_blob(store, content_id, &content, res, p) != APR_SUCCESS ||
        vso_content_holds(content, file->offset, file->size, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pblob = vso_blob_part(content, file->offset, file->size, p);
    return APR_SUCCESS;
}

vso_element_files_t *vso_element_files_create(vso_store_t *store, apr_pool_t *p)
{
    vso_element_files_t *contents = apr_pcalloc(p, sizeof(*contents));

    contents->store = store;
    contents->pins = vso_content_pins_make(p);
    contents->p = p;
    return contents;
}

static apr_status_t open_content(vso_element_files_t *contents, apr_int64_t id,
                                 vso_result_t *res)
{
    if (contents->open && contents->open_id == id) {
        return APR_SUCCESS;
    }
    if (contents->open_p) {
        apr_pool_clear(contents->open_p);
    }
    else {
        apr_pool_create(&contents->open_p, contents->p);
    }
    contents->open = NULL;
    contents->open_id = id;
    return vso_content_blob_pinned(contents->store, id, contents->pins,
                                   &contents->open, res, contents->open_p);
}

static apr_status_t read_window(const vso_blob_t *blob, apr_int64_t offset,
                                char *buf, apr_size_t len, vso_result_t *res)
{
    const window_t *window = blob->baton;
    vso_element_files_t *contents = window->contents;

    if (open_content(contents, window->content_id, res) != APR_SUCCESS ||
        vso_content_holds(contents->open, window->offset, blob->size, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_blob_read(contents->open, window->offset + offset, buf, len,
                         res);
}

vso_blob_t *vso_element_files_blob(vso_element_files_t *contents,
                                   apr_int64_t content_id,
                                   const vso_stored_file_t *file)
{
    window_t *window = apr_palloc(contents->p, sizeof(*window));
    vso_blob_t *blob = apr_palloc(contents->p, sizeof(*blob));

    window->contents = contents;
    window->content_id = content_id;
    window->offset = file->offset;
    blob->size = file->size;
    blob->read = read_window;
    blob->baton = window;
    return blob;
}
