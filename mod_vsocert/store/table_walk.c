/* SPDX-License-Identifier: Apache-2.0 */
#include "store/table_walk.h"

#include <apr_strings.h>
#include <apr_tables.h>

/* Rows in memory at once: of packages, about 6 MiB. */
#define PAGE_ROWS "24"

/** One table, being read. */
typedef struct {
    const vso_table_t *table;
    vso_db_t *db;
    vso_statement_t *first; /**< selects the first page */
    vso_statement_t *next;  /**< selects what follows a key */
} walk_t;

/* Statements */

/** "a > %s OR (a = %s AND b > %s)": what follows a key. */
static const char *follows(const vso_table_t *table, apr_pool_t *p)
{
    const char *text = "";
    int i;
    int j;

    for (i = 0; i < vso_table_key(table); i++) {
        text = apr_pstrcat(p, text, i ? " OR (" : "(", NULL);
        for (j = 0; j < i; j++) {
            text =
                apr_pstrcat(p, text, table->columns[j].name, " = ",
                            vso_column_mark(&table->columns[j]), " AND ", NULL);
        }
        text = apr_pstrcat(p, text, table->columns[i].name, " > ",
                           vso_column_mark(&table->columns[i]), ")", NULL);
    }
    return text;
}

static apr_status_t prepare(walk_t *walk, vso_db_t *db,
                            const vso_table_t *table, vso_result_t *res,
                            apr_pool_t *p)
{
    const char *select = apr_pstrcat(
        p, "SELECT ", vso_table_names(table, vso_table_width(table), p),
        " FROM ", table->name, NULL);
    const char *order = apr_pstrcat(
        p, " ORDER BY ", vso_table_names(table, vso_table_key(table), p),
        " LIMIT " PAGE_ROWS, NULL);
    apr_status_t rv;

    walk->table = table;
    walk->db = db;
    rv = vso_db_compile(db, apr_pstrcat(p, select, order, NULL), &walk->first,
                        res, p);
    return rv == APR_SUCCESS
               ? vso_db_compile(db,
                                apr_pstrcat(p, select, " WHERE ",
                                            follows(table, p), order, NULL),
                                &walk->next, res, p)
               : rv;
}

/* Pages */

typedef struct {
    const vso_table_t *table;
    apr_array_header_t *rows; /**< of const char ** */
    apr_pool_t *p;
} page_t;

static apr_status_t take_row(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    page_t *page = baton;
    int columns = vso_table_width(page->table);
    const char **values =
        apr_palloc(page->p, (apr_size_t)columns * sizeof(*values));
    int i;

    (void)res;
    for (i = 0; i < columns; i++) {
        values[i] = vso_row_text(row, i);
    }
    APR_ARRAY_PUSH(page->rows, const char **) = values;
    return APR_SUCCESS;
}

/** What vso_db_select hands to the statement that selects what follows: see
 * follows(). */
static const char **key_args(const vso_table_t *table, const char **key,
                             apr_pool_t *p)
{
    const char **args = apr_palloc(
        p, (apr_size_t)(vso_table_key(table) * (vso_table_key(table) + 1) / 2) *
               sizeof(*args));
    int n = 0;
    int i;
    int j;

    for (i = 0; i < vso_table_key(table); i++) {
        for (j = 0; j <= i; j++) {
            args[n++] = key[j];
        }
    }
    return args;
}

/** Read what follows a key; NULL: from the first row on. */
static apr_status_t read_page(const walk_t *walk, const char **key,
                              page_t *page, vso_result_t *res)
{
    page->rows = apr_array_make(page->p, 32, sizeof(const char **));
    return vso_db_select_compiled(walk->db, key ? walk->next : walk->first,
                                  key ? key_args(walk->table, key, page->p)
                                      : NULL,
                                  take_row, page, res, page->p);
}

/** The key of the last row, where the next page finds it. */
static const char **last_key(const page_t *page, apr_pool_t *p)
{
    const char **last =
        APR_ARRAY_IDX(page->rows, page->rows->nelts - 1, const char **);
    int keys = vso_table_key(page->table);
    const char **key = apr_palloc(p, (apr_size_t)keys * sizeof(*key));
    int i;

    for (i = 0; i < keys; i++) {
        key[i] = apr_pstrdup(p, last[i]);
    }
    return key;
}

apr_status_t vso_table_walk(vso_db_t *db, const vso_table_t *table,
                            vso_table_walk_fn *fn, void *baton,
                            vso_result_t *res, apr_pool_t *p)
{
    const char **key = NULL;
    page_t page = {table, NULL, NULL};
    apr_pool_t *key_pool;
    apr_status_t rv;
    walk_t walk;
    int i;

    rv = prepare(&walk, db, table, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_create(&page.p, p);
    apr_pool_create(&key_pool, p);
    do {
        apr_pool_clear(page.p);
        rv = read_page(&walk, key, &page, res);
        for (i = 0; rv == APR_SUCCESS && i < page.rows->nelts; i++) {
            rv = fn(baton, table, APR_ARRAY_IDX(page.rows, i, const char **),
                    res, page.p);
        }
        if (page.rows->nelts) {
            apr_pool_clear(key_pool);
            key = last_key(&page, key_pool);
        }
    } while (rv == APR_SUCCESS && page.rows->nelts);
    apr_pool_destroy(key_pool);
    apr_pool_destroy(page.p);
    return rv;
}
