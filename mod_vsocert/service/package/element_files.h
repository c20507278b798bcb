/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files of stored elements, which lie one behind the other in the content of
 * their element: found, and read where they lie.
 */
#ifndef VSO_SERVICE_ELEMENT_FILES_H
#define VSO_SERVICE_ELEMENT_FILES_H

#include "base/blob.h"
#include "store/package_columns.h"
#include "store/packages.h"
#include "store/store.h"

/** What an element is called in texts: its name, or its id where it has none.
 */
const char *vso_element_files_title(const vso_element_row_t *element);

/** DAMAGED where an element's row was edited, SEALED where its master key is
 * not there: before anything in it is used. */
apr_status_t vso_element_files_require(const vso_element_row_t *element,
                                       vso_result_t *res);

/** The file of that name, or its encrypted form; NULL where there is neither.
 * @param files  vso_stored_file_t *: of the element */
const vso_stored_file_t *vso_element_files_find(const apr_array_header_t *files,
                                                const char *name);

/**
 * Open one file.
 * @param pblob  as it is stored; one thread, lives as long as p
 * @param res    what vso_content_blob reports; DAMAGED where the element's row
 *               names bytes that its content does not have
 */
apr_status_t vso_element_files_open(vso_store_t *store, apr_int64_t content_id,
                                    const vso_stored_file_t *file,
                                    vso_blob_t **pblob, vso_result_t *res,
                                    apr_pool_t *p);

/** Files of many elements, to be read one after the other: the content of one
 * element is open at a time, as each holds some chunks. */
typedef struct vso_element_files_t vso_element_files_t;

vso_element_files_t *vso_element_files_create(vso_store_t *store,
                                              apr_pool_t *p);

/** One of them. Its content is opened when it is read, and reading reports what
 * vso_element_files_open does. Lives as long as contents. */
vso_blob_t *vso_element_files_blob(vso_element_files_t *contents,
                                   apr_int64_t content_id,
                                   const vso_stored_file_t *file);

#endif
