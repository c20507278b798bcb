/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/sync.h"

#include <string.h>

#include <apr_strings.h>

#include "base/log.h"
#include "base/scratch.h"
#include "serving/destroyed.h"
#include "serving/rows.h"
#include "serving/shared.h"

/* A sync of so many entries leaves much memory. */
#define MANY 100

struct vso_sync_changes_t {
    const char *keystore_id;
    const char *lineage;
    apr_int64_t generation;
    vso_position_t from;
    vso_position_t to;
    apr_array_header_t *rows; /* vso_record_rows_t */
};

/* From the database */

apr_status_t vso_sync_read(vso_change_t *change, vso_sync_changes_t **pchanges,
                           vso_result_t *res, apr_pool_t *p)
{
    const apr_array_header_t *touched = vso_change_touched(change, p);
    vso_sync_changes_t *changes = apr_pcalloc(p, sizeof(*changes));
    apr_status_t rv = APR_SUCCESS;

    changes->keystore_id = apr_pstrdup(p, change->state.keystore_id);
    changes->lineage = apr_pstrdup(p, change->lineage);
    changes->generation = change->generation;
    changes->from.generation = change->state.serving_generation + 1;
    changes->from.name = "";
    changes->to.generation = change->generation + 1;
    changes->to.name = "";
    if (touched->nelts > VSO_ENTRIES_PAGE) {
        /* A reseal: what is served stays, and the poller reads it in pages. */
        changes->to = changes->from;
        changes->rows = apr_array_make(p, 1, sizeof(vso_record_rows_t));
    }
    else {
        rv = vso_rows_read(change->store, touched, change->generation,
                           &changes->rows, res, p);
    }
    if (rv == APR_SUCCESS) {
        *pchanges = changes;
    }
    return rv;
}

/* Into the replica */

/** One entry, ready to be put. */
typedef struct {
    vso_record_t *record;
    apr_array_header_t *chains; /* vso_record_chain_t: that it names */
    const char *why;            /* it was left out; NULL: it was not */
} item_t;

/** What is put in one transaction. */
typedef struct {
    const char *keystore_id;
    const char *lineage;
    apr_array_header_t *items; /* item_t */
    vso_position_t from;
    vso_position_t to;
    int complete;
    const vso_sync_how_t *how; /* NULL: it goes on to its end */
} batch_t;

static int is_to_end(const vso_sync_how_t *how)
{
    return how && how->ends && how->ends(how->baton);
}

/** Parse and unseal, before the writers' lock is taken. */
static apr_status_t make_records(vso_replica_t *replica,
                                 const apr_array_header_t *rows, batch_t *batch,
                                 vso_result_t *res, apr_pool_t *p)
{
    const vso_record_keys_t *keys = vso_record_keys_make(
        vso_replica_options(replica)->ring, batch->keystore_id, p);
    int i;

    if (!keys) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not derive the keys of the replica.");
    }
    batch->items = apr_array_make(p, rows->nelts, sizeof(item_t));
    for (i = 0; i < rows->nelts; i++) {
        const vso_record_rows_t *row =
            &APR_ARRAY_IDX(rows, i, const vso_record_rows_t);
        vso_record_t *before = NULL;
        item_t *item = apr_array_push(batch->items);

        if (is_to_end(batch->how)) {
            return APR_EINTR;
        }
        if (vso_replica_entry(replica, row->entry, &before,
                              vso_result_create(p), p) != APR_SUCCESS) {
            before = NULL;
        }
        if (vso_record_make(keys, row, before, &item->record, &item->chains,
                            res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t put_records(vso_replica_txn_t *txn, const batch_t *batch,
                                int *pnews, vso_result_t *res, apr_pool_t *p)
{
    int i;

    if (vso_replica_side(txn, batch->keystore_id, batch->lineage, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < batch->items->nelts; i++) {
        item_t *item = &APR_ARRAY_IDX(batch->items, i, item_t);
        vso_result_t *own = vso_result_create(p);
        apr_status_t rv =
            vso_replica_put(txn, item->record, item->chains, pnews, own, p);

        item->why = rv == APR_EINVAL ? own->detail : NULL;
        if (rv != APR_SUCCESS && rv != APR_EINVAL) {
            return vso_fail_as(res, own);
        }
    }
    return vso_replica_move(txn, &batch->from, &batch->to, batch->complete,
                            res);
}

/** Rows that somebody edited: the position is behind them, so that this is said
 * once. */
static void tell_left_out(const batch_t *batch)
{
    int i;

    for (i = 0; i < batch->items->nelts; i++) {
        const item_t *item = &APR_ARRAY_IDX(batch->items, i, const item_t);

        if (item->why) {
            vso_log(VSO_LOG_ERROR,
                    "a row of vmo_entry is left out, and what was served of it "
                    "stays: %s",
                    item->why);
        }
    }
}

/** The replica has these entries: what was destroyed before, while it could not
 * be written, counts no more. Not where they were put beside what is served. */
static void forget_destroyed(vso_replica_t *replica, const batch_t *batch,
                             apr_pool_t *p)
{
    vso_replica_head_t head;
    int i;

    if (vso_replica_head(replica, &head, vso_result_create(p), p) !=
            APR_SUCCESS ||
        strcmp(head.keystore_id, batch->keystore_id) ||
        strcmp(head.lineage, batch->lineage)) {
        return;
    }
    for (i = 0; i < batch->items->nelts; i++) {
        const item_t *item = &APR_ARRAY_IDX(batch->items, i, const item_t);

        if (!item->why) {
            vso_shared_entry_put(vso_replica_options(replica)->shared,
                                 item->record->entry, item->record->as_of);
        }
    }
}

/** One transaction. @param pnews  1: something else is to be served */
static apr_status_t put_batch(vso_replica_t *replica, const batch_t *batch,
                              int *pnews, vso_result_t *res, apr_pool_t *p)
{
    vso_replica_txn_t *txn;

    *pnews = 0;
    if (vso_replica_begin(replica, &txn, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (put_records(txn, batch, pnews, res, p) != APR_SUCCESS) {
        vso_replica_abort(txn);
        return APR_EGENERAL;
    }
    if (vso_replica_commit(txn, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    tell_left_out(batch);
    forget_destroyed(replica, batch, p);
    return APR_SUCCESS;
}

/** A change that could not be put. The poller may have taken it up before it
 * could know that: then it is served. */
static apr_status_t put_in_vain(vso_replica_t *replica,
                                const vso_sync_changes_t *changes,
                                const vso_result_t *cause, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_shared_t *shared = vso_replica_options(replica)->shared;
    vso_replica_head_t head;

    vso_destroyed_note(replica, changes->rows, changes->generation, p);
    vso_shared_set_unpublished(shared, changes->generation);
    if (vso_replica_head(replica, &head, vso_result_create(p), p) !=
            APR_SUCCESS ||
        strcmp(head.keystore_id, changes->keystore_id) ||
        strcmp(head.lineage, changes->lineage) ||
        head.generation < changes->generation) {
        return vso_fail_as(res, cause);
    }
    vso_shared_published(shared, head.generation);
    return APR_SUCCESS;
}

apr_status_t vso_sync_apply(vso_replica_t *replica,
                            const vso_sync_changes_t *changes,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_shared_t *shared = vso_replica_options(replica)->shared;
    batch_t batch = {.keystore_id = changes->keystore_id,
                     .lineage = changes->lineage,
                     .from = changes->from,
                     .to = changes->to,
                     .complete = 1};
    vso_result_t *cause = vso_result_create(p);
    vso_replica_head_t head;
    apr_status_t rv;
    int news;

    /* A file of which nobody knows what it holds is filled anew, beside. */
    rv = vso_replica_head(replica, &head, cause, p);
    if (rv == APR_SUCCESS) {
        rv = make_records(replica, changes->rows, &batch, cause, p);
    }
    if (rv == APR_SUCCESS) {
        rv = put_batch(replica, &batch, &news, cause, p);
    }
    if (rv != APR_SUCCESS) {
        rv = put_in_vain(replica, changes, cause, res, p);
    }
    vso_shared_bump(shared);
    return rv;
}

/* The poller's way */

vso_sync_verdict_e vso_sync_judge(const vso_state_t *state,
                                  const vso_replica_head_t *head)
{
    if (!*head->keystore_id) {
        return VSO_SYNC_WANTED;
    }
    if (strcmp(state->keystore_id, head->keystore_id) ||
        state->generation < head->generation) {
        return VSO_SYNC_OLDER;
    }
    if (strcmp(state->lineage, head->lineage)) {
        return state->generation > head->generation ? VSO_SYNC_WANTED
                                                    : VSO_SYNC_OLDER;
    }
    return state->serving_generation > head->generation ? VSO_SYNC_WANTED
                                                        : VSO_SYNC_KNOWN;
}

/** Where the side of this keystore and lineage goes on. */
static apr_status_t find_position(vso_replica_t *replica,
                                  const vso_state_t *state,
                                  vso_position_t *position, vso_result_t *res,
                                  apr_pool_t *p)
{
    vso_replica_head_t head;
    vso_replica_txn_t *txn;
    apr_status_t rv;

    if (vso_replica_begin(replica, &txn, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    rv = vso_replica_side(txn, state->keystore_id, state->lineage, res);
    if (rv == APR_SUCCESS) {
        rv = vso_replica_txn_head(txn, &head, res, p);
    }
    if (rv != APR_SUCCESS) {
        vso_replica_abort(txn);
        return rv;
    }
    *position = head.position;
    return vso_replica_commit(txn, res);
}

/** Put entries by their names, as of this state; the position stays. */
static apr_status_t put_first(vso_store_t *store, vso_replica_t *replica,
                              const vso_state_t *state,
                              const apr_array_header_t *names, int *pnews,
                              vso_result_t *res, apr_pool_t *p)
{
    batch_t batch = {.keystore_id = state->keystore_id,
                     .lineage = state->lineage,
                     .from = {APR_INT64_MAX, ""},
                     .to = {APR_INT64_MAX, ""}};
    apr_array_header_t *rows;
    int at;

    for (at = 0; at < names->nelts; at += VSO_ENTRIES_PAGE) {
        apr_array_header_t part = *names;
        int news;

        part.elts += at * part.elt_size;
        part.nelts = part.nalloc = names->nelts - at < VSO_ENTRIES_PAGE
                                       ? names->nelts - at
                                       : VSO_ENTRIES_PAGE;
        if (vso_rows_read(store, &part, state->generation, &rows, res, p) !=
                APR_SUCCESS ||
            make_records(replica, rows, &batch, res, p) != APR_SUCCESS ||
            put_batch(replica, &batch, &news, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        *pnews |= news;
    }
    return APR_SUCCESS;
}

static int is_before(const vso_position_t *a, const vso_position_t *b)
{
    return a->generation != b->generation ? a->generation < b->generation
                                          : strcmp(a->name, b->name) < 0;
}

/** A sync on its way through one page. */
typedef struct {
    vso_store_t *store;
    vso_replica_t *replica;
    const vso_sync_how_t *how;
    vso_state_t state;
    batch_t batch;
} page_t;

/** Read what follows the position, as of the state row. */
static apr_status_t read_page(page_t *page, vso_result_t *res, apr_pool_t *p)
{
    const vso_position_t end = {page->state.generation + 1, ""};
    batch_t *batch = &page->batch;
    int limit = page->how->page ? page->how->page : VSO_ENTRIES_PAGE;
    apr_array_header_t *names = apr_array_make(p, limit, sizeof(const char *));
    apr_array_header_t *entries;
    apr_array_header_t *rows;
    int i;

    if (vso_entries_changed(page->store, batch->from.generation,
                            batch->from.name, limit, &entries, res,
                            p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < entries->nelts; i++) {
        const vso_entry_t *entry =
            APR_ARRAY_IDX(entries, i, const vso_entry_t *);

        APR_ARRAY_PUSH(names, const char *) = entry->name;
        batch->to.generation = entry->generation;
        batch->to.name = entry->name;
    }
    batch->complete = entries->nelts < limit || is_before(&end, &batch->to);
    if (batch->complete) {
        batch->to = end;
    }
    if (is_to_end(page->how)) {
        return APR_EINTR;
    }
    if (vso_rows_read(page->store, names, page->state.generation, &rows, res,
                      p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return make_records(page->replica, rows, batch, res, p);
}

/** Into an empty replica: what the configuration names. */
static apr_status_t begin_page(page_t *page, int *pnews, vso_result_t *res,
                               apr_pool_t *p)
{
    const apr_array_header_t *first = page->how->first;

    if (!first || !first->nelts || page->batch.from.generation) {
        return APR_SUCCESS;
    }
    if (put_first(page->store, page->replica, &page->state, first, pnews, res,
                  p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_shared_bump(vso_replica_options(page->replica)->shared);
    return APR_SUCCESS;
}

/** One page. APR_EINTR: it was told to stop */
static apr_status_t sync_page(page_t *page, int *pnews, vso_result_t *res,
                              apr_pool_t *p)
{
    batch_t *batch = &page->batch;
    apr_status_t rv;
    int news = 0;

    memset(batch, 0, sizeof(*batch));
    batch->how = page->how;
    if (vso_store_read_sound(page->store, &page->state, res, p) !=
            APR_SUCCESS ||
        find_position(page->replica, &page->state, &batch->from, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    batch->keystore_id = page->state.keystore_id;
    batch->lineage = page->state.lineage;
    if (begin_page(page, pnews, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (is_to_end(page->how)) {
        return APR_EINTR;
    }
    rv = read_page(page, res, p);
    if (rv == APR_SUCCESS && is_to_end(page->how)) {
        rv = APR_EINTR;
    }
    if (rv == APR_SUCCESS) {
        rv = put_batch(page->replica, batch, &news, res, p);
        *pnews |= news;
    }
    return rv;
}

/** Of what is served. */
static const char *lineage_of(vso_replica_t *replica, apr_pool_t *p)
{
    vso_replica_head_t head;

    return vso_replica_head(replica, &head, vso_result_create(p), p)
               ? ""
               : apr_pstrcat(p, head.keystore_id, " ", head.lineage, NULL);
}

apr_status_t vso_sync_pages(vso_store_t *store, vso_replica_t *replica,
                            const vso_sync_how_t *how, apr_int64_t *ptaken,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_shared_t *shared = vso_replica_options(replica)->shared;
    page_t page = {.store = store, .replica = replica, .how = how};
    const char *before = lineage_of(replica, p);
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *temp;
    int entries = 0;

    *ptaken = 0;
    temp = vso_scratch_begin(p);
    do {
        int news = 0;

        apr_pool_clear(temp);
        rv = sync_page(&page, &news, res, temp);
        *ptaken += news;
        entries += page.batch.items ? page.batch.items->nelts : 0;
        if (news) {
            vso_shared_bump(shared);
        }
    } while (rv == APR_SUCCESS && !page.batch.complete && !is_to_end(how) &&
             !(how->enough && how->enough(how->baton)));
    vso_scratch_end(temp, entries >= MANY);
    if (strcmp(lineage_of(replica, p), before)) {
        vso_shared_bump(shared); /* entries may have gone */
    }
    if (rv == APR_SUCCESS && page.batch.complete) {
        vso_shared_published(shared, page.batch.to.generation - 1);
    }
    return rv == APR_EINTR ? APR_SUCCESS : rv;
}
