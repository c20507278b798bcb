/* SPDX-License-Identifier: Apache-2.0 */
#include "store/entry_row.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "store/row_write.h"

#define ENTRY "vmo_entry"

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

/** A version that is active. */
typedef struct {
    const char *id;
    const char *subject_text;
    const char *issuer_text;
    const char *sans;
    apr_int64_t not_after_sec;
    int self_signed;
    vso_row_proof_t proof;
} served_t;

static const vso_member_t served_members[] = {
    VSO_MEMBER(served_t, id),
    VSO_MEMBER(served_t, subject_text),
    VSO_MEMBER(served_t, issuer_text),
    VSO_MEMBER(served_t, sans),
    VSO_MEMBER(served_t, not_after_sec),
    VSO_MEMBER(served_t, self_signed),
    VSO_MEMBER_MAC(served_t),
    VSO_MEMBERS_END,
};

static const vso_record_t served_record = {"vmo_keystore", sizeof(served_t),
                                           served_members};

static void add_served(summary_t *summary, const served_t *served)
{
    apr_int64_t ends = served->not_after_sec;

    if (ends < 1) {
        ends = 1; /* 0: nothing is active */
    }
    APR_ARRAY_PUSH(summary->ids, const char *) = served->id;
    if (summary->ids->nelts == 1 || ends < summary->not_after_sec) {
        summary->not_after_sec = ends;
    }
    if (served->self_signed) {
        summary->self_signed = 1;
    }
    APR_ARRAY_PUSH(summary->found, const char *) = served->subject_text;
    add_names(summary->found, served->sans, summary->found->pool);
    APR_ARRAY_PUSH(summary->found, const char *) = served->issuer_text;
}

/** One that was edited is not served, and must not get into a row that is
 * right. */
static apr_status_t add_active(void *baton, const vso_row_t *row,
                               vso_result_t *res)
{
    served_t served;

    (void)res;
    vso_row_read(&served_record, row, &served);
    if (served.proof.authentic) {
        add_served(baton, &served);
    }
    return APR_SUCCESS;
}

/** The same of a schema version without MACs. */
static apr_status_t add_active_7(void *baton, const vso_row_t *row,
                                 vso_result_t *res)
{
    const served_t served = {
        .id = vso_row_text(row, 0),
        .not_after_sec = vso_row_int(row, 1),
        .self_signed = vso_row_int(row, 2) != 0,
        .subject_text = vso_row_text(row, 3),
        .sans = vso_row_text(row, 4),
        .issuer_text = vso_row_text(row, 5),
    };

    (void)res;
    add_served(baton, &served);
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

static apr_status_t read_active(vso_db_t *db, const char *name, int has_macs,
                                summary_t *summary, vso_result_t *res,
                                apr_pool_t *p)
{
    apr_status_t rv;

    memset(summary, 0, sizeof(*summary));
    summary->ids = apr_array_make(p, 2, sizeof(const char *));
    summary->found = apr_array_make(p, 8, sizeof(const char *));
    APR_ARRAY_PUSH(summary->found, const char *) = name;
    rv = has_macs ? vso_db_select(db, VSO_SQL_ENTRY_ACTIVE_BY_ID, &name,
                                  add_active, summary, res, p)
                  : vso_db_select(db, VSO_SQL_ENTRY_SERVED, &name, add_active_7,
                                  summary, res, p);
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

/** All columns. */
typedef struct {
    const char *name;
    apr_int64_t generation;
    const char *active;
    apr_int64_t not_after_sec;
    apr_int64_t pending;
    int self_signed;
    apr_int64_t backed_up_sec;
    const char *renewal;
    const char *search;
    vso_row_proof_t proof;
} row_t;

static const vso_member_t members[] = {
    VSO_MEMBER(row_t, name),
    VSO_MEMBER(row_t, generation),
    VSO_MEMBER(row_t, active),
    VSO_MEMBER(row_t, not_after_sec),
    VSO_MEMBER(row_t, pending),
    VSO_MEMBER(row_t, self_signed),
    VSO_MEMBER(row_t, backed_up_sec),
    VSO_MEMBER(row_t, renewal),
    VSO_MEMBER(row_t, search),
    VSO_MEMBER_MAC(row_t),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {ENTRY, sizeof(row_t), members};

/** The row as its versions are now.
 * @param has_macs  0: they are of schema version 7, or before */
static apr_status_t make_row(vso_db_t *db, const char *name,
                             apr_int64_t generation, int has_macs, row_t *row,
                             vso_result_t *res, apr_pool_t *p)
{
    summary_t summary;
    apr_status_t rv = read_active(db, name, has_macs, &summary, res, p);

    if (rv == APR_SUCCESS) {
        rv = read_pending(db, name, &summary, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    memset(row, 0, sizeof(*row));
    row->name = name;
    row->generation = generation;
    row->active = apr_array_pstrcat(p, summary.ids, ',');
    row->not_after_sec = summary.not_after_sec;
    row->pending = summary.pending;
    row->self_signed = summary.self_signed;
    row->backed_up_sec = summary.backed_up_sec;
    row->renewal = "";
    row->search = search_text(&summary, p);
    return APR_SUCCESS;
}

/** The row that is there; *pbefore NULL: none is. */
static apr_status_t find_row(vso_db_t *db, const char *name, row_t **pbefore,
                             vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv =
        vso_rows_pointers(db, VSO_SQL_ENTRY_GET, &name, &record, &rows, res, p);

    *pbefore = NULL;
    if (rv == APR_SUCCESS && rows->nelts) {
        *pbefore = APR_ARRAY_IDX(rows, 0, row_t *);
    }
    return rv;
}

apr_status_t vso_entry_row_write(vso_db_t *db, vso_row_sums_t *sums,
                                 const char *name, apr_int64_t generation,
                                 vso_result_t *res, apr_pool_t *p)
{
    row_t *before;
    row_t row;

    if (make_row(db, name, generation, 1, &row, res, p) != APR_SUCCESS ||
        find_row(db, name, &before, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!before) {
        return vso_row_insert(db, sums, ENTRY, vso_row_args(&record, &row, p),
                              NULL, res, p);
    }
    if (before->proof.authentic) {
        row.renewal = before->renewal;
    }
    /* all of it is made from the versions, so that one that fails is replaced
     */
    return vso_row_replace(db, sums, ENTRY, vso_row_args(&record, &row, p),
                           &before->proof, res, p);
}

apr_status_t vso_entry_row_exported(vso_db_t *db, vso_row_sums_t *sums,
                                    const char *name, vso_result_t *res,
                                    apr_pool_t *p)
{
    summary_t summary;
    row_t *row;

    if (read_active(db, name, 1, &summary, res, p) != APR_SUCCESS ||
        find_row(db, name, &row, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    /* an edited one is made anew by the next change */
    if (!row || !row->proof.authentic) {
        return APR_SUCCESS;
    }
    row->backed_up_sec = summary.backed_up_sec;
    return vso_row_update(db, sums, ENTRY, vso_row_args(&record, row, p),
                          &row->proof, res, p);
}

/* All of a keystore of before */

/** Write a row as schema version 7 has it. */
static apr_status_t fill_row(vso_db_t *db, const char *name,
                             apr_int64_t generation, vso_result_t *res,
                             apr_pool_t *p)
{
    const char *args[8];
    row_t row;
    apr_status_t rv = make_row(db, name, generation, 0, &row, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = vso_db_number(generation, p);
    args[1] = row.active;
    args[2] = vso_db_number(row.not_after_sec, p);
    args[3] = vso_db_number(row.pending, p);
    args[4] = row.self_signed ? "1" : "0";
    args[5] = vso_db_number(row.backed_up_sec, p);
    args[6] = row.search;
    args[7] = name;
    return vso_db_exec(db, VSO_SQL_ENTRY_FILL, args, NULL, res, p);
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

        rv = fill_row(db, filled->name, filled->generation, res, p);
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
