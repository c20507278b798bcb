/* SPDX-License-Identifier: Apache-2.0 */
#include "service/trail.h"

apr_status_t vso_trail_page(const vso_context_t *ctx,
                            const vso_audit_filter_t *filter,
                            apr_int64_t before, int limit,
                            apr_array_header_t **prows, vso_result_t *res)
{
    return vso_audit_find(ctx->store, filter, before, limit, prows, res,
                          ctx->p);
}

apr_status_t vso_trail_verify(const vso_context_t *ctx,
                              vso_audit_verdict_t *verdict, vso_result_t *res)
{
    return vso_context_unsealed(ctx, res) == APR_SUCCESS
               ? vso_audit_verify(ctx->store, verdict, res, ctx->p)
               : APR_EGENERAL;
}
