/* SPDX-License-Identifier: Apache-2.0 */
/** The body of a call. */
#ifndef VSOCERT_BODY_H
#define VSOCERT_BODY_H

#include "httpd/api/api.h"

/**
 * Read the body, of which the route's flags say how large it may be, and parse
 * it into call->body.
 * It may hold passwords, so our copy of it is wiped with the request.
 * @param flags  of the route: without VSOCERT_BODY and VSOCERT_MAY_BODY there
 *               must be none, or an empty object
 * @param res     TOO_LARGE, MALFORMED
 */
apr_status_t vsocert_api_body(vsocert_call_t *call, int flags);

#endif
