/* SPDX-License-Identifier: Apache-2.0 */
#include "store/copy.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>
#include <openssl/evp.h>

#include "base/worker.h"
#include "store/dialect.h"
#include "store/migration.h"
#include "store/table_walk.h"
#include "store/transaction.h"

#define STATE "vmo_keystore_state"

#define DIGEST_LEN 32

/* How long the source's transaction is left alone, while the target has work
 * to do: the database ends one that is idle for VSO_IDLE_SEC. */
#define AWAKE_INTERVAL apr_time_from_sec(1)

/** A transaction of the source that is held open meanwhile. */
typedef struct {
    vso_db_t *db;
    apr_time_t asked; /**< when it was last asked anything */
} awake_t;

/** What a table holds, in whatever order it is read. */
typedef struct {
    apr_int64_t rows;
    unsigned char sum[DIGEST_LEN]; /**< exclusive or of all rows' digests */
} content_t;

/** Keep the transaction of the source from being taken for one that was left
 * behind. */
static apr_status_t keep_awake(awake_t *awake, vso_result_t *res, apr_pool_t *p)
{
    apr_time_t now = vso_worker_now();
    const char *ignored = NULL;

    if (now - awake->asked < AWAKE_INTERVAL) {
        return APR_SUCCESS;
    }
    awake->asked = now;
    return vso_db_ask(awake->db, "SELECT 1", &ignored, res, p);
}

static const char *insert_text(const vso_table_t *table, apr_pool_t *p)
{
    return apr_pstrcat(p, "INSERT INTO ", table->name, " (",
                       vso_table_names(table, vso_table_width(table), p),
                       ") VALUES (", vso_table_marks(table, p), ")", NULL);
}

/* Comparing */

static apr_status_t add_to_content(content_t *content, const vso_table_t *table,
                                   const char **values, vso_result_t *res,
                                   apr_pool_t *p)
{
    unsigned char digest[DIGEST_LEN];
    const char *text = "";
    int i;

    for (i = 0; i < vso_table_width(table); i++) {
        text = apr_psprintf(p, "%s%" APR_SIZE_T_FMT ":%s", text,
                            strlen(values[i]), values[i]);
    }
    if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) != 1) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not compute a digest.");
    }
    for (i = 0; i < DIGEST_LEN; i++) {
        content->sum[i] ^= digest[i];
    }
    content->rows++;
    return APR_SUCCESS;
}

/* Copying */

/** One table on its way. */
typedef struct {
    awake_t *awake;
    vso_db_t *to;
    vso_statement_t *insert;
    content_t written;
    content_t copied;
} target_t;

/** A vso_table_walk_fn. */
static apr_status_t insert_row(void *baton, const vso_table_t *table,
                               const char **values, vso_result_t *res,
                               apr_pool_t *p)
{
    target_t *target = baton;
    apr_status_t rv;

    rv = vso_db_exec_compiled(target->to, target->insert, values, NULL, res, p);
    if (rv == APR_SUCCESS) {
        rv = add_to_content(&target->written, table, values, res, p);
    }
    return rv == APR_SUCCESS ? keep_awake(target->awake, res, p) : rv;
}

/** A vso_table_walk_fn. */
static apr_status_t read_back(void *baton, const vso_table_t *table,
                              const char **values, vso_result_t *res,
                              apr_pool_t *p)
{
    target_t *target = baton;
    apr_status_t rv = add_to_content(&target->copied, table, values, res, p);

    return rv == APR_SUCCESS ? keep_awake(target->awake, res, p) : rv;
}

static apr_status_t copy_table(vso_db_t *from, vso_db_t *to,
                               const vso_table_t *table, apr_int64_t *prows,
                               vso_result_t *res, apr_pool_t *p)
{
    awake_t awake = {from, vso_worker_now()};
    target_t target = {.awake = &awake, .to = to};
    apr_status_t rv;

    rv = vso_db_compile(to, insert_text(table, p), &target.insert, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_table_walk(from, table, insert_row, &target, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_table_walk(to, table, read_back, &target, res, p);
    }
    if (rv == APR_SUCCESS &&
        (target.copied.rows != target.written.rows ||
         memcmp(target.copied.sum, target.written.sum, DIGEST_LEN) != 0)) {
        rv = vso_fail(res, VSO_P_DATABASE, table->name,
                      "What was read back from the copy of %s is not what was "
                      "written: something else may be using the target.",
                      table->name);
    }
    *prows = target.copied.rows;
    return rv;
}

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

static apr_status_t copy_all(vso_db_t *from, vso_db_t *to,
                             vso_copy_report_fn *report, void *baton,
                             vso_result_t *res, apr_pool_t *p)
{
    const vso_table_t *table;
    apr_status_t rv;

    rv = clear_target(to, res, p);
    for (table = vso_tables(); rv == APR_SUCCESS && table->name; table++) {
        apr_int64_t rows = 0;

        rv = copy_table(from, to, table, &rows, res, p);
        if (rv == APR_SUCCESS) {
            report(baton, table->name, rows);
        }
    }
    return rv;
}

apr_status_t vso_copy(vso_db_t *from, vso_db_t *to, vso_copy_report_fn *report,
                      void *baton, vso_result_t *res, apr_pool_t *p)
{
    const vso_migration_how_t tables = {.make = 1}; /* the row comes, too */
    const char *snapshot = vso_db_dialect(from)->snapshot_sql;
    apr_status_t rv;

    rv = check_source(from, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_migration_ensure(to, &tables, res, p);
    }
    if (rv == APR_SUCCESS && snapshot) {
        rv = vso_db_run(from, snapshot, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_transaction_begin(from, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* Locks the row as VSO_SQL_STATE_LOCK does, and leaves it as it is. */
    rv = vso_db_run(from, "UPDATE " STATE " SET locks = locks WHERE id = 1",
                    res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_transaction_begin(to, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = copy_all(from, to, report, baton, res, p);
        if (rv == APR_SUCCESS) {
            rv = vso_transaction_commit(to, res, p);
        }
        else {
            vso_transaction_rollback(to, p);
        }
    }
    vso_transaction_rollback(from, p);
    return rv;
}
