/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row_check.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "store/row_proof.h"
#include "store/table_walk.h"

#define STATE "vmo_keystore_state"

/** A check on its way. */
typedef struct {
    const vso_row_keys_t *keys;
    vso_row_check_t *check;
    apr_pool_t *p; /**< of what is found */
} checking_t;

static void add_problem(vso_row_check_t *check, const char *table,
                        const char *row, const char *detail)
{
    vso_row_problem_t *problem = apr_array_push(check->problems);

    problem->table = table;
    problem->row = row;
    problem->detail = detail;
}

/** "a,b": the columns of a row's key. */
static const char *key_of(const vso_table_t *table, const char **values,
                          apr_pool_t *p)
{
    const char *key = apr_pstrdup(p, values[0]);
    int i;

    for (i = 1; i < vso_table_key(table); i++) {
        key = apr_pstrcat(p, key, ",", values[i], NULL);
    }
    return key;
}

/** A vso_table_walk_fn. */
static apr_status_t look(void *baton, const vso_table_t *table,
                         const char **values, vso_result_t *res, apr_pool_t *p)
{
    const checking_t *checking = baton;
    vso_row_check_t *check = checking->check;
    vso_result_t *cause = vso_result_create(p);
    vso_row_proof_t proof;

    check->rows++;
    vso_row_prove(checking->keys, table, values, &proof, p);
    if (proof.authentic) {
        return proof.counted
                   ? vso_row_sums_add(check->sums, table->name, proof.mac, res)
                   : APR_SUCCESS;
    }
    vso_row_require(&proof, table->name, key_of(table, values, p), cause);
    if (proof.sealed) {
        return vso_fail_as(res, cause);
    }
    check->forged++;
    if (check->problems->nelts < VSO_MAX_ROW_PROBLEMS) {
        add_problem(check, table->name, key_of(table, values, checking->p),
                    apr_pstrdup(checking->p, cause->detail));
    }
    return APR_SUCCESS;
}

apr_status_t vso_row_check_run(vso_db_t *db, const vso_row_keys_t *keys,
                               vso_row_check_t *check, vso_result_t *res,
                               apr_pool_t *p)
{
    checking_t checking = {keys, check, p};
    const vso_table_t *table;
    apr_status_t rv = APR_SUCCESS;
    int i;

    memset(check, 0, sizeof(*check));
    check->sums = vso_row_sums_make(keys, p);
    check->problems = apr_array_make(p, 4, sizeof(vso_row_problem_t));
    for (i = 0; rv == APR_SUCCESS && (table = vso_table_with_macs(i)) != NULL;
         i++) {
        if (strcmp(table->name, STATE)) {
            rv = vso_table_walk(db, table, look, &checking, res, p);
        }
    }
    return rv;
}

int vso_row_check_sums(vso_row_check_t *check, const vso_row_sums_t *stated,
                       apr_pool_t *p)
{
    const vso_table_t *table;
    int differ = 0;
    int i;

    for (i = 0; (table = vso_table_with_macs(i)) != NULL; i++) {
        if (vso_row_sums_equal(check->sums, stated, table->name)) {
            continue;
        }
        differ++;
        add_problem(
            check, table->name, "",
            apr_psprintf(
                p,
                "%s has %" APR_INT64_T_FMT " rows that this module wrote, and "
                "vmo_keystore_state says %" APR_INT64_T_FMT
                ", or others: rows were edited, deleted or "
                "put back. Restore the database from a backup, "
                "or look at what is there and POST "
                "/keystore/accept-restore.",
                table->name, vso_row_sums_count(check->sums, table->name),
                vso_row_sums_count(stated, table->name)));
    }
    return differ;
}
