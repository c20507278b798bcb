/* SPDX-License-Identifier: Apache-2.0 */
#include "store/imports.h"

#include "base/limits.h"
#include "store/content.h"
#include "store/row_write.h"
#include "store/transaction.h"

#define IMPORT "vmo_import"

static const vso_member_t members[] = {
    VSO_MEMBER(vso_import_row_t, id),
    VSO_MEMBER(vso_import_row_t, content_id),
    VSO_MEMBER(vso_import_row_t, sha256),
    VSO_MEMBER(vso_import_row_t, size),
    VSO_MEMBER(vso_import_row_t, name),
    VSO_MEMBER(vso_import_row_t, created_by),
    VSO_MEMBER(vso_import_row_t, created_sec),
    VSO_MEMBER(vso_import_row_t, expires_sec),
    VSO_MEMBER_MAC(vso_import_row_t),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {IMPORT, sizeof(vso_import_row_t), members};

static apr_status_t select_rows(vso_store_t *store, vso_sql_e sql,
                                const char **args, apr_array_header_t **prows,
                                vso_result_t *res, apr_pool_t *p)
{
    return vso_rows_pointers(vso_store_db(store), sql, args, &record, prows,
                             res, p);
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
    const char *args[] = {vso_db_number(row->created_sec, p), row->created_by};
    apr_int64_t waiting = 0;
    apr_int64_t receiving = 0;
    apr_status_t rv;

    rv = vso_rows_number(db, VSO_SQL_IMPORT_COUNT, args, &waiting, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_rows_number(db, VSO_SQL_IMPORT_COUNT_RECEIVING, args,
                             &receiving, res, p);
    }
    if (rv == APR_SUCCESS && receiving > VSO_MAX_RECEIVING) {
        return vso_fail(
            res, VSO_P_SLOW_DOWN, NULL,
            "%d packages are being uploaded by the user \"%s\": try "
            "again when one of them is done.",
            VSO_MAX_RECEIVING, row->created_by);
    }
    if (rv == APR_SUCCESS && waiting > VSO_MAX_IMPORTS) {
        rv = vso_fail(res, VSO_P_SLOW_DOWN, NULL,
                      "%d uploaded packages wait for a decision: import or "
                      "cancel some, or try again when they have expired.",
                      VSO_MAX_IMPORTS);
    }
    return rv;
}

apr_status_t vso_imports_begin(vso_store_t *store, vso_import_row_t *row,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_import_row_t begun = {
        .created_by = row->created_by,
        .created_sec = row->created_sec,
        .expires_sec = row->expires_sec,
    };
    vso_db_t *db = vso_store_db(store);
    const char **args;
    apr_status_t rv;

    begun.id = row->id = vso_content_new_id();
    if (!row->id) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The random number generator failed.");
    }
    args = vso_row_args(&record, &begun, p);
    rv = vso_row_insert(db, NULL, IMPORT, args, NULL, res, p);
    /* only then counted: of those that begin at the same moment each sees the
     * ones before it */
    if (rv == APR_SUCCESS && count_waiting(db, row, res, p) != APR_SUCCESS) {
        vso_db_exec(db, VSO_SQL_IMPORT_DELETE, args, NULL, vso_result_create(p),
                    p);
        rv = APR_EGENERAL;
    }
    return rv;
}

/** *prow NULL where it is not there. */
static apr_status_t find_row(vso_db_t *db, apr_int64_t id,
                             vso_import_row_t **prow, vso_result_t *res,
                             apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};
    apr_array_header_t *rows = NULL;
    apr_status_t rv =
        vso_rows_pointers(db, VSO_SQL_IMPORT_ROW, args, &record, &rows, res, p);

    *prow = NULL;
    if (rv == APR_SUCCESS && rows->nelts) {
        *prow = APR_ARRAY_IDX(rows, 0, vso_import_row_t *);
    }
    return rv;
}

/** One that went, or was staged, meanwhile is no failure. */
static apr_status_t renew_one(vso_db_t *db, apr_int64_t id,
                              apr_int64_t expires_sec, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    vso_import_row_t *row;
    apr_status_t rv = find_row(db, id, &row, res, p);

    if (rv != APR_SUCCESS || !row || row->content_id) {
        return rv;
    }
    row->expires_sec = expires_sec;
    rv = vso_row_update(db, NULL, IMPORT, vso_row_args(&record, row, p),
                        &row->proof, cause, p);
    return rv == APR_SUCCESS || cause->problem == VSO_P_STALE
               ? APR_SUCCESS
               : vso_fail_as(res, cause);
}

apr_status_t vso_imports_renew(vso_store_t *store, const apr_int64_t *ids,
                               int count, vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    apr_int64_t now_sec = 0;
    apr_status_t rv;
    int i;

    rv = vso_db_now(db, &now_sec, res, p);
    for (i = 0; rv == APR_SUCCESS && i < count; i++) {
        rv = renew_one(db, ids[i], now_sec + VSO_IMPORT_ALIVE_SEC, res, p);
    }
    return rv;
}

apr_status_t vso_imports_stage(vso_store_t *store, const vso_import_row_t *row,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    vso_db_t *db = vso_store_db(store);
    vso_import_row_t *known;
    vso_import_row_t staged;
    apr_status_t rv = find_row(db, row->id, &known, res, p);

    if (rv != APR_SUCCESS || !known) {
        return rv == APR_SUCCESS ? gone(row->id, res) : rv;
    }
    staged = *known;
    staged.content_id = row->content_id;
    staged.sha256 = row->sha256;
    staged.size = row->size;
    staged.name = row->name;
    staged.expires_sec = row->expires_sec;
    rv = vso_row_update(db, NULL, IMPORT, vso_row_args(&record, &staged, p),
                        &staged.proof, cause, p);
    if (rv == APR_SUCCESS) {
        return rv;
    }
    return cause->problem == VSO_P_STALE ? gone(row->id, res)
                                         : vso_fail_as(res, cause);
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
    return vso_row_require(&(*prow)->proof, IMPORT, args[0], res);
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

/** Run a statement for each id that another one finds. To find them first
 * keeps a server from locking all that is looked at. */
static apr_status_t delete_lost(vso_db_t *db, vso_sql_e find, vso_sql_e drop,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *ids = NULL;
    apr_status_t rv;
    int i;

    rv = vso_rows_texts(db, find, NULL, &ids, res, p);
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
    apr_array_header_t *ids = NULL;
    const char *now = vso_db_number(now_sec, p);
    vso_db_t *db = vso_store_db(store);
    apr_status_t rv;
    int i;

    *pcount = 0;
    rv = vso_rows_texts(db, VSO_SQL_IMPORT_ENDED, &now, &ids, res, p);
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

apr_status_t vso_imports_drop_orphans(vso_store_t *store, vso_result_t *res,
                                      apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    apr_status_t rv;

    rv = delete_lost(db, VSO_SQL_CONTENT_LOST, VSO_SQL_CONTENT_DROP, res, p);
    return rv == APR_SUCCESS ? delete_lost(db, VSO_SQL_CHUNK_LOST,
                                           VSO_SQL_CHUNK_DELETE, res, p)
                             : rv;
}
