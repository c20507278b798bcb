/* SPDX-License-Identifier: Apache-2.0 */
/* /packages/imports... */
#include "httpd/request/review_shape.h"
#include "service/package/import.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/api/packages.h"
#include "httpd/api/routes.h"
#include "httpd/api/upload.h"
#include "httpd/shared/counters.h"
#include "httpd/request/body.h"
#include "httpd/node/receiving.h"

static void shape_import(vso_json_t *obj, const vso_import_row_t *row)
{
    vso_json_set_int(obj, "id", row->id);
    vso_json_set_string(obj, "name", row->name);
    vso_json_set_string(obj, "sha256", row->sha256);
    vso_json_set_int(obj, "size", row->size);
    vso_json_set_string(obj, "createdBy", row->created_by);
    vso_json_set_time(obj, "createdAt", row->created_sec);
    vso_json_set_time(obj, "expiresAt", row->expires_sec);
}

static void shape_review(vsocert_call_t *call, const vso_import_row_t *row,
                         const vso_review_t *review)
{
    /* the archive and the JSON are both large: not at the same time */
    vso_zip_close(review->package->zip);
    shape_import(call->response, row);
    vsocert_review_shape_put(call->response, review);
    vso_json_set_warnings(call->response, call->res->warnings);
}

/** Store the upload as it comes, and review it. */
static apr_status_t receive(vsocert_call_t *call, vso_upload_t *upload,
                            vso_review_t **pfound)
{
    apr_status_t rv;

    vsocert_receiving_add(upload->row.id);
    rv = vsocert_upload_read(call, vso_import_write, upload);
    if (rv == APR_SUCCESS) {
        rv = vsocert_call_take_slot(call, VSOCERT_SLOT_PACKAGE);
    }
    rv = rv == APR_SUCCESS ? vso_import_finish(&call->ctx, upload, pfound,
                                               &call->outcome, call->res)
                           : vso_import_abort(&call->ctx, upload, call->res);
    vsocert_receiving_remove(upload->row.id);
    return rv;
}

apr_status_t vsocert_api_imports_upload(vsocert_call_t *call)
{
    const vso_context_t *ctx = &call->ctx;
    vso_upload_t *upload;
    vso_review_t *review;

    if (vsocert_body_check(call->r, call->res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, "package-upload", 0, call->res);
    }
    if (vso_import_begin(ctx, &upload, call->res) != APR_SUCCESS ||
        receive(call, upload, &review) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->status = HTTP_CREATED;
    call->location = apr_psprintf(
        call->r->pool, "/packages/imports/%" APR_INT64_T_FMT, upload->row.id);
    shape_review(call, &upload->row, review);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_imports_list(vsocert_call_t *call)
{
    vso_json_t *items;
    apr_array_header_t *rows;
    int i;

    if (vso_import_list(&call->ctx, &rows, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = vso_json_add_array(call->response, "items");
    for (i = 0; i < rows->nelts; i++) {
        shape_import(vso_json_push_object(items),
                     APR_ARRAY_IDX(rows, i, vso_import_row_t *));
    }
    vso_json_set_null(call->response, "next");
    return APR_SUCCESS;
}

apr_status_t vsocert_api_imports_get(vsocert_call_t *call)
{
    vso_import_row_t *row;
    vso_review_t *review;

    if (vso_import_get(&call->ctx, call->id, &row, &review, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    shape_review(call, row, review);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_imports_cancel(vsocert_call_t *call)
{
    if (vso_import_cancel(&call->ctx, call->id, &call->outcome, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_int(call->response, "id", call->id);
    return APR_SUCCESS;
}

/** POST /packages/imports/{id}/confirm */
typedef struct {
    const apr_array_header_t *elements; /**< NULL: all */
    const char *trust;
    const char *tags;
    const char *sha256;
} confirm_t;

static const char *const trusts[] = {"once", "provider", NULL};
static const char *const tags[] = {"keep", "overwrite", "omit", NULL};

static const vsocert_field_t confirm_fields[] = {
    VSOCERT_CHOSEN("elements", confirm_t, elements, VSO_MAX_ELEMENTS,
                   VSO_MAX_ZIP_NAME,
                   .missing = "\"elements\" is missing: ids of elements in an "
                              "array, or \"all\".",
                   .wrong = "No element is chosen: name one at least, or "
                            "delete the import."),
    VSOCERT_WORD("trust", confirm_t, trust, trusts),
    VSOCERT_WORD("tags", confirm_t, tags, tags),
    VSOCERT_TEXT("sha256", confirm_t, sha256, 64,
                 .missing = "\"sha256\" is missing: the digest that the review "
                            "showed."),
    VSOCERT_END};

const vsocert_fields_t vsocert_imports_confirm_body = {confirm_fields,
                                                       sizeof(confirm_t), NULL};

/** The body as the use case takes it. */
static vso_choice_t choice_of(const confirm_t *in)
{
    vso_choice_t choice = {in->elements, VSO_TRUST_ASK, VSO_TAGS_KEEP,
                           in->sha256};

    if (in->trust) {
        choice.trust =
            !strcmp(in->trust, "once") ? VSO_TRUST_ONCE : VSO_TRUST_PROVIDER;
    }
    if (in->tags && strcmp(in->tags, "keep")) {
        choice.tags =
            !strcmp(in->tags, "omit") ? VSO_TAGS_OMIT : VSO_TAGS_OVERWRITE;
    }
    return choice;
}

/** Members of the problem untrusted-signer. */
static void explain_untrusted(vso_json_t *problem, const void *baton)
{
    vsocert_review_shape_put_untrusted(problem, baton);
}

apr_status_t vsocert_api_imports_confirm(vsocert_call_t *call)
{
    vso_choice_t choice = choice_of(call->body);
    vso_imported_t done = {0};

    if (vso_import_confirm(&call->ctx, call->id, &choice, &done, &call->outcome,
                           call->res) != APR_SUCCESS) {
        if (call->res->problem == VSO_P_UNTRUSTED_SIGNER) {
            call->explain = explain_untrusted;
            call->explain_baton = done.report;
        }
        return APR_EGENERAL;
    }
    vsocert_count(VSOCERT_COUNT_PACKAGE_IMPORT);
    vsocert_packages_shape(vso_json_add_object(call->response, "package"),
                           done.package);
    vso_json_set_int(call->response, "imported", done.imported);
    vso_json_set_int(call->response, "skipped", done.skipped);
    vso_json_set_strings(call->response, "trusted", done.trusted);
    vso_json_set_warnings(call->response, call->res->warnings);
    return APR_SUCCESS;
}
