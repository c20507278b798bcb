/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Makes the context of a use case from a request: who calls, for which entry,
 * what this node serves. The caller opens the keystore.
 */
#ifndef VSOCERT_REQUEST_CONTEXT_H
#define VSOCERT_REQUEST_CONTEXT_H

#include <httpd.h>

#include "service/context.h"

/**
 * Fill a context whose p is set; store stays as it is.
 * @param entry  its name; NULL: the one that the virtual host serves
 * @return INVALID, field "entry"
 */
apr_status_t vsocert_context_fill(vso_context_t *ctx, request_rec *r,
                                  const char *entry, vso_result_t *res);

#endif
