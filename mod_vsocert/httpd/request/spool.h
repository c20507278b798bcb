/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A file without a name for a body that has to be there whole, in the folder
 * for temporary files. All of a node take no more than VSO_MAX_SPOOLED packages
 * of VSOCertMaxPackage.
 */
#ifndef VSOCERT_REQUEST_SPOOL_H
#define VSOCERT_REQUEST_SPOOL_H

#include <httpd.h>
#include "base/blob.h"

typedef struct vsocert_spool_t vsocert_spool_t;

/** Make one that goes with p. @return INTERNAL: the disk cannot be written */
apr_status_t vsocert_spool_make(const server_rec *s, vsocert_spool_t **pspool,
                                vso_result_t *res, apr_pool_t *p);

/** A vso_sink_fn, with the spool as baton. BUSY: there is no room; TIMEOUT: the
 * spool is older than VSO_SPOOL_SEC; and what vso_blob_append reports. */
apr_status_t vsocert_spool_append(void *spool, const char *bytes,
                                  apr_size_t len, vso_result_t *res);

/** The file itself. */
apr_file_t *vsocert_spool_file(const vsocert_spool_t *spool);

#endif
