/* SPDX-License-Identifier: Apache-2.0 */
#include "store/state_row.h"

#include <apr_strings.h>

#include "base/limits.h"
#include "store/rows.h"

#define STATE "vmo_keystore_state"

/* What to do about a row that somebody wrote without the master key. */
#define RESTORE                                                                \
    "Nothing is changed any more, and what this node serves stays: restore "   \
    "the database from a backup."

static const vso_member_t members[] = {
    VSO_MEMBER(vso_state_row_t, schema_version),
    VSO_MEMBER_OF(vso_state_row_t, state.keystore_id, "keystore_id"),
    VSO_MEMBER_OF(vso_state_row_t, state.generation, "generation"),
    VSO_MEMBER(vso_state_row_t, next_id),
    VSO_MEMBER_OF(vso_state_row_t, state.audit_seq, "audit_seq"),
    VSO_MEMBER_OF(vso_state_row_t, state.audit_mac, "audit_mac"),
    VSO_MEMBER(vso_state_row_t, sealed_audit_key),
    VSO_MEMBER(vso_state_row_t, locks),
    VSO_MEMBER_OF(vso_state_row_t, state.lineage, "lineage"),
    VSO_MEMBER_OF(vso_state_row_t, state.serving_generation,
                  "serving_generation"),
    VSO_MEMBER(vso_state_row_t, sums),
    VSO_MEMBER_OF(vso_state_row_t, state.moved_sec, "moved_sec"),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {STATE, sizeof(vso_state_row_t), members};

static apr_status_t no_row(vso_result_t *res)
{
    return vso_fail(res, VSO_P_DATABASE, STATE,
                    "The row of vmo_keystore_state was deleted: restore the "
                    "database from a backup.");
}

apr_status_t vso_state_row_check(const char *name, apr_int64_t number,
                                 vso_result_t *res)
{
    return number >= 0 && number < VSO_MAX_NUMBER
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_DAMAGED, STATE,
                          "%s of vmo_keystore_state is out of range: the row "
                          "was edited. Restore the database from a backup.",
                          name);
}

/* Reading */

typedef struct {
    vso_state_row_t *row;
    int found;
} found_t;

void vso_state_row_take(const vso_row_t *from, vso_state_row_t *row)
{
    int width = vso_table_width(vso_table_find(STATE));
    const char **columns =
        apr_palloc(vso_row_pool(from), (apr_size_t)width * sizeof(*columns));
    int i;

    for (i = 0; i < width; i++) {
        columns[i] = vso_row_text(from, i);
    }
    vso_row_read(&record, from, row);
    row->columns = columns;
}

static apr_status_t take_row(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    found_t *found = baton;

    (void)res;
    vso_state_row_take(row, found->row);
    found->found = 1;
    return APR_SUCCESS;
}

apr_status_t vso_state_row_read(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p)
{
    found_t found = {row, 0};
    apr_status_t rv;

    rv = vso_db_select(db, VSO_SQL_STATE_READ, NULL, take_row, &found, res, p);
    if (rv != APR_SUCCESS || !found.found) {
        return rv == APR_SUCCESS ? no_row(res) : rv;
    }
    if (vso_state_row_check("generation", row->state.generation, res) ||
        vso_state_row_check("serving_generation", row->state.serving_generation,
                            res) ||
        vso_state_row_check("next_id", row->next_id, res) ||
        vso_state_row_check("audit_seq", row->state.audit_seq, res) ||
        vso_state_row_check("locks", row->locks, res)) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t vso_state_row_lock(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p)
{
    int affected = 0;
    apr_status_t rv;

    rv = vso_db_exec(db, VSO_SQL_STATE_LOCK, NULL, &affected, res, p);
    if (rv == APR_SUCCESS && affected != 1) {
        rv = no_row(res);
    }
    return rv == APR_SUCCESS ? vso_state_row_read(db, row, res, p) : rv;
}

/* Its MAC */

static const char *mac_of(const vso_state_row_t *row)
{
    return row->columns[vso_row_column(&record, VSO_MAC_COLUMN)];
}

const char *vso_state_row_key_id(const vso_state_row_t *row, apr_pool_t *p)
{
    return vso_row_mac_id(mac_of(row), p);
}

vso_row_keys_t *vso_state_row_keys(const vso_state_row_t *row,
                                   const vso_keyring_t *ring, apr_pool_t *p)
{
    vso_row_keys_t *keys = vso_row_keys_make(ring, row->state.keystore_id, p);

    if (keys) {
        vso_row_keys_use(keys, vso_state_row_key_id(row, p));
    }
    return keys;
}

apr_status_t vso_state_row_verify(const vso_state_row_t *row,
                                  const vso_row_keys_t *keys,
                                  vso_row_sums_t **psums, vso_result_t *res,
                                  apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);

    if (!vso_row_keys_id(keys)) {
        return vso_fail(res, VSO_P_SEALED, STATE,
                        "There is no master key: set VSOCertMasterKey.");
    }
    switch (vso_row_mac_verify(keys, vso_table_find(STATE), row->columns, p)) {
    case VSO_ROW_OTHER_KEY:
        return vso_fail(res, VSO_P_SEALED, STATE,
                        "The row of vmo_keystore_state was written with the "
                        "master key %s, which VSOCertMasterKey does not give: "
                        "add that key.",
                        vso_row_mac_id(mac_of(row), p));
    case VSO_ROW_FORGED:
        return vso_fail(res, VSO_P_INTEGRITY, STATE,
                        "The row of vmo_keystore_state was edited in the "
                        "database: its MAC does not hold. " RESTORE);
    default:
        break;
    }
    if (vso_row_sums_open(keys, row->sums, row->state.keystore_id,
                          row->state.generation, psums, cause,
                          p) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    return cause->problem == VSO_P_SEALED
               ? vso_fail_as(res, cause)
               : vso_fail(res, VSO_P_INTEGRITY, STATE,
                          "The sums of the tables in vmo_keystore_state do not "
                          "open. " RESTORE);
}

const char *vso_state_row_audit_place(const char *keystore_id, apr_pool_t *p)
{
    return apr_pstrcat(p, "audit|", keystore_id, NULL);
}

/* Writing */

apr_status_t vso_state_row_seal(vso_state_row_t *row,
                                const vso_row_sums_t *sums,
                                const vso_row_keys_t *keys, vso_result_t *res,
                                apr_pool_t *p)
{
    const char *mac;
    apr_status_t rv;

    rv = vso_row_sums_seal(sums, row->state.keystore_id, row->state.generation,
                           &row->sums, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    row->columns = vso_row_args(&record, row, p);
    row->columns[vso_row_column(&record, "id")] = "1";
    mac = vso_row_mac(keys, vso_table_find(STATE), row->columns, p);
    if (!mac) {
        return vso_fail(res, VSO_P_INTERNAL, STATE,
                        "The row of vmo_keystore_state cannot be "
                        "authenticated.");
    }
    row->columns[vso_row_column(&record, VSO_MAC_COLUMN)] = mac;
    return APR_SUCCESS;
}

apr_status_t vso_state_row_write(vso_db_t *db, const vso_state_row_t *before,
                                 const vso_state_row_t *row, int *pwritten,
                                 vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {
        vso_db_number(row->state.generation, p),
        vso_db_number(row->next_id, p),
        vso_db_number(row->state.audit_seq, p),
        row->state.audit_mac,
        row->sealed_audit_key,
        row->state.lineage,
        vso_db_number(row->state.serving_generation, p),
        row->sums,
        mac_of(row),
        vso_db_number(before->state.audit_seq, p),
        vso_db_number(before->locks, p),
    };

    *pwritten = 0;
    return vso_db_exec(db, VSO_SQL_STATE_WRITE, args, pwritten, res, p);
}

/* A keystore that was moved */

apr_status_t vso_state_row_check_here(const vso_state_row_t *row,
                                      vso_result_t *res)
{
    return row->state.moved_sec
               ? vso_fail(res, VSO_P_MOVED, STATE,
                          "This keystore was moved to another database, and "
                          "the one here is not used any more: let DBDriver and "
                          "DBDParams name the other one.")
               : APR_SUCCESS;
}

apr_status_t vso_state_row_write_moved(vso_db_t *db, const vso_state_row_t *row,
                                       vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {
        vso_db_number(row->state.moved_sec, p),
        row->sums,
        mac_of(row),
    };

    return vso_db_exec(db, VSO_SQL_STATE_MOVED, args, NULL, res, p);
}
