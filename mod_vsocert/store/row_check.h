/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Looks whether all rows of a keystore are what this module wrote, and whether
 * all of them are there: each by its MAC, and each table by its sum.
 */
#ifndef VSO_ROW_CHECK_H
#define VSO_ROW_CHECK_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/db.h"
#include "store/row_sums.h"

/** What is wrong. */
typedef struct {
    const char *table;
    const char *row;    /**< its key; "": it is about the table as a whole */
    const char *detail; /**< what is wrong, and what to do */
} vso_row_problem_t;

/** What was found. */
typedef struct {
    vso_row_sums_t *sums;         /**< of the rows that are authentic */
    apr_int64_t rows;             /**< that were looked at */
    apr_int64_t forged;           /**< of these, that fail their MAC */
    apr_array_header_t *problems; /**< vso_row_problem_t: at most
                                       VSO_MAX_ROW_PROBLEMS rows, and tables */
} vso_row_check_t;

/**
 * Walk over all tables, page by page. Outside of a transaction, others may
 * change rows meanwhile: only where the generation is the same before and after
 * do sums mean anything.
 * @param keys  of the keystore
 * @param res   SEALED: the master key of some row is not in the ring
 */
apr_status_t vso_row_check_run(vso_db_t *db, const vso_row_keys_t *keys,
                               vso_row_check_t *check, vso_result_t *res,
                               apr_pool_t *p);

/** Compare the sums with those of the state row; each table that differs
 * becomes a problem. @return number of these */
int vso_row_check_sums(vso_row_check_t *check, const vso_row_sums_t *stated,
                       apr_pool_t *p);

#endif
