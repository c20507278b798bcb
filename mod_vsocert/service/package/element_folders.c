/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/element_folders.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/hex.h"
#include "package/zip_name.h"
#include "store/packages.h"

/** Hex digits of an id's SHA-256 that make a folder. */
#define FOLDER_LEN 32

static int by_folder(const void *a, const void *b)
{
    const vso_element_row_t *one = *(const vso_element_row_t *const *)a;
    const vso_element_row_t *two = *(const vso_element_row_t *const *)b;
    int order = vso_zip_name_compare(one->folder, two->folder);

    return order ? order : strcmp(one->element_id, two->element_id);
}

void vso_element_folders_make_unique(const apr_array_header_t *rows,
                                     apr_pool_t *p)
{
    apr_array_header_t *sorted = apr_array_copy(p, rows);
    const char *taken = NULL;
    int i;

    if (sorted->nelts > 1) {
        qsort(sorted->elts, (size_t)sorted->nelts, (size_t)sorted->elt_size,
              by_folder);
    }
    for (i = 0; i < sorted->nelts; i++) {
        vso_element_row_t *row = APR_ARRAY_IDX(sorted, i, vso_element_row_t *);
        const char *id = row->element_id;

        if (taken && !vso_zip_name_compare(taken, row->folder)) {
            row->folder = apr_pstrmemdup(
                p, vso_hex_sha256((const unsigned char *)id, strlen(id), p),
                FOLDER_LEN);
        }
        else {
            taken = row->folder;
        }
    }
}
