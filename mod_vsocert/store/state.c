/* SPDX-License-Identifier: Apache-2.0 */
#include "store/state.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>
#include <openssl/rand.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/worker.h"
#include "store/dialect.h"
#include "store/schema.h"

#define AUDIT_KEY_LEN 32

/* A conflict needs somebody else at the same moment; three in a row are a
 * database that is in trouble. */
#define MAX_ATTEMPTS 3

/* A server that lost a connection during COMMIT is mostly back soon, or
 * another one has taken over. */
#define SETTLE_TIMEOUT apr_time_from_sec(5)
#define SETTLE_PAUSE   apr_time_from_msec(100)

/* Changes whose token is kept, at least: more than can be made while one waits
 * to hear what became of it. */
#define TOKENS_KEPT 1024

/* Two nodes that got in each other's way should not do so again. */
#define ATTEMPT_PAUSE apr_time_from_msec(10)

struct vso_store_t {
    vso_db_t *db;
    const vso_keyring_t *ring;
    const vso_secret_t *audit_key; /**< NULL while sealed */
    const char *sealed;            /**< why, or NULL */
    vso_state_t state;             /**< when it was opened */
};

/** The state row with what is nobody else's business. */
typedef struct {
    vso_state_t state;
    apr_int64_t next_id;
    const char *sealed_audit_key; /**< "" in a new keystore */
    apr_int64_t lock_count;
    apr_int64_t schema_version;
    int found;
} state_row_t;

static apr_status_t take_row(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    state_row_t *found = baton;

    (void)res;
    found->state.keystore_id = vso_row_text(row, 0);
    found->state.generation = vso_row_int(row, 1);
    found->next_id = vso_row_int(row, 2);
    found->state.audit_seq = vso_row_int(row, 3);
    found->state.audit_mac = vso_row_text(row, 4);
    found->sealed_audit_key = vso_row_text(row, 5);
    found->lock_count = vso_row_int(row, 6);
    found->schema_version = vso_row_int(row, 7);
    found->found = 1;
    return APR_SUCCESS;
}

static apr_status_t no_row(vso_result_t *res)
{
    return vso_fail(res, VSO_P_DATABASE, "vmo_keystore_state",
                    "The row of vmo_keystore_state was deleted: restore the "
                    "database from a backup.");
}

/** Is a counter what changes can have made of it, and is there room for more?
 */
static apr_status_t check_counter(const char *name, apr_int64_t number,
                                  vso_result_t *res)
{
    return number >= 0 && number < VSO_MAX_NUMBER
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_DAMAGED, "vmo_keystore_state",
                          "%s of vmo_keystore_state is out of range: the row "
                          "was edited. Restore the database from a backup.",
                          name);
}

static apr_status_t read_row(vso_db_t *db, state_row_t *row, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_status_t rv;

    row->found = 0;
    rv = vso_db_select(db, VSO_SQL_STATE_READ, NULL, take_row, row, res, p);
    if (rv != APR_SUCCESS || !row->found) {
        return rv == APR_SUCCESS ? no_row(res) : rv;
    }
    if (check_counter("generation", row->state.generation, res) ||
        check_counter("next_id", row->next_id, res) ||
        check_counter("audit_seq", row->state.audit_seq, res) ||
        check_counter("lock_count", row->lock_count, res)) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

/** Run an update of the row, which must be there. */
static apr_status_t update_row(vso_db_t *db, vso_sql_e sql, const char **args,
                               vso_result_t *res, apr_pool_t *p)
{
    int affected = 0;
    apr_status_t rv;

    rv = vso_db_exec(db, sql, args, &affected, res, p);
    return rv == APR_SUCCESS && affected != 1 ? no_row(res) : rv;
}

/** First statement of every transaction: wait for the row, then read it. The
 * schema may have been changed meanwhile. */
static apr_status_t lock_row(vso_db_t *db, state_row_t *row, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_status_t rv;

    rv = update_row(db, VSO_SQL_STATE_LOCK, NULL, res, p);
    if (rv == APR_SUCCESS) {
        rv = read_row(db, row, res, p);
    }
    return rv == APR_SUCCESS ? vso_schema_check(row->schema_version, res) : rv;
}

/* The audit key */

static apr_status_t seal_audit_key(vso_store_t *store, const char *keystore_id,
                                   const vso_secret_t *key, vso_result_t *res,
                                   apr_pool_t *p)
{
    const char *aad = apr_pstrcat(p, "audit|", keystore_id, NULL);
    const char *args[1];
    apr_status_t rv;

    rv = vso_seal(store->ring, key, aad, &args[0], res, p);
    return rv == APR_SUCCESS
               ? update_row(store->db, VSO_SQL_STATE_SEAL, args, res, p)
               : rv;
}

static void open_audit_key(vso_store_t *store, const state_row_t *row,
                           apr_pool_t *p)
{
    const char *aad = apr_pstrcat(p, "audit|", row->state.keystore_id, NULL);
    vso_result_t *why = vso_result_create(p);
    vso_secret_t *key = NULL;

    if (vso_seal_open(store->ring, row->sealed_audit_key, aad, &key, why, p) ==
        APR_SUCCESS) {
        store->audit_key = key;
        return;
    }
    store->sealed =
        why->problem == VSO_P_SEALED
            ? apr_pstrcat(p, "The keystore is sealed. ", why->detail, NULL)
            : "The keystore is sealed: keystore_id or sealed_audit_key in "
              "vmo_keystore_state was changed. Restore the database from a "
              "backup.";
}

/** Make the audit key of a new keystore, unless somebody else just did.
 * *row becomes what the database holds then. */
static apr_status_t make_audit_key(vso_store_t *store, state_row_t *row,
                                   vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_make(AUDIT_KEY_LEN, p);
    apr_status_t rv;

    rv = vso_db_begin(store->db, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = lock_row(store->db, row, res, p);
    if (rv == APR_SUCCESS && !*row->sealed_audit_key) {
        rv = RAND_bytes(key->data, AUDIT_KEY_LEN) == 1
                 ? seal_audit_key(store, row->state.keystore_id, key, res, p)
                 : vso_fail(res, VSO_P_INTERNAL, NULL,
                            "The random number generator failed.");
        if (rv == APR_SUCCESS) {
            rv = read_row(store->db, row, res, p);
        }
    }
    if (rv != APR_SUCCESS) {
        vso_db_rollback(store->db, p);
        return rv;
    }
    return vso_db_commit(store->db, res, p);
}

/* Stores */

/** The row of a keystore with the schema of this build. Mostly both are there,
 * and one question says so: each poll of each node asks it. */
static apr_status_t ensure_row(vso_db_t *db, int make, state_row_t *row,
                               vso_result_t *res, apr_pool_t *p)
{
    if (read_row(db, row, vso_result_create(p), p) == APR_SUCCESS &&
        row->schema_version == VSO_SCHEMA_VERSION) {
        return APR_SUCCESS;
    }
    /* somebody else may be at it, and what was prepared is for an older one */
    vso_db_forget(db);
    return vso_schema_ensure(db, make, res, p) == APR_SUCCESS
               ? read_row(db, row, res, p)
               : APR_EGENERAL;
}

apr_status_t vso_store_open(vso_db_t *db, const vso_keyring_t *ring, int make,
                            vso_store_t **pstore, vso_result_t *res,
                            apr_pool_t *p)
{
    vso_store_t *store = apr_pcalloc(p, sizeof(*store));
    state_row_t row;
    apr_status_t rv;

    store->db = db;
    store->ring = ring;
    rv = ensure_row(db, make, &row, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!*row.sealed_audit_key && !vso_keyring_size(ring)) {
        store->sealed = "The keystore is new and has no master key yet: set "
                        "VSOCertMasterKey.";
    }
    else {
        if (!*row.sealed_audit_key) {
            rv = make_audit_key(store, &row, res, p);
            if (rv != APR_SUCCESS) {
                return rv;
            }
        }
        open_audit_key(store, &row, p);
    }
    store->state = row.state;
    *pstore = store;
    return APR_SUCCESS;
}

const char *vso_store_sealed(const vso_store_t *store)
{
    return store->sealed;
}

vso_db_t *vso_store_db(const vso_store_t *store)
{
    return store->db;
}

const vso_state_t *vso_store_state(const vso_store_t *store)
{
    return &store->state;
}

const vso_keyring_t *vso_store_keyring(const vso_store_t *store)
{
    return store->ring;
}

const vso_secret_t *vso_store_audit_key(const vso_store_t *store)
{
    return store->audit_key;
}

apr_status_t vso_store_now(const vso_store_t *store, apr_int64_t *pnow_sec,
                           vso_result_t *res, apr_pool_t *p)
{
    return vso_dialect_now(store->db, pnow_sec, res, p);
}

void vso_store_scrub(const vso_store_t *store, apr_pool_t *p)
{
    vso_dialect_scrub(store->db, p);
}

int vso_store_is_file(const vso_store_t *store)
{
    return vso_dialect_of(store->db)->file_sql != NULL;
}

apr_status_t vso_state_read(vso_store_t *store, vso_state_t *state,
                            vso_result_t *res, apr_pool_t *p)
{
    state_row_t row;
    apr_status_t rv;

    rv = read_row(store->db, &row, res, p);
    if (rv == APR_SUCCESS) {
        *state = row.state;
    }
    return rv;
}

/* Changes */

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

apr_status_t vso_change_reseal(vso_change_t *change, vso_result_t *res,
                               apr_pool_t *p)
{
    return seal_audit_key(change->store, change->state.keystore_id,
                          change->store->audit_key, res, p);
}

/** Start a transaction and take the lock; *pbegun says which of the two
 * failed. */
static apr_status_t start(vso_store_t *store, vso_change_t *change, int *pbegun,
                          vso_result_t *res, apr_pool_t *p)
{
    state_row_t row;
    apr_status_t rv;

    *pbegun = 0;
    rv = vso_db_begin(store->db, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *pbegun = 1;
    rv = lock_row(store->db, &row, res, p);
    if (rv == APR_SUCCESS) {
        change->store = store;
        change->state = row.state;
        change->generation = row.state.generation + 1;
        change->next_id = row.next_id;
        change->lock_count = row.lock_count;
        change->audit_seq = row.state.audit_seq;
        change->audit_mac = row.state.audit_mac;
        rv = vso_dialect_now(store->db, &change->now_sec, res, p);
    }
    return rv;
}

/* A COMMIT that failed */

static apr_status_t take_token(void *baton, const vso_row_t *row,
                               vso_result_t *res)
{
    const char **token = baton;

    (void)res;
    *token = vso_row_text(row, 0);
    return APR_SUCCESS;
}

/** Was the change with this token written as the one of that audit row?
 * Whoever has the lock knows that no transaction of before is still on its
 * way. */
static apr_status_t look_up(const vso_change_t *change, int *pwritten,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = change->store->db;
    const char *args[1] = {vso_db_number(change->state.audit_seq + 1, p)};
    const char *token = "";
    state_row_t state;
    apr_status_t rv;

    rv = vso_db_mend(db, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_db_begin(db, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = lock_row(db, &state, res, p);
        if (rv == APR_SUCCESS) {
            rv = vso_db_select(db, VSO_SQL_CHANGE_TOKEN, args, take_token,
                               &token, res, p);
        }
        vso_db_rollback(db, p);
    }
    *pwritten = !strcmp(token, change->token);
    return rv;
}

/** Make a token, and write it. Of old ones none is asked for any more. */
static apr_status_t write_token(vso_change_t *change, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_db_t *db = change->store->db;
    apr_int64_t seq = change->state.audit_seq + 1;
    const char *args[2] = {vso_db_number(seq, p), NULL};
    unsigned char random[16];
    apr_status_t rv;
    char *hex;
    int i;

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The random number generator failed.");
    }
    hex = apr_palloc(p, 2 * sizeof(random) + 1);
    for (i = 0; i < (int)sizeof(random); i++) {
        apr_snprintf(hex + 2 * i, 3, "%02x", random[i]);
    }
    args[1] = change->token = hex;
    rv = vso_db_exec(db, VSO_SQL_CHANGE_INSERT, args, NULL, res, p);
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
    vso_result_t *why = vso_result_create(p);
    int written = 0;

    while (look_up(change, &written, why, p) != APR_SUCCESS) {
        if (vso_worker_now() >= deadline) {
            vso_fail(res, VSO_P_DATABASE, NULL,
                     "The connection to the database was lost while the change "
                     "was committed, and the database does not answer: whether "
                     "the change took place is not known. Look at what there "
                     "is before trying it again. %s",
                     why->detail);
            return APR_INCOMPLETE;
        }
        vso_result_clear(why);
        apr_sleep(SETTLE_PAUSE);
    }
    return written ? APR_SUCCESS
                   : vso_fail(res, VSO_P_DATABASE, NULL, "%s", said);
}

static apr_status_t commit(const vso_change_t *change, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_result_t *why = vso_result_create(p);
    apr_status_t rv = vso_db_commit(change->store->db, why, p);

    if (rv == APR_INCOMPLETE) {
        return settle(change, why->detail, res, p);
    }
    return rv == APR_SUCCESS
               ? rv
               : vso_fail(res, why->problem, why->field, "%s", why->detail);
}

/** Append a row to the trail inside the change. */
static apr_status_t append(vso_change_t *change, const vso_audit_event_t *event,
                           vso_problem_e outcome, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_audit_row_t row;
    apr_status_t rv;

    row.seq = change->audit_seq + 1;
    if (check_counter("audit_seq", row.seq, res)) {
        return APR_EGENERAL;
    }
    row.at_sec = change->now_sec;
    row.event = *event;
    row.outcome = vso_problem_slug(outcome);
    rv = vso_audit_append(change->store, &row, change->audit_mac, res, p);
    if (rv == APR_SUCCESS) {
        change->audit_seq = row.seq;
        change->audit_mac = row.mac;
    }
    return rv;
}

apr_status_t vso_change_record(vso_change_t *change,
                               const vso_audit_event_t *event,
                               vso_result_t *res, apr_pool_t *p)
{
    return append(change, event, VSO_P_NONE, res, p);
}

/** Write the audit row and the state row, and commit. APR_INCOMPLETE: nobody
 * knows whether that worked. */
static apr_status_t finish(vso_change_t *change, const vso_audit_event_t *event,
                           vso_problem_e outcome, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_db_t *db = change->store->db;
    const char *args[6];
    apr_status_t rv;
    int affected = 0;

    if (check_counter("generation", change->generation, res) ||
        check_counter("next_id", change->next_id, res)) {
        return APR_EGENERAL;
    }
    rv = append(change, event, outcome, res, p);
    if (rv == APR_SUCCESS) {
        rv = write_token(change, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = vso_db_number(change->generation, p);
    args[1] = vso_db_number(change->next_id, p);
    args[2] = vso_db_number(change->audit_seq, p);
    args[3] = change->audit_mac;
    args[4] = vso_db_number(change->state.audit_seq, p);
    args[5] = vso_db_number(change->lock_count, p);
    /* A server can end a transaction on its own and begin another one with the
     * next statement (Galera, when another node was faster). Then the lock is
     * gone, and this finds no row. */
    rv = vso_db_exec(db, VSO_SQL_STATE_WRITE, args, &affected, res, p);
    if (rv == APR_SUCCESS && affected != 1) {
        rv = vso_fail(res, VSO_P_DATABASE, NULL,
                      "The database took back the beginning of the change.");
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
        vso_db_rollback(store->db, p);
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
    return vso_db_mend(store->db, vso_result_create(p), p) == APR_SUCCESS;
}

apr_status_t vso_store_change(vso_store_t *store, vso_audit_event_t *event,
                              vso_change_fn *fn, void *baton,
                              apr_int64_t *pgeneration, vso_result_t *res,
                              apr_pool_t *p)
{
    const vso_audit_event_t asked = *event;
    int warnings = res->warnings->nelts;
    apr_status_t rv = APR_EGENERAL;
    int again = 1;
    int i;

    if (store->sealed) {
        return vso_fail(res, VSO_P_SEALED, NULL, "%s", store->sealed);
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
    vso_store_refused(store, event, res, p);
    return rv;
}

void vso_store_refused(vso_store_t *store, vso_audit_event_t *event,
                       const vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *own = vso_result_create(p);
    vso_change_t change;
    apr_status_t rv;
    int begun;

    if (store->sealed || res->problem == VSO_P_NONE ||
        vso_problem_status(res->problem) >= 500) {
        return;
    }
    if (!event->detail || !*event->detail) {
        event->detail = res->detail;
    }
    rv = start(store, &change, &begun, own, p);
    if (rv == APR_SUCCESS) {
        change.generation = change.state.generation;
        rv = finish(&change, event, res->problem, own, p);
    }
    if (rv != APR_SUCCESS) {
        vso_db_rollback(store->db, p);
        vso_log(VSO_LOG_ERROR,
                "The refusal of %s (%s) could not be recorded: %s",
                event->action, vso_problem_slug(res->problem), own->detail);
    }
}
