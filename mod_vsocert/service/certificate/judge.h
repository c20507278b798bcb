/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A certificate judged in its place: beside what the entry serves with it.
 */
#ifndef VSO_SERVICE_JUDGE_H
#define VSO_SERVICE_JUDGE_H

#include "service/context.h"
#include "service/certificate/version_row.h"

/**
 * Judge what is about to be stored. EC parameters that are written out are
 * refused, all else is warned of in res.
 * @param served  it is to take the place of the active version of its
 *                algorithm; 0: it is kept for packages only
 * @param res     NOT_SERVABLE
 */
apr_status_t vso_judge_candidate(const vso_context_t *ctx,
                                 const vso_material_t *material, int served,
                                 vso_result_t *res);

/** Judge what is to be served (vso_judge_candidate), and run the trial
 * handshake that every version passes before it becomes active. */
apr_status_t vso_judge_prove(const vso_context_t *ctx, vso_material_t *material,
                             vso_result_t *res);

/**
 * Judge a version that is served, or would be.
 * @param active    vso_version_t *: what the entry serves; of the version's own
 *                  algorithm it is the version instead
 * @param found     warnings, client-support among them only where no key that
 *                  every client takes is served beside
 */
void vso_judge_version(const vso_context_t *ctx, const vso_version_t *version,
                       const vso_material_t *material,
                       const apr_array_header_t *active, vso_result_t *found);

#endif
