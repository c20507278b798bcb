/* SPDX-License-Identifier: Apache-2.0 */
/** Bodies that are files, or forms with one: streamed, never held. */
#ifndef VSOCERT_UPLOAD_H
#define VSOCERT_UPLOAD_H

/* httpd first: clang takes APR's macros for ours otherwise */
#include "httpd/api/call.h"
#include "base/blob.h"

/**
 * Hand the file to a sink: as it comes, or after the whole form has come. The
 * upload holds a database connection as long as the client takes; uploads hold
 * at most half of a child's connections, so that slow clients leave the others
 * free.
 * @return SLOW_DOWN: that many are in progress; TOO_LARGE over
 * VSOCertMaxPackage; MALFORMED: it ended early, or was empty; what the sink
 * reports
 */
apr_status_t vsocert_upload_read(vsocert_call_t *call, vso_sink_fn *sink,
                                 void *baton);

#endif
