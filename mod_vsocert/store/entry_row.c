/* SPDX-License-Identifier: Apache-2.0 */
#include "store/entry_row.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "store/rows.h"

/* Entries that are read at once, to be filled one by one. */
#define PAGE_ROWS 500

/** What becomes an entry's row. */
typedef struct {
    apr_array_header_t *ids; /**< const char *: of what is active, ascending */
    apr_array_header_t *found; /**< const char *: what is searched */
    apr_int64_t not_after_sec; /**< of what ends first; 0: nothing is active */
    int self_signed;           /**< 1: what is active is, or some of it */
    apr_int64_t pending;       /**< versions that wait */
    apr_int64_t backed_up_sec; /**< of what was exported first */
} summary_t;

/* What is searched */

/** Add the names of a column: "DNS:a", "IP:b", a line each; what they are is
 * not searched. */
static void add_names(apr_array_header_t *found, const char *column,
                      apr_pool_t *p)
{
    char *state;
    char *name = apr_strtok(apr_pstrdup(p, column), "\n", &state);

    for (; name; name = apr_strtok(NULL, "\n", &state)) {
        const char *colon = strchr(name, ':');

        APR_ARRAY_PUSH(found, const char *) = colon ? colon + 1 : name;
    }
}

static const char *search_text(const summary_t *summary, apr_pool_t *p)
{
    const char *text =
        vso_utf8_fold(apr_array_pstrcat(p, summary->found, '\n'), p);
    apr_size_t len = strlen(text);

    if (len > VSO_MAX_SEARCH) {
        len = VSO_MAX_SEARCH;
        while (len && ((unsigned char)text[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    return apr_pstrmemdup(p, text, len);
}

/* What is active, and what waits */

static apr_status_t add_active(void *baton, const vso_row_t *row,
                               vso_result_t *res)
{
    summary_t *summary = baton;
    apr_pool_t *p = summary->found->pool;
    apr_int64_t ends = vso_row_int(row, 1);

    (void)res;
    if (ends < 1) {
        ends = 1; /* 0: nothing is active */
    }
    APR_ARRAY_PUSH(summary->ids, const char *) = vso_row_text(row, 0);
    if (summary->ids->nelts == 1 || ends < summary->not_after_sec) {
        summary->not_after_sec = ends;
    }
    if (vso_row_int(row, 2)) {
        summary->self_signed = 1;
    }
    APR_ARRAY_PUSH(summary->found, const char *) = vso_row_text(row, 3);
    add_names(summary->found, vso_row_text(row, 4), p);
    APR_ARRAY_PUSH(summary->found, const char *) = vso_row_text(row, 5);
    return APR_SUCCESS;
}

static apr_status_t add_pending(void *baton, const vso_row_t *row,
                                vso_result_t *res)
{
    summary_t *summary = baton;

    (void)res;
    APR_ARRAY_PUSH(summary->found, const char *) = vso_row_text(row, 0);
    add_names(summary->found, vso_row_text(row, 1), summary->found->pool);
    return APR_SUCCESS;
}

/** When everything of this was exported: the first of the last times. */
static apr_status_t find_exports(vso_db_t *db, summary_t *summary,
                                 vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    summary->backed_up_sec = 0;
    for (i = 0; rv == APR_SUCCESS && i < summary->ids->nelts; i++) {
        apr_int64_t at_sec = 0;

        rv = vso_rows_number(db, VSO_SQL_ENTRY_EXPORTED,
                             &APR_ARRAY_IDX(summary->ids, i, const char *),
                             &at_sec, res, p);
        if (i == 0 || at_sec < summary->backed_up_sec) {
            summary->backed_up_sec = at_sec;
        }
    }
    return rv;
}

static apr_status_t read_active(vso_db_t *db, const char *name,
                                summary_t *summary, vso_result_t *res,
                                apr_pool_t *p)
{
    apr_status_t rv;

    memset(summary, 0, sizeof(*summary));
    summary->ids = apr_array_make(p, 2, sizeof(const char *));
    summary->found = apr_array_make(p, 8, sizeof(const char *));
    APR_ARRAY_PUSH(summary->found, const char *) = name;
    rv = vso_db_select(db, VSO_SQL_ENTRY_SERVED, &name, add_active, summary,
                       res, p);
    return rv == APR_SUCCESS ? find_exports(db, summary, res, p) : rv;
}

static apr_status_t read_pending(vso_db_t *db, const char *name,
                                 summary_t *summary, vso_result_t *res,
                                 apr_pool_t *p)
{
    const char *args[] = {name, APR_STRINGIFY(VSO_MAX_SEARCH_PENDING)};
    apr_status_t rv = vso_rows_number(db, VSO_SQL_ENTRY_PENDING, args,
                                      &summary->pending, res, p);

    return rv == APR_SUCCESS && summary->pending
               ? vso_db_select(db, VSO_SQL_ENTRY_WAITING, args, add_pending,
                               summary, res, p)
               : rv;
}

/* Writing */

apr_status_t vso_entry_row_write(vso_db_t *db, const char *name,
                                 apr_int64_t generation, vso_result_t *res,
                                 apr_pool_t *p)
{
    const char *args[8];
    summary_t summary;
    int affected = 0;
    apr_status_t rv;

    rv = read_active(db, name, &summary, res, p);
    if (rv == APR_SUCCESS) {
        rv = read_pending(db, name, &summary, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = vso_db_number(generation, p);
    args[1] = apr_array_pstrcat(p, summary.ids, ',');
    args[2] = vso_db_number(summary.not_after_sec, p);
    args[3] = vso_db_number(summary.pending, p);
    args[4] = summary.self_signed ? "1" : "0";
    args[5] = vso_db_number(summary.backed_up_sec, p);
    args[6] = search_text(&summary, p);
    args[7] = name;
    rv = vso_db_exec(db, VSO_SQL_ENTRY_UPDATE, args, &affected, res, p);
    return rv == APR_SUCCESS && !affected
               ? vso_db_exec(db, VSO_SQL_ENTRY_INSERT, args, NULL, res, p)
               : rv;
}

apr_status_t vso_entry_row_exported(vso_db_t *db, const char *name,
                                    vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {NULL, name};
    summary_t summary;
    apr_status_t rv = read_active(db, name, &summary, res, p);

    args[0] = vso_db_number(summary.backed_up_sec, p);
    return rv == APR_SUCCESS
               ? vso_db_exec(db, VSO_SQL_ENTRY_BACKED_UP, args, NULL, res, p)
               : rv;
}

/** An entry that is to get its row. */
typedef struct {
    const char *name;
    apr_int64_t generation;
} filled_t;

static apr_status_t add_filled(void *baton, const vso_row_t *row,
                               vso_result_t *res)
{
    filled_t *filled = apr_array_push(baton);

    (void)res;
    filled->name = vso_row_text(row, 0);
    filled->generation = vso_row_int(row, 1);
    return APR_SUCCESS;
}

/** Write the rows of some entries.
 * @param plast  the name before the first; becomes that of the last one, in
 *               its own pool, or NULL where there was none */
static apr_status_t fill_page(vso_db_t *db, const char **plast,
                              apr_pool_t *names, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_array_header_t *page =
        apr_array_make(p, PAGE_ROWS, (int)sizeof(filled_t));
    const char *args[] = {*plast, APR_STRINGIFY(PAGE_ROWS)};
    apr_status_t rv;
    int i;

    rv = vso_db_select(db, VSO_SQL_ENTRY_NAMES, args, add_filled, page, res, p);
    for (i = 0; rv == APR_SUCCESS && i < page->nelts; i++) {
        const filled_t *filled = &APR_ARRAY_IDX(page, i, filled_t);

        rv = vso_entry_row_write(db, filled->name, filled->generation, res, p);
    }
    *plast = i ? apr_pstrdup(names, APR_ARRAY_IDX(page, i - 1, filled_t).name)
               : NULL;
    return rv;
}

apr_status_t vso_entry_row_fill(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    const char *last = "";
    apr_pool_t *page;
    apr_status_t rv;

    rv = vso_db_exec(db, VSO_SQL_ENTRY_DELETE_ALL, NULL, NULL, res, p);
    apr_pool_create(&page, p);
    do {
        apr_pool_clear(page);
        if (rv == APR_SUCCESS) {
            rv = fill_page(db, &last, p, res, page);
        }
    } while (rv == APR_SUCCESS && last);
    apr_pool_destroy(page);
    return rv;
}
