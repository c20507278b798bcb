/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/import.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "service/package/stored_package.h"

#define UPLOAD "package-upload"

apr_status_t vso_import_begin(const vso_context_t *ctx, vso_upload_t **pupload,
                              vso_result_t *res)
{
    vso_upload_t *upload = apr_pcalloc(ctx->p, sizeof(*upload));
    vso_import_row_t *row = &upload->row;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    row->id = vso_content_new_id();
    row->sha256 = row->name = "";
    row->created_by = ctx->actor;
    row->created_sec = vso_context_now(ctx);
    row->expires_sec = row->created_sec + VSO_IMPORT_ALIVE_SEC;
    if (vso_imports_begin(ctx->store, row, res, ctx->p) != APR_SUCCESS) {
        return vso_context_refuse(ctx, UPLOAD, 0, res);
    }
    if (vso_content_begin(ctx->store, row->id, &upload->writer, res, ctx->p) !=
        APR_SUCCESS) {
        return vso_import_abort(ctx, upload, res);
    }
    *pupload = upload;
    return APR_SUCCESS;
}

apr_status_t vso_import_write(void *baton, const char *data, apr_size_t len,
                              vso_result_t *res)
{
    vso_upload_t *upload = baton;

    return vso_content_write(upload->writer, data, len, res);
}

apr_status_t vso_import_renew(vso_store_t *store, const apr_int64_t *ids,
                              int count, vso_result_t *res, apr_pool_t *p)
{
    return vso_imports_renew(store, ids, count, res, p);
}

apr_status_t vso_import_abort(const vso_context_t *ctx, vso_upload_t *upload,
                              vso_result_t *res)
{
    /* what cannot be deleted now goes when the import expires */
    vso_imports_delete(ctx->store, NULL, upload->row.id,
                       vso_result_create(ctx->p), ctx->p);
    return vso_context_refuse(ctx, UPLOAD, 0, res);
}

/** What stages an import, beside its row. */
typedef struct {
    vso_import_row_t *row;
    const char *detail;
} staging_t;

static apr_status_t stage(vso_change_t *change, void *baton,
                          vso_audit_event_t *event, vso_result_t *res,
                          apr_pool_t *p)
{
    const staging_t *staging = baton;

    event->detail = staging->detail;
    /* it took its time to come */
    staging->row->expires_sec = change->now_sec + VSO_IMPORT_TTL_SEC;
    return vso_imports_stage(change->store, staging->row, res, p);
}

apr_status_t vso_import_finish(const vso_context_t *ctx, vso_upload_t *upload,
                               vso_review_t **preport, vso_outcome_t *outcome,
                               vso_result_t *res)
{
    const vso_context_change_t what = {.action = UPLOAD,
                                       .if_match = VSO_IF_MATCH_NONE};
    vso_import_row_t *row = &upload->row;
    staging_t staging = {row, ""};
    vso_review_t *report;
    vso_blob_t *blob;

    row->size = vso_content_written(upload->writer);
    if (vso_content_end(upload->writer, &row->content_id, &row->sha256, res) !=
            APR_SUCCESS ||
        vso_content_blob(ctx->store, row->content_id, &blob, res, ctx->p) !=
            APR_SUCCESS ||
        vso_review_build(ctx, blob, 0, &report, res) != APR_SUCCESS ||
        vso_stored_package_check_name(report->package->name, res) !=
            APR_SUCCESS) {
        return vso_import_abort(ctx, upload, res);
    }
    row->name = report->package->name;
    staging.detail = apr_psprintf(ctx->p, "%s: %d elements, signed by %s",
                                  row->name, report->elements->nelts,
                                  report->signer->info->fingerprint);
    if (vso_context_change(ctx, &what, stage, &staging, outcome, res) !=
        APR_SUCCESS) {
        vso_imports_delete(ctx->store, NULL, row->id, vso_result_create(ctx->p),
                           ctx->p);
        return APR_EGENERAL;
    }
    *preport = report;
    return APR_SUCCESS;
}

apr_status_t vso_import_get(const vso_context_t *ctx, apr_int64_t id,
                            vso_import_row_t **prow, vso_review_t **preport,
                            vso_result_t *res)
{
    vso_import_row_t *row;
    const char *sha256;
    vso_blob_t *blob;

    if (vso_imports_get(ctx->store, id, vso_context_now(ctx), &row, res,
                        ctx->p) != APR_SUCCESS ||
        vso_content_blob(ctx->store, row->content_id, &blob, res, ctx->p) !=
            APR_SUCCESS ||
        vso_blob_sha256(blob, &sha256, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (row->size != blob->size) {
        return vso_fail(res, VSO_P_DAMAGED, "vmo_import",
                        "size of this import in vmo_import was edited: cancel "
                        "it, find out who did that, and upload the package "
                        "again.");
    }
    if (strcmp(sha256, row->sha256)) {
        return vso_fail(res, VSO_P_DIGEST_MISMATCH, "sha256",
                        "The bytes of this import were changed in the "
                        "database after the upload: cancel it, find out who "
                        "did that, and upload the package again.");
    }
    if (vso_review_build(ctx, blob, 0, preport, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *prow = row;
    return APR_SUCCESS;
}

apr_status_t vso_import_list(const vso_context_t *ctx,
                             apr_array_header_t **prows, vso_result_t *res)
{
    return vso_imports_list(ctx->store, vso_context_now(ctx), prows, res,
                            ctx->p);
}

/** An import on its way out. */
typedef struct {
    apr_int64_t id;
} cancel_t;

static apr_status_t cancel(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *res,
                           apr_pool_t *p)
{
    const cancel_t *which = baton;
    vso_import_row_t *row;

    if (vso_imports_get(change->store, which->id, change->now_sec, &row, res,
                        p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->detail = row->name;
    return vso_imports_delete(change->store, change, which->id, res, p);
}

apr_status_t vso_import_cancel(const vso_context_t *ctx, apr_int64_t id,
                               vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_change_t what = {.action = "package-cancel",
                                       .if_match = VSO_IF_MATCH_NONE};
    cancel_t which = {id};

    return vso_context_change(ctx, &what, cancel, &which, outcome, res);
}
