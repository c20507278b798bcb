/* SPDX-License-Identifier: Apache-2.0 */
#include "store/imports.h"

#include "base/limits.h"
#include "store/content.h"
#include "store/dialect.h"
#include "store/transaction.h"

static const char *text_of(const char *text)
{
    return text ? text : "";
}

static apr_status_t take_number(void *baton, const vso_row_t *row,
                                vso_result_t *res)
{
    (void)res;
    *(apr_int64_t *)baton = vso_row_int(row, 0);
    return APR_SUCCESS;
}

static apr_status_t collect_row(void *baton, const vso_row_t *row,
                                vso_result_t *res)
{
    apr_array_header_t *rows = baton;
    vso_import_row_t *to = apr_palloc(rows->pool, sizeof(*to));

    (void)res;
    to->id = vso_row_int(row, 0);
    to->content_id = vso_row_int(row, 1);
    to->sha256 = vso_row_text(row, 2);
    to->size = vso_row_int(row, 3);
    to->name = vso_row_text(row, 4);
    to->created_by = vso_row_text(row, 5);
    to->created_sec = vso_row_int(row, 6);
    to->expires_sec = vso_row_int(row, 7);
    APR_ARRAY_PUSH(rows, vso_import_row_t *) = to;
    return APR_SUCCESS;
}

static apr_status_t select_rows(vso_store_t *store, vso_sql_e sql,
                                const char **args, apr_array_header_t **prows,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows = apr_array_make(p, 4, sizeof(vso_import_row_t *));
    apr_status_t rv;

    rv = vso_db_select(vso_store_db(store), sql, args, collect_row, rows, res,
                       p);
    if (rv == APR_SUCCESS) {
        *prows = rows;
    }
    return rv;
}

static apr_status_t gone(apr_int64_t id, vso_result_t *res)
{
    return vso_fail(res, VSO_P_NOT_FOUND, "id",
                    "There is no import %" APR_INT64_T_FMT
                    ": it was confirmed or cancelled, or has expired. Upload "
                    "the package again.",
                    id);
}

static apr_status_t count_waiting(vso_db_t *db, const vso_import_row_t *row,
                                  vso_result_t *res, apr_pool_t *p)
{
    const char *since[] = {vso_db_number(row->created_sec, p)};
    apr_int64_t waiting = 0;
    apr_status_t rv;

    rv = vso_db_select(db, VSO_SQL_IMPORT_COUNT, since, take_number, &waiting,
                       res, p);
    if (rv == APR_SUCCESS && waiting > VSO_MAX_IMPORTS) {
        rv = vso_fail(res, VSO_P_SLOW_DOWN, NULL,
                      "%d uploaded packages wait for an answer: import or "
                      "cancel some, or try again when they have expired.",
                      VSO_MAX_IMPORTS);
    }
    return rv;
}

apr_status_t vso_imports_begin(vso_store_t *store, vso_import_row_t *row,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    const char *args[8];
    apr_status_t rv;

    row->id = vso_content_new_id();
    if (!row->id) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The random number generator failed.");
    }
    args[0] = vso_db_number(row->id, p);
    args[1] = "0";
    args[2] = "";
    args[3] = "0";
    args[4] = "";
    args[5] = text_of(row->created_by);
    args[6] = vso_db_number(row->created_sec, p);
    args[7] = vso_db_number(row->expires_sec, p);
    rv = vso_db_exec(db, VSO_SQL_IMPORT_INSERT, args, NULL, res, p);
    /* only then counted: of those that begin at the same moment each sees the
     * ones before it */
    if (rv == APR_SUCCESS && count_waiting(db, row, res, p) != APR_SUCCESS) {
        vso_db_exec(db, VSO_SQL_IMPORT_DELETE, args, NULL, vso_result_create(p),
                    p);
        rv = APR_EGENERAL;
    }
    return rv;
}

apr_status_t vso_imports_renew(vso_store_t *store, const apr_int64_t *ids,
                               int count, vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    apr_int64_t now_sec = 0;
    const char *args[2];
    apr_status_t rv;
    int i;

    rv = vso_db_now(db, &now_sec, res, p);
    args[0] = vso_db_number(now_sec + VSO_IMPORT_ALIVE_SEC, p);
    for (i = 0; rv == APR_SUCCESS && i < count; i++) {
        args[1] = vso_db_number(ids[i], p);
        rv = vso_db_exec(db, VSO_SQL_IMPORT_RENEW, args, NULL, res, p);
    }
    return rv;
}

apr_status_t vso_imports_stage(vso_store_t *store, const vso_import_row_t *row,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {
        vso_db_number(row->content_id, p),  text_of(row->sha256),
        vso_db_number(row->size, p),        text_of(row->name),
        vso_db_number(row->expires_sec, p), vso_db_number(row->id, p),
    };
    int affected = 0;
    apr_status_t rv;

    rv = vso_db_exec(vso_store_db(store), VSO_SQL_IMPORT_STAGE, args, &affected,
                     res, p);
    return rv == APR_SUCCESS && affected != 1 ? gone(row->id, res) : rv;
}

apr_status_t vso_imports_get(vso_store_t *store, apr_int64_t id,
                             apr_int64_t now_sec, vso_import_row_t **prow,
                             vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p), vso_db_number(now_sec, p)};
    apr_array_header_t *rows = NULL;

    if (select_rows(store, VSO_SQL_IMPORT_GET, args, &rows, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!rows->nelts) {
        return gone(id, res);
    }
    *prow = APR_ARRAY_IDX(rows, 0, vso_import_row_t *);
    return APR_SUCCESS;
}

apr_status_t vso_imports_list(vso_store_t *store, apr_int64_t now_sec,
                              apr_array_header_t **prows, vso_result_t *res,
                              apr_pool_t *p)
{
    const char *args[] = {vso_db_number(now_sec, p)};

    return select_rows(store, VSO_SQL_IMPORT_LIST, args, prows, res, p);
}

/** @param id  of the import, as the one argument */
static apr_status_t drop_content(vso_db_t *db, const char **id,
                                 vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = vso_db_exec(db, VSO_SQL_CHUNK_DROP, id, NULL, res, p);

    return rv == APR_SUCCESS
               ? vso_db_exec(db, VSO_SQL_CONTENT_DROP, id, NULL, res, p)
               : rv;
}

/** Delete inside a transaction; the row of the import first: it is what two
 * that delete or confirm at once wait for. */
static apr_status_t delete_all(vso_store_t *store, apr_int64_t id,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};
    vso_db_t *db = vso_store_db(store);
    int affected = 0;
    apr_status_t rv;

    rv = vso_db_exec(db, VSO_SQL_IMPORT_DELETE, args, &affected, res, p);
    if (rv == APR_SUCCESS && affected != 1) {
        rv = gone(id, res);
    }
    return rv == APR_SUCCESS ? drop_content(db, args, res, p) : rv;
}

apr_status_t vso_imports_delete(vso_store_t *store, vso_change_t *change,
                                apr_int64_t id, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);

    if (change) {
        return delete_all(store, id, res, p);
    }
    if (vso_transaction_begin(db, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (delete_all(store, id, res, p) != APR_SUCCESS) {
        vso_transaction_rollback(db, p);
        return APR_EGENERAL;
    }
    return vso_transaction_commit(db, res, p);
}

static apr_status_t collect_id(void *baton, const vso_row_t *row,
                               vso_result_t *res)
{
    (void)res;
    APR_ARRAY_PUSH((apr_array_header_t *)baton, const char *) =
        vso_row_text(row, 0);
    return APR_SUCCESS;
}

/** Run a statement for each id that another one finds. To find them first
 * keeps a server from locking all that is looked at. */
static apr_status_t delete_lost(vso_db_t *db, vso_sql_e find, vso_sql_e drop,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_make(p, 4, sizeof(const char *));
    apr_status_t rv;
    int i;

    rv = vso_db_select(db, find, NULL, collect_id, ids, res, p);
    for (i = 0; rv == APR_SUCCESS && i < ids->nelts; i++) {
        rv = vso_db_exec(db, drop, &APR_ARRAY_IDX(ids, i, const char *), NULL,
                         res, p);
    }
    return rv;
}

/** Inside a transaction: 0 in *pgone where it lives on. */
static apr_status_t expire_one(vso_db_t *db, const char *id, const char *now,
                               int *pgone, vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {id, now};
    apr_status_t rv;

    rv = vso_db_exec(db, VSO_SQL_IMPORT_EXPIRE, args, pgone, res, p);
    if (rv == APR_SUCCESS && *pgone) {
        rv = drop_content(db, args, res, p);
    }
    return rv;
}

apr_status_t vso_imports_expire(vso_store_t *store, apr_int64_t now_sec,
                                int *pcount, vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_make(p, 4, sizeof(const char *));
    const char *now = vso_db_number(now_sec, p);
    vso_db_t *db = vso_store_db(store);
    apr_status_t rv;
    int i;

    *pcount = 0;
    rv = vso_db_select(db, VSO_SQL_IMPORT_ENDED, &now, collect_id, ids, res, p);
    for (i = 0; rv == APR_SUCCESS && i < ids->nelts; i++) {
        int gone_now = 0;

        rv = vso_transaction_begin(db, res, p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        rv = expire_one(db, APR_ARRAY_IDX(ids, i, const char *), now, &gone_now,
                        res, p);
        if (rv != APR_SUCCESS) {
            vso_transaction_rollback(db, p);
            return rv;
        }
        rv = vso_transaction_commit(db, res, p);
        *pcount += rv == APR_SUCCESS ? gone_now : 0;
    }
    return rv;
}

apr_status_t vso_imports_purge(vso_store_t *store, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    apr_status_t rv;

    rv = delete_lost(db, VSO_SQL_CONTENT_LOST, VSO_SQL_CONTENT_DROP, res, p);
    return rv == APR_SUCCESS ? delete_lost(db, VSO_SQL_CHUNK_LOST,
                                           VSO_SQL_CHUNK_DELETE, res, p)
                             : rv;
}
