/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The CA's reply against what it was asked for.
 */
#ifndef VSO_SERVICE_REPLY_DIFF_H
#define VSO_SERVICE_REPLY_DIFF_H

#include "service/context.h"
#include "service/certificate/version_row.h"

/**
 * Warn of what the CA changed (vso_difference_warn), in res.
 * @param asked  the version whose key the certificate is for: its request
 *               counts where there is no certificate yet, or where the CA
 *               changed nothing of it; else its certificate, from which
 *               requests are exported. One that does not parse is passed over
 */
void vso_reply_diff_warn(const vso_context_t *ctx, const vso_version_t *asked,
                         X509 *got, vso_result_t *res);

#endif
