/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The audit trail, for those who read it.
 */
#ifndef VSO_SERVICE_TRAIL_H
#define VSO_SERVICE_TRAIL_H

#include "service/context.h"
#include "store/audit.h"

/**
 * A page of the trail, newest first.
 * @param before  rows with a lower seq only; 0 for the newest
 * @param limit   1 to VSO_MAX_PAGE
 * @param prows   vso_audit_row_t
 */
apr_status_t vso_trail_page(const vso_context_t *ctx,
                            const vso_audit_filter_t *filter,
                            apr_int64_t before, int limit,
                            apr_array_header_t **prows, vso_result_t *res);

/** Walk the whole chain: see vso_audit_verify. SEALED. */
apr_status_t vso_trail_verify(const vso_context_t *ctx,
                              vso_audit_verdict_t *verdict, vso_result_t *res);

#endif
