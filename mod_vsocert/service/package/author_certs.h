/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What package_columns.h leaves out: the column certificates, as text and back.
 */
#ifndef VSO_SERVICE_AUTHOR_CERTS_H
#define VSO_SERVICE_AUTHOR_CERTS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/package_columns.h"

/** certificates: of the author, with the paths that they came under:
 * vso_package_cert_t *. */
const char *vso_author_certs_text(const apr_array_header_t *certs,
                                  apr_pool_t *p);
apr_status_t vso_author_certs_parse(const char *column,
                                    apr_array_header_t **pcerts,
                                    vso_result_t *res, apr_pool_t *p);

#endif
