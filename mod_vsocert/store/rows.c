/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rows.h"

#include <string.h>

#include "store/tables.h"

/* Rows as structures */

int vso_row_column(const vso_record_t *record, const char *column)
{
    return vso_table_column(vso_table_find(record->table), column);
}

/** Place of a member's column, which is mostly the one behind the member
 * before: a search begins there. */
static int place(const vso_table_t *table, int width, int next,
                 const char *column)
{
    int i;

    for (i = next; i < width; i++) {
        if (!strcmp(table->columns[i].name, column)) {
            return i;
        }
    }
    return next < width ? width : next; /* computed */
}

/** Verify a row by its MAC. @param first  where its columns begin */
static void prove(const vso_table_t *table, const vso_row_t *row, int first,
                  vso_row_proof_t *proof)
{
    const char *values[VSO_MAX_COLUMNS];
    int i;

    for (i = 0; table->columns[i].name; i++) {
        values[i] = vso_row_peek(row, first + i);
    }
    vso_row_prove(vso_row_keys_of(row), table, values, proof,
                  vso_row_pool(row));
}

void vso_row_read(const vso_record_t *record, const vso_row_t *row, void *to)
{
    vso_row_read_at(record, row, 0, to);
}

void vso_row_read_at(const vso_record_t *record, const vso_row_t *row,
                     int first, void *to)
{
    const vso_table_t *table = vso_table_find(record->table);
    const vso_member_t *member = record->members;
    int width = vso_table_width(table);
    int next = 0;

    for (; member->column; member++) {
        char *at = (char *)to + member->offset;
        int column = place(table, width, next, member->column);

        switch (member->type) {
        case VSO_MEMBER_TEXT:
            *(const char **)at = vso_row_text(row, first + column);
            break;
        case VSO_MEMBER_INT:
            *(apr_int64_t *)at = vso_row_int(row, first + column);
            break;
        case VSO_MEMBER_FLAG:
            *(int *)at = vso_row_int(row, first + column) != 0;
            break;
        case VSO_MEMBER_PROOF:
            prove(table, row, first, (vso_row_proof_t *)(void *)at);
            break;
        }
        next = column + 1;
    }
}

static const char *arg(const vso_member_t *member, const void *from,
                       apr_pool_t *p)
{
    const char *at = (const char *)from + member->offset;
    const char *text;

    switch (member->type) {
    case VSO_MEMBER_TEXT:
        text = *(const char *const *)at;
        return text ? text : "";
    case VSO_MEMBER_INT:
        return vso_db_number(*(const apr_int64_t *)at, p);
    case VSO_MEMBER_PROOF: /* row_write.c puts it there */
        return "";
    default:
        return *(const int *)at ? "1" : "0";
    }
}

const char **vso_row_args(const vso_record_t *record, const void *from,
                          apr_pool_t *p)
{
    const vso_table_t *table = vso_table_find(record->table);
    const vso_member_t *member = record->members;
    int width = vso_table_width(table);
    const char **args =
        apr_palloc(p, (apr_size_t)(width + VSO_ROW_SPARE) * sizeof(*args));
    int i;

    for (i = 0; i < width; i++) {
        const vso_column_t *column = &table->columns[i];

        if (member->column && !strcmp(member->column, column->name)) {
            args[i] = arg(member++, from, p);
        }
        else {
            args[i] = column->type == VSO_COLUMN_INT ? "0" : "";
        }
    }
    return args;
}

/* Selects */

/** Where rows go. */
typedef struct {
    const vso_record_t *record;
    apr_array_header_t *rows;
} target_t;

static apr_status_t add_row(void *baton, const vso_row_t *row,
                            vso_result_t *res)
{
    target_t *target = baton;

    (void)res;
    vso_row_read(target->record, row, apr_array_push(target->rows));
    return APR_SUCCESS;
}

static apr_status_t add_pointer(void *baton, const vso_row_t *row,
                                vso_result_t *res)
{
    target_t *target = baton;
    void *to = apr_pcalloc(target->rows->pool, target->record->size);

    (void)res;
    vso_row_read(target->record, row, to);
    APR_ARRAY_PUSH(target->rows, void *) = to;
    return APR_SUCCESS;
}

/** Select into a new array. */
static apr_status_t collect(vso_db_t *db, vso_sql_e sql, const char **args,
                            vso_db_row_fn *fn, target_t *target,
                            apr_array_header_t **prows, vso_result_t *res,
                            apr_pool_t *p)
{
    apr_status_t rv = vso_db_select(db, sql, args, fn, target, res, p);

    if (rv == APR_SUCCESS) {
        *prows = target->rows;
    }
    return rv;
}

apr_status_t vso_rows_list(vso_db_t *db, vso_sql_e sql, const char **args,
                           const vso_record_t *record,
                           apr_array_header_t **prows, vso_result_t *res,
                           apr_pool_t *p)
{
    target_t target = {record, apr_array_make(p, 4, (int)record->size)};

    return collect(db, sql, args, add_row, &target, prows, res, p);
}

apr_status_t vso_rows_pointers(vso_db_t *db, vso_sql_e sql, const char **args,
                               const vso_record_t *record,
                               apr_array_header_t **prows, vso_result_t *res,
                               apr_pool_t *p)
{
    target_t target = {record, apr_array_make(p, 8, sizeof(void *))};

    return collect(db, sql, args, add_pointer, &target, prows, res, p);
}

static apr_status_t take_number(void *baton, const vso_row_t *row,
                                vso_result_t *res)
{
    (void)res;
    *(apr_int64_t *)baton = vso_row_int(row, 0);
    return APR_SUCCESS;
}

apr_status_t vso_rows_number(vso_db_t *db, vso_sql_e sql, const char **args,
                             apr_int64_t *pnumber, vso_result_t *res,
                             apr_pool_t *p)
{
    return vso_db_select(db, sql, args, take_number, pnumber, res, p);
}

static apr_status_t take_text(void *baton, const vso_row_t *row,
                              vso_result_t *res)
{
    (void)res;
    *(const char **)baton = vso_row_text(row, 0);
    return APR_SUCCESS;
}

apr_status_t vso_rows_text(vso_db_t *db, vso_sql_e sql, const char **args,
                           const char **ptext, vso_result_t *res, apr_pool_t *p)
{
    return vso_db_select(db, sql, args, take_text, (void *)ptext, res, p);
}

static apr_status_t add_text(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    target_t *target = baton;

    (void)res;
    APR_ARRAY_PUSH(target->rows, const char *) = vso_row_text(row, 0);
    return APR_SUCCESS;
}

apr_status_t vso_rows_texts(vso_db_t *db, vso_sql_e sql, const char **args,
                            apr_array_header_t **ptexts, vso_result_t *res,
                            apr_pool_t *p)
{
    target_t target = {NULL, apr_array_make(p, 8, sizeof(const char *))};

    return collect(db, sql, args, add_text, &target, ptexts, res, p);
}
