/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/entry_list.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "service/certificate/version_row.h"

#define DAY_SEC 86400

/* Rows that are read at once where not all of them are shown. */
#define SCAN_ROWS 500

const int vso_entry_list_days[VSO_ENTRIES_PERIODS] = {1, 7, 14, 30};

/** A page on its way. */
typedef struct {
    const vso_context_t *ctx;
    const vso_entry_list_query_t *asked;
    vso_entries_query_t query;   /**< of the store */
    vso_fleet_serving_t serving; /**< what live nodes serve */
    apr_int64_t now_sec;
    apr_array_header_t *rows; /**< vso_entry_t * */
} list_t;

static int has_something(const vso_entry_t *row)
{
    return *row->active || row->pending > 0;
}

static int is_served(const list_t *list, const vso_entry_t *row)
{
    return vso_fleet_serves(&list->serving, row->name, *row->active != '\0');
}

/* Places in a list: "NAME", or "END.NAME" */

static const char *place_of(const list_t *list, const vso_entry_t *row)
{
    return list->query.by_end
               ? apr_psprintf(list->ctx->p, "%" APR_INT64_T_FMT ".%s",
                              row->not_after_sec, row->name)
               : row->name;
}

static apr_status_t read_place(list_t *list, vso_result_t *res)
{
    const char *after = list->asked->after;
    const char *name = after;
    char *end;

    if (!after) {
        return APR_SUCCESS;
    }
    if (list->query.by_end) {
        list->query.after_sec = apr_strtoi64(after, &end, 10);
        name = *end == '.' && end > after && list->query.after_sec >= 0 &&
                       list->query.after_sec <= VSO_MAX_NUMBER
                   ? end + 1
                   : "";
    }
    if (!*name) {
        return vso_fail(res, VSO_P_INVALID, "after",
                        "\"after\" is what \"next\" of the page before says, "
                        "with the same \"sort\".");
    }
    list->query.begun = 1;
    list->query.after_name = name;
    return APR_SUCCESS;
}

/* Entries that virtual hosts name: few, and known by name */

/** What SQL asks where there is no list of names: see FILTERED. */
static int matches(const vso_entries_query_t *query, const vso_entry_t *row)
{
    const char *state = query->state;

    return (!query->search || strstr(row->search, query->search)) &&
           (!state || (!strcmp(state, "active") && *row->active) ||
            (!strcmp(state, "pending") && row->pending > 0) ||
            (!strcmp(state, "none") && !has_something(row))) &&
           (!query->ends_by_sec || (row->not_after_sec > 0 &&
                                    row->not_after_sec <= query->ends_by_sec));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(vso_entry_t *const *)a)->name,
                  (*(vso_entry_t *const *)b)->name);
}

/** 0, which is no end, comes last. */
static apr_uint64_t end_of(apr_int64_t not_after_sec)
{
    return (apr_uint64_t)not_after_sec - 1;
}

static int compare_ends(const void *a, const void *b)
{
    apr_uint64_t one = end_of((*(vso_entry_t *const *)a)->not_after_sec);
    apr_uint64_t two = end_of((*(vso_entry_t *const *)b)->not_after_sec);

    return one < two ? -1 : one > two ? 1 : compare_names(a, b);
}

static int follows(const vso_entries_query_t *query, const vso_entry_t *row)
{
    vso_entry_t last = {.name = query->after_name,
                        .not_after_sec = query->after_sec};
    const vso_entry_t *before = &last;

    return !query->begun || (query->by_end ? compare_ends(&row, &before)
                                           : compare_names(&row, &before)) > 0;
}

static apr_status_t list_named(list_t *list, vso_result_t *res)
{
    apr_array_header_t *all = NULL;
    int i;

    if (vso_entries_some(list->ctx->store, list->serving.names, &all, res,
                         list->ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    qsort(all->elts, (size_t)all->nelts, sizeof(vso_entry_t *),
          list->query.by_end ? compare_ends : compare_names);
    for (i = 0; i < all->nelts && list->rows->nelts < list->asked->limit; i++) {
        vso_entry_t *row = APR_ARRAY_IDX(all, i, vso_entry_t *);

        if (matches(&list->query, row) && follows(&list->query, row)) {
            APR_ARRAY_PUSH(list->rows, vso_entry_t *) = row;
        }
    }
    return APR_SUCCESS;
}

/* All others: page by page, until there are enough */

/** What is shown of a row, which goes with its page. */
static vso_entry_t *copy_of(const vso_entry_t *row, apr_pool_t *p)
{
    vso_entry_t *copy = apr_pmemdup(p, row, sizeof(*row));

    copy->name = apr_pstrdup(p, row->name);
    copy->active = apr_pstrdup(p, row->active);
    copy->renewal = apr_pstrdup(p, row->renewal);
    copy->search = "";
    return copy;
}

/** @return rows of the page; -1: it failed */
static int scan_page(list_t *list, vso_result_t *res, apr_pool_t *p)
{
    int served = list->asked->served;
    apr_array_header_t *page = NULL;
    const vso_entry_t *row = NULL;
    int i;

    if (vso_entries_list(list->ctx->store, &list->query, &page, res, p) !=
        APR_SUCCESS) {
        return -1;
    }
    for (i = 0; i < page->nelts; i++) {
        row = APR_ARRAY_IDX(page, i, vso_entry_t *);
        if (list->rows->nelts < list->asked->limit &&
            (served < 0 || is_served(list, row) == served)) {
            APR_ARRAY_PUSH(list->rows, vso_entry_t *) =
                copy_of(row, list->ctx->p);
        }
    }
    if (row) {
        list->query.begun = 1;
        list->query.after_sec = row->not_after_sec;
        list->query.after_name = apr_pstrdup(list->ctx->p, row->name);
    }
    return page->nelts;
}

static apr_status_t list_scanned(list_t *list, vso_result_t *res)
{
    apr_pool_t *page;
    int rows;

    list->query.limit =
        list->asked->served < 0 ? list->asked->limit : SCAN_ROWS;
    apr_pool_create(&page, list->ctx->p);
    do {
        apr_pool_clear(page);
        rows = scan_page(list, res, page);
    } while (rows == list->query.limit &&
             list->rows->nelts < list->asked->limit);
    apr_pool_destroy(page);
    return rows < 0 ? APR_EGENERAL : APR_SUCCESS;
}

/* What is shown of each */

static apr_array_header_t *names_of(const apr_array_header_t *rows,
                                    apr_pool_t *p)
{
    apr_array_header_t *names =
        apr_array_make(p, rows->nelts + 1, sizeof(const char *));
    int i;

    for (i = 0; i < rows->nelts; i++) {
        APR_ARRAY_PUSH(names, const char *) =
            APR_ARRAY_IDX(rows, i, vso_entry_t *)->name;
    }
    return names;
}

static void add_version(vso_entry_list_item_t *item,
                        const vso_version_t *version, apr_pool_t *p)
{
    int is_rsa = !strcmp(vso_version_row_algorithm(version, p), "RSA");

    if (!item->certificate) {
        item->certificate = version;
    }
    else if (is_rsa) {
        item->also = item->certificate;
        item->certificate = version;
    }
    else {
        item->also = version;
    }
}

static void add_warnings(const list_t *list, vso_entry_list_item_t *item)
{
    apr_array_header_t *slugs =
        apr_array_make(list->ctx->p, 2, sizeof(const char *));
    const vso_version_t *shown[] = {item->certificate, item->also};
    int expired = 0;
    int early = 0;
    int i;

    for (i = 0; i < 2 && shown[i]; i++) {
        expired |= shown[i]->not_after_sec <= list->now_sec;
        early |= shown[i]->not_before_sec > list->now_sec;
    }
    if (expired) {
        APR_ARRAY_PUSH(slugs, const char *) = "expired";
    }
    if (early) {
        APR_ARRAY_PUSH(slugs, const char *) = "not-yet-valid";
    }
    if (!item->served && has_something(item->row)) {
        APR_ARRAY_PUSH(slugs, const char *) = "not-served";
    }
    item->warnings = slugs;
}

static apr_status_t make_items(const list_t *list, apr_array_header_t *items,
                               vso_result_t *res)
{
    apr_pool_t *p = list->ctx->p;
    apr_array_header_t *versions = NULL;
    apr_hash_t *found = apr_hash_make(p);
    int i;

    for (i = 0; i < list->rows->nelts; i++) {
        vso_entry_list_item_t *item = apr_array_push(items);

        memset(item, 0, sizeof(*item));
        item->row = APR_ARRAY_IDX(list->rows, i, vso_entry_t *);
        item->hosts = vso_fleet_hosts(&list->serving, item->row->name);
        item->served = is_served(list, item->row);
        apr_hash_set(found, item->row->name, APR_HASH_KEY_STRING,
                     (void *)(apr_uintptr_t)items->nelts);
    }
    if (vso_entries_brief(list->ctx->store, names_of(list->rows, p), &versions,
                          res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < versions->nelts; i++) {
        const vso_version_t *one = APR_ARRAY_IDX(versions, i, vso_version_t *);
        apr_uintptr_t at =
            (apr_uintptr_t)apr_hash_get(found, one->entry, APR_HASH_KEY_STRING);

        if (at) {
            add_version(&APR_ARRAY_IDX(items, at - 1, vso_entry_list_item_t),
                        one, p);
        }
    }
    for (i = 0; i < items->nelts; i++) {
        add_warnings(list, &APR_ARRAY_IDX(items, i, vso_entry_list_item_t));
    }
    return APR_SUCCESS;
}

/** An array of one size, so that its items do not move. */
static apr_status_t finish(const list_t *list, apr_array_header_t **pitems,
                           const char **pnext, vso_result_t *res)
{
    int count = list->rows->nelts;
    apr_array_header_t *items = apr_array_make(
        list->ctx->p, count + 1, (int)sizeof(vso_entry_list_item_t));

    *pnext = count == list->asked->limit
                 ? place_of(list,
                            APR_ARRAY_IDX(list->rows, count - 1, vso_entry_t *))
                 : NULL;
    *pitems = items;
    return make_items(list, items, res);
}

apr_status_t vso_entry_list(const vso_context_t *ctx,
                            const vso_entry_list_query_t *query,
                            apr_array_header_t **pitems, const char **pnext,
                            vso_result_t *res)
{
    list_t list = {.ctx = ctx, .asked = query};
    int named;

    list.now_sec = vso_context_now(ctx);
    list.rows = apr_array_make(ctx->p, 16, sizeof(vso_entry_t *));
    list.query.search =
        query->text && *query->text ? vso_utf8_fold(query->text, ctx->p) : NULL;
    list.query.state = query->state;
    list.query.by_end = query->by_end;
    list.query.ends_by_sec =
        query->days < 0 ? 0 : list.now_sec + (query->days + 1) * DAY_SEC - 1;
    if (read_place(&list, res) != APR_SUCCESS ||
        vso_fleet_serving(ctx, &list.serving, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    named = query->served == 1 && !list.serving.by_name;
    if ((named ? list_named(&list, res) : list_scanned(&list, res)) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return finish(&list, pitems, pnext, res);
}

/* Numbers */

/** Entries that are served, of those that have something to serve. */
static apr_status_t count_served(const vso_context_t *ctx,
                                 const vso_entries_count_t *count,
                                 apr_int64_t *pserved, vso_result_t *res)
{
    vso_fleet_serving_t serving;
    apr_array_header_t *rows = NULL;
    int i;

    if (vso_fleet_serving(ctx, &serving, res) != APR_SUCCESS ||
        vso_entries_some(ctx->store, serving.names, &rows, res, ctx->p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pserved = serving.by_name ? count->active : 0;
    for (i = 0; i < rows->nelts; i++) {
        const vso_entry_t *row = APR_ARRAY_IDX(rows, i, vso_entry_t *);

        *pserved += has_something(row) && !(serving.by_name && *row->active);
    }
    return APR_SUCCESS;
}

apr_status_t vso_entry_list_count(const vso_context_t *ctx,
                                  vso_entries_count_t *count,
                                  apr_int64_t *punserved, vso_result_t *res)
{
    apr_int64_t now_sec = vso_context_now(ctx);
    apr_int64_t by_sec[VSO_ENTRIES_PERIODS];
    apr_int64_t served = 0;
    int i;

    for (i = 0; i < VSO_ENTRIES_PERIODS; i++) {
        by_sec[i] = now_sec + vso_entry_list_days[i] * DAY_SEC;
    }
    if (vso_entries_count(ctx->store, now_sec, by_sec, count, res, ctx->p) !=
            APR_SUCCESS ||
        count_served(ctx, count, &served, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *punserved = count->all - count->none - served;
    return APR_SUCCESS;
}

void vso_entry_list_warn_unserved(const vso_context_t *ctx, vso_result_t *res)
{
    vso_fleet_serving_t serving;

    /* this node's row may not say yet what its configuration does */
    if ((ctx->hosts && ctx->hosts->nelts) ||
        vso_fleet_serving(ctx, &serving, vso_result_create(ctx->p)) !=
            APR_SUCCESS ||
        vso_fleet_serves(&serving, ctx->entry, 1)) {
        return;
    }
    vso_warn(res, "not-served",
             "No virtual host serves entry \"%s\": name it with VSOCertAlias, "
             "or check its spelling.",
             ctx->entry);
}
