/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One table on its way from one database to another: for copy.c.
 */
#ifndef VSO_COPY_TABLE_H
#define VSO_COPY_TABLE_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"
#include "store/tables.h"

/**
 * Copy a table, read it back, and compare: DATABASE where that is not what was
 * written.
 * @param fn     called for each row, which it may give other values; NULL: rows
 *               stay as they are
 * @param prows  number of rows
 */
typedef apr_status_t vso_copy_table_fn(void *baton, const vso_table_t *table,
                                       const char **values, vso_result_t *res,
                                       apr_pool_t *p);
apr_status_t vso_copy_table(vso_db_t *from, vso_db_t *to,
                            const vso_table_t *table, vso_copy_table_fn *fn,
                            void *baton, apr_int64_t *prows, vso_result_t *res,
                            apr_pool_t *p);

/** Insert one row. @param values  a text for each column */
apr_status_t vso_copy_table_row(vso_db_t *to, const vso_table_t *table,
                                const char **values, vso_result_t *res,
                                apr_pool_t *p);

#endif
