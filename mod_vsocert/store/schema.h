/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The schema, its versions, and the dialects of the databases.
 */
#ifndef VSO_SCHEMA_H
#define VSO_SCHEMA_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"

/** The version that this build reads and writes. */
#define VSO_SCHEMA_VERSION 1

/**
 * Bring the schema to VSO_SCHEMA_VERSION: create it in an empty database, or
 * migrate an older one step by step, each step one transaction. Cheap (one
 * select) when it is current. Two callers at once end with one schema.
 * @param res  NEWER_SCHEMA: refused without writing; DATABASE
 */
apr_status_t vso_schema_ensure(vso_db_t *db, vso_result_t *res, apr_pool_t *p);

#endif
