/* SPDX-License-Identifier: Apache-2.0 */
#include "store/copy.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <openssl/evp.h>

#include "base/worker.h"
#include "store/dialect.h"
#include "store/migration.h"
#include "store/tables.h"
#include "store/transaction.h"

#define STATE "vmo_keystore_state"

/* Rows in memory at once: of packages, about 6 MiB. */
#define PAGE_ROWS "24"

#define DIGEST_LEN 32

/* How long the source's transaction is left alone, while the target has work
 * to do: the database ends one that is idle for VSO_IDLE_SEC. */
#define AWAKE_INTERVAL apr_time_from_sec(1)

/** One table, being read from a database. */
typedef struct {
    const vso_table_t *table;
    vso_db_t *db;
    vso_statement_t *first; /**< selects the first page */
    vso_statement_t *next;  /**< selects what follows a key */
    vso_db_t *locked;       /**< holds a transaction open meanwhile */
    apr_time_t asked;       /**< when it was last asked anything */
} source_t;

/** What a table holds, in whatever order it is read. */
typedef struct {
    apr_int64_t rows;
    unsigned char sum[DIGEST_LEN]; /**< exclusive or of all rows' digests */
} content_t;

/** Called for each row, with a text per column. */
typedef apr_status_t row_fn(void *baton, const vso_table_t *table,
                            const char **values, vso_result_t *res,
                            apr_pool_t *p);

/* Statements */

/** "a > %s OR (a = %s AND b > %s)": what follows a key. */
static const char *follows(const vso_table_t *table, apr_pool_t *p)
{
    const char *text = "";
    int i;
    int j;

    for (i = 0; i < vso_table_key(table); i++) {
        text = apr_pstrcat(p, text, i ? " OR (" : "(", NULL);
        for (j = 0; j < i; j++) {
            text =
                apr_pstrcat(p, text, table->columns[j].name, " = ",
                            vso_column_mark(&table->columns[j]), " AND ", NULL);
        }
        text = apr_pstrcat(p, text, table->columns[i].name, " > ",
                           vso_column_mark(&table->columns[i]), ")", NULL);
    }
    return text;
}

static apr_status_t open_source(source_t *source, vso_db_t *db,
                                vso_db_t *locked, const vso_table_t *table,
                                vso_result_t *res, apr_pool_t *p)
{
    const char *select = apr_pstrcat(
        p, "SELECT ", vso_table_names(table, vso_table_width(table), p),
        " FROM ", table->name, NULL);
    const char *order = apr_pstrcat(
        p, " ORDER BY ", vso_table_names(table, vso_table_key(table), p),
        " LIMIT " PAGE_ROWS, NULL);
    apr_status_t rv;

    source->table = table;
    source->db = db;
    source->locked = locked;
    source->asked = vso_worker_now();
    rv = vso_db_compile(db, apr_pstrcat(p, select, order, NULL), &source->first,
                        res, p);
    return rv == APR_SUCCESS
               ? vso_db_compile(db,
                                apr_pstrcat(p, select, " WHERE ",
                                            follows(table, p), order, NULL),
                                &source->next, res, p)
               : rv;
}

static const char *insert_text(const vso_table_t *table, apr_pool_t *p)
{
    return apr_pstrcat(p, "INSERT INTO ", table->name, " (",
                       vso_table_names(table, vso_table_width(table), p),
                       ") VALUES (", vso_table_marks(table, p), ")", NULL);
}

/* Reading a table page by page */

typedef struct {
    const vso_table_t *table;
    apr_array_header_t *rows; /**< of const char ** */
    apr_pool_t *p;
} page_t;

static apr_status_t take_row(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    page_t *page = baton;
    int columns = vso_table_width(page->table);
    const char **values =
        apr_palloc(page->p, (apr_size_t)columns * sizeof(*values));
    int i;

    (void)res;
    for (i = 0; i < columns; i++) {
        values[i] = vso_row_text(row, i);
    }
    APR_ARRAY_PUSH(page->rows, const char **) = values;
    return APR_SUCCESS;
}

/** What vso_db_select hands to the statement that selects what follows: see
 * follows(). */
static const char **key_args(const vso_table_t *table, const char **key,
                             apr_pool_t *p)
{
    const char **args = apr_palloc(
        p, (apr_size_t)(vso_table_key(table) * (vso_table_key(table) + 1) / 2) *
               sizeof(*args));
    int n = 0;
    int i;
    int j;

    for (i = 0; i < vso_table_key(table); i++) {
        for (j = 0; j <= i; j++) {
            args[n++] = key[j];
        }
    }
    return args;
}

/** Keep the transaction of the source from being taken for one that was left
 * behind. */
static apr_status_t keep_awake(source_t *source, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_time_t now = vso_worker_now();
    const char *ignored = NULL;

    if (now - source->asked < AWAKE_INTERVAL) {
        return APR_SUCCESS;
    }
    source->asked = now;
    return vso_db_ask(source->locked, "SELECT 1", &ignored, res, p);
}

static apr_status_t each_row(source_t *source, row_fn *fn, void *baton,
                             vso_result_t *res, apr_pool_t *p)
{
    const vso_table_t *table = source->table;
    const char **key =
        apr_pcalloc(p, (apr_size_t)vso_table_key(table) * sizeof(*key));
    apr_pool_t *key_pool;
    apr_status_t rv;
    page_t page;
    int begun = 0;
    int i;

    page.table = table;
    apr_pool_create(&page.p, p);
    apr_pool_create(&key_pool, p);
    do {
        apr_pool_clear(page.p);
        page.rows = apr_array_make(page.p, 32, sizeof(const char **));
        rv = vso_db_select_compiled(source->db,
                                    begun ? source->next : source->first,
                                    begun ? key_args(table, key, page.p) : NULL,
                                    take_row, &page, res, page.p);
        for (i = 0; rv == APR_SUCCESS && i < page.rows->nelts; i++) {
            rv = fn(baton, table, APR_ARRAY_IDX(page.rows, i, const char **),
                    res, page.p);
            if (rv == APR_SUCCESS) {
                rv = keep_awake(source, res, page.p);
            }
        }
        if (page.rows->nelts) {
            const char **last =
                APR_ARRAY_IDX(page.rows, page.rows->nelts - 1, const char **);

            apr_pool_clear(key_pool);
            for (i = 0; i < vso_table_key(table); i++) {
                key[i] = apr_pstrdup(key_pool, last[i]);
            }
        }
        begun = 1;
    } while (rv == APR_SUCCESS && page.rows->nelts);
    apr_pool_destroy(key_pool);
    apr_pool_destroy(page.p);
    return rv;
}

/* Comparing */

static apr_status_t add_to_content(void *baton, const vso_table_t *table,
                                   const char **values, vso_result_t *res,
                                   apr_pool_t *p)
{
    content_t *content = baton;
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

typedef struct {
    vso_db_t *to;
    vso_statement_t *insert;
    content_t content;
} target_t;

static apr_status_t insert_row(void *baton, const vso_table_t *table,
                               const char **values, vso_result_t *res,
                               apr_pool_t *p)
{
    target_t *target = baton;
    apr_status_t rv;

    rv = vso_db_exec_compiled(target->to, target->insert, values, NULL, res, p);
    return rv == APR_SUCCESS
               ? add_to_content(&target->content, table, values, res, p)
               : rv;
}

static apr_status_t copy_table(vso_db_t *from, vso_db_t *to,
                               const vso_table_t *table, apr_int64_t *prows,
                               vso_result_t *res, apr_pool_t *p)
{
    target_t target = {to, NULL, {0, {0}}};
    content_t copied = {0, {0}};
    source_t source;
    apr_status_t rv;

    rv = open_source(&source, from, from, table, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_db_compile(to, insert_text(table, p), &target.insert, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = each_row(&source, insert_row, &target, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = open_source(&source, to, from, table, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = each_row(&source, add_to_content, &copied, res, p);
    }
    if (rv == APR_SUCCESS &&
        (copied.rows != target.content.rows ||
         memcmp(copied.sum, target.content.sum, DIGEST_LEN) != 0)) {
        rv = vso_fail(res, VSO_P_DATABASE, table->name,
                      "What was read back from the copy of %s is not what was "
                      "written: something else may be using the target.",
                      table->name);
    }
    *prows = copied.rows;
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
    const char *snapshot = vso_db_dialect(from)->snapshot_sql;
    apr_status_t rv;

    rv = check_source(from, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_migration_ensure(to, 1, res, p);
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
    rv = vso_db_run(from,
                    "UPDATE " STATE " SET lock_count = lock_count WHERE id = 1",
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
