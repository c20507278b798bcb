/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the MAC of a row says of it, beside what is in the row.
 */
#ifndef VSO_ROW_PROOF_H
#define VSO_ROW_PROOF_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/row_mac.h"

/** What the MAC of a row says, in the structure that holds the row; as it was
 * read, or as it was written since. */
typedef struct {
    const char *mac; /**< the column */
    int authentic;   /**< 1: the row is what this module wrote. 0: nothing in it
                          is to be believed */
    int sealed;      /**< 1: nobody here can say whether it is, as its master
                          key is not in the ring */
    int counted;     /**< 1: it is in the sum of its table */
} vso_row_proof_t;

/** Verify a row. @param values  a text for each column */
void vso_row_prove(const vso_row_keys_t *keys, const vso_table_t *table,
                   const char *const *values, vso_row_proof_t *proof,
                   apr_pool_t *p);

/**
 * Refuse a row that is not authentic.
 * @param table  its table
 * @param which  its key, for the message
 * @param res    DAMAGED: it was edited; SEALED: its master key is not there
 */
apr_status_t vso_row_require(const vso_row_proof_t *proof, const char *table,
                             const char *which, vso_result_t *res);

#endif
