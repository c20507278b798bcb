/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What serving a version, or serving it no more, would be like. Nothing is
 * changed, and nothing is recorded.
 */
#ifndef VSO_SERVICE_PREVIEW_H
#define VSO_SERVICE_PREVIEW_H

#include "service/context.h"
#include "service/certificate/version_row.h"

/**
 * Try what serving it would be like, and change nothing: its trial handshake,
 * and warnings in res.
 * @param material  its certificates and key, and the outcomes
 * @param res       WRONG_STATE while pending or once destroyed; what
 *                  vso_judge_prove refuses
 */
apr_status_t vso_preview_try(const vso_context_t *ctx, apr_int64_t id,
                             vso_material_t *material, vso_result_t *res);

/** An entry after a change. */
typedef struct {
    vso_version_t *version;       /**< as it would become */
    vso_material_t material;      /**< its outcomes, where it was tried */
    apr_array_header_t *served;   /**< vso_version_t *: what the entry serves
                                       then */
    apr_array_header_t *warnings; /**< vso_warning_t of the version in its
                                       place; NULL: it is not served */
} vso_preview_t;

/** Serve it: refused as vso_entry_versions_activate refuses. */
apr_status_t vso_preview_activate(const vso_context_t *ctx, apr_int64_t id,
                                  vso_preview_t *preview, vso_result_t *res);

/** Serve what was served before: refused as vso_entry_versions_rollback
 * refuses; what turns passive is in outcome->turns_passive. */
apr_status_t vso_preview_rollback(const vso_context_t *ctx,
                                  vso_preview_t *preview,
                                  vso_outcome_t *outcome, vso_result_t *res);

/** Serve it no more: refused as vso_entry_versions_deactivate refuses. Warnings
 * of the change itself are in res. */
apr_status_t vso_preview_deactivate(const vso_context_t *ctx, apr_int64_t id,
                                    vso_preview_t *preview, vso_result_t *res);

#endif
