/* SPDX-License-Identifier: Apache-2.0 */
/**
 * All rows of a keystore get their MACs: those of a version that had none,
 * once; and those that another master key wrote, when master keys change over.
 */
#ifndef VSO_ROW_RENEW_H
#define VSO_ROW_RENEW_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"
#include "store/row_sums.h"
#include "store/seal.h"

/**
 * Give every row its MAC, whatever is in it, and the state row its sums; seal
 * keys to their place of today; make the audit key of a keystore that has none
 * (and holds nothing: the caller has looked). In a transaction that has the
 * lock. It may run again.
 * @param version  schema version that the state row is to have; the caller
 *                 writes it
 * @param res      SEALED: some key was sealed with a master key that is not in
 *                 the ring
 */
apr_status_t vso_row_renew_first(vso_db_t *db, const vso_keyring_t *ring,
                                 int version, vso_result_t *res, apr_pool_t *p);

/**
 * Give every row that was written with another master key the MAC of the one
 * that writes; inside a change. A row that fails its MAC stays as it is.
 * @param pleft  how many failed
 * @param res    SEALED: some row's master key is not in the ring
 */
apr_status_t vso_row_renew_all(vso_db_t *db, vso_row_sums_t *sums, int *pleft,
                               vso_result_t *res, apr_pool_t *p);

#endif
