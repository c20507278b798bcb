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
 * and warnings in svc->res.
 * @param material  its certificates and key, and the outcomes
 * @param res       WRONG_STATE while pending or once destroyed; what
 *                  vso_version_row_prove refuses
 */
apr_status_t vso_preview_try(vso_context_t *svc, apr_int64_t id,
                             vso_material_t *material);

/** An entry after a change. */
typedef struct {
    vso_version_t *version;       /**< as it would become */
    vso_material_t material;      /**< its outcomes, where it was tried */
    apr_array_header_t *served;   /**< vso_version_t *: what the entry serves
                                       then */
    apr_array_header_t *warnings; /**< vso_warning_t of the version in its
                                       place; NULL: it is not served */
} vso_preview_t;

/** Serve it: refused as vso_versions_activate refuses. */
apr_status_t vso_preview_activate(vso_context_t *svc, apr_int64_t id,
                                  vso_preview_t *preview);

/** Serve what was served before: refused as vso_versions_rollback refuses; what
 * turns passive is in svc->turns_passive. */
apr_status_t vso_preview_rollback(vso_context_t *svc, vso_preview_t *preview);

/** Serve it no more: refused as vso_versions_deactivate refuses. Warnings of
 * the change itself are in svc->res. */
apr_status_t vso_preview_deactivate(vso_context_t *svc, apr_int64_t id,
                                    vso_preview_t *preview);

#endif
