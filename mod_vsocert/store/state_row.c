/* SPDX-License-Identifier: Apache-2.0 */
#include "store/state_row.h"

#include "base/limits.h"
#include "store/rows.h"
#include "store/migration.h"

#define STATE "vmo_keystore_state"

static const vso_member_t members[] = {
    VSO_MEMBER(vso_state_row_t, schema_version),
    VSO_MEMBER_OF(vso_state_row_t, state.keystore_id, "keystore_id"),
    VSO_MEMBER_OF(vso_state_row_t, state.generation, "generation"),
    VSO_MEMBER(vso_state_row_t, next_id),
    VSO_MEMBER_OF(vso_state_row_t, state.audit_seq, "audit_seq"),
    VSO_MEMBER_OF(vso_state_row_t, state.audit_mac, "audit_mac"),
    VSO_MEMBER(vso_state_row_t, sealed_audit_key),
    VSO_MEMBER(vso_state_row_t, lock_count),
    VSO_MEMBER_OF(vso_state_row_t, state.lineage, "lineage"),
    VSO_MEMBER_OF(vso_state_row_t, state.serving_generation,
                  "serving_generation"),
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

apr_status_t vso_state_row_read(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv;

    rv = vso_rows_list(db, VSO_SQL_STATE_READ, NULL, &record, &rows, res, p);
    if (rv != APR_SUCCESS || !rows->nelts) {
        return rv == APR_SUCCESS ? no_row(res) : rv;
    }
    *row = APR_ARRAY_IDX(rows, 0, vso_state_row_t);
    if (vso_state_row_check("generation", row->state.generation, res) ||
        vso_state_row_check("serving_generation", row->state.serving_generation,
                            res) ||
        vso_state_row_check("next_id", row->next_id, res) ||
        vso_state_row_check("audit_seq", row->state.audit_seq, res) ||
        vso_state_row_check("lock_count", row->lock_count, res)) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t vso_state_row_update(vso_db_t *db, vso_sql_e sql,
                                  const char **args, vso_result_t *res,
                                  apr_pool_t *p)
{
    int affected = 0;
    apr_status_t rv;

    rv = vso_db_exec(db, sql, args, &affected, res, p);
    return rv == APR_SUCCESS && affected != 1 ? no_row(res) : rv;
}

apr_status_t vso_state_row_lock(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv;

    rv = vso_state_row_update(db, VSO_SQL_STATE_LOCK, NULL, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_state_row_read(db, row, res, p);
    }
    return rv == APR_SUCCESS ? vso_migration_check(row->schema_version, res)
                             : rv;
}
