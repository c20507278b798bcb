/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The dialects of the databases: all that differs between SQLite, PostgreSQL,
 * and MariaDB or MySQL.
 */
#ifndef VSO_DIALECT_H
#define VSO_DIALECT_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/db.h"

/** A setting of a connection, and what the database has to answer. */
typedef struct {
    const char *sql;
    const char *answers[3]; /**< one of these, NULL at the end; "": nothing */
    const char *advice;     /**< what to do about another answer; or NULL */
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
                               is narrowed to 0600; NULL: it is a server,
                               whose connections can be lost */
    const char *file_suffixes[4]; /**< of files that go with it, "" among
                                       them; NULL at the end */
    const char *hopeless[5]; /**< what it says of a file that stays as it is:
                                  no second try helps; NULL at the end */
    const char *stamp_sql;   /**< asks for what changes when prepared statements
                                  or settings have become useless; NULL: they
                                  never do */
    const char *table_sql;   /**< asks for the number of tables that are named
                                  vmo_keystore_state */
    const char *column_sql[3]; /**< asks for the number of columns of a table;
                                    the names stand in between */
    const char *lock_sql;      /**< one that changes the schema holds this lock
                                    until its transaction ends; or NULL */
    int ddl_commits; /**< a change of the schema ends the transaction */
    const char *snapshot_sql; /**< makes the transactions that follow see one
                                   moment; NULL: they do */
    const char *begin_sql;    /**< starts a transaction past the driver, which
                                   crashes when the connection ends just there;
                                   NULL: the driver can */
    const vso_word_t *words;  /**< word NULL ends */
    const char *now_sql;      /**< asks for seconds since the epoch */
    const char *scrub_sql;    /**< drops what the journal keeps of rows that
                                   were overwritten, and answers "0" where it
                                   could; NULL: nothing can be dropped */
} vso_dialect_t;

/** The dialect of a connection's driver; NULL where there is none. */
const vso_dialect_t *vso_dialect_of(const vso_db_t *db);

/**
 * Look for what a driver must not be opened with.
 * @param params  as DBDParams takes them
 * @param res     DATABASE: what to change in DBDParams
 */
apr_status_t vso_dialect_check(const char *driver, const char *params,
                               vso_result_t *res);

/**
 * Make a fresh connection ready: narrow the database file, apply the settings.
 * For db.c.
 * @param pdialect  of the connection's driver
 * @param res       DATABASE
 */
apr_status_t vso_dialect_settle(vso_db_t *db, const vso_dialect_t **pdialect,
                                vso_result_t *res, apr_pool_t *p);

/**
 * Seconds since the epoch by the database's own clock, which is the same for
 * all nodes, whatever theirs say.
 */
apr_status_t vso_dialect_now(vso_db_t *db, apr_int64_t *pnow_sec,
                             vso_result_t *res, apr_pool_t *p);

/**
 * After a secret was deleted, outside of a transaction: leave no copy of it in
 * the journal. Waits for others who read or write, half a second at the most;
 * where they do not end, says so in the log, and the next scrub or the last
 * user of the database does it.
 */
void vso_dialect_scrub(vso_db_t *db, apr_pool_t *p);

/** Has a table this column? Names are those of schema.c. */
apr_status_t vso_dialect_has_column(vso_db_t *db, const char *table,
                                    const char *column, int *phas,
                                    vso_result_t *res, apr_pool_t *p);

/** A template with the dialect's words in place of those in braces. */
const char *vso_dialect_expand(const vso_dialect_t *dialect,
                               const char *template, apr_pool_t *p);

#endif
