/* SPDX-License-Identifier: Apache-2.0 */
/* /packages/imports... */
#include "httpd/request/review_shape.h"
#include "service/package/import.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/api/packages.h"
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

static void shape_report(vsocert_call_t *call, const vso_import_row_t *row,
                         const vso_review_t *report)
{
    /* both are large, where there are thousands of files */
    vso_zip_close(report->package->zip);
    shape_import(call->reply, row);
    vsocert_review_shape_put(call->reply, report);
    vso_json_set_warnings(call->reply, call->res->warnings);
}

/** From the client into the database, and the review. */
static apr_status_t receive(vsocert_call_t *call, vso_upload_t *upload,
                            vso_review_t **preport)
{
    apr_status_t rv;

    vsocert_receiving_add(upload->row.id);
    rv = vsocert_upload_read(call, vso_content_write, upload->writer);
    rv = rv == APR_SUCCESS ? vso_import_finish(&call->ctx, upload, preport,
                                               &call->outcome, call->res)
                           : vso_import_abort(&call->ctx, upload, call->res);
    vsocert_receiving_remove(upload->row.id);
    return rv;
}

apr_status_t vsocert_api_imports_upload(vsocert_call_t *call)
{
    const vso_context_t *ctx = &call->ctx;
    vso_upload_t *upload;
    vso_review_t *report;

    if (vsocert_body_check(call->r, call->res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, "package-upload", 0, call->res);
    }
    if (vso_import_begin(ctx, &upload, call->res) != APR_SUCCESS ||
        receive(call, upload, &report) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->status = HTTP_CREATED;
    call->location = apr_psprintf(
        call->r->pool, "/packages/imports/%" APR_INT64_T_FMT, upload->row.id);
    shape_report(call, &upload->row, report);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_imports_list(vsocert_call_t *call)
{
    vso_json_t *items;
    apr_array_header_t *rows;
    int i;

    if (vso_imports_list(call->ctx.store, vso_context_now(&call->ctx), &rows,
                         call->res, call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = vso_json_add_array(call->reply, "items");
    for (i = 0; i < rows->nelts; i++) {
        shape_import(vso_json_push_object(items),
                     APR_ARRAY_IDX(rows, i, vso_import_row_t *));
    }
    vso_json_set_null(call->reply, "next");
    return APR_SUCCESS;
}

apr_status_t vsocert_api_imports_get(vsocert_call_t *call)
{
    vso_import_row_t *row;
    vso_review_t *report;

    if (vso_import_get(&call->ctx, call->id, &row, &report, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    shape_report(call, row, report);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_imports_cancel(vsocert_call_t *call)
{
    if (vso_import_cancel(&call->ctx, call->id, &call->outcome, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_int(call->reply, "id", call->id);
    return APR_SUCCESS;
}

/** One of a few words; absent leaves *pvalue. */
static apr_status_t read_word(vsocert_call_t *call, const char *name,
                              const char *const *words, int first, int *pvalue)
{
    const char *text = NULL;
    int i;

    if (vso_json_get_string(call->body, name, 16, &text, call->res,
                            call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!text) {
        return APR_SUCCESS;
    }
    for (i = 0; words[i]; i++) {
        if (!strcmp(words[i], text)) {
            *pvalue = first + i;
            return APR_SUCCESS;
        }
    }
    return vso_fail(call->res, VSO_P_INVALID, name,
                    "\"%s\" must be \"%s\" or \"%s\"%s.", name, words[0],
                    words[1], words[2] ? " or \"omit\"" : "");
}

/** "all", or an array of ids. */
static apr_status_t read_elements(vsocert_call_t *call, vso_choice_t *choice)
{
    vso_result_t *res = call->res;
    vso_result_t *why = vso_result_create(call->r->pool);
    apr_array_header_t *ids = NULL;
    const char *all = NULL;

    if (vso_json_get_string(call->body, "elements", 8, &all, why,
                            call->r->pool) == APR_SUCCESS &&
        (!all || !strcmp(all, "all"))) {
        return all ? APR_SUCCESS
                   : vso_fail(res, VSO_P_MALFORMED, "elements",
                              "\"elements\" is missing: ids of elements in "
                              "an array, or \"all\".");
    }
    if (vso_json_get_strings(call->body, "elements", VSO_MAX_ELEMENTS,
                             VSO_MAX_ZIP_NAME, &ids, res,
                             call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (ids && ids->nelts == 0) {
        return vso_fail(res, VSO_P_INVALID, "elements",
                        "No element is chosen: name one at least, or delete "
                        "the import.");
    }
    choice->elements = ids;
    return APR_SUCCESS;
}

static apr_status_t read_choice(vsocert_call_t *call, vso_choice_t *choice)
{
    static const char *const names[] = {"elements", "trust", "sha256", "tags",
                                        NULL};
    static const char *const trusts[] = {"once", "provider", NULL};
    static const char *const tags[] = {"keep", "overwrite", "omit", NULL};
    vso_result_t *res = call->res;
    int trust = VSO_TRUST_ASK;
    int tag = VSO_TAGS_KEEP;

    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        read_elements(call, choice) != APR_SUCCESS ||
        read_word(call, "trust", trusts, VSO_TRUST_ONCE, &trust) !=
            APR_SUCCESS ||
        read_word(call, "tags", tags, VSO_TAGS_KEEP, &tag) != APR_SUCCESS ||
        vso_json_get_string(call->body, "sha256", 64, &choice->sha256, res,
                            call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!choice->sha256) {
        return vso_fail(res, VSO_P_MALFORMED, "sha256",
                        "\"sha256\" is missing: the digest that the report "
                        "showed.");
    }
    choice->trust = (vso_import_trust_e)trust;
    choice->tags = (vso_import_tags_e)tag;
    return APR_SUCCESS;
}

/** Members of the problem untrusted-signer. */
static void explain_untrusted(vso_json_t *problem, const void *baton)
{
    vsocert_review_shape_put_untrusted(problem, baton);
}

apr_status_t vsocert_api_imports_confirm(vsocert_call_t *call)
{
    vso_choice_t choice = {0};
    vso_imported_t done = {0};

    if (read_choice(call, &choice) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_import_confirm(&call->ctx, call->id, &choice, &done, &call->outcome,
                           call->res) != APR_SUCCESS) {
        if (call->res->problem == VSO_P_UNTRUSTED_SIGNER) {
            call->explain = explain_untrusted;
            call->explain_baton = done.report;
        }
        return APR_EGENERAL;
    }
    vsocert_count(VSOCERT_COUNT_PACKAGE_IMPORT);
    vsocert_shape_package(vso_json_add_object(call->reply, "package"),
                          done.package);
    vso_json_set_int(call->reply, "imported", done.imported);
    vso_json_set_int(call->reply, "skipped", done.skipped);
    vso_json_set_strings(call->reply, "trusted", done.trusted);
    vso_json_set_warnings(call->reply, call->res->warnings);
    return APR_SUCCESS;
}
