/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows as structures and back, as the tables (tables.h) say; and the answers of
 * statements that ask for one value.
 */
#ifndef VSO_ROWS_H
#define VSO_ROWS_H

#include <stddef.h>

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/db.h"
#include "store/row_proof.h"

/** What a member of a structure is. */
typedef enum {
    VSO_MEMBER_TEXT, /**< const char *; NULL is written as "" */
    VSO_MEMBER_INT,  /**< apr_int64_t */
    VSO_MEMBER_FLAG, /**< int: 0 or 1 */
    VSO_MEMBER_PROOF /**< vso_row_proof_t: the column of the MAC, verified */
} vso_member_type_e;

/** Where a column goes. */
typedef struct {
    const char *column; /**< its name; NULL ends */
    vso_member_type_e type;
    apr_size_t offset;
} vso_member_t;

/**
 * A structure that holds rows of a table. Members stand in the order of the
 * table's columns; those of which the table has none are computed by selects,
 * behind "{columns TABLE}", in the order of the members.
 */
typedef struct {
    const char *table;
    apr_size_t size; /**< of the structure */
    const vso_member_t *members;
} vso_record_t;

/** Type of a member. */
#define VSO_MEMBER_TYPE(m)                                                     \
    _Generic((m), const char *                                                 \
             : VSO_MEMBER_TEXT, apr_int64_t                                    \
             : VSO_MEMBER_INT, int                                             \
             : VSO_MEMBER_FLAG, vso_row_proof_t                                \
             : VSO_MEMBER_PROOF)

/** The member of a structure that a column with another name goes to. */
#define VSO_MEMBER_OF(structure, member, column)                               \
    {                                                                          \
        column, VSO_MEMBER_TYPE(((structure *)0)->member),                     \
            offsetof(structure, member)                                        \
    }

/** The member of a structure that has the name of its column. */
#define VSO_MEMBER(structure, member) VSO_MEMBER_OF(structure, member, #member)

/** The end of the members. */
#define VSO_MEMBERS_END                                                        \
    {                                                                          \
        NULL, VSO_MEMBER_TEXT, 0                                               \
    }

/** The member of a structure that is called proof, of a table with MACs. */
#define VSO_MEMBER_MAC(structure)                                              \
    VSO_MEMBER_OF(structure, proof, VSO_MAC_COLUMN)

/** Read a row of "SELECT {columns TABLE} ..." into a structure. One that is not
 * authentic is read all the same, and logged once: its proof says so, and who
 * uses it has to look. */
void vso_row_read(const vso_record_t *record, const vso_row_t *row, void *to);

/** The same where the table's columns begin with another one than the first. */
void vso_row_read_at(const vso_record_t *record, const vso_row_t *row,
                     int first, void *to);

/** Place of a column among the table's. */
int vso_row_column(const vso_record_t *record, const char *column);

/** Parameters that vso_row_args leaves room for, behind the columns. */
#define VSO_ROW_SPARE 4

/**
 * Parameters for "{marks TABLE}", and for "{set TABLE A B}" from the place of A
 * on: a text for each column of the table. A column without a member is 0 or
 * "", for the caller to replace.
 */
const char **vso_row_args(const vso_record_t *record, const void *from,
                          apr_pool_t *p);

/** All rows of a select, as an array of structures. */
apr_status_t vso_rows_list(vso_db_t *db, vso_sql_e sql, const char **args,
                           const vso_record_t *record,
                           apr_array_header_t **prows, vso_result_t *res,
                           apr_pool_t *p);

/** The same, as an array of pointers to structures. */
apr_status_t vso_rows_pointers(vso_db_t *db, vso_sql_e sql, const char **args,
                               const vso_record_t *record,
                               apr_array_header_t **prows, vso_result_t *res,
                               apr_pool_t *p);

/** First column of a select as a number; *pnumber stays as it is where there is
 * no row. */
apr_status_t vso_rows_number(vso_db_t *db, vso_sql_e sql, const char **args,
                             apr_int64_t *pnumber, vso_result_t *res,
                             apr_pool_t *p);

/** First column of a select as text; *ptext stays as it is where there is no
 * row. */
apr_status_t vso_rows_text(vso_db_t *db, vso_sql_e sql, const char **args,
                           const char **ptext, vso_result_t *res,
                           apr_pool_t *p);

/** First column of all rows of a select: const char *. */
apr_status_t vso_rows_texts(vso_db_t *db, vso_sql_e sql, const char **args,
                            apr_array_header_t **ptexts, vso_result_t *res,
                            apr_pool_t *p);

#endif
