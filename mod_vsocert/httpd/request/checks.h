/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every API call is asked first, whatever the configuration forgot.
 */
#ifndef VSOCERT_REQUEST_CHECKS_H
#define VSOCERT_REQUEST_CHECKS_H

#include <httpd.h>

#include "base/result.h"

/**
 * An authenticated user over TLS; a changing method that does not come from
 * another site (Origin, Sec-Fetch-Site).
 * @param res  FORBIDDEN
 */
apr_status_t vsocert_checks_check(request_rec *r, vso_result_t *res);

/** A request that no other site caused (Origin, Sec-Fetch-Site). FORBIDDEN */
apr_status_t vsocert_checks_site(const request_rec *r, vso_result_t *res);

/**
 * A form that was looked at by vsocert_checks_site: browsers send one without
 * asking first, whosever page it is on. With a session, and without a word of
 * where it comes from, it is nobody's.
 * @param res  FORBIDDEN
 */
apr_status_t vsocert_checks_form(const request_rec *r, vso_result_t *res);

#endif
