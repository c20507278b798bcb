/* SPDX-License-Identifier: Apache-2.0 */
#include "store/trust.h"

#include <string.h>

#include "base/limits.h"
#include "store/row_write.h"
#include "store/rows_whole.h"

#define TRUSTED "vmo_trusted_certificate"

static const vso_member_t members[] = {
    VSO_MEMBER(vso_trusted_t, fingerprint),
    VSO_MEMBER(vso_trusted_t, certificate),
    VSO_MEMBER(vso_trusted_t, subject_text),
    VSO_MEMBER(vso_trusted_t, issuer_text),
    VSO_MEMBER(vso_trusted_t, serial),
    VSO_MEMBER(vso_trusted_t, key_type),
    VSO_MEMBER(vso_trusted_t, not_before_sec),
    VSO_MEMBER(vso_trusted_t, not_after_sec),
    VSO_MEMBER(vso_trusted_t, source),
    VSO_MEMBER(vso_trusted_t, added_by),
    VSO_MEMBER(vso_trusted_t, added_sec),
    VSO_MEMBER(vso_trusted_t, vouches),
    VSO_MEMBER_MAC(vso_trusted_t),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {TRUSTED, sizeof(vso_trusted_t), members};

static apr_status_t select_rows(vso_store_t *store, vso_sql_e sql,
                                const char **args, apr_array_header_t **prows,
                                vso_result_t *res, apr_pool_t *p)
{
    return vso_rows_pointers(vso_store_db(store), sql, args, &record, prows,
                             res, p);
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

apr_status_t vso_trust_is(vso_store_t *store, const char *fingerprint,
                          vso_trusted_t **prow, vso_result_t *res,
                          apr_pool_t *p)
{
    apr_array_header_t *rows = NULL;
    int i;

    if (vso_rows_whole(vso_store_db(store), VSO_SQL_TRUST_WHOLE, &record, &rows,
                       res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *prow = NULL;
    for (i = 0; !*prow && i < rows->nelts; i++) {
        vso_trusted_t *row = APR_ARRAY_IDX(rows, i, vso_trusted_t *);

        if (!strcmp(row->fingerprint, fingerprint)) {
            *prow = row;
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_trust_namesakes(vso_store_t *store, const char *subject_text,
                                 const char *fingerprint,
                                 apr_array_header_t **prows, vso_result_t *res,
                                 apr_pool_t *p)
{
    const char *args[] = {subject_text, fingerprint};

    return select_rows(store, VSO_SQL_TRUST_SUBJECT, args, prows, res, p);
}

static apr_status_t check_room(vso_store_t *store, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_int64_t count = 0;
    apr_status_t rv;

    rv = vso_rows_number(vso_store_db(store), VSO_SQL_TRUST_COUNT, NULL, &count,
                         res, p);
    if (rv == APR_SUCCESS && count >= VSO_MAX_TRUSTED) {
        rv = vso_fail(res, VSO_P_TOO_LARGE, NULL,
                      "The list of trusted certificates is full (%d): remove "
                      "some, or trust their issuer (VSOCertTrustCA).",
                      VSO_MAX_TRUSTED);
    }
    return rv;
}

/** Add a row, in place of one that fails its MAC. */
static apr_status_t put(vso_change_t *change, const vso_trusted_t *added,
                        vso_trusted_t *forged, vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    const char **args = vso_row_args(&record, added, p);

    if (forged) {
        return vso_row_replace(db, change->sums, TRUSTED, args, &forged->proof,
                               res, p);
    }
    return check_room(change->store, res, p) == APR_SUCCESS
               ? vso_row_insert(db, change->sums, TRUSTED, args, NULL, res, p)
               : APR_EGENERAL;
}

apr_status_t vso_trust_add(vso_change_t *change, const vso_trusted_t *row,
                           int *padded, vso_result_t *res, apr_pool_t *p)
{
    vso_trusted_t added = *row;
    vso_trusted_t *known = NULL;
    apr_status_t rv;
    int adds;

    if (!added.added_sec) {
        added.added_sec = change->now_sec;
    }
    rv = vso_trust_find(change->store, row->fingerprint, &known, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    adds = !known || !known->proof.authentic;
    if (adds) {
        rv = put(change, &added, known, res, p);
    }
    if (rv == APR_SUCCESS) {
        *padded = adds;
    }
    return rv;
}

static apr_status_t none(const char *fingerprint, vso_result_t *res)
{
    return vso_fail(res, VSO_P_NOT_FOUND, "fingerprint",
                    "There is no trusted certificate with the SHA-256 "
                    "fingerprint %s.",
                    fingerprint);
}

apr_status_t vso_trust_set_vouches(vso_change_t *change,
                                   const char *fingerprint, int vouches,
                                   vso_result_t *res, apr_pool_t *p)
{
    vso_trusted_t *row = NULL;
    apr_status_t rv;

    rv = vso_trust_find(change->store, fingerprint, &row, res, p);
    if (rv != APR_SUCCESS || !row) {
        return rv == APR_SUCCESS ? none(fingerprint, res) : rv;
    }
    row->vouches = vouches != 0;
    return vso_row_update(vso_store_db(change->store), change->sums, TRUSTED,
                          vso_row_args(&record, row, p), &row->proof, res, p);
}

apr_status_t vso_trust_remove(vso_change_t *change, const char *fingerprint,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_trusted_t *row = NULL;
    apr_status_t rv;

    rv = vso_trust_find(change->store, fingerprint, &row, res, p);
    if (rv != APR_SUCCESS || !row) {
        return rv == APR_SUCCESS ? none(fingerprint, res) : rv;
    }
    return vso_row_delete(vso_store_db(change->store), change->sums, TRUSTED,
                          &fingerprint, &row->proof, res, p);
}
