/* SPDX-License-Identifier: Apache-2.0 */
#include "store/state_row.h"

#include "base/limits.h"
#include "store/db.h"
#include "store/schema.h"

static apr_status_t take_row(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    vso_state_row_t *found = baton;

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

apr_status_t vso_state_row_check(const char *name, apr_int64_t number,
                                 vso_result_t *res)
{
    return number >= 0 && number < VSO_MAX_NUMBER
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_DAMAGED, "vmo_keystore_state",
                          "%s of vmo_keystore_state is out of range: the row "
                          "was edited. Restore the database from a backup.",
                          name);
}

apr_status_t vso_state_row_read(vso_db_t *db, vso_state_row_t *row,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv;

    row->found = 0;
    rv = vso_db_select(db, VSO_SQL_STATE_READ, NULL, take_row, row, res, p);
    if (rv != APR_SUCCESS || !row->found) {
        return rv == APR_SUCCESS ? no_row(res) : rv;
    }
    if (vso_state_row_check("generation", row->state.generation, res) ||
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
    return rv == APR_SUCCESS ? vso_schema_check(row->schema_version, res) : rv;
}
