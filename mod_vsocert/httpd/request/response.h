/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How anything is answered here, by the API and by the filters: JSON, and
 * problem documents (RFC 9457).
 */
#ifndef VSOCERT_REQUEST_RESPONSE_H
#define VSOCERT_REQUEST_RESPONSE_H

#include <httpd.h>

#include "base/json.h"

/** "type", "title", "status", "detail", "field", "warnings" of a result whose
 * problem is set; members may be added. */
vso_json_t *vsocert_response_problem(const vso_result_t *res, apr_pool_t *p);

/** Set what every answer has: nothing is stored by caches or compressed. For
 * a problem (NONE: no problem) Retry-After where that helps. */
void vsocert_response_headers(request_rec *r, vso_problem_e problem);

/** Send JSON under r->status. */
void vsocert_response_json(request_rec *r, const vso_json_t *json,
                           const char *type);

/** Send a problem document, with its headers and under its status.
 * @param doc  of vsocert_response_problem */
void vsocert_response_refuse(request_rec *r, const vso_json_t *doc,
                             vso_problem_e problem);

/** The same for a result, counted; the rest of the body is not waited for. */
void vsocert_response_end(request_rec *r, const vso_result_t *res);

/** Slugs of the warnings, each once, in the header X-VSOCert-Warnings: for a
 * reply that is a file. */
void vsocert_response_warnings(request_rec *r,
                               const apr_array_header_t *warnings);

#endif
