/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every API call is asked first, whatever the configuration forgot.
 */
#ifndef VSOCERT_GUARD_H
#define VSOCERT_GUARD_H

#include <httpd.h>

#include "base/result.h"

/**
 * An authenticated user over TLS; a changing method that does not come from
 * another site (Origin, Sec-Fetch-Site); a body that is no form.
 * @param res  FORBIDDEN, MEDIA_TYPE
 */
apr_status_t vsocert_guard_check(request_rec *r, vso_result_t *res);

/** A request that no other site caused (Origin, Sec-Fetch-Site). FORBIDDEN */
apr_status_t vsocert_guard_site(const request_rec *r, vso_result_t *res);

/** 1 when a Content-Type is of this media type, whatever its parameters.
 * @param value  NULL: 0 */
int vsocert_guard_is_type(const char *value, const char *type);

#endif
