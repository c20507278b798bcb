/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row_proof.h"

#include <apr_strings.h>

#include "store/row_log.h"

void vso_row_prove(const vso_row_keys_t *keys, const vso_table_t *table,
                   const char *const *values, vso_row_proof_t *proof,
                   apr_pool_t *p)
{
    vso_row_verdict_e verdict =
        keys ? vso_row_mac_verify(keys, table, values, p) : VSO_ROW_OTHER_KEY;

    if (verdict == VSO_ROW_FORGED) {
        vso_row_log_forged(table, values);
    }
    proof->mac =
        apr_pstrdup(p, values[vso_table_column(table, VSO_MAC_COLUMN)]);
    proof->authentic = verdict == VSO_ROW_HOLDS;
    proof->sealed = verdict == VSO_ROW_OTHER_KEY;
    proof->counted = vso_table_counts(table, values);
}

apr_status_t vso_row_require(const vso_row_proof_t *proof, const char *table,
                             const char *which, vso_result_t *res)
{
    if (proof->authentic) {
        return APR_SUCCESS;
    }
    return proof->sealed
               ? vso_fail(res, VSO_P_SEALED, table,
                          "Row %.255s of %s was written with a master key that "
                          "VSOCertMasterKey does not give: add that key.",
                          which, table)
               : vso_fail(res, VSO_P_DAMAGED, table,
                          "Row %.255s of %s was edited in the database: its "
                          "MAC does not hold, and it is not used. Restore the "
                          "database from a backup, or delete what the row "
                          "belongs to.",
                          which, table);
}
