/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Copies a keystore from one database to another, of any kind: all tables of
 * tables.h, row by row, unchanged. Sealed keys stay sealed; no
 * master key is needed.
 */
#ifndef VSO_COPY_H
#define VSO_COPY_H

#include "base/result.h"
#include "store/db.h"

/** Called for each table that was copied. */
typedef void vso_copy_report_fn(void *baton, const char *table,
                                apr_int64_t rows);

/**
 * Copy. The source is locked against changes meanwhile and not written to; the
 * target gets all or nothing: before its commit every table is read back and
 * compared.
 * @param from  connection of its own, whose settings this changes
 * @param to    an empty database, or a new keystore without a change
 * @param res   DATABASE: also when the source has another schema version, or
 *              the target is not empty
 */
apr_status_t vso_copy(vso_db_t *from, vso_db_t *to, vso_copy_report_fn *report,
                      void *baton, vso_result_t *res, apr_pool_t *p);

#endif
