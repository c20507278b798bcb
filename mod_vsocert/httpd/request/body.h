/* SPDX-License-Identifier: Apache-2.0 */
/** Request bodies of any size, handed on as they come. */
#ifndef VSOCERT_REQUEST_BODY_H
#define VSOCERT_REQUEST_BODY_H

/* httpd first: clang takes APR's macros for ours otherwise */
#include <httpd.h>
#include "base/blob.h"

/** TOO_LARGE where the Content-Length says that the body is over
 * VSOCertMaxPackage: before any of it is asked for. */
apr_status_t vsocert_body_check(request_rec *r, vso_result_t *res);

/** Takes the next bytes of a body, which are gone afterwards. */
typedef apr_status_t vsocert_body_fn(void *baton, const char *bytes,
                                     apr_size_t len);

/**
 * Hand on a body, without a limit of its own.
 * @param read_bytes  most that is read at a time
 * @return what `take` says, if it is an error; else what httpd says when the
 *         body ended early or is not well-formed
 */
apr_status_t vsocert_body_each(request_rec *r, apr_off_t read_bytes,
                               vsocert_body_fn *take, void *baton);

/**
 * Hand an upload to a sink.
 * @param plen  its bytes
 * @return TOO_LARGE over VSOCertMaxPackage; MALFORMED: it ended early; what the
 *         sink reports
 */
apr_status_t vsocert_body_read(request_rec *r, vso_sink_fn *sink, void *baton,
                               apr_off_t *plen, vso_result_t *res);

/**
 * After r->status was set to a refusal's: the body that nobody reads. With some
 * statuses httpd drops the connection instead of reading what is left of it.
 * @param unread  1: that would keep what is scarce; the connection goes
 */
void vsocert_body_leave(request_rec *r, int unread);

#endif
