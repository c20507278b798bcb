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
#define VSO_SCHEMA_VERSION 2

/** A setting of a connection, and what the database has to answer. */
typedef struct {
    const char *sql;
    const char *answers[3]; /**< one of these, NULL at the end; "": nothing */
} vso_setting_t;

/** A word of the table definitions, in braces there. */
typedef struct {
    const char *word;
    const char *text;
} vso_word_t;

/** All that differs between databases; another one is another row. */
typedef struct {
    const char *driver;            /**< APR's name */
    const vso_setting_t *settings; /**< for a fresh connection; sql NULL ends */
    const char *file_sql; /**< asks for the path of the database file, which
                               is narrowed to 0600; NULL where there is none */
    const char *file_suffixes[4]; /**< of files that go with it, "" among
                                       them; NULL at the end */
    const char *stamp_sql;   /**< asks for what changes when prepared statements
                                  have become useless; NULL: they never do */
    const char *table_sql;   /**< asks for the number of tables that are named
                                  vmo_keystore_state */
    const vso_word_t *words; /**< word NULL ends */
} vso_dialect_t;

/**
 * Make a fresh connection ready: narrow the database file, apply the settings.
 * For db.c.
 * @param pdialect  of the connection's driver
 * @param res       DATABASE
 */
apr_status_t vso_schema_settle(vso_db_t *db, const vso_dialect_t **pdialect,
                               vso_result_t *res, apr_pool_t *p);

/**
 * Bring the schema to VSO_SCHEMA_VERSION: create it in an empty database, or
 * migrate an older one step by step, each step one transaction. Cheap (one
 * select) when it is current. Two callers at once end with one schema.
 * @param res  NEWER_SCHEMA: refused without writing; DATABASE
 */
apr_status_t vso_schema_ensure(vso_db_t *db, vso_result_t *res, apr_pool_t *p);

/** The way from version - 1 to version. */
typedef struct {
    int version;
    const char *const *sql; /**< templates, NULL at the end. Each can be run
                                 again: not every database takes DDL back */
} vso_schema_step_t;

/** vso_schema_ensure with steps of the caller's, ascending. */
apr_status_t vso_schema_apply(vso_db_t *db, const vso_schema_step_t *steps,
                              int count, vso_result_t *res, apr_pool_t *p);

#endif
