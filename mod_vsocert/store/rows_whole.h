/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Small tables that are believed as a whole or not at all: read in one
 * statement together with the state row, whose sum says that no row is missing,
 * and none was put back.
 */
#ifndef VSO_ROWS_WHOLE_H
#define VSO_ROWS_WHOLE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/rows.h"

/**
 * All rows of a table that has a sum.
 * @param sql    "SELECT {whole TABLE} ...", as statements.c says
 * @param prows  pointers to structures: those that are authentic. Others are in
 *               no sum, and left out
 * @param res    INTEGRITY: the state row was edited, or rows are missing or
 * were put back; SEALED: the master key of some row is not in the ring
 */
apr_status_t vso_rows_whole(vso_db_t *db, vso_sql_e sql,
                            const vso_record_t *record,
                            apr_array_header_t **prows, vso_result_t *res,
                            apr_pool_t *p);

#endif
