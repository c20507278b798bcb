/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Names within archives, the same rules for reading and writing.
 */
#ifndef VSO_ZIP_NAME_H
#define VSO_ZIP_NAME_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"

/**
 * What zip.h says about names.
 * @param name  len bytes, which may hold anything
 * @param res   UNSAFE_NAME; field is the name, made printable
 */
apr_status_t vso_zip_name_check(const char *name, apr_size_t len,
                                vso_result_t *res, apr_pool_t *p);

/** A name as it can be shown: what is not printable ASCII or valid UTF-8
 * becomes \xNN, and it is cut at 200 bytes. */
const char *vso_zip_name_show(const char *name, apr_size_t len, apr_pool_t *p);

/**
 * Sort names so that those which are the same but for case are neighbours, and
 * a folder stands right before what it holds.
 * @param names  const char **, checked; a directory ends in '/'
 * @param res    DUPLICATE_NAME: two are the same but for case (Latin, Greek,
 *               Cyrillic; other letters count as they are), or one is a file
 * and the folder of another
 */
apr_status_t vso_zip_names_sort(const char **names, int count,
                                vso_result_t *res, apr_pool_t *p);

/** Order of vso_zip_names_sort. @return below 0, 0, above 0 */
int vso_zip_name_compare(const char *a, const char *b);

#endif
