/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Columns of stored packages and elements that hold more than one thing, as
 * text and back: needs, and those that are one JSON object. The JSON of the
 * column certificates has types of the package layer, and is made there where
 * these are known.
 */
#ifndef VSO_PACKAGE_COLUMNS_H
#define VSO_PACKAGE_COLUMNS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/json.h"
#include "base/result.h"

/** DAMAGED for a column that did not parse: somebody edited the row.
 * @param column  its name
 * @param why     what the parser said */
apr_status_t vso_column_edited(vso_result_t *res, const char *column,
                               const vso_result_t *why);

/** A column's object and its array `items`; "" is an empty one, *pitems NULL.
 */
apr_status_t vso_column_items(const char *column, vso_json_t **pitems,
                              vso_result_t *res, apr_pool_t *p);

/** A column's text, when its tree is done with: thousands of elements have one
 * each.
 * @param work  the tree's pool, destroyed */
const char *vso_column_text(const vso_json_t *root, apr_pool_t *work,
                            apr_pool_t *p);

/** 1 when text is one of texts (const char *). */
int vso_text_listed(const apr_array_header_t *texts, const char *text);

/** needs: fingerprints of keys that open an element: " a b "; "" for none. */
const char *vso_needs_text(const apr_array_header_t *prints, apr_pool_t *p);
apr_array_header_t *vso_needs_parse(const char *needs, apr_pool_t *p);

/** Those of `a` that are in `b` too. */
apr_array_header_t *vso_needs_common(const apr_array_header_t *a,
                                     const apr_array_header_t *b,
                                     apr_pool_t *p);

/** tags: const char *. "" reads as none. */
const char *vso_tags_text(const apr_array_header_t *tags, apr_pool_t *p);
apr_status_t vso_tags_parse(const char *column, apr_array_header_t **ptags,
                            vso_result_t *res, apr_pool_t *p);

/** meta: all of dunes-meta-inf, in its order. */
const char *vso_meta_text(const apr_table_t *meta, apr_pool_t *p);
apr_status_t vso_meta_parse(const char *column, apr_table_t **pmeta,
                            vso_result_t *res, apr_pool_t *p);

/** One file within the content of a stored element. */
typedef struct {
    const char *name; /**< below the element's folder: "data", "tags.p7m" */
    apr_int64_t offset;
    apr_int64_t size;
    const char *sha256;
} vso_stored_file_t;

/** files: vso_stored_file_t *. */
const char *vso_files_text(const apr_array_header_t *files, apr_pool_t *p);
apr_status_t vso_files_parse(const char *column, apr_array_header_t **pfiles,
                             vso_result_t *res, apr_pool_t *p);

/** By name; NULL where there is none. */
const vso_stored_file_t *vso_files_find(const apr_array_header_t *files,
                                        const char *name);

#endif
