/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Responses of the API and the filters: JSON, and problem documents (RFC 9457).
 */
#ifndef VSOCERT_REQUEST_RESPONSE_H
#define VSOCERT_REQUEST_RESPONSE_H

#include <httpd.h>

#include "base/json.h"

/** "type", "title", "status", "detail", "field", "warnings" of a result whose
 * problem is set; members may be added. */
vso_json_t *vsocert_response_problem(const vso_result_t *res, apr_pool_t *p);

/** Set the headers of every response: caches store nothing, filters compress
 * nothing. For a problem (NONE: no problem) also Retry-After where that helps.
 */
void vsocert_response_headers(request_rec *r, vso_problem_e problem);

/** How grave a problem is to the error log (APLOG_...). That the server is busy
 * is what clients bring about, and the metrics count it. */
int vsocert_response_level(vso_problem_e problem);

/** Send JSON under r->status. */
void vsocert_response_json(request_rec *r, const vso_json_t *json,
                           const char *type);

/** Send a problem document with its headers and status.
 * @param doc  of vsocert_response_problem */
void vsocert_response_refuse(request_rec *r, const vso_json_t *doc,
                             vso_problem_e problem);

/** The same for a result. Counts the problem, and finishes the request's body.
 */
void vsocert_response_end(request_rec *r, const vso_result_t *res);

/** Set X-VSOCert-Warnings to the slugs of the warnings, each once: for a
 * response that is a file. */
void vsocert_response_warnings(request_rec *r,
                               const apr_array_header_t *warnings);

#endif
