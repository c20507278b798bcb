/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The tables of a keystore, as data: what makes them, copies them and reads
 * their rows goes by this.
 *
 * No column can be NULL. Columns of the primary key come first. What a schema
 * version has brought is never changed: another one adds columns at the end of
 * a table, tables, or indices, or gives a column another name.
 */
#ifndef VSO_TABLES_H
#define VSO_TABLES_H

#include <apr_pools.h>

/** What a column holds. */
typedef enum {
    VSO_COLUMN_INT,  /**< 64 bits */
    VSO_COLUMN_NAME, /**< text that is short enough for a key */
    VSO_COLUMN_SORT, /**< the same, in the order of its bytes, as strcmp has it
                          (the others' order is the database's) */
    VSO_COLUMN_TEXT  /**< text of up to VSO_MAX_VALUE bytes */
} vso_column_type_e;

/** One column. */
typedef struct {
    const char *name;
    vso_column_type_e type;
    int is_key;       /**< 1: of the primary key */
    const char *rule; /**< what else holds for it, as SQL; or NULL */
    int since;        /**< the schema version that added it, with 0 or "" in the
                           rows of before; 0: it was made with its table */
    int unmaced;      /**< 1: no MAC covers it (row_mac.h) */
    const char *was;  /**< its name before the schema version `renamed`; NULL:
                           the same */
    int renamed;
} vso_column_t;

/** Columns of a table, at most. */
#define VSO_MAX_COLUMNS 32

/** The column of a row's MAC, where its table has one. */
#define VSO_MAC_COLUMN "mac"

/** What shows that nobody else wrote the rows of a table. */
typedef enum {
    VSO_MACS_NONE,  /**< nothing: they decide nothing that must not be forged */
    VSO_MACS_ROWS,  /**< each has a MAC */
    VSO_MACS_SUMMED /**< and the state row has their sum (row_sums.h) */
} vso_table_macs_e;

/** One table. */
typedef struct {
    const char *name;
    int since;                   /**< the schema version that made it */
    const vso_column_t *columns; /**< name NULL ends */
    const char *rules;           /**< what holds for more than one column, as
                                      SQL; or NULL */
    vso_table_macs_e macs;
    const char *owner; /**< column of a summed table: where it is not 0, the row
                            is in no sum; or NULL */
} vso_table_t;

/** Tables with MACs, at most: room for their statements. */
#define VSO_MAX_MACS 12

/** An index of a table, for what no PRIMARY KEY and no UNIQUE is one for. */
typedef struct {
    const char *name; /**< "TABLE_by_..." */
    const char *table;
    const char *columns[4]; /**< NULL ends */
    int since;              /**< the schema version that made it */
} vso_index_t;

/** All indices; name NULL ends. */
const vso_index_t *vso_tables_indices(void);

/** All tables, in the order in which they are made; name NULL ends. */
const vso_table_t *vso_tables(void);

/** By name; NULL where there is none. */
const vso_table_t *vso_table_find(const char *name);

/** Those with MACs, by number from 0 on; NULL where there are no more. */
const vso_table_t *vso_table_with_macs(int number);

/** Number of a table among these; -1: it has no MACs. */
int vso_table_macs_number(const vso_table_t *table);

/** 1 where a row is in the sum of its table.
 * @param values  a text for each column */
int vso_table_counts(const vso_table_t *table, const char *const *values);

/** Number of its columns. */
int vso_table_width(const vso_table_t *table);

/** Number of columns of its primary key. */
int vso_table_key(const vso_table_t *table);

/** Place of a column, from 0; -1 where the table has none of that name. */
int vso_table_column(const vso_table_t *table, const char *name);

/** "a, b, c": its first columns. */
const char *vso_table_names(const vso_table_t *table, int count, apr_pool_t *p);

/** "t.a, t.b, t.c": all of its columns, where the table is called t. */
const char *vso_table_names_of(const vso_table_t *table, const char *called,
                               apr_pool_t *p);

/** The state row's columns and a table's, of which each row has them: what
 * follows SELECT. Where the table is empty, the state row stands alone, with 0
 * and "" in place of the others. */
const char *vso_table_whole(const vso_table_t *table, apr_pool_t *p);

/** "%lld, %s, %s": a parameter for each column. */
const char *vso_table_marks(const vso_table_t *table, apr_pool_t *p);

/** "b = %s, c = %lld": a parameter for each column from one place to another,
 * both included. */
const char *vso_table_assignments(const vso_table_t *table, int first, int last,
                                  apr_pool_t *p);

/** "%lld" or "%s": a parameter of a column's type. */
const char *vso_column_mark(const vso_column_t *column);

/** "a = %s AND b = %lld": a parameter for each column of the key. */
const char *vso_table_key_marks(const vso_table_t *table, apr_pool_t *p);

/** The statement that makes a table as it was at first: a template for
 * vso_dialect_expand. */
const char *vso_table_create(const vso_table_t *table, apr_pool_t *p);

/** The statement that makes an index: a template, too. */
const char *vso_table_index(const vso_index_t *index, apr_pool_t *p);

/** The statement that adds a column to a table of before: a template, too. */
const char *vso_table_add(const vso_table_t *table, const vso_column_t *column,
                          apr_pool_t *p);

/** The statement that takes the default of a column, which it needed while it
 * was added: a row without a value for it is refused from then on. */
const char *vso_table_no_default(const vso_table_t *table,
                                 const vso_column_t *column, apr_pool_t *p);

/** The statement that gives a column its name of today. */
const char *vso_table_rename(const vso_table_t *table,
                             const vso_column_t *column, apr_pool_t *p);

#endif
