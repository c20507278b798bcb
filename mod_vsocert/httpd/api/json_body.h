/* SPDX-License-Identifier: Apache-2.0 */
/** The body of a call. */
#ifndef VSOCERT_JSON_BODY_H
#define VSOCERT_JSON_BODY_H

#include "httpd/api/call.h"

/**
 * Read the body, of which the route's flags say how large it may be, and parse
 * it. It may hold passwords, so our copy of it is wiped with the request.
 * @param flags  of the route: without VSOCERT_BODY and VSOCERT_MAY_BODY there
 *               must be none, or an empty object
 * @param pbody  NULL: there is none
 * @return TOO_LARGE, MALFORMED, in call->res
 */
apr_status_t vsocert_json_body_read(vsocert_call_t *call, int flags,
                                    vso_json_t **pbody);

#endif
