/* SPDX-License-Identifier: Apache-2.0 */
/** Request bodies of any size, passed on as they arrive. */
#ifndef VSOCERT_REQUEST_BODY_H
#define VSOCERT_REQUEST_BODY_H

/* httpd first: clang takes APR's macros for ours otherwise */
#include <httpd.h>
#include "base/blob.h"

/** TOO_LARGE where the Content-Length says that the body is over
 * VSOCertMaxPackage: before any of it is asked for. */
apr_status_t vsocert_body_check(request_rec *r, vso_result_t *res);

/** Takes the next bytes of a body; they are valid during the call only. */
typedef apr_status_t vsocert_body_fn(void *baton, const char *bytes,
                                     apr_size_t len);

/**
 * Pass on a body of any length.
 * @param read_bytes  most that is read at a time
 * @return what `take` says, if it is an error; else what httpd says when the
 *         body ended early or is not well-formed
 */
apr_status_t vsocert_body_each(request_rec *r, apr_off_t read_bytes,
                               vsocert_body_fn *take, void *baton);

/**
 * Pass an upload to a sink.
 * @param plen  its bytes
 * @return TOO_LARGE over VSOCertMaxPackage; MALFORMED: it ended early; what the
 *         sink reports
 */
apr_status_t vsocert_body_read(request_rec *r, vso_sink_fn *sink, void *baton,
                               apr_off_t *plen, vso_result_t *res);

/**
 * After r->status was set to a refusal's: read and drop the rest of the body,
 * or close the connection. With some statuses httpd closes it in any case.
 * @param close  1: close it, because reading on would hold something scarce
 */
void vsocert_body_finish(request_rec *r, int close);

#endif
