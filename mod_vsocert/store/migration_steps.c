/* SPDX-License-Identifier: Apache-2.0 */
#include "store/migration_steps.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "store/entry_row.h"
#include "store/random_id.h"
#include "store/row_renew.h"
#include "store/state_row.h"
#include "store/tables.h"

#define STATE "vmo_keystore_state"

int vso_migration_has_key(const vso_migration_how_t *how)
{
    return how->ring && vso_keyring_size(how->ring) > 0;
}

/* What is stored */

/** Tables that have rows in an empty keystore, too. */
static int is_of_nodes(const char *table)
{
    static const char *const names[] = {STATE, "vmo_session", "vmo_node",
                                        "vmo_event", "vmo_ocsp"};
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!strcmp(names[i], table)) {
            return 1;
        }
    }
    return 0;
}

apr_status_t vso_migration_find_rows(vso_db_t *db, const char **ptable,
                                     vso_result_t *res, apr_pool_t *p)
{
    const vso_table_t *table = vso_tables();
    apr_status_t rv = APR_SUCCESS;

    *ptable = NULL;
    for (; rv == APR_SUCCESS && !*ptable && table->name; table++) {
        const char *rows = "0";
        int there = 0;

        if (is_of_nodes(table->name)) {
            continue;
        }
        rv = vso_db_has_column(db, table->name, table->columns[0].name, &there,
                               res, p);
        if (rv == APR_SUCCESS && there) {
            rv = vso_db_ask(
                db, apr_pstrcat(p, "SELECT COUNT(*) FROM ", table->name, NULL),
                &rows, res, p);
        }
        if (rv == APR_SUCCESS && strcmp(rows, "0")) {
            *ptable = table->name;
        }
    }
    return rv;
}

/* Steps, as the tables say */

static void add_statements(const vso_table_t *table, int version,
                           apr_array_header_t *sql, apr_pool_t *p)
{
    const vso_column_t *column = table->columns;

    if (table->since == version) {
        APR_ARRAY_PUSH(sql, const char *) = vso_table_create(table, p);
    }
    for (; column->name; column++) {
        if (column->since == version) {
            APR_ARRAY_PUSH(sql, const char *) = vso_table_add(table, column, p);
        }
        if (column->renamed == version) {
            APR_ARRAY_PUSH(sql, const char *) =
                vso_table_rename(table, column, p);
        }
        if (column->since == version && !strcmp(column->name, VSO_MAC_COLUMN)) {
            APR_ARRAY_PUSH(sql, const char *) =
                vso_table_no_default(table, column, p);
        }
    }
}

/** What version 7 made: an entry's row for each entry, and the lineage. Of
 * what was changed last nobody knows whether it changed what is served. */
static apr_status_t fill_7(vso_db_t *db, const vso_migration_how_t *how,
                           vso_result_t *res, apr_pool_t *p)
{
    const char *args[1];
    apr_status_t rv = vso_entry_row_fill(db, res, p);

    (void)how;

    if (rv == APR_SUCCESS) {
        rv = vso_random_id(&args[0], res, p);
    }
    return rv == APR_SUCCESS
               ? vso_db_exec(db, VSO_SQL_STATE_FILL, args, NULL, res, p)
               : rv;
}

/** The state row before version 8, as far as the step to it asks. */
typedef struct {
    const char *keystore_id;
    const char *sealed_audit_key;
} state_7_t;

static apr_status_t read_state_7(vso_db_t *db, state_7_t *state,
                                 vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv =
        vso_db_ask(db, "SELECT keystore_id FROM " STATE " WHERE id = 1",
                   &state->keystore_id, res, p);

    return rv == APR_SUCCESS ? vso_db_ask(db,
                                          "SELECT sealed_audit_key FROM " STATE
                                          " WHERE id = 1",
                                          &state->sealed_audit_key, res, p)
                             : rv;
}

/** May this caller take the step to version 8? He has the keystore's master
 * key, or it holds nothing. */
static apr_status_t check_8(vso_db_t *db, const vso_migration_how_t *how,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    vso_secret_t *key = NULL;
    const char *used = NULL;
    state_7_t state;

    if (read_state_7(db, &state, res, p) != APR_SUCCESS ||
        vso_migration_find_rows(db, &used, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!*state.sealed_audit_key) {
        return used ? vso_fail(res, VSO_P_DATABASE, STATE,
                               "vmo_keystore_state has no audit key, and there "
                               "are rows in %s: restore the database from a "
                               "backup.",
                               used)
                    : APR_SUCCESS;
    }
    if (!how->adopts) {
        return vso_fail(res, VSO_P_INTEGRITY, STATE,
                        "The rows of this keystore have no MACs yet, and this "
                        "node has no record of it: restore the database from a "
                        "backup, or let a node that has served it migrate it.");
    }
    if (vso_migration_has_key(how) &&
        vso_seal_open(how->ring, state.sealed_audit_key,
                      vso_state_row_audit_place(state.keystore_id, p), &key,
                      cause, p) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    return vso_fail(res, VSO_P_SEALED, STATE,
                    "The keystore is of a version before this one, and its "
                    "master key is needed to take it over. %s",
                    cause->detail ? cause->detail : "Set VSOCertMasterKey.");
}

/** What version 8 made: the MACs of all rows, and their sums. */
static apr_status_t fill_8(vso_db_t *db, const vso_migration_how_t *how,
                           vso_result_t *res, apr_pool_t *p)
{
    return vso_row_renew_first(db, how->ring, VSO_SCHEMA_VERSION, res, p);
}

const vso_migration_step_t *vso_migration_steps(int *pcount, apr_pool_t *p)
{
    vso_migration_step_t *steps =
        apr_pcalloc(p, VSO_SCHEMA_VERSION * sizeof(*steps));
    const vso_table_t *table;
    const vso_index_t *index;
    int i;

    for (i = 0; i < VSO_SCHEMA_VERSION; i++) {
        apr_array_header_t *sql = apr_array_make(p, 8, sizeof(const char *));

        for (table = vso_tables(); table->name; table++) {
            add_statements(table, i + 1, sql, p);
        }
        for (index = vso_tables_indices(); index->name; index++) {
            if (index->since == i + 1) {
                APR_ARRAY_PUSH(sql, const char *) = vso_table_index(index, p);
            }
        }
        APR_ARRAY_PUSH(sql, const char *) = NULL;
        steps[i].version = i + 1;
        steps[i].sql = (const char *const *)sql->elts;
    }
    steps[6].fill = fill_7;
    steps[7].fill = fill_8;
    steps[7].check = check_8;
    steps[7].needs_key = 1;
    *pcount = VSO_SCHEMA_VERSION;
    return steps;
}
