/* SPDX-License-Identifier: Apache-2.0 */
/**
 * All rows of a table, page by page in the order of its key, as texts: for
 * what goes over whole tables (copies, migration, a change of master keys).
 */
#ifndef VSO_TABLE_WALK_H
#define VSO_TABLE_WALK_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"
#include "store/tables.h"

/** Called for each row, with a text for each column. It may run statements, on
 * the same connection too, and change all of the row but its key. */
typedef apr_status_t vso_table_walk_fn(void *baton, const vso_table_t *table,
                                       const char **values, vso_result_t *res,
                                       apr_pool_t *p);

/**
 * Walk.
 * @param fn  anything but APR_SUCCESS ends the walk and becomes its result;
 *            its pool is that of one page
 */
apr_status_t vso_table_walk(vso_db_t *db, const vso_table_t *table,
                            vso_table_walk_fn *fn, void *baton,
                            vso_result_t *res, apr_pool_t *p);

#endif
