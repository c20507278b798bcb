/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rows_whole.h"

#include "store/state_row.h"

#define STATE "vmo_keystore_state"

/** A table on its way. */
typedef struct {
    const vso_record_t *record;
    int first; /**< the table's columns begin behind those of the state row */
    vso_state_row_t state;
    int has_state;
    vso_row_sums_t *sums; /**< of the rows that are there */
    apr_array_header_t *rows;
} whole_t;

/** The proof in a structure. */
static const vso_row_proof_t *proof_of(const vso_record_t *record,
                                       const void *structure)
{
    const vso_member_t *member = record->members;

    while (member->type != VSO_MEMBER_PROOF) {
        member++;
    }
    return (const void *)((const char *)structure + member->offset);
}

/** A vso_db_row_fn. */
static apr_status_t take_row(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    whole_t *whole = baton;
    const vso_record_t *record = whole->record;
    const vso_table_t *table = vso_table_find(record->table);
    int mac = whole->first + vso_table_column(table, VSO_MAC_COLUMN);
    const vso_row_proof_t *proof;
    void *structure;

    if (!whole->has_state) {
        vso_state_row_take(row, &whole->state);
        whole->has_state = 1;
    }
    if (!*vso_row_peek(row, mac)) {
        return APR_SUCCESS; /* the table is empty, or the row has no MAC */
    }
    structure = apr_pcalloc(whole->rows->pool, record->size);
    vso_row_read_at(record, row, whole->first, structure);
    proof = proof_of(record, structure);
    if (proof->sealed) {
        return vso_row_require(proof, table->name,
                               vso_row_peek(row, whole->first), res);
    }
    if (!proof->authentic) {
        return APR_SUCCESS;
    }
    APR_ARRAY_PUSH(whole->rows, void *) = structure;
    return vso_row_sums_add(whole->sums, table->name, proof->mac, res);
}

apr_status_t vso_rows_whole(vso_db_t *db, vso_sql_e sql,
                            const vso_record_t *record,
                            apr_array_header_t **prows, vso_result_t *res,
                            apr_pool_t *p)
{
    const vso_row_keys_t *keys = vso_db_row_keys(db);
    whole_t whole = {.record = record,
                     .first = vso_table_width(vso_table_find(STATE)),
                     .rows = apr_array_make(p, 8, sizeof(void *))};
    vso_row_sums_t *stated = NULL;
    apr_status_t rv;

    whole.sums = vso_row_sums_make(keys, p);
    rv = vso_db_select(db, sql, NULL, take_row, &whole, res, p);
    if (rv == APR_SUCCESS && !whole.has_state) {
        rv = vso_fail(res, VSO_P_DATABASE, STATE,
                      "The row of vmo_keystore_state was deleted: restore the "
                      "database from a backup.");
    }
    if (rv == APR_SUCCESS) {
        rv = vso_state_row_verify(&whole.state, keys, &stated, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!vso_row_sums_equal(whole.sums, stated, record->table)) {
        return vso_fail(res, VSO_P_INTEGRITY, record->table,
                        "Rows of %s were edited, deleted or put back in the "
                        "database: their sum is not that of "
                        "vmo_keystore_state, and none of them is used. Restore "
                        "the database from a backup.",
                        record->table);
    }
    *prows = whole.rows;
    return APR_SUCCESS;
}
