/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The dialects of the databases: all that differs between SQLite, PostgreSQL,
 * and MariaDB or MySQL.
 */
#ifndef VSO_DIALECT_H
#define VSO_DIALECT_H

#include <apr_pools.h>

#include "base/result.h"

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
    const char *hopeless[5]; /**< its messages about a file for which no retry
                                  helps; NULL at the end */
    const char *stamp_sql;   /**< asks for what changes when prepared statements
                                  or settings have become useless; NULL: they
                                  never do */
    const char *table_sql;   /**< asks for the number of tables that are named
                                  vmo_keystore_state */
    const char *column_sql[3]; /**< asks for the number of columns of a table;
                                    the names stand in between */
    const char *index_sql[3];  /**< the same for an index of a table */
    const char *lock_sql;      /**< one that changes the schema holds this lock
                                    until its transaction ends; or NULL */
    int ddl_commits;    /**< a change of the schema ends the transaction */
    int hides_errors;   /**< a select of plain text that fails while its rows
                             are fetched is no failure to the driver, which has
                             no result then, and crashes when it is asked for
                             one */
    int keeps_defaults; /**< the default of a column cannot be dropped */
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

/** The dialect of a driver; NULL where there is none. */
const vso_dialect_t *vso_dialect_find(const char *driver);

/**
 * Refuse parameters that a driver must not be opened with.
 * @param params  as DBDParams takes them
 * @param res     DATABASE: what to change in DBDParams
 */
apr_status_t vso_dialect_check(const char *driver, const char *params,
                               vso_result_t *res);

/** A template with the dialect's words in place of those in braces. */
const char *vso_dialect_expand(const vso_dialect_t *dialect,
                               const char *template, apr_pool_t *p);

#endif
