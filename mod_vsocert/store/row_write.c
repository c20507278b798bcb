/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row_write.h"

#include <string.h>

#include "store/tables.h"

/** What is written, and where. */
typedef struct {
    vso_db_t *db;
    vso_row_sums_t *sums; /**< NULL: outside of a change */
    const vso_table_t *table;
    const char **args;
    int width;
} writing_t;

static writing_t writing_of(vso_db_t *db, vso_row_sums_t *sums,
                            const char *table, const char **args)
{
    writing_t writing = {db, sums, vso_table_find(table), args, 0};

    writing.width = vso_table_width(writing.table);
    return writing;
}

/** A row came to its sum, or went. */
static apr_status_t count(const writing_t *writing,
                          const vso_row_proof_t *proof, int adds,
                          vso_result_t *res)
{
    const char *table = writing->table->name;

    if (!proof->counted) {
        return APR_SUCCESS;
    }
    if (!writing->sums) {
        return vso_fail(res, VSO_P_INTERNAL, table,
                        "A row of %s was written outside of a change.", table);
    }
    return adds ? vso_row_sums_add(writing->sums, table, proof->mac, res)
                : vso_row_sums_subtract(writing->sums, table, proof->mac, res);
}

/** Give the row its MAC. @param proof  of the row as it will be */
static apr_status_t authenticate(const writing_t *writing,
                                 vso_row_proof_t *proof, vso_result_t *res,
                                 apr_pool_t *p)
{
    const vso_table_t *table = writing->table;
    const vso_row_keys_t *keys = vso_db_row_keys(writing->db);
    const char *mac = keys ? vso_row_mac(keys, table, writing->args, p) : NULL;

    if (!mac) {
        return vso_fail(res, VSO_P_INTERNAL, table->name,
                        "A row of %s cannot be authenticated.", table->name);
    }
    writing->args[vso_table_column(table, VSO_MAC_COLUMN)] = mac;
    memset(proof, 0, sizeof(*proof));
    proof->mac = mac;
    proof->authentic = 1;
    proof->counted = vso_table_counts(table, writing->args);
    return APR_SUCCESS;
}

/** Run a statement that ends with the key and the mac of before. */
static apr_status_t run(const writing_t *writing, vso_sql_row_e kind,
                        const char **args, vso_result_t *res, apr_pool_t *p)
{
    int affected = 0;
    apr_status_t rv =
        vso_db_exec(writing->db, vso_sql_row(writing->table, kind), args,
                    &affected, res, p);

    return rv == APR_SUCCESS && affected != 1
               ? vso_fail(res, VSO_P_STALE, NULL,
                          "A row of %s was changed by somebody else at the "
                          "same time: look again, then repeat the change if it "
                          "still applies.",
                          writing->table->name)
               : rv;
}

apr_status_t vso_row_insert(vso_db_t *db, vso_row_sums_t *sums,
                            const char *table, const char **args,
                            vso_row_proof_t *proof, vso_result_t *res,
                            apr_pool_t *p)
{
    const writing_t writing = writing_of(db, sums, table, args);
    vso_row_proof_t made;
    apr_status_t rv = authenticate(&writing, &made, res, p);

    if (rv == APR_SUCCESS) {
        rv = vso_db_exec(db, vso_sql_row(writing.table, VSO_SQL_ROW_INSERT),
                         args, NULL, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = count(&writing, &made, 1, res);
    }
    if (rv == APR_SUCCESS && proof) {
        *proof = made;
    }
    return rv;
}

/** The columns behind the key, then the key, then the mac as it was read. */
static const char **update_args(const writing_t *writing, const char *mac,
                                apr_pool_t *p)
{
    int keys = vso_table_key(writing->table);
    int others = writing->width - keys;
    const char **args =
        apr_palloc(p, (apr_size_t)(writing->width + 1) * sizeof(*args));

    memcpy(args, writing->args + keys, (apr_size_t)others * sizeof(*args));
    memcpy(args + others, writing->args, (apr_size_t)keys * sizeof(*args));
    args[writing->width] = mac;
    return args;
}

apr_status_t vso_row_update(vso_db_t *db, vso_row_sums_t *sums,
                            const char *table, const char **args,
                            vso_row_proof_t *proof, vso_result_t *res,
                            apr_pool_t *p)
{
    const writing_t writing = writing_of(db, sums, table, args);
    vso_row_proof_t made;
    apr_status_t rv = vso_row_require(proof, table, args[0], res);

    if (rv == APR_SUCCESS) {
        rv = authenticate(&writing, &made, res, p);
    }
    /* equal rows have equal MACs, and MariaDB counts only what has changed */
    if (rv != APR_SUCCESS || !strcmp(made.mac, proof->mac)) {
        return rv;
    }
    rv = run(&writing, VSO_SQL_ROW_UPDATE, update_args(&writing, proof->mac, p),
             res, p);
    if (rv == APR_SUCCESS) {
        rv = count(&writing, proof, 0, res);
    }
    if (rv == APR_SUCCESS) {
        rv = count(&writing, &made, 1, res);
    }
    if (rv == APR_SUCCESS) {
        *proof = made;
    }
    return rv;
}

apr_status_t vso_row_delete(vso_db_t *db, vso_row_sums_t *sums,
                            const char *table, const char **args,
                            const vso_row_proof_t *proof, vso_result_t *res,
                            apr_pool_t *p)
{
    const writing_t writing = writing_of(db, sums, table, args);
    int keys = vso_table_key(writing.table);
    const char **key = apr_palloc(p, (apr_size_t)(keys + 1) * sizeof(*key));
    apr_status_t rv;

    memcpy(key, args, (apr_size_t)keys * sizeof(*key));
    key[keys] = proof->mac;
    rv = run(&writing, VSO_SQL_ROW_DELETE, key, res, p);
    return rv == APR_SUCCESS && proof->authentic
               ? count(&writing, proof, 0, res)
               : rv;
}

apr_status_t vso_row_replace(vso_db_t *db, vso_row_sums_t *sums,
                             const char *table, const char **args,
                             vso_row_proof_t *proof, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_status_t rv;

    if (proof->authentic) {
        return vso_row_update(db, sums, table, args, proof, res, p);
    }
    if (proof->sealed) {
        return vso_row_require(proof, table, args[0], res);
    }
    rv = vso_row_delete(db, sums, table, args, proof, res, p);
    return rv == APR_SUCCESS
               ? vso_row_insert(db, sums, table, args, proof, res, p)
               : rv;
}
