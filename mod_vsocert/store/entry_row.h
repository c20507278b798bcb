/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing the rows of vmo_entry: what there is to know of an entry without
 * reading its versions. Each is made from these, in the transaction that
 * changed them; its cost is that of what is served and waits, however many
 * versions there are. Reading: entries.h.
 */
#ifndef VSO_ENTRY_ROW_H
#define VSO_ENTRY_ROW_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"
#include "store/row_sums.h"

/**
 * Write the row of an entry, as its versions are now, inside a change.
 * @param sums        the change's
 * @param generation  of the change that touched them
 */
apr_status_t vso_entry_row_write(vso_db_t *db, vso_row_sums_t *sums,
                                 const char *name, apr_int64_t generation,
                                 vso_result_t *res, apr_pool_t *p);

/** Write when all that the entry serves was exported, and nothing else. */
apr_status_t vso_entry_row_exported(vso_db_t *db, vso_row_sums_t *sums,
                                    const char *name, vso_result_t *res,
                                    apr_pool_t *p);

/** Write the rows of all entries, in place of those that are there, as schema
 * version 7 has them: for a keystore of before. */
apr_status_t vso_entry_row_fill(vso_db_t *db, vso_result_t *res, apr_pool_t *p);

#endif
