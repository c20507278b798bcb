/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Numbers and sums of the rows of each table: what shows that a row went, or
 * that one was put back that was right once. The state row holds them as one
 * sealed text, so that nobody else knows the addends.
 *
 * Sealed is a line for each table and master key that has rows: table, id of
 * the master key, number of rows, sum in hex, with a blank between them. The
 * associated data are "sums|keystore_id|generation".
 */
#ifndef VSO_ROW_SUMS_H
#define VSO_ROW_SUMS_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/row_mac.h"

/** Sums of all tables. */
typedef struct vso_row_sums_t vso_row_sums_t;

/** Of tables without rows.
 * @param keys  outlive them */
vso_row_sums_t *vso_row_sums_make(const vso_row_keys_t *keys, apr_pool_t *p);

/** A row came, or went, with this mac. @return INTERNAL where its key is not in
 * the ring */
apr_status_t vso_row_sums_add(vso_row_sums_t *sums, const char *table,
                              const char *mac, vso_result_t *res);
apr_status_t vso_row_sums_subtract(vso_row_sums_t *sums, const char *table,
                                   const char *mac, vso_result_t *res);

/** 1 where both say the same of a table. */
int vso_row_sums_equal(const vso_row_sums_t *a, const vso_row_sums_t *b,
                       const char *table);

/** Number of a table's rows. */
apr_int64_t vso_row_sums_count(const vso_row_sums_t *sums, const char *table);

/** Become what other sums are: for one who looked at all rows. */
void vso_row_sums_set(vso_row_sums_t *sums, const vso_row_sums_t *others);

/** As the text of the state row, under the key that writes. */
apr_status_t vso_row_sums_seal(const vso_row_sums_t *sums,
                               const char *keystore_id, apr_int64_t generation,
                               const char **ptext, vso_result_t *res,
                               apr_pool_t *p);

/** And back. SEALED: its master key is not in the ring; DAMAGED: it is not what
 * was sealed for this keystore and generation. */
apr_status_t vso_row_sums_open(const vso_row_keys_t *keys, const char *text,
                               const char *keystore_id, apr_int64_t generation,
                               vso_row_sums_t **psums, vso_result_t *res,
                               apr_pool_t *p);

#endif
