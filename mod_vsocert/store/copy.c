/* SPDX-License-Identifier: Apache-2.0 */
#include "store/copy.h"

#include <string.h>

#include <apr_strings.h>

#include "base/secret.h"
#include "store/copy_table.h"
#include "store/dialect.h"
#include "store/migration.h"
#include "store/random_id.h"
#include "store/row_proof.h"
#include "store/state_row.h"
#include "store/transaction.h"

#define STATE "vmo_keystore_state"

/** Delete what a start puts into a new keystore: its state row, sessions, and
 * nodes. Any other row is a refusal. */
static apr_status_t clear_target(vso_db_t *to, vso_result_t *res, apr_pool_t *p)
{
    const vso_table_t *table;
    const char *rows = NULL;
    apr_status_t rv;

    rv = vso_db_run(to, "DELETE FROM vmo_session", res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_db_run(to, "DELETE FROM vmo_node", res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_db_run(to,
                        "DELETE FROM " STATE " WHERE generation = 0"
                        " AND audit_seq = 0 AND next_id = 1",
                        res, p);
    }
    for (table = vso_tables(); rv == APR_SUCCESS && table->name; table++) {
        const char *name = table->name;

        rv = vso_db_ask(to, apr_pstrcat(p, "SELECT COUNT(*) FROM ", name, NULL),
                        &rows, res, p);
        if (rv == APR_SUCCESS && strcmp(rows, "0")) {
            rv = vso_fail(res, VSO_P_DATABASE, name,
                          "The target is not empty (%s rows in %s): name a "
                          "database without a keystore.",
                          rows, name);
        }
    }
    return rv;
}

static apr_status_t check_source(vso_db_t *from, vso_result_t *res,
                                 apr_pool_t *p)
{
    apr_int64_t version = -1;
    apr_status_t rv = vso_migration_version(from, &version, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (version < 0) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "There is no keystore in the source.");
    }
    return version == VSO_SCHEMA_VERSION
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_DATABASE, NULL,
                          "The source has schema version %" APR_INT64_T_FMT
                          ", this build copies version %d: use the build that "
                          "serves it, or let this one serve it first.",
                          version, VSO_SCHEMA_VERSION);
}

/* The keystore */

/** A copy under way. */
typedef struct {
    vso_db_t *from;
    vso_db_t *to;
    const vso_copy_how_t *how;
    vso_state_row_t row;      /**< of the source */
    vso_row_keys_t *keys;     /**< of the source */
    vso_row_keys_t *new_keys; /**< of the target, unless it is a move */
    vso_row_sums_t *stated;   /**< what the source says of its rows */
    vso_row_sums_t *found;    /**< what there is */
    vso_row_sums_t *new_sums; /**< of the target */
    vso_state_row_t new_row;  /**< of the target */
    vso_copy_report_fn *report;
    void *baton;
} copying_t;

/** Lock the source, and verify what its state row says. */
static apr_status_t begin_source(copying_t *copying, vso_result_t *res,
                                 apr_pool_t *p)
{
    const char *snapshot = vso_db_dialect(copying->from)->snapshot_sql;
    apr_status_t rv = APR_SUCCESS;

    if (snapshot) {
        rv = vso_db_run(copying->from, snapshot, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_transaction_begin(copying->from, res, p);
    }
    if (rv == APR_SUCCESS) {
        /* as VSO_SQL_STATE_LOCK does, and leaves the row as it is */
        rv = vso_db_run(copying->from,
                        "UPDATE " STATE " SET locks = locks WHERE id = 1", res,
                        p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_state_row_read(copying->from, &copying->row, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    copying->keys = vso_state_row_keys(&copying->row, copying->how->ring, p);
    if (!copying->keys) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not derive the keys of rows.");
    }
    rv = vso_state_row_verify(&copying->row, copying->keys, &copying->stated,
                              res, p);
    return rv == APR_SUCCESS ? vso_state_row_check_here(&copying->row, res)
                             : rv;
}

/* A keystore of its own */

/** Seal the audit key for the target, under the key that writes. */
static apr_status_t reseal_audit_key(copying_t *copying, vso_result_t *res,
                                     apr_pool_t *p)
{
    const vso_state_row_t *row = &copying->row;
    vso_state_row_t *new_row = &copying->new_row;
    vso_secret_t *key = NULL;
    apr_status_t rv;

    rv = vso_seal_open(copying->how->ring, row->sealed_audit_key,
                       vso_state_row_audit_place(row->state.keystore_id, p),
                       &key, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = vso_seal_with(copying->how->ring, vso_row_keys_id(copying->keys), key,
                       vso_state_row_audit_place(new_row->state.keystore_id, p),
                       &new_row->sealed_audit_key, res, p);
    vso_wipe(key->data, key->len);
    return rv;
}

/** The target's state row: the source's, under another id. */
static apr_status_t make_new_row(copying_t *copying, vso_result_t *res,
                                 apr_pool_t *p)
{
    vso_state_row_t *row = &copying->new_row;

    *row = copying->row;
    if (vso_random_id(&row->state.keystore_id, res, p) != APR_SUCCESS ||
        reseal_audit_key(copying, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    copying->new_keys =
        vso_row_keys_make(copying->how->ring, row->state.keystore_id, p);
    if (!copying->new_keys) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not derive the keys of rows.");
    }
    vso_row_keys_use(copying->new_keys, vso_row_keys_id(copying->keys));
    copying->found = vso_row_sums_make(copying->keys, p);
    copying->new_sums = vso_row_sums_make(copying->new_keys, p);
    return APR_SUCCESS;
}

/** A vso_copy_table_fn: a row gets the MAC of its new keystore. One that fails
 * its own keeps it, and fails there, too. */
static apr_status_t renew_row(void *baton, const vso_table_t *table,
                              const char **values, vso_result_t *res,
                              apr_pool_t *p)
{
    copying_t *copying = baton;
    const char **mac = &values[vso_table_column(table, VSO_MAC_COLUMN)];
    vso_row_proof_t proof;
    apr_status_t rv = APR_SUCCESS;

    vso_row_prove(copying->keys, table, values, &proof, p);
    if (proof.sealed) {
        return vso_row_require(&proof, table->name, values[0], res);
    }
    if (!proof.authentic) {
        return APR_SUCCESS;
    }
    *mac = vso_row_mac(copying->new_keys, table, values, p);
    if (!*mac) {
        return vso_fail(res, VSO_P_INTERNAL, table->name,
                        "A row of %s cannot be authenticated.", table->name);
    }
    if (proof.counted) {
        rv = vso_row_sums_add(copying->found, table->name, proof.mac, res);
    }
    return rv == APR_SUCCESS && proof.counted
               ? vso_row_sums_add(copying->new_sums, table->name, *mac, res)
               : rv;
}

/** Rows that went, or came back, must not get new MACs and be right again. */
static apr_status_t check_sums(const copying_t *copying,
                               const vso_table_t *table, vso_result_t *res)
{
    return vso_table_macs_number(table) < 0 ||
                   vso_row_sums_equal(copying->found, copying->stated,
                                      table->name)
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_INTEGRITY, table->name,
                          "Rows of %s were edited, deleted or put back in the "
                          "source: restore it from a backup, or POST "
                          "/keystore/accept-restore to a node first.",
                          table->name);
}

/* All of it */

/** What nodes and browsers have of the source is no business of another
 * keystore. */
static int is_left_out(const copying_t *copying, const vso_table_t *table)
{
    return !copying->how->move && (!strcmp(table->name, "vmo_node") ||
                                   !strcmp(table->name, "vmo_session"));
}

static apr_status_t copy_one(copying_t *copying, const vso_table_t *table,
                             vso_result_t *res, apr_pool_t *p)
{
    int renews = !copying->how->move && vso_table_macs_number(table) >= 0;
    apr_int64_t rows = 0;
    apr_status_t rv;

    rv = vso_copy_table(copying->from, copying->to, table,
                        renews ? renew_row : NULL, copying, &rows, res, p);
    if (rv == APR_SUCCESS && renews) {
        rv = check_sums(copying, table, res);
    }
    if (rv == APR_SUCCESS) {
        copying->report(copying->baton, table->name, rows);
    }
    return rv;
}

/** The target's state row, once the sums of its rows are known. */
static apr_status_t write_state(copying_t *copying, vso_result_t *res,
                                apr_pool_t *p)
{
    const vso_table_t *table = vso_table_find(STATE);
    const char **columns = copying->row.columns;
    apr_status_t rv = APR_SUCCESS;

    if (!copying->how->move) {
        rv = vso_state_row_seal(&copying->new_row, copying->new_sums,
                                copying->new_keys, res, p);
        columns = copying->new_row.columns;
    }
    if (rv == APR_SUCCESS) {
        rv = vso_copy_table_row(copying->to, table, columns, res, p);
    }
    if (rv == APR_SUCCESS) {
        copying->report(copying->baton, STATE, 1);
    }
    return rv;
}

static apr_status_t copy_all(copying_t *copying, vso_result_t *res,
                             apr_pool_t *p)
{
    const vso_table_t *table;
    apr_status_t rv = clear_target(copying->to, res, p);

    if (rv == APR_SUCCESS && !copying->how->move) {
        rv = make_new_row(copying, res, p);
    }
    for (table = vso_tables(); rv == APR_SUCCESS && table->name; table++) {
        if (strcmp(table->name, STATE) && !is_left_out(copying, table)) {
            rv = copy_one(copying, table, res, p);
        }
    }
    return rv == APR_SUCCESS ? write_state(copying, res, p) : rv;
}

/** Write into the source that it is not used any more. */
static apr_status_t mark_source(copying_t *copying, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_state_row_t row = copying->row;
    apr_status_t rv = vso_db_now(copying->from, &row.state.moved_sec, res, p);

    if (rv == APR_SUCCESS) {
        rv = vso_state_row_seal(&row, copying->stated, copying->keys, res, p);
    }
    return rv == APR_SUCCESS
               ? vso_state_row_write_moved(copying->from, &row, res, p)
               : rv;
}

/** The target first: a source that is marked and was not copied would be worse
 * than two that are alike. */
static apr_status_t commit_both(copying_t *copying, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    apr_status_t rv = APR_SUCCESS;

    if (copying->how->move) {
        rv = mark_source(copying, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_transaction_commit(copying->to, res, p);
    }
    else {
        vso_transaction_rollback(copying->to, p);
    }
    if (rv != APR_SUCCESS || !copying->how->move) {
        vso_transaction_rollback(copying->from, p);
        return rv;
    }
    rv = vso_transaction_commit(copying->from, cause, p);
    return rv == APR_SUCCESS
               ? APR_SUCCESS
               : vso_fail(res, cause->problem, NULL,
                          "The target has everything, but the source could not "
                          "be marked as moved: let no node use it any more. %s",
                          cause->detail);
}

apr_status_t vso_copy(vso_db_t *from, vso_db_t *to, const vso_copy_how_t *how,
                      vso_copy_report_fn *report, void *baton,
                      vso_result_t *res, apr_pool_t *p)
{
    const vso_migration_how_t tables = {.make = 1}; /* the row comes, too */
    copying_t copying = {
        .from = from, .to = to, .how = how, .report = report, .baton = baton};
    apr_status_t rv;

    rv = check_source(from, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_migration_ensure(to, &tables, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = begin_source(&copying, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_transaction_begin(to, res, p);
    }
    if (rv != APR_SUCCESS) {
        vso_transaction_rollback(from, p);
        return rv;
    }
    rv = copy_all(&copying, res, p);
    if (rv == APR_SUCCESS) {
        return commit_both(&copying, res, p);
    }
    vso_transaction_rollback(to, p);
    vso_transaction_rollback(from, p);
    return rv;
}
