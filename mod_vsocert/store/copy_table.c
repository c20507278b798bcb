/* SPDX-License-Identifier: Apache-2.0 */
#include "store/copy_table.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>
#include <openssl/evp.h>

#include "base/worker.h"
#include "store/table_walk.h"

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
    vso_copy_table_fn *fn;
    void *baton;
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
    apr_status_t rv = APR_SUCCESS;

    if (target->fn) {
        rv = target->fn(target->baton, table, values, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_db_exec_compiled(target->to, target->insert, values, NULL, res,
                                  p);
    }
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

apr_status_t vso_copy_table_row(vso_db_t *to, const vso_table_t *table,
                                const char **values, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_statement_t *insert = NULL;
    apr_status_t rv =
        vso_db_compile(to, insert_text(table, p), &insert, res, p);

    return rv == APR_SUCCESS
               ? vso_db_exec_compiled(to, insert, values, NULL, res, p)
               : rv;
}

apr_status_t vso_copy_table(vso_db_t *from, vso_db_t *to,
                            const vso_table_t *table, vso_copy_table_fn *fn,
                            void *baton, apr_int64_t *prows, vso_result_t *res,
                            apr_pool_t *p)
{
    awake_t awake = {from, vso_worker_now()};
    target_t target = {.awake = &awake, .to = to, .fn = fn, .baton = baton};
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
