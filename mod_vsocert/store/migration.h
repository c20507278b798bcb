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
 *
 * From version 8 on rows have MACs, so that the step to it takes a master key.
 * Without one an empty keystore gets its tables, and the row says
 * VSO_SCHEMA_UNFINISHED + version until somebody has a key; a keystore that
 * holds anything is left as it is.
 */
#ifndef VSO_MIGRATION_H
#define VSO_MIGRATION_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"
#include "store/migration_steps.h"

/**
 * Bring the schema to VSO_SCHEMA_VERSION: create it in an empty database, or
 * migrate an older one step by step, each step one transaction where the
 * database can take tables back. Cheap (one select) when it is current. Two
 * callers at once end with one schema.
 * @param res   NEWER_SCHEMA: refused without writing; SEALED: a step takes the
 *              master key of this keystore; INTEGRITY: rows have no MAC and are
 *              not adopted; DATABASE
 */
apr_status_t vso_migration_ensure(vso_db_t *db, const vso_migration_how_t *how,
                                  vso_result_t *res, apr_pool_t *p);

/** Check that a version, read under the lock, is still this build's.
 * @param res  NEWER_SCHEMA; DATABASE: it is an older one now */
apr_status_t vso_migration_check(apr_int64_t version, vso_result_t *res);

/** The version that the database has; -1 where there is no keystore. */
apr_status_t vso_migration_version(vso_db_t *db, apr_int64_t *pversion,
                                   vso_result_t *res, apr_pool_t *p);

/** vso_migration_ensure with steps of the caller's, ascending. */
apr_status_t vso_migration_apply(vso_db_t *db,
                                 const vso_migration_step_t *steps, int count,
                                 const vso_migration_how_t *how,
                                 vso_result_t *res, apr_pool_t *p);

/** 1 for the version of an empty keystore that waits for a master key. */
int vso_migration_waits(apr_int64_t version);

#endif
