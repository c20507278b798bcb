/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The only way to write a row of a table that has MACs (tables.h): each gets
 * its MAC here, and the sums of its table are kept. The statements come from
 * the tables.
 *
 * Rows that are counted in a sum are written inside a change only, which hands
 * its sums over; those that are in none (imports, and content that belongs to
 * one) are written outside of changes too, with NULL in their place.
 */
#ifndef VSO_ROW_WRITE_H
#define VSO_ROW_WRITE_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/row_sums.h"
#include "store/rows.h"

/**
 * Insert a row.
 * @param args   of vso_row_args: a text for each column; the MAC is put there
 * @param proof  becomes that of the row; NULL where nobody asks
 */
apr_status_t vso_row_insert(vso_db_t *db, vso_row_sums_t *sums,
                            const char *table, const char **args,
                            vso_row_proof_t *proof, vso_result_t *res,
                            apr_pool_t *p);

/**
 * Replace the row that was read: it has the key that args begin with, and its
 * mac is still that of proof.
 * @param proof  of the row as it was read; becomes that of the new one
 * @param res    STALE: the row is not there any more, or another one is; what
 *               vso_row_require refuses: a row that fails gets no MAC
 */
apr_status_t vso_row_update(vso_db_t *db, vso_row_sums_t *sums,
                            const char *table, const char **args,
                            vso_row_proof_t *proof, vso_result_t *res,
                            apr_pool_t *p);

/**
 * Delete the row that was read. One that fails its MAC is deleted too: it was
 * in no sum.
 * @param args   the columns of its key
 * @param res    STALE as above
 */
apr_status_t vso_row_delete(vso_db_t *db, vso_row_sums_t *sums,
                            const char *table, const char **args,
                            const vso_row_proof_t *proof, vso_result_t *res,
                            apr_pool_t *p);

/** vso_row_update for a row of which nothing is kept: one that fails its MAC is
 * deleted, and the new one inserted. */
apr_status_t vso_row_replace(vso_db_t *db, vso_row_sums_t *sums,
                             const char *table, const char **args,
                             vso_row_proof_t *proof, vso_result_t *res,
                             apr_pool_t *p);

#endif
