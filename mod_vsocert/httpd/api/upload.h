/* SPDX-License-Identifier: Apache-2.0 */
/** Bodies that are files, or forms with one: streamed, never held. */
#ifndef VSOCERT_UPLOAD_H
#define VSOCERT_UPLOAD_H

/* httpd first: clang takes APR's macros for ours otherwise */
#include "httpd/api/call.h"
#include "base/blob.h"

/**
 * Hand the file to a sink: as it comes, or that of a form when the form has
 * come. It keeps a database connection for as
 * long as the client takes; half of a child's connections go to uploads at the
 * most, so that slow clients leave the others to everybody else.
 * @return SLOW_DOWN: so many are on their way already; TOO_LARGE over
 * VSOCertMaxPackage; MALFORMED: it ended early, or was empty; what the sink
 * reports
 */
apr_status_t vsocert_upload_read(vsocert_call_t *call, vso_sink_fn *sink,
                                 void *baton);

#endif
