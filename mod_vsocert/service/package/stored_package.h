/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Stored packages: look at one, make one of stored elements, delete one.
 */
#ifndef VSO_SERVICE_STORED_PACKAGE_H
#define VSO_SERVICE_STORED_PACKAGE_H

#include "service/context.h"
#include "store/packages.h"

/** ETag of a package: changes with every import of it. */
const char *vso_stored_package_etag(const vso_package_row_t *row,
                                    apr_pool_t *p);

/** A key that encrypted elements of a package are opened with. */
typedef struct {
    const char *fingerprint;      /**< of the key */
    const vso_version_t *version; /**< NULL: no key here is it any more */
} vso_needed_key_t;

/** An element, and who else holds it. */
typedef struct {
    const vso_element_row_t *row;
    apr_int64_t size;             /**< of its files, bytes */
    int encrypted;                /**< any file of it is */
    apr_array_header_t *tags;     /**< const char * */
    apr_array_header_t *packages; /**< const char *: other packages */
} vso_stored_element_t;

/** All about one package. */
typedef struct {
    vso_package_row_t *row;
    apr_table_t *meta;
    apr_array_header_t *elements; /**< vso_stored_element_t */
    apr_array_header_t *keys;     /**< vso_needed_key_t */
} vso_stored_package_t;

/** Packages by name, a page of them: vso_package_row_t *.
 * @param after  the last name of the page before; "" for the first one */
apr_status_t vso_stored_package_list(const vso_context_t *ctx,
                                     const char *after, int limit,
                                     apr_array_header_t **prows,
                                     vso_result_t *res);

/** Look at a package. NOT_FOUND. */
apr_status_t vso_stored_package_get(const vso_context_t *ctx, const char *name,
                                    vso_stored_package_t **ppackage,
                                    vso_result_t *res);

/** The API keeps uploads at /packages/imports: a package of that name could
 * be neither looked at nor deleted. INVALID, field "name". */
apr_status_t vso_stored_package_check_name(const char *name, vso_result_t *res);

/** A package to make. */
typedef struct {
    const char *name;
    const char *description;
    const char *digest; /**< of signatures/ when it is exported; NULL: the
                             default */
    const apr_array_header_t *ids; /**< of elements, const char * */
} vso_stored_package_spec_t;

/**
 * Make a package of stored elements.
 * @return PACKAGE_EXISTS; INVALID, field "name" or "elements"; STALE: an
 *         element was replaced meanwhile; what vso_rights_check_repackage
 *         refuses
 */
apr_status_t vso_stored_package_create(const vso_context_t *ctx,
                                       const vso_stored_package_spec_t *spec,
                                       vso_package_row_t **prow,
                                       vso_outcome_t *outcome,
                                       vso_result_t *res);

/** Delete a package, and the elements that no other holds. NOT_FOUND; STALE
 * by If-Match. */
apr_status_t vso_stored_package_delete(const vso_context_t *ctx,
                                       const char *name, int *pelements,
                                       vso_outcome_t *outcome,
                                       vso_result_t *res);

#endif
