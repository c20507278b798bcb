/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one row of vmo_keystore_state: the lock of all changes, and their
 * counters. For store.c and change.c.
 */
#ifndef VSO_STATE_ROW_H
#define VSO_STATE_ROW_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/handle.h"
#include "store/statements.h"

/** The part of it that callers see. */
typedef struct {
    const char *keystore_id; /**< random, made with the schema, hex */
    apr_int64_t generation;  /**< grows by one with every committed change */
    apr_int64_t audit_seq;   /**< of the newest audit row */
    const char *audit_mac;   /**< of the newest audit row: the chain's head */
    const char *lineage;     /**< random, hex; another one since a restored
                                  backup was accepted */
    apr_int64_t serving_generation; /**< of the last change that changed what
                                         is served, or destroyed a key */
} vso_state_t;

/** All of it. */
typedef struct {
    vso_state_t state;
    apr_int64_t next_id;
    const char *sealed_audit_key; /**< "" in a new keystore */
    apr_int64_t lock_count;
    apr_int64_t schema_version;
} vso_state_row_t;

/** Read the row. DATABASE where it is gone, DAMAGED where a counter is out of
 * range. */
apr_status_t vso_state_row_read(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p);

/** First statement of every transaction: wait for the row, then read it. The
 * schema may have been changed meanwhile: see vso_migration_check. */
apr_status_t vso_state_row_lock(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p);

/** Run an update of the row, which must be there. */
apr_status_t vso_state_row_update(vso_db_t *db, vso_sql_e sql,
                                  const char **args, vso_result_t *res,
                                  apr_pool_t *p);

/** Check that changes can have produced a counter's value, and that there is
 * room for more.
 * @param name  its column
 */
apr_status_t vso_state_row_check(const char *name, apr_int64_t number,
                                 vso_result_t *res);

#endif
