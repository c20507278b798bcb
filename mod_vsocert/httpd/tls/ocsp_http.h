/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Asks an OCSP responder over HTTP (RFC 6960, appendix A): one exchange. Each
 * step but the name look-up has a timeout (VSO_OCSP_TIMEOUT_SEC), the response
 * a maximum size (VSO_MAX_OCSP). Proxies are not used.
 */
#ifndef VSOCERT_TLS_OCSP_HTTP_H
#define VSOCERT_TLS_OCSP_HTTP_H

#include <apr_pools.h>

#include "base/result.h"

/**
 * @param url   http://...
 * @param pder  the response's body, lives as long as p
 * @param res   INVALID: what went wrong
 */
apr_status_t vsocert_ocsp_http_ask(const char *url,
                                   const unsigned char *request, apr_size_t len,
                                   const unsigned char **pder,
                                   apr_size_t *pder_len, vso_result_t *res,
                                   apr_pool_t *p);

#endif
