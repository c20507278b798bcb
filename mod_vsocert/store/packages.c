/* SPDX-License-Identifier: Apache-2.0 */
#include "store/packages.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "store/content.h"
#include "store/row_write.h"

#define PACKAGE "vmo_package"
#define ELEMENT "vmo_package_element"
#define MEMBER  "vmo_package_member"

/* Reading packages */

static const vso_member_t package_members[] = {
    VSO_MEMBER(vso_package_row_t, id),
    VSO_MEMBER(vso_package_row_t, name),
    VSO_MEMBER(vso_package_row_t, package_id),
    VSO_MEMBER(vso_package_row_t, description),
    VSO_MEMBER(vso_package_row_t, meta),
    VSO_MEMBER(vso_package_row_t, sha256),
    VSO_MEMBER(vso_package_row_t, signer),
    VSO_MEMBER(vso_package_row_t, signer_text),
    VSO_MEMBER(vso_package_row_t, signature),
    VSO_MEMBER(vso_package_row_t, encrypted),
    VSO_MEMBER(vso_package_row_t, imported_sec),
    VSO_MEMBER(vso_package_row_t, imported_by),
    VSO_MEMBER(vso_package_row_t, generation),
    VSO_MEMBER(vso_package_row_t, digest),
    VSO_MEMBER(vso_package_row_t, trust),
    VSO_MEMBER_MAC(vso_package_row_t),
    VSO_MEMBER(vso_package_row_t, elements),
    VSO_MEMBER(vso_package_row_t, size),
    VSO_MEMBERS_END,
};

static const vso_record_t package_record = {PACKAGE, sizeof(vso_package_row_t),
                                            package_members};

static const vso_member_t element_members[] = {
    VSO_MEMBER(vso_element_row_t, id),
    VSO_MEMBER(vso_element_row_t, element_id),
    VSO_MEMBER(vso_element_row_t, folder),
    VSO_MEMBER(vso_element_row_t, type),
    VSO_MEMBER(vso_element_row_t, name),
    VSO_MEMBER(vso_element_row_t, path),
    VSO_MEMBER(vso_element_row_t, version),
    VSO_MEMBER(vso_element_row_t, tags),
    VSO_MEMBER(vso_element_row_t, files),
    VSO_MEMBER(vso_element_row_t, certificates),
    VSO_MEMBER(vso_element_row_t, signer),
    VSO_MEMBER(vso_element_row_t, author),
    VSO_MEMBER(vso_element_row_t, signature),
    VSO_MEMBER(vso_element_row_t, needs),
    VSO_MEMBER(vso_element_row_t, content_id),
    VSO_MEMBER(vso_element_row_t, imported_sec),
    VSO_MEMBER(vso_element_row_t, imported_by),
    VSO_MEMBER(vso_element_row_t, trust),
    VSO_MEMBER_MAC(vso_element_row_t),
    VSO_MEMBER(vso_element_row_t, size),
    VSO_MEMBERS_END,
};

static const vso_record_t element_record = {ELEMENT, sizeof(vso_element_row_t),
                                            element_members};

/** That a package holds an element (row ids). */
typedef struct {
    apr_int64_t package_id;
    apr_int64_t element_id;
    vso_row_proof_t proof;
} member_t;

static const vso_member_t member_members[] = {
    VSO_MEMBER(member_t, package_id),
    VSO_MEMBER(member_t, element_id),
    VSO_MEMBER_MAC(member_t),
    VSO_MEMBERS_END,
};

static const vso_record_t member_record = {MEMBER, sizeof(member_t),
                                           member_members};

apr_status_t vso_packages_list(vso_store_t *store, const char *after, int limit,
                               apr_array_header_t **prows, vso_result_t *res,
                               apr_pool_t *p)
{
    const char *args[2];

    limit = limit < 1 ? 1 : limit > VSO_MAX_PAGE ? VSO_MAX_PAGE : limit;
    args[0] = after ? after : "";
    args[1] = vso_db_number(limit, p);
    return vso_rows_pointers(vso_store_db(store), VSO_SQL_PACKAGE_LIST, args,
                             &package_record, prows, res, p);
}

/** *prow NULL where there is none of this name. */
static apr_status_t find_package(vso_store_t *store, const char *name,
                                 vso_package_row_t **prow, vso_result_t *res,
                                 apr_pool_t *p)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv;

    rv = vso_rows_pointers(vso_store_db(store), VSO_SQL_PACKAGE_GET, &name,
                           &package_record, &rows, res, p);
    if (rv == APR_SUCCESS) {
        *prow =
            rows->nelts ? APR_ARRAY_IDX(rows, 0, vso_package_row_t *) : NULL;
    }
    return rv;
}

apr_status_t vso_packages_get(vso_store_t *store, const char *name,
                              vso_package_row_t **prow, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_package_row_t *row = NULL;
    apr_status_t rv;

    rv = find_package(store, name, &row, res, p);
    if (rv == APR_SUCCESS && !row) {
        rv = vso_fail(res, VSO_P_NOT_FOUND, "name",
                      "There is no package \"%.255s\".", name);
    }
    if (rv == APR_SUCCESS) {
        *prow = row;
    }
    return rv;
}

apr_status_t vso_packages_holding(vso_store_t *store, apr_int64_t id,
                                  apr_array_header_t **pnames,
                                  vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};

    return vso_rows_texts(vso_store_db(store), VSO_SQL_PACKAGE_HOLDING, args,
                          pnames, res, p);
}

/** An element, and that the package holds it. */
static apr_status_t add_member(void *baton, const vso_row_t *row,
                               vso_result_t *res)
{
    apr_array_header_t *rows = baton;
    vso_element_row_t *element = apr_pcalloc(rows->pool, sizeof(*element));
    int behind = vso_table_width(vso_table_find(ELEMENT)) + 1; /* the size */
    member_t member;

    (void)res;
    vso_row_read(&element_record, row, element);
    vso_row_read_at(&member_record, row, behind, &member);
    if (!member.proof.authentic) {
        element->proof.authentic = 0;
        element->proof.sealed = member.proof.sealed;
    }
    APR_ARRAY_PUSH(rows, vso_element_row_t *) = element;
    return APR_SUCCESS;
}

apr_status_t vso_packages_elements(vso_store_t *store, apr_int64_t package_id,
                                   apr_array_header_t **prows,
                                   vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(package_id, p)};
    apr_array_header_t *rows =
        apr_array_make(p, 16, sizeof(vso_element_row_t *));
    apr_status_t rv = vso_db_select(vso_store_db(store), VSO_SQL_ELEMENT_LIST,
                                    args, add_member, rows, res, p);

    if (rv == APR_SUCCESS) {
        *prows = rows;
    }
    return rv;
}

apr_status_t vso_elements_find(vso_store_t *store, const char *element_id,
                               vso_element_row_t **prow, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv;

    rv = vso_rows_pointers(vso_store_db(store), VSO_SQL_ELEMENT_FIND,
                           &element_id, &element_record, &rows, res, p);
    if (rv == APR_SUCCESS) {
        *prow =
            rows->nelts ? APR_ARRAY_IDX(rows, 0, vso_element_row_t *) : NULL;
    }
    return rv;
}

/* What packages rest on */

apr_status_t vso_packages_by_signer(vso_store_t *store, const char *fingerprint,
                                    apr_array_header_t **pnames,
                                    vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {fingerprint, fingerprint, fingerprint};

    return vso_rows_texts(vso_store_db(store), VSO_SQL_PACKAGE_BY_SIGNER, args,
                          pnames, res, p);
}

static apr_status_t collect_signer(void *baton, const vso_row_t *row,
                                   vso_result_t *res)
{
    vso_signer_use_t *to = apr_array_push(baton);

    (void)res;
    to->fingerprint = vso_row_text(row, 0);
    to->name = vso_row_text(row, 1);
    return APR_SUCCESS;
}

apr_status_t vso_packages_signers(vso_store_t *store,
                                  apr_array_header_t **ppairs,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *pairs = apr_array_make(p, 16, sizeof(vso_signer_use_t));
    apr_status_t rv;

    rv = vso_db_select(vso_store_db(store), VSO_SQL_PACKAGE_SIGNERS, NULL,
                       collect_signer, pairs, res, p);
    if (rv == APR_SUCCESS) {
        *ppairs = pairs;
    }
    return rv;
}

/** A fingerprint as it stands in the column needs. */
static const char *in_spaces(const char *fingerprint, apr_pool_t *p)
{
    return apr_pstrcat(p, " ", fingerprint, " ", NULL);
}

typedef struct {
    const char *key;
    const apr_array_header_t *others;
    apr_array_header_t *names;
} bound_t;

static int opened_by_another(const bound_t *bound, const char *needs)
{
    int i;

    for (i = 0; bound->others && i < bound->others->nelts; i++) {
        const char *other = APR_ARRAY_IDX(bound->others, i, const char *);

        if (strcmp(other, bound->key) &&
            strstr(needs, in_spaces(other, bound->names->pool))) {
            return 1;
        }
    }
    return 0;
}

/** Rows come by name: one that stands already stands last. */
static apr_status_t collect_bound(void *baton, const vso_row_t *row,
                                  vso_result_t *res)
{
    bound_t *bound = baton;
    apr_array_header_t *names = bound->names;
    const char *name = vso_row_text(row, 0);

    (void)res;
    if ((!names->nelts ||
         strcmp(APR_ARRAY_IDX(names, names->nelts - 1, const char *), name)) &&
        !opened_by_another(bound, vso_row_text(row, 1))) {
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    return APR_SUCCESS;
}

apr_status_t vso_packages_by_key(vso_store_t *store,
                                 const char *key_fingerprint,
                                 const apr_array_header_t *others,
                                 apr_array_header_t **pnames, vso_result_t *res,
                                 apr_pool_t *p)
{
    bound_t bound = {key_fingerprint, others,
                     apr_array_make(p, 8, sizeof(const char *))};
    const char *args[1];
    apr_status_t rv;

    args[0] = apr_pstrcat(p, "%", in_spaces(key_fingerprint, p), "%", NULL);
    rv = vso_db_select(vso_store_db(store), VSO_SQL_PACKAGE_BY_KEY, args,
                       collect_bound, &bound, res, p);
    if (rv == APR_SUCCESS) {
        *pnames = bound.names;
    }
    return rv;
}

/* Changes */

/** Forget what a package holds. */
static apr_status_t clear_members(vso_change_t *change, apr_int64_t package_id,
                                  vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    const char *args[] = {vso_db_number(package_id, p)};
    apr_array_header_t *rows = NULL;
    apr_status_t rv;
    int i;

    rv = vso_rows_list(db, VSO_SQL_MEMBER_LIST, args, &member_record, &rows,
                       res, p);
    for (i = 0; rv == APR_SUCCESS && i < rows->nelts; i++) {
        const member_t *member = &APR_ARRAY_IDX(rows, i, member_t);

        rv = vso_row_delete(db, change->sums, MEMBER,
                            vso_row_args(&member_record, member, p),
                            &member->proof, res, p);
    }
    return rv;
}

/** A package by its row id; *prow NULL where it is not there. */
static apr_status_t package_by_id(vso_change_t *change, apr_int64_t id,
                                  vso_package_row_t **prow, vso_result_t *res,
                                  apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};
    apr_array_header_t *rows = NULL;
    apr_status_t rv;

    rv = vso_rows_pointers(vso_store_db(change->store), VSO_SQL_PACKAGE_BY_ID,
                           args, &package_record, &rows, res, p);
    if (rv == APR_SUCCESS) {
        *prow =
            rows->nelts ? APR_ARRAY_IDX(rows, 0, vso_package_row_t *) : NULL;
    }
    return rv;
}

static apr_status_t gone(vso_result_t *res)
{
    return vso_fail(res, VSO_P_NOT_FOUND, "name",
                    "The package was deleted meanwhile.");
}

apr_status_t vso_packages_put(vso_change_t *change, vso_package_row_t *row,
                              const char **ptrust, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    vso_package_row_t *known = NULL;
    const char **args;

    if (find_package(change->store, row->name, &known, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (ptrust) {
        *ptrust = known ? known->trust : "";
    }
    row->id = known ? known->id : vso_change_id(change);
    row->generation = change->generation;
    if (!row->imported_sec) {
        row->imported_sec = change->now_sec;
    }
    args = vso_row_args(&package_record, row, p);
    if (!known) {
        return vso_row_insert(db, change->sums, PACKAGE, args, &row->proof, res,
                              p);
    }
    row->proof = known->proof;
    return vso_row_replace(db, change->sums, PACKAGE, args, &row->proof, res,
                           p) == APR_SUCCESS
               ? clear_members(change, row->id, res, p)
               : APR_EGENERAL;
}

apr_status_t vso_packages_trust(vso_change_t *change, apr_int64_t id,
                                const char *trust, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_package_row_t *row = NULL;

    if (package_by_id(change, id, &row, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!row) {
        return gone(res);
    }
    row->trust = trust;
    return vso_row_update(vso_store_db(change->store), change->sums, PACKAGE,
                          vso_row_args(&package_record, row, p), &row->proof,
                          res, p);
}

apr_status_t vso_elements_put(vso_change_t *change, vso_element_row_t *row,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    vso_element_row_t *known = NULL;
    const char **args;

    if (vso_elements_find(change->store, row->element_id, &known, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    row->id = known ? known->id : vso_change_id(change);
    if (!row->imported_sec) {
        row->imported_sec = change->now_sec;
    }
    args = vso_row_args(&element_record, row, p);
    if (!known) {
        return vso_row_insert(db, change->sums, ELEMENT, args, &row->proof, res,
                              p);
    }
    row->proof = known->proof;
    if (vso_row_replace(db, change->sums, ELEMENT, args, &row->proof, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return known->content_id == row->content_id
               ? APR_SUCCESS
               : vso_content_delete(change, known->content_id, res, p);
}

apr_status_t vso_packages_add_member(vso_change_t *change,
                                     apr_int64_t package_id,
                                     apr_int64_t element_row_id,
                                     vso_result_t *res, apr_pool_t *p)
{
    const member_t member = {.package_id = package_id,
                             .element_id = element_row_id};

    return vso_row_insert(vso_store_db(change->store), change->sums, MEMBER,
                          vso_row_args(&member_record, &member, p), NULL, res,
                          p);
}

apr_status_t vso_packages_delete(vso_change_t *change, apr_int64_t id,
                                 int *pelements, vso_result_t *res,
                                 apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};
    vso_package_row_t *row = NULL;

    if (package_by_id(change, id, &row, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!row) {
        return gone(res);
    }
    if (clear_members(change, id, res, p) != APR_SUCCESS ||
        vso_row_delete(vso_store_db(change->store), change->sums, PACKAGE, args,
                       &row->proof, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_elements_sweep(change, pelements, res, p);
}

apr_status_t vso_elements_sweep(vso_change_t *change, int *pelements,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    apr_array_header_t *loose = NULL;
    apr_status_t rv;
    int i;

    rv = vso_rows_pointers(db, VSO_SQL_ELEMENT_LOOSE, NULL, &element_record,
                           &loose, res, p);
    for (i = 0; rv == APR_SUCCESS && i < loose->nelts; i++) {
        const vso_element_row_t *element =
            APR_ARRAY_IDX(loose, i, vso_element_row_t *);

        rv = vso_content_delete(change, element->content_id, res, p);
        if (rv == APR_SUCCESS) {
            rv = vso_row_delete(db, change->sums, ELEMENT,
                                vso_row_args(&element_record, element, p),
                                &element->proof, res, p);
        }
    }
    if (rv == APR_SUCCESS) {
        *pelements = loose->nelts;
    }
    return rv;
}
