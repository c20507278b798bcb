/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row_renew.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/rand.h>

#include "store/key_place.h"
#include "store/row_write.h"
#include "store/state_row.h"
#include "store/table_walk.h"

#define STATE     "vmo_keystore_state"
#define KEYSTORE  "vmo_keystore"
#define AUDIT_KEY 32

/* Rows that have none yet */

/** All rows on their way to their first MACs. */
typedef struct {
    vso_db_t *db;
    const vso_keyring_t *ring;
    vso_row_keys_t *keys;
    vso_row_sums_t *sums;
    vso_statement_t *update; /**< of the table at hand */
} first_t;

/** Update a row by its key, whatever is in it. */
static apr_status_t prepare(first_t *first, const vso_table_t *table,
                            vso_result_t *res, apr_pool_t *p)
{
    const char *text =
        apr_pstrcat(p, "UPDATE ", table->name, " SET ",
                    vso_table_assignments(table, vso_table_key(table),
                                          vso_table_width(table) - 1, p),
                    " WHERE ", vso_table_key_marks(table, p), NULL);

    return vso_db_compile(first->db, text, &first->update, res, p);
}

static const char **value_of(const vso_table_t *table, const char **values,
                             const char *column)
{
    return &values[vso_table_column(table, column)];
}

/** Seal the key of a version to its place of today. One that does not open
 * stays as it is: it was edited, and does not open then either. */
static apr_status_t seal_key(const first_t *first, const vso_table_t *table,
                             const char **values, vso_result_t *res,
                             apr_pool_t *p)
{
    const vso_key_place_t place = {
        *value_of(table, values, "id"),
        *value_of(table, values, "alias"),
        *value_of(table, values, "version"),
        *value_of(table, values, "key_fingerprint"),
        *value_of(table, values, "certificate"),
        *value_of(table, values, "chain"),
    };
    const char **sealed = value_of(table, values, "sealed_key");
    const char *id = vso_seal_id(*sealed, p);
    vso_result_t *cause = vso_result_create(p);
    vso_secret_t *key = NULL;
    apr_status_t rv;

    if (!**sealed) {
        return APR_SUCCESS;
    }
    rv = vso_seal_open(first->ring, *sealed, vso_key_place_7(&place, p), &key,
                       cause, p);
    if (rv != APR_SUCCESS) {
        return cause->problem == VSO_P_SEALED ? vso_fail_as(res, cause)
                                              : APR_SUCCESS;
    }
    rv = vso_seal_with(first->ring, id, key, vso_key_place(&place, p), sealed,
                       res, p);
    vso_wipe(key->data, key->len);
    return rv;
}

/** A vso_table_walk_fn. */
static apr_status_t write_first(void *baton, const vso_table_t *table,
                                const char **values, vso_result_t *res,
                                apr_pool_t *p)
{
    first_t *first = baton;
    int width = vso_table_width(table);
    int keys = vso_table_key(table);
    const char **args = apr_palloc(p, (apr_size_t)width * sizeof(*args));
    const char **mac = value_of(table, values, VSO_MAC_COLUMN);
    apr_status_t rv = APR_SUCCESS;

    if (!strcmp(table->name, KEYSTORE)) {
        rv = seal_key(first, table, values, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *mac = vso_row_mac(first->keys, table, values, p);
    if (!*mac) {
        return vso_fail(res, VSO_P_INTERNAL, table->name,
                        "A row of %s cannot be authenticated.", table->name);
    }
    memcpy(args, values + keys, (apr_size_t)(width - keys) * sizeof(*args));
    memcpy(args + width - keys, values, (apr_size_t)keys * sizeof(*args));
    rv = vso_db_exec_compiled(first->db, first->update, args, NULL, res, p);
    return rv == APR_SUCCESS && vso_table_counts(table, values)
               ? vso_row_sums_add(first->sums, table->name, *mac, res)
               : rv;
}

static apr_status_t write_tables(first_t *first, vso_result_t *res,
                                 apr_pool_t *p)
{
    const vso_table_t *table;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && (table = vso_table_with_macs(i)) != NULL;
         i++) {
        if (!strcmp(table->name, STATE)) {
            continue;
        }
        rv = prepare(first, table, res, p);
        if (rv == APR_SUCCESS) {
            rv = vso_table_walk(first->db, table, write_first, first, res, p);
        }
    }
    return rv;
}

/** The key of a trail that has no rows yet. */
static apr_status_t make_audit_key(const vso_keyring_t *ring,
                                   vso_state_row_t *row, vso_result_t *res,
                                   apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_make(AUDIT_KEY, p);

    if (RAND_bytes(key->data, AUDIT_KEY) != 1) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The random number generator failed.");
    }
    return vso_seal(ring, key,
                    vso_state_row_audit_place(row->state.keystore_id, p),
                    &row->sealed_audit_key, res, p);
}

apr_status_t vso_row_renew_first(vso_db_t *db, const vso_keyring_t *ring,
                                 int version, vso_result_t *res, apr_pool_t *p)
{
    first_t first = {.db = db, .ring = ring};
    vso_state_row_t before;
    vso_state_row_t row;
    int written = 0;
    apr_status_t rv = vso_state_row_read(db, &before, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    row = before;
    row.schema_version = version;
    first.keys = vso_row_keys_make(ring, row.state.keystore_id, p);
    if (!first.keys) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not derive the keys of rows.");
    }
    /* nodes that have this one alone go on */
    if (*row.sealed_audit_key) {
        vso_row_keys_use(first.keys, vso_seal_id(row.sealed_audit_key, p));
    }
    first.sums = vso_row_sums_make(first.keys, p);
    if (!*row.sealed_audit_key) {
        rv = make_audit_key(ring, &row, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = write_tables(&first, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_state_row_seal(&row, first.sums, first.keys, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_state_row_write(db, &before, &row, &written, res, p);
    }
    return rv == APR_SUCCESS && written != 1
               ? vso_fail(res, VSO_P_DATABASE, STATE,
                          "The row of vmo_keystore_state was changed at the "
                          "same time.")
               : rv;
}

/* Rows of another master key */

typedef struct {
    vso_db_t *db;
    vso_row_sums_t *sums;
    int left; /**< rows that fail */
} renewing_t;

/** A vso_table_walk_fn. */
static apr_status_t renew(void *baton, const vso_table_t *table,
                          const char **values, vso_result_t *res, apr_pool_t *p)
{
    renewing_t *renewing = baton;
    const vso_row_keys_t *keys = vso_db_row_keys(renewing->db);
    const char *id =
        vso_row_mac_id(*value_of(table, values, VSO_MAC_COLUMN), p);
    vso_result_t *cause = vso_result_create(p);
    vso_row_proof_t proof;
    apr_status_t rv;

    if (id && !strcmp(id, vso_row_keys_id(keys))) {
        return APR_SUCCESS;
    }
    vso_row_prove(keys, table, values, &proof, p);
    if (!proof.authentic && !proof.sealed) {
        renewing->left++;
        return APR_SUCCESS;
    }
    rv = vso_row_update(renewing->db, renewing->sums, table->name, values,
                        &proof, cause, p);
    /* what is in no sum is written by others meanwhile */
    return rv == APR_SUCCESS ||
                   (cause->problem == VSO_P_STALE && !proof.counted)
               ? APR_SUCCESS
               : vso_fail_as(res, cause);
}

apr_status_t vso_row_renew_all(vso_db_t *db, vso_row_sums_t *sums, int *pleft,
                               vso_result_t *res, apr_pool_t *p)
{
    renewing_t renewing = {db, sums, 0};
    const vso_table_t *table;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && (table = vso_table_with_macs(i)) != NULL;
         i++) {
        if (strcmp(table->name, STATE)) {
            rv = vso_table_walk(db, table, renew, &renewing, res, p);
        }
    }
    *pleft = renewing.left;
    return rv;
}
