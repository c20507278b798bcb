/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Checks that precede every API call, whatever the configuration lacks.
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

/** The request comes from no other site (Origin, Sec-Fetch-Site).
 * @param res  FORBIDDEN */
apr_status_t vsocert_checks_site(const request_rec *r, vso_result_t *res);

/**
 * After vsocert_checks_site, for a form: browsers send forms of any site
 * without a preflight. A form that comes with a session must say where it comes
 * from.
 * @param res  FORBIDDEN
 */
apr_status_t vsocert_checks_form(const request_rec *r, vso_result_t *res);

#endif
