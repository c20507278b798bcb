/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What each version of the schema brought: for migration.c, which says how it
 * comes about.
 */
#ifndef VSO_MIGRATION_STEPS_H
#define VSO_MIGRATION_STEPS_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"
#include "store/seal.h"

/** The version that this build reads and writes. */
#define VSO_SCHEMA_VERSION 8

#define VSO_SCHEMA_UNFINISHED 1000000

/** audit_mac of a new keystore: what stands for the mac of the row before the
 * first. */
#define VSO_FIRST_MAC                                                          \
    "0000000000000000000000000000000000000000000000000000000000000000"

/** Who brings a keystore to this build's version, and what he may do. */
typedef struct {
    const vso_keyring_t *ring; /**< master keys; empty or NULL: none */
    int make;   /**< 0: a keystore that is not there is not made (DATABASE): a
                     caller that has seen the keystore here may meet a restore of
                     a backup halfway, between two tables */
    int adopts; /**< 1: rows of a keystore of before version 8, which have no
                     MAC, are taken for what this module wrote, once. Who says
                     so has seen the keystore before, or has no better record of
                     it than the database */
} vso_migration_how_t;

/** Fill what a step made from the rows that are there, in the transaction that
 * ends the step, which has the lock. It may run again. */
typedef apr_status_t vso_migration_fn(vso_db_t *db,
                                      const vso_migration_how_t *how,
                                      vso_result_t *res, apr_pool_t *p);

/** The way from version - 1 to version. */
typedef struct {
    int version;
    const char *const *sql;  /**< templates, NULL at the end. Each can be run
                                  again: not every database takes DDL back.
                                  "ALTER TABLE t ADD COLUMN c ..." is left out
                                  where the column is there, and so is
                                  "CREATE INDEX i ON t ...", and
                                  "ALTER TABLE t RENAME COLUMN b TO c" */
    vso_migration_fn *fill;  /**< or NULL */
    vso_migration_fn *check; /**< asked under the lock, before anything is
                                  changed; or NULL */
    int needs_key; /**< 1: without a master key the step stays unfinished */
} vso_migration_step_t;

/** All steps, ascending, as the tables say: each makes its tables and adds its
 * columns. */
const vso_migration_step_t *vso_migration_steps(int *pcount, apr_pool_t *p);

/** 1 where there is a master key. */
int vso_migration_has_key(const vso_migration_how_t *how);

/** Does the database hold anything of a keystore, beside what nodes say of
 * themselves? *ptable: a table that has rows; NULL: none has. Tables that are
 * not there yet have none. */
apr_status_t vso_migration_find_rows(vso_db_t *db, const char **ptable,
                                     vso_result_t *res, apr_pool_t *p);

#endif
