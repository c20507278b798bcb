/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The versions of the schema, and the way from one to the next: what tables.h
 * says came with it.
 *
 * A step from one version to the next first takes the lock that every change
 * takes (change.h), so that none is under way, and changes compare the version
 * when they have the lock. Where a change of the tables ends the transaction,
 * and the lock with it, the row says VSO_SCHEMA_UNFINISHED + version until the
 * step is done: older builds take that for a newer version, and this one
 * repeats the step if the process that began it has gone.
 */
#ifndef VSO_MIGRATION_H
#define VSO_MIGRATION_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"

/** The version that this build reads and writes. */
#define VSO_SCHEMA_VERSION 7

#define VSO_SCHEMA_UNFINISHED 1000000

/** audit_mac of a new keystore: what stands for the mac of the row before the
 * first. */
#define VSO_FIRST_MAC                                                          \
    "0000000000000000000000000000000000000000000000000000000000000000"

/**
 * Bring the schema to VSO_SCHEMA_VERSION: create it in an empty database, or
 * migrate an older one step by step, each step one transaction where the
 * database can take tables back. Cheap (one select) when it is current. Two
 * callers at once end with one schema.
 * @param make  0: a keystore that is not there is not made (DATABASE). A caller
 * that has seen the keystore here may meet a restore of a backup halfway,
 * between two tables
 * @param res   NEWER_SCHEMA: refused without writing; DATABASE
 */
apr_status_t vso_migration_ensure(vso_db_t *db, int make, vso_result_t *res,
                                  apr_pool_t *p);

/** Fill what a step made from the rows that are there, in the transaction that
 * ends the step, which has the lock. It may run again. */
typedef apr_status_t vso_migration_fn(vso_db_t *db, vso_result_t *res,
                                      apr_pool_t *p);

/** The way from version - 1 to version. */
typedef struct {
    int version;
    const char *const *sql; /**< templates, NULL at the end. Each can be run
                                 again: not every database takes DDL back.
                                 "ALTER TABLE t ADD COLUMN c ..." is left out
                                 where the column is there, and so is
                                 "CREATE INDEX i ON t ..." */
    vso_migration_fn *fill; /**< or NULL */
} vso_migration_step_t;

/** All steps, ascending, as the tables say: each makes its tables and adds its
 * columns. */
const vso_migration_step_t *vso_migration_steps(int *pcount, apr_pool_t *p);

/** Check that a version, read under the lock, is still this build's.
 * @param res  NEWER_SCHEMA; DATABASE: it is an older one now */
apr_status_t vso_migration_check(apr_int64_t version, vso_result_t *res);

/** The version that the database has; -1 where there is no keystore. */
apr_status_t vso_migration_version(vso_db_t *db, apr_int64_t *pversion,
                                   vso_result_t *res, apr_pool_t *p);

/** vso_migration_ensure with steps of the caller's, ascending. */
apr_status_t vso_migration_apply(vso_db_t *db,
                                 const vso_migration_step_t *steps, int count,
                                 int make, vso_result_t *res, apr_pool_t *p);

#endif
