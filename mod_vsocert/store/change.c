/* SPDX-License-Identifier: Apache-2.0 */
#include "store/change.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/worker.h"
#include "store/connection.h"
#include "store/entry_row.h"
#include "store/migration.h"
#include "store/random_id.h"
#include "store/rows.h"
#include "store/transaction.h"

/* A conflict needs somebody else at the same moment; three in a row are a
 * database that is in trouble. */
#define MAX_ATTEMPTS 3

/* A server that lost a connection during COMMIT is usually back soon, or
 * another one has taken over. */
#define SETTLE_TIMEOUT apr_time_from_sec(5)
#define SETTLE_PAUSE   apr_time_from_msec(100)

/* Changes whose token is kept, at least: more than can be made while one waits
 * to hear what became of it. */
#define TOKENS_KEPT 1024

/* Two nodes that collided must not do so again. */
#define ATTEMPT_PAUSE apr_time_from_msec(10)

/* What is written of an entry: all of its row, or when it was exported. */
static const char whole[] = "whole";
static const char exported[] = "exported";

apr_int64_t vso_change_id(vso_change_t *change)
{
    return change->next_id++;
}

void vso_change_raise(vso_change_t *change, apr_int64_t floor_generation)
{
    if (change->generation <= floor_generation) {
        change->generation = floor_generation + 1;
    }
}

static void touch(vso_change_t *change, const char *entry, const char *what)
{
    apr_pool_t *p = apr_hash_pool_get(change->touched);
    const void *touched =
        apr_hash_get(change->touched, entry, APR_HASH_KEY_STRING);

    if (!touched || (touched != what && what == whole)) {
        apr_hash_set(change->touched, apr_pstrdup(p, entry),
                     APR_HASH_KEY_STRING, what);
    }
}

void vso_change_touch(vso_change_t *change, const char *entry)
{
    touch(change, entry, whole);
}

void vso_change_touch_exported(vso_change_t *change, const char *entry)
{
    touch(change, entry, exported);
}

apr_array_header_t *vso_change_touched(const vso_change_t *change,
                                       apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 4, sizeof(const char *));
    apr_hash_index_t *at = apr_hash_first(p, change->touched);

    for (; at; at = apr_hash_next(at)) {
        if (apr_hash_this_val(at) == whole) {
            APR_ARRAY_PUSH(names, const char *) = apr_hash_this_key(at);
        }
    }
    return names;
}

void vso_change_serves(vso_change_t *change)
{
    change->serves = 1;
}

apr_status_t vso_change_new_lineage(vso_change_t *change, vso_result_t *res,
                                    apr_pool_t *p)
{
    return vso_random_id(&change->lineage, res, p);
}

/** Take the lock, and look whether what is found there can be changed. */
static apr_status_t take_lock(vso_store_t *store, vso_change_t *change,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_state_row_t *row = &change->row;
    vso_row_keys_t *keys = vso_store_row_keys(store);
    apr_status_t rv = vso_state_row_lock(vso_store_db(store), row, res, p);

    if (rv == APR_SUCCESS) {
        rv = vso_migration_check(row->schema_version, res);
    }
    if (rv == APR_SUCCESS &&
        strcmp(row->state.keystore_id, vso_store_state(store)->keystore_id)) {
        rv = vso_fail(res, VSO_P_DATABASE, NULL,
                      "The database holds another keystore than a moment ago: "
                      "try again.");
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* somebody may have changed master keys since */
    vso_row_keys_use(keys, vso_state_row_key_id(row, p));
    rv = vso_state_row_verify(row, keys, &change->sums, res, p);
    return rv == APR_SUCCESS ? vso_state_row_check_here(row, res) : rv;
}

/** Start a transaction and take the lock; *pbegun says which of the two
 * failed. */
static apr_status_t start(vso_store_t *store, vso_change_t *change, int *pbegun,
                          vso_result_t *res, apr_pool_t *p)
{
    const vso_state_row_t *row = &change->row;
    apr_status_t rv;

    *pbegun = 0;
    rv = vso_transaction_begin(vso_store_db(store), res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *pbegun = 1;
    rv = take_lock(store, change, res, p);
    if (rv == APR_SUCCESS) {
        change->store = store;
        change->state = row->state;
        change->state.authentic = 1;
        change->generation = row->state.generation + 1;
        change->next_id = row->next_id;
        change->audit_seq = row->state.audit_seq;
        change->audit_mac = row->state.audit_mac;
        change->sealed_audit_key = row->sealed_audit_key;
        change->lineage = row->state.lineage;
        change->serves = 0;
        change->touched = apr_hash_make(p);
        rv = vso_db_now(vso_store_db(store), &change->now_sec, res, p);
    }
    return rv;
}

/* A COMMIT that failed */

/** Was the change with this token written as the one of that audit row?
 * Whoever has the lock knows that no transaction of before is still on its
 * way. */
static apr_status_t look_up(const vso_change_t *change, int *pwritten,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    const char *args[1] = {vso_db_number(change->state.audit_seq + 1, p)};
    const char *token = "";
    vso_state_row_t state;
    apr_status_t rv;

    rv = vso_connection_mend(db, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_transaction_begin(db, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_state_row_lock(db, &state, res, p);
        if (rv == APR_SUCCESS) {
            rv = vso_rows_text(db, VSO_SQL_CHANGE_TOKEN, args, &token, res, p);
        }
        vso_transaction_rollback(db, p);
    }
    *pwritten = !strcmp(token, change->token);
    return rv;
}

/** Make a token, and write it. Of old ones none is asked for any more. */
static apr_status_t write_token(vso_change_t *change, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    apr_int64_t seq = change->state.audit_seq + 1;
    const char *args[2] = {vso_db_number(seq, p), NULL};
    apr_status_t rv = vso_random_id(&change->token, res, p);

    args[1] = change->token;
    if (rv == APR_SUCCESS) {
        rv = vso_db_exec(db, VSO_SQL_CHANGE_INSERT, args, NULL, res, p);
    }
    if (rv == APR_SUCCESS && seq % TOKENS_KEPT == 0) {
        args[0] = vso_db_number(seq - TOKENS_KEPT, p);
        rv = vso_db_exec(db, VSO_SQL_CHANGE_PURGE, args, NULL, res, p);
    }
    return rv;
}

/** The connection was lost during COMMIT: find out what became of it, before
 * anything is tried again. */
static apr_status_t settle(const vso_change_t *change, const char *said,
                           vso_result_t *res, apr_pool_t *p)
{
    apr_time_t deadline = vso_worker_now() + SETTLE_TIMEOUT;
    vso_result_t *cause = vso_result_create(p);
    int written = 0;

    while (look_up(change, &written, cause, p) != APR_SUCCESS) {
        if (vso_worker_now() >= deadline) {
            vso_fail(res, VSO_P_DATABASE, NULL,
                     "The connection to the database was lost while the "
                     "change was committed, and the database does not answer: "
                     "it is unknown whether the change took effect. Check the "
                     "current state before you try again. %s",
                     cause->detail);
            return APR_INCOMPLETE;
        }
        vso_result_clear(cause);
        apr_sleep(SETTLE_PAUSE);
    }
    return written ? APR_SUCCESS
                   : vso_fail(res, VSO_P_DATABASE, NULL, "%s", said);
}

static apr_status_t commit(const vso_change_t *change, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    apr_status_t rv =
        vso_transaction_commit(vso_store_db(change->store), cause, p);

    if (rv == APR_INCOMPLETE) {
        return settle(change, cause->detail, res, p);
    }
    return rv == APR_SUCCESS ? rv : vso_fail_as(res, cause);
}

/** Append a row to the trail inside the change. */
static apr_status_t append(vso_change_t *change, const vso_audit_event_t *event,
                           vso_problem_e outcome, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_audit_row_t row;
    apr_status_t rv;

    row.seq = change->audit_seq + 1;
    if (vso_state_row_check("audit_seq", row.seq, res)) {
        return APR_EGENERAL;
    }
    row.at_sec = change->now_sec;
    row.event = *event;
    row.outcome = vso_problem_slug(outcome);
    rv = vso_audit_append(change->store, &row, change->audit_mac, res, p);
    if (rv == APR_SUCCESS) {
        change->audit_seq = row.seq;
        /* the caller's pool may go before the change does */
        change->audit_mac =
            apr_pstrdup(apr_hash_pool_get(change->touched), row.mac);
    }
    return rv;
}

apr_status_t vso_change_record(vso_change_t *change,
                               const vso_audit_event_t *event,
                               vso_result_t *res, apr_pool_t *p)
{
    return append(change, event, VSO_P_NONE, res, p);
}

/** Write the rows of the entries that were touched. */
static apr_status_t write_entries(const vso_change_t *change, vso_result_t *res,
                                  apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    apr_hash_index_t *at = apr_hash_first(p, change->touched);
    apr_status_t rv = APR_SUCCESS;

    for (; rv == APR_SUCCESS && at; at = apr_hash_next(at)) {
        const char *entry = apr_hash_this_key(at);

        rv = apr_hash_this_val(at) == whole
                 ? vso_entry_row_write(db, change->sums, entry,
                                       change->generation, res, p)
                 : vso_entry_row_exported(db, change->sums, entry, res, p);
    }
    return rv;
}

static apr_status_t write_state(const vso_change_t *change, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_state_row_t row = change->row;
    int affected = 0;
    apr_status_t rv;

    row.state.generation = change->generation;
    row.state.audit_seq = change->audit_seq;
    row.state.audit_mac = change->audit_mac;
    row.state.lineage = change->lineage;
    if (change->serves) {
        row.state.serving_generation = change->generation;
    }
    row.next_id = change->next_id;
    row.sealed_audit_key = change->sealed_audit_key;
    rv = vso_state_row_seal(&row, change->sums,
                            vso_store_row_keys(change->store), res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_state_row_write(vso_store_db(change->store), &change->row,
                                 &row, &affected, res, p);
    }

    /* A server can end a transaction on its own and begin another one with the
     * next statement (Galera, when another node was faster). Then the lock is
     * gone, and this finds no row. */
    return rv == APR_SUCCESS && affected != 1
               ? vso_fail(
                     res, VSO_P_DATABASE, NULL,
                     "The database rolled back the first part of the change.")
               : rv;
}

/** Write the audit row, what became of entries, and the state row, and commit.
 * APR_INCOMPLETE: nobody knows whether that worked. */
static apr_status_t finish(vso_change_t *change, const vso_audit_event_t *event,
                           vso_problem_e outcome, vso_result_t *res,
                           apr_pool_t *p)
{
    apr_status_t rv;

    if (vso_state_row_check("generation", change->generation, res) ||
        vso_state_row_check("next_id", change->next_id, res)) {
        return APR_EGENERAL;
    }
    rv = append(change, event, outcome, res, p);
    if (rv == APR_SUCCESS) {
        rv = write_token(change, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = write_entries(change, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = write_state(change, res, p);
    }
    return rv == APR_SUCCESS ? commit(change, res, p) : rv;
}

static apr_status_t run_fn(vso_change_t *change, vso_change_fn *fn, void *baton,
                           vso_audit_event_t *event, vso_result_t *res,
                           apr_pool_t *p)
{
    apr_status_t rv = fn(change, baton, event, res, p);

    if (res->problem != VSO_P_NONE) {
        return APR_EGENERAL;
    }
    return rv == APR_SUCCESS
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_INTERNAL, NULL,
                          "The change failed and did not say why.");
}

/** Once through a change. *pagain says whether another attempt makes sense. */
static apr_status_t attempt(vso_store_t *store, vso_audit_event_t *event,
                            vso_change_fn *fn, void *baton,
                            apr_int64_t *pgeneration, int *pagain,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_change_t change;
    apr_status_t rv;

    rv = start(store, &change, pagain, res, p);
    if (rv == APR_SUCCESS) {
        rv = run_fn(&change, fn, baton, event, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = finish(&change, event, VSO_P_NONE, res, p);
    }
    if (rv != APR_SUCCESS) {
        vso_transaction_rollback(vso_store_db(store), p);
        *pagain =
            *pagain && res->problem == VSO_P_DATABASE && rv != APR_INCOMPLETE;
        return rv;
    }
    if (pgeneration) {
        *pgeneration = change.generation;
    }
    return APR_SUCCESS;
}

/** Before another attempt: step aside for a moment, and replace a connection
 * that was lost. @return 0 when there is none */
static int calm_down(vso_store_t *store, int attempts, apr_pool_t *p)
{
    apr_sleep(attempts * ATTEMPT_PAUSE + apr_time_now() % ATTEMPT_PAUSE);
    return vso_connection_mend(vso_store_db(store), vso_result_create(p), p) ==
           APR_SUCCESS;
}

apr_status_t vso_change_run(vso_store_t *store, vso_audit_event_t *event,
                            vso_change_fn *fn, void *baton,
                            apr_int64_t *pgeneration, vso_result_t *res,
                            apr_pool_t *p)
{
    const vso_audit_event_t asked = *event;
    int warnings = res->warnings->nelts;
    apr_status_t rv = APR_EGENERAL;
    int again = 1;
    int i;

    if (vso_store_sealed(store)) {
        return vso_fail(res, VSO_P_SEALED, NULL, "%s", vso_store_sealed(store));
    }
    for (i = 0; again && i < MAX_ATTEMPTS; i++) {
        if (i) {
            if (!calm_down(store, i, p)) {
                break;
            }
            vso_result_clear(res);
            res->warnings->nelts = warnings;
            *event = asked;
        }
        rv = attempt(store, event, fn, baton, pgeneration, &again, res, p);
        if (rv == APR_SUCCESS) {
            return rv;
        }
    }
    vso_change_record_refusal(store, event, res, p);
    return rv;
}

/** Write an audit row and nothing else. *pagain as in attempt. */
static apr_status_t record(vso_store_t *store, const vso_audit_event_t *event,
                           vso_problem_e outcome, int *pagain,
                           vso_result_t *res, apr_pool_t *p)
{
    vso_change_t change;
    apr_status_t rv = start(store, &change, pagain, res, p);

    if (rv == APR_SUCCESS) {
        change.generation = change.state.generation;
        rv = finish(&change, event, outcome, res, p);
    }
    if (rv != APR_SUCCESS) {
        vso_transaction_rollback(vso_store_db(store), p);
        *pagain =
            *pagain && res->problem == VSO_P_DATABASE && rv != APR_INCOMPLETE;
    }
    return rv;
}

apr_status_t vso_change_note(vso_store_t *store, const vso_audit_event_t *event,
                             vso_problem_e outcome, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_status_t rv = APR_EGENERAL;
    int again = 1;
    int i;

    if (vso_store_sealed(store)) {
        return vso_fail(res, VSO_P_SEALED, NULL, "%s", vso_store_sealed(store));
    }
    for (i = 0; rv != APR_SUCCESS && again && i < MAX_ATTEMPTS; i++) {
        if (i && !calm_down(store, i, p)) {
            break;
        }
        vso_result_clear(res);
        rv = record(store, event, outcome, &again, res, p);
    }
    return rv;
}

void vso_change_record_refusal(vso_store_t *store, vso_audit_event_t *event,
                               const vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *local = vso_result_create(p);
    int again;

    if (vso_store_sealed(store) || res->problem == VSO_P_NONE ||
        res->problem == VSO_P_INTEGRITY || /* nothing can be written */
        res->problem == VSO_P_MOVED ||
        vso_problem_status(res->problem) >= 500) {
        return;
    }
    if (!event->detail || !*event->detail) {
        event->detail = res->detail;
    }
    if (record(store, event, res->problem, &again, local, p) != APR_SUCCESS) {
        vso_log(VSO_LOG_ERROR,
                "The refusal of %s (%s) could not be recorded: %s",
                event->action, vso_problem_slug(res->problem), local->detail);
    }
}
