/* SPDX-License-Identifier: Apache-2.0 */
#include "store/trust.h"

#include "base/limits.h"

static const char *text_of(const char *text)
{
    return text ? text : "";
}

static apr_status_t collect_row(void *baton, const vso_row_t *row,
                                vso_result_t *res)
{
    apr_array_header_t *rows = baton;
    vso_trusted_t *to = apr_palloc(rows->pool, sizeof(*to));

    (void)res;
    to->fingerprint = vso_row_text(row, 0);
    to->certificate = vso_row_text(row, 1);
    to->subject_text = vso_row_text(row, 2);
    to->issuer_text = vso_row_text(row, 3);
    to->serial = vso_row_text(row, 4);
    to->key_type = vso_row_text(row, 5);
    to->not_before_sec = vso_row_int(row, 6);
    to->not_after_sec = vso_row_int(row, 7);
    to->source = vso_row_text(row, 8);
    to->added_by = vso_row_text(row, 9);
    to->added_sec = vso_row_int(row, 10);
    to->vouches = vso_row_int(row, 11) != 0;
    APR_ARRAY_PUSH(rows, vso_trusted_t *) = to;
    return APR_SUCCESS;
}

static apr_status_t select_rows(vso_store_t *store, vso_sql_e sql,
                                const char **args, apr_array_header_t **prows,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows = apr_array_make(p, 8, sizeof(vso_trusted_t *));
    apr_status_t rv;

    rv = vso_db_select(vso_store_db(store), sql, args, collect_row, rows, res,
                       p);
    if (rv == APR_SUCCESS) {
        *prows = rows;
    }
    return rv;
}

apr_status_t vso_trust_list(vso_store_t *store, apr_array_header_t **prows,
                            vso_result_t *res, apr_pool_t *p)
{
    return select_rows(store, VSO_SQL_TRUST_LIST, NULL, prows, res, p);
}

apr_status_t vso_trust_find(vso_store_t *store, const char *fingerprint,
                            vso_trusted_t **prow, vso_result_t *res,
                            apr_pool_t *p)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv;

    rv = select_rows(store, VSO_SQL_TRUST_FIND, &fingerprint, &rows, res, p);
    if (rv == APR_SUCCESS) {
        *prow = rows->nelts ? APR_ARRAY_IDX(rows, 0, vso_trusted_t *) : NULL;
    }
    return rv;
}

apr_status_t vso_trust_namesakes(vso_store_t *store, const char *subject_text,
                                 const char *fingerprint,
                                 apr_array_header_t **prows, vso_result_t *res,
                                 apr_pool_t *p)
{
    const char *args[] = {subject_text, fingerprint};

    return select_rows(store, VSO_SQL_TRUST_SUBJECT, args, prows, res, p);
}

static apr_status_t take_number(void *baton, const vso_row_t *row,
                                vso_result_t *res)
{
    (void)res;
    *(apr_int64_t *)baton = vso_row_int(row, 0);
    return APR_SUCCESS;
}

static apr_status_t check_room(vso_store_t *store, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_int64_t count = 0;
    apr_status_t rv;

    rv = vso_db_select(vso_store_db(store), VSO_SQL_TRUST_COUNT, NULL,
                       take_number, &count, res, p);
    if (rv == APR_SUCCESS && count >= VSO_MAX_TRUSTED) {
        rv = vso_fail(res, VSO_P_TOO_LARGE, NULL,
                      "The list of trusted certificates is full with %d: "
                      "remove some, or trust their issuer (VSOCertTrustCA).",
                      VSO_MAX_TRUSTED);
    }
    return rv;
}

apr_status_t vso_trust_add(vso_change_t *change, const vso_trusted_t *row,
                           int *padded, vso_result_t *res, apr_pool_t *p)
{
    apr_int64_t added_sec = row->added_sec ? row->added_sec : change->now_sec;
    const char *args[] = {
        row->fingerprint,
        row->certificate,
        text_of(row->subject_text),
        text_of(row->issuer_text),
        text_of(row->serial),
        text_of(row->key_type),
        vso_db_number(row->not_before_sec, p),
        vso_db_number(row->not_after_sec, p),
        text_of(row->source),
        text_of(row->added_by),
        vso_db_number(added_sec, p),
        row->vouches ? "1" : "0",
    };
    vso_trusted_t *known = NULL;
    apr_status_t rv;

    rv = vso_trust_find(change->store, row->fingerprint, &known, res, p);
    if (rv == APR_SUCCESS && !known) {
        rv = check_room(change->store, res, p);
    }
    if (rv == APR_SUCCESS && !known) {
        rv = vso_db_exec(vso_store_db(change->store), VSO_SQL_TRUST_INSERT,
                         args, NULL, res, p);
    }
    if (rv == APR_SUCCESS) {
        *padded = !known;
    }
    return rv;
}

apr_status_t vso_trust_set_vouches(vso_change_t *change,
                                   const char *fingerprint, int vouches,
                                   vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vouches ? "1" : "0", fingerprint};

    return vso_db_exec(vso_store_db(change->store), VSO_SQL_TRUST_VOUCHES, args,
                       NULL, res, p);
}

apr_status_t vso_trust_remove(vso_change_t *change, const char *fingerprint,
                              vso_result_t *res, apr_pool_t *p)
{
    int affected = 0;
    apr_status_t rv;

    rv = vso_db_exec(vso_store_db(change->store), VSO_SQL_TRUST_DELETE,
                     &fingerprint, &affected, res, p);
    if (rv == APR_SUCCESS && affected != 1) {
        rv = vso_fail(res, VSO_P_NOT_FOUND, "fingerprint",
                      "There is no trusted certificate with the SHA-256 "
                      "fingerprint %s.",
                      fingerprint);
    }
    return rv;
}
