/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/import.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "service/package/packages.h"

#define UPLOAD "package-upload"

apr_status_t vso_import_begin(vso_context_t *svc, vso_upload_t **pupload)
{
    vso_upload_t *upload = apr_pcalloc(svc->p, sizeof(*upload));
    vso_import_row_t *row = &upload->row;

    if (vso_context_unsealed(svc) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    row->id = vso_content_new_id();
    row->sha256 = row->name = "";
    row->created_by = svc->actor;
    row->created_sec = vso_context_now(svc);
    row->expires_sec = row->created_sec + VSO_IMPORT_ALIVE_SEC;
    if (vso_imports_begin(svc->store, row, svc->res, svc->p) != APR_SUCCESS) {
        return vso_context_refuse(svc, UPLOAD, 0);
    }
    if (vso_content_begin(svc->store, row->id, &upload->writer, svc->res,
                          svc->p) != APR_SUCCESS) {
        return vso_import_abort(svc, upload);
    }
    *pupload = upload;
    return APR_SUCCESS;
}

apr_status_t vso_import_abort(vso_context_t *svc, vso_upload_t *upload)
{
    /* what cannot be deleted now goes when the import expires */
    vso_imports_delete(svc->store, NULL, upload->row.id,
                       vso_result_create(svc->p), svc->p);
    return vso_context_refuse(svc, UPLOAD, 0);
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

apr_status_t vso_import_finish(vso_context_t *svc, vso_upload_t *upload,
                               vso_review_t **preport)
{
    const vso_context_change_t what = {UPLOAD, 0, -1, 0};
    vso_import_row_t *row = &upload->row;
    staging_t staging = {row, ""};
    vso_review_t *report;
    vso_blob_t *blob;

    row->size = vso_content_written(upload->writer);
    if (vso_content_end(upload->writer, &row->content_id, &row->sha256,
                        svc->res) != APR_SUCCESS ||
        vso_content_blob(svc->store, row->content_id, &blob, svc->res,
                         svc->p) != APR_SUCCESS ||
        vso_review_build(svc, blob, 0, &report) != APR_SUCCESS ||
        vso_stored_check_name(report->package->name, svc->res) != APR_SUCCESS) {
        return vso_import_abort(svc, upload);
    }
    row->name = report->package->name;
    staging.detail = apr_psprintf(svc->p, "%s: %d elements, signed by %s",
                                  row->name, report->elements->nelts,
                                  report->signer->info->fingerprint);
    svc->if_match = NULL; /* the digest stands for it */
    if (vso_context_change(svc, &what, stage, &staging) != APR_SUCCESS) {
        vso_imports_delete(svc->store, NULL, row->id, vso_result_create(svc->p),
                           svc->p);
        return APR_EGENERAL;
    }
    *preport = report;
    return APR_SUCCESS;
}

apr_status_t vso_import_get(vso_context_t *svc, apr_int64_t id,
                            vso_import_row_t **prow, vso_review_t **preport)
{
    vso_import_row_t *row;
    const char *sha256;
    vso_blob_t *blob;

    if (vso_imports_get(svc->store, id, vso_context_now(svc), &row, svc->res,
                        svc->p) != APR_SUCCESS ||
        vso_content_blob(svc->store, row->content_id, &blob, svc->res,
                         svc->p) != APR_SUCCESS ||
        vso_blob_sha256(blob, &sha256, svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (row->size != blob->size) {
        return vso_fail(svc->res, VSO_P_DAMAGED, "vmo_import",
                        "size of this import in vmo_import was edited: cancel "
                        "it, find out who did that, and upload the package "
                        "again.");
    }
    if (strcmp(sha256, row->sha256)) {
        return vso_fail(svc->res, VSO_P_DIGEST_MISMATCH, "sha256",
                        "The bytes of this import were changed in the "
                        "database after the upload: cancel it, find out who "
                        "did that, and upload the package again.");
    }
    if (vso_review_build(svc, blob, 0, preport) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *prow = row;
    return APR_SUCCESS;
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

apr_status_t vso_import_cancel(vso_context_t *svc, apr_int64_t id)
{
    const vso_context_change_t what = {"package-cancel", 0, -1, 0};
    cancel_t which = {id};

    svc->if_match = NULL;
    return vso_context_change(svc, &what, cancel, &which);
}
