/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/stored_package.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uuid.h>

#include "base/limits.h"
#include "package/package.h"
#include "service/package/rights.h"
#include "store/package_columns.h"

const char *vso_stored_package_etag(const vso_package_row_t *row, apr_pool_t *p)
{
    return apr_psprintf(p, "\"p%" APR_INT64_T_FMT ".%" APR_INT64_T_FMT "\"",
                        row->id, row->generation);
}

apr_status_t vso_stored_package_list(const vso_context_t *ctx,
                                     const char *after, int limit,
                                     apr_array_header_t **prows,
                                     vso_result_t *res)
{
    return vso_packages_list(ctx->store, after, limit, prows, res, ctx->p);
}

static apr_status_t add_element(const vso_context_t *ctx,
                                vso_stored_package_t *package,
                                const vso_element_row_t *row, vso_result_t *res)
{
    vso_stored_element_t *element = apr_array_push(package->elements);
    apr_array_header_t *files;
    apr_array_header_t *names;
    int i;

    element->row = row;
    if (vso_tags_parse(row->tags, &element->tags, res, ctx->p) != APR_SUCCESS ||
        vso_files_parse(row->files, &files, res, ctx->p) != APR_SUCCESS ||
        vso_packages_holding(ctx->store, row->id, &names, res, ctx->p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < files->nelts; i++) {
        const vso_stored_file_t *file =
            APR_ARRAY_IDX(files, i, vso_stored_file_t *);

        element->size += file->size;
        element->encrypted =
            element->encrypted || vso_package_is_sealed(file->name);
    }
    element->packages = apr_array_make(ctx->p, names->nelts, sizeof(char *));
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (strcmp(name, package->row->name)) {
            APR_ARRAY_PUSH(element->packages, const char *) = name;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t add_key(const vso_context_t *ctx,
                            vso_stored_package_t *package,
                            const char *fingerprint, vso_result_t *res)
{
    apr_array_header_t *versions;
    int i;

    for (i = 0; i < package->keys->nelts; i++) {
        if (!strcmp(
                APR_ARRAY_IDX(package->keys, i, vso_needed_key_t).fingerprint,
                fingerprint)) {
            return APR_SUCCESS;
        }
    }
    if (vso_versions_by_fingerprint(ctx->store, fingerprint, &versions, res,
                                    ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < versions->nelts || i == 0; i++) {
        vso_needed_key_t *key = apr_array_push(package->keys);

        key->fingerprint = fingerprint;
        key->version = versions->nelts
                           ? APR_ARRAY_IDX(versions, i, vso_version_t *)
                           : NULL;
    }
    return APR_SUCCESS;
}

apr_status_t vso_stored_package_get(const vso_context_t *ctx, const char *name,
                                    vso_stored_package_t **ppackage,
                                    vso_result_t *res)
{
    vso_stored_package_t *package = apr_pcalloc(ctx->p, sizeof(*package));
    apr_array_header_t *rows;
    int i, j;

    package->elements =
        apr_array_make(ctx->p, 16, sizeof(vso_stored_element_t));
    package->keys = apr_array_make(ctx->p, 2, sizeof(vso_needed_key_t));
    if (vso_packages_get(ctx->store, name, &package->row, res, ctx->p) !=
            APR_SUCCESS ||
        vso_meta_parse(package->row->meta, &package->meta, res, ctx->p) !=
            APR_SUCCESS ||
        vso_packages_elements(ctx->store, package->row->id, &rows, res,
                              ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < rows->nelts; i++) {
        const vso_element_row_t *row =
            APR_ARRAY_IDX(rows, i, vso_element_row_t *);
        apr_array_header_t *needs = vso_needs_parse(row->needs, ctx->p);

        if (add_element(ctx, package, row, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        for (j = 0; j < needs->nelts; j++) {
            if (add_key(ctx, package, APR_ARRAY_IDX(needs, j, const char *),
                        res) != APR_SUCCESS) {
                return APR_EGENERAL;
            }
        }
    }
    *ppackage = package;
    return APR_SUCCESS;
}

/** A package on its way in or out. */
typedef struct {
    vso_package_row_t *row;
    const apr_array_header_t *ids;
    apr_hash_t *looked_at; /**< id -> content_id whose rights were checked */
    const char *if_match;
    int elements;
} stored_change_t;

apr_status_t vso_stored_package_check_name(const char *name, vso_result_t *res)
{
    if (strcmp(name, "imports")) {
        return APR_SUCCESS;
    }
    return vso_fail(res, VSO_P_INVALID, "name",
                    "No package can be called \"imports\" here: uploads that "
                    "wait for an answer have that address. Give it another "
                    "name; one that comes from elsewhere must be renamed and "
                    "exported again there.");
}

static apr_status_t check_name(const char *name, vso_result_t *res)
{
    apr_size_t len = strlen(name);
    apr_size_t i;

    for (i = 0; i < len; i++) {
        if (!apr_isascii(name[i]) ||
            !(apr_isalnum(name[i]) || (i > 0 && strchr("._-", name[i])))) {
            break;
        }
    }
    if (len == 0 || len > VSO_MAX_PACKAGE_NAME || i < len) {
        return vso_fail(res, VSO_P_INVALID, "name",
                        "A package's name has 1 to %d letters, digits, dots, "
                        "underscores and hyphens, and begins with a letter or "
                        "a digit: \"com.example.library\".",
                        VSO_MAX_PACKAGE_NAME);
    }
    return vso_stored_package_check_name(name, res);
}

static vso_package_row_t *new_row(const vso_context_t *ctx, const char *name,
                                  const char *description)
{
    vso_package_row_t *row = apr_pcalloc(ctx->p, sizeof(*row));
    apr_table_t *meta = apr_table_make(ctx->p, 4);
    char id[APR_UUID_FORMATTED_LENGTH + 1];
    apr_uuid_t uuid;

    apr_uuid_get(&uuid);
    apr_uuid_format(id, &uuid);
    row->name = name;
    row->package_id = apr_pstrdup(ctx->p, id);
    row->description = description;
    apr_table_setn(meta, "pkg-id", row->package_id);
    apr_table_setn(meta, "pkg-name", name);
    apr_table_setn(meta, "pkg-description", description);
    row->meta = vso_meta_text(meta, ctx->p);
    row->sha256 = row->signer = row->signer_text = row->signature = "";
    row->trust = "";
    row->imported_by = ctx->actor;
    return row;
}

/** 1 when the rights that were looked at are this element's. */
static int same_content(const stored_change_t *made,
                        const vso_element_row_t *row)
{
    const apr_int64_t *content_id =
        apr_hash_get(made->looked_at, row->element_id, APR_HASH_KEY_STRING);

    return content_id && *content_id == row->content_id;
}

static apr_status_t add_members(stored_change_t *made, vso_change_t *change,
                                vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows =
        apr_array_make(p, made->ids->nelts, sizeof(vso_element_row_t *));
    vso_element_row_t *row;
    int i;

    for (i = 0; i < made->ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(made->ids, i, const char *);

        if (vso_elements_find(change->store, id, &row, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (!row) {
            return vso_fail(res, VSO_P_INVALID, "elements",
                            "No element \"%.255s\" is stored.", id);
        }
        if (!same_content(made, row)) {
            return vso_fail(res, VSO_P_STALE, "elements",
                            "\"%.255s\" was imported again at this moment: "
                            "look at it, then try again.",
                            row->name);
        }
        made->row->encrypted = made->row->encrypted || *row->needs;
        APR_ARRAY_PUSH(rows, vso_element_row_t *) = row;
    }
    if (vso_packages_put(change, made->row, NULL, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < rows->nelts; i++) {
        row = APR_ARRAY_IDX(rows, i, vso_element_row_t *);
        if (vso_packages_add_member(change, made->row->id, row->id, res, p) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t create(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *res,
                           apr_pool_t *p)
{
    stored_change_t *made = baton;
    vso_result_t *cause = vso_result_create(p);
    vso_package_row_t *there;

    event->detail =
        apr_psprintf(p, "%s: %d elements", made->row->name, made->ids->nelts);
    if (vso_packages_get(change->store, made->row->name, &there, cause, p) ==
        APR_SUCCESS) {
        return vso_fail(res, VSO_P_PACKAGE_EXISTS, "name",
                        "A package \"%s\" is stored already: choose another "
                        "name, or delete it first.",
                        made->row->name);
    }
    if (cause->problem != VSO_P_NOT_FOUND) {
        return vso_fail_as(res, cause);
    }
    made->row->imported_sec = change->now_sec;
    return add_members(made, change, res, p);
}

/** Each id once, and one at least. */
static apr_status_t check_ids(const apr_array_header_t *ids, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_hash_t *seen = apr_hash_make(p);
    int i;

    for (i = 0; i < ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(ids, i, const char *);

        if (apr_hash_get(seen, id, APR_HASH_KEY_STRING)) {
            return vso_fail(res, VSO_P_INVALID, "elements",
                            "Element \"%.255s\" is listed twice.", id);
        }
        apr_hash_set(seen, id, APR_HASH_KEY_STRING, id);
    }
    if (ids->nelts == 0) {
        return vso_fail(res, VSO_P_INVALID, "elements",
                        "A package holds one element at least.");
    }
    return APR_SUCCESS;
}

/** Each element may be put into a package. Those that are not stored are
 * left to the change. */
static apr_status_t check_rights(const vso_context_t *ctx,
                                 stored_change_t *made, vso_result_t *res)
{
    vso_decrypt_t *opener = vso_decrypt_create(ctx);
    int i;

    made->looked_at = apr_hash_make(ctx->p);
    for (i = 0; i < made->ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(made->ids, i, const char *);
        vso_element_row_t *row;
        apr_status_t rv;
        apr_pool_t *p;

        apr_pool_create(&p, ctx->p);
        rv = vso_elements_find(ctx->store, id, &row, res, p);
        if (rv == APR_SUCCESS && row) {
            rv = vso_rights_check_repackage(ctx, opener, row, res, p);
            apr_hash_set(
                made->looked_at, id, APR_HASH_KEY_STRING,
                apr_pmemdup(ctx->p, &row->content_id, sizeof(row->content_id)));
        }
        apr_pool_destroy(p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_stored_package_create(const vso_context_t *ctx,
                                       const vso_stored_package_spec_t *spec,
                                       vso_package_row_t **prow,
                                       vso_outcome_t *outcome,
                                       vso_result_t *res)
{
    const vso_context_change_t what = {.action = "package-create",
                                       .if_match = VSO_IF_MATCH_NONE};
    stored_change_t made = {.ids = spec->ids};

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        check_name(spec->name, res) != APR_SUCCESS ||
        check_ids(spec->ids, res, ctx->p) != APR_SUCCESS ||
        check_rights(ctx, &made, res) != APR_SUCCESS) {
        return vso_context_refuse_package(ctx, what.action, spec->name, 0, res);
    }
    made.row = new_row(ctx, spec->name, spec->description);
    made.row->digest = spec->digest;
    if (vso_context_change(ctx, &what, create, &made, outcome, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_packages_get(ctx->store, spec->name, prow, res, ctx->p);
}

static apr_status_t delete (vso_change_t *change, void *baton,
                            vso_audit_event_t *event, vso_result_t *res,
                            apr_pool_t *p)
{
    stored_change_t *gone = baton;
    vso_package_row_t *row;

    event->detail = gone->row->name;
    if (vso_packages_get(change->store, gone->row->name, &row, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (gone->if_match &&
        !vso_context_etag_listed(gone->if_match,
                                 vso_stored_package_etag(row, p), p)) {
        return vso_fail(res, VSO_P_STALE, "If-Match",
                        "Package \"%s\" was imported again since you read it: "
                        "look at it again, then delete it if that still "
                        "applies.",
                        row->name);
    }
    if (vso_packages_delete(change, row->id, &gone->elements, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->detail =
        apr_psprintf(p, "%s: %d elements with it", row->name, gone->elements);
    return APR_SUCCESS;
}

apr_status_t vso_stored_package_delete(const vso_context_t *ctx,
                                       const char *name, int *pelements,
                                       vso_outcome_t *outcome,
                                       vso_result_t *res)
{
    const vso_context_change_t what = {.action = "package-delete",
                                       .if_match = VSO_IF_MATCH_OWN};
    vso_package_row_t row = {.name = name};
    stored_change_t gone = {.row = &row, .if_match = ctx->if_match};

    if (vso_context_change(ctx, &what, delete, &gone, outcome, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pelements = gone.elements;
    return APR_SUCCESS;
}
