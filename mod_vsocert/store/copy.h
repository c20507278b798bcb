/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Copies a keystore from one database to another, of any kind: all tables of
 * tables.h, row by row.
 *
 * A copy is a keystore of its own: it has another keystore_id, and its rows
 * have MACs of their own, so that no row of one is one of the other. Rows that
 * fail their MAC fail there, too. The trail goes on under the same audit key.
 * What nodes say of themselves and sessions stay behind.
 *
 * A keystore that is moved keeps its id and all rows as they are; the source is
 * marked, and refused from then on.
 */
#ifndef VSO_COPY_H
#define VSO_COPY_H

#include "base/result.h"
#include "store/db.h"
#include "store/seal.h"

/** Called for each table that was copied. */
typedef void vso_copy_report_fn(void *baton, const char *table,
                                apr_int64_t rows);

/** How. */
typedef struct {
    const vso_keyring_t *ring; /**< the keystore's master key */
    int move;
} vso_copy_how_t;

/**
 * Copy. The source is locked against changes meanwhile; the target gets all or
 * nothing: before its commit every table is read back and compared.
 * @param from  connection of its own, whose settings this changes
 * @param to    an empty database, or a new keystore without a change
 * @param res   DATABASE: also when the source has another schema version, or
 *              the target is not empty; SEALED: the master key is another one;
 *              INTEGRITY: the source was edited; MOVED: it was moved before
 */
apr_status_t vso_copy(vso_db_t *from, vso_db_t *to, const vso_copy_how_t *how,
                      vso_copy_report_fn *report, void *baton,
                      vso_result_t *res, apr_pool_t *p);

#endif
