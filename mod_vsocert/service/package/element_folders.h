/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Folders of elements that did not come in one package: two of them can have
 * the same one, as it is the id that tells elements apart.
 */
#ifndef VSO_SERVICE_ELEMENT_FOLDERS_H
#define VSO_SERVICE_ELEMENT_FOLDERS_H

#include <apr_pools.h>
#include <apr_tables.h>

/**
 * Give each row a folder of its own, as archives compare names. The first by
 * id keeps what several have; the others get one that is made of their id, the
 * same each time.
 * @param rows  vso_element_row_t *; stay in their order
 */
void vso_element_folders_make_unique(const apr_array_header_t *rows,
                                     apr_pool_t *p);

#endif
