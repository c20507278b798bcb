/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one row of vmo_keystore_state: the lock of all changes, and their
 * counters. For store.c and change.c.
 */
#ifndef VSO_STATE_ROW_H
#define VSO_STATE_ROW_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"
#include "store/handle.h"
#include "store/row_sums.h"
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
    apr_int64_t moved_sec; /**< when it was moved to another database (copy.h),
                                and is not used any more; 0: it is here */
    int authentic; /**< 1: store.h has verified it. 0: it is not to be believed,
                        or the keystore is sealed */
} vso_state_t;

/** All of it. */
typedef struct {
    vso_state_t state;
    apr_int64_t next_id;
    const char *sealed_audit_key; /**< "" in a keystore that is not finished:
                                       see migration.h */
    apr_int64_t locks;            /**< no MAC covers it */
    apr_int64_t schema_version;
    const char *sums;     /**< numbers and sums of the rows: row_sums.h */
    const char **columns; /**< all of it as read, for its MAC */
} vso_state_row_t;

/** Read the row as it stands there. DATABASE where it is gone, DAMAGED where a
 * counter is out of range. */
apr_status_t vso_state_row_read(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p);

/** The row as a select finds it that begins with its columns. */
void vso_state_row_take(const vso_row_t *from, vso_state_row_t *row);

/** First statement of every transaction: wait for the row, then read it. The
 * schema may have been changed meanwhile: see vso_migration_check. */
apr_status_t vso_state_row_lock(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p);

/** The keys of a keystore by its state row: those of the ring, of which the one
 * writes that the row was written with (the first, where it is not there). NULL
 * where OpenSSL failed. */
vso_row_keys_t *vso_state_row_keys(const vso_state_row_t *row,
                                   const vso_keyring_t *ring, apr_pool_t *p);

/** Id of the master key that it was written with; NULL where it names none. */
const char *vso_state_row_key_id(const vso_state_row_t *row, apr_pool_t *p);

/**
 * Is the row what this module wrote, and do its sums open? INTEGRITY where not;
 * SEALED where its master key is not there.
 * @param psums  of the rows that the keystore had then
 */
apr_status_t vso_state_row_verify(const vso_state_row_t *row,
                                  const vso_row_keys_t *keys,
                                  vso_row_sums_t **psums, vso_result_t *res,
                                  apr_pool_t *p);

/**
 * Seal the sums into a row, and give it its MAC: all members are what they are
 * to be. columns becomes what is to be written.
 */
apr_status_t vso_state_row_seal(vso_state_row_t *row,
                                const vso_row_sums_t *sums,
                                const vso_row_keys_t *keys, vso_result_t *res,
                                apr_pool_t *p);

/**
 * Write a row that was sealed; schema_version and locks stay as they are.
 * @param before     as it was read under the lock
 * @param pwritten   0: the lock is not ours any more
 */
apr_status_t vso_state_row_write(vso_db_t *db, const vso_state_row_t *before,
                                 const vso_state_row_t *row, int *pwritten,
                                 vso_result_t *res, apr_pool_t *p);

/** The place that the audit key of a keystore is sealed to. */
const char *vso_state_row_audit_place(const char *keystore_id, apr_pool_t *p);

/** Refuse a keystore that was moved to another database: MOVED. */
apr_status_t vso_state_row_check_here(const vso_state_row_t *row,
                                      vso_result_t *res);

/** Write that the keystore was moved into a row that was sealed. */
apr_status_t vso_state_row_write_moved(vso_db_t *db, const vso_state_row_t *row,
                                       vso_result_t *res, apr_pool_t *p);

/** Check that changes can have produced a counter's value, and that there is
 * room for more.
 * @param name  its column
 */
apr_status_t vso_state_row_check(const char *name, apr_int64_t number,
                                 vso_result_t *res);

#endif
