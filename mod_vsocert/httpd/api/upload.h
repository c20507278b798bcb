/* SPDX-License-Identifier: Apache-2.0 */
/** Bodies that are files: streamed, never held. */
#ifndef VSOCERT_UPLOAD_H
#define VSOCERT_UPLOAD_H

/* httpd first: clang takes APR's macros for ours otherwise */
#include "httpd/api/api.h"
#include "base/blob.h"

/** Before anything is written for an upload: the Content-Type is a file's
 * (MEDIA_TYPE), and the Content-Length, where there is one, is not over
 * VSOCertMaxPackage (TOO_LARGE). */
apr_status_t vsocert_upload_check(vsocert_call_t *call);

/**
 * Hand the body to a sink as it comes. It keeps a database connection for as
 * long as the client takes; half of a child's connections go to uploads at the
 * most, so that slow clients leave the others to everybody else.
 * @return SLOW_DOWN: so many are on their way already; TOO_LARGE over
 * VSOCertMaxPackage; MALFORMED: it ended early, or was empty; what the sink
 * reports
 */
apr_status_t vsocert_upload_read(vsocert_call_t *call, vso_sink_fn *sink,
                                 void *baton);

#endif
