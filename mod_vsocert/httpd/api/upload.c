/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/upload.h"

#include <stdatomic.h>

#include "httpd/dbd.h"
#include "httpd/guard.h"
#include "httpd/intake.h"

static atomic_int uploads; /* on their way to this child */

apr_status_t vsocert_upload_check(vsocert_call_t *call)
{
    request_rec *r = call->r;
    const char *type = apr_table_get(r->headers_in, "Content-Type");

    if (!type || (!vsocert_guard_is_type(type, "application/octet-stream") &&
                  !vsocert_guard_is_type(type, "application/zip"))) {
        return vso_fail(call->svc.res, VSO_P_MEDIA_TYPE, "Content-Type",
                        "Send the package's bytes as "
                        "application/octet-stream or application/zip.");
    }
    return vsocert_intake_check(r, call->svc.res);
}

/** From the client to the sink. */
static apr_status_t read_body(vsocert_call_t *call, vso_sink_fn *sink,
                              void *baton)
{
    apr_off_t len;

    if (vsocert_intake_read(call->r, sink, baton, &len, call->svc.res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return len ? APR_SUCCESS
               : vso_fail(call->svc.res, VSO_P_MALFORMED, "body",
                          "The body is empty: send the package's bytes.");
}

apr_status_t vsocert_upload_read(vsocert_call_t *call, vso_sink_fn *sink,
                                 void *baton)
{
    int half = (vsocert_dbd_max() + 1) / 2;
    apr_status_t rv;

    if (atomic_fetch_add(&uploads, 1) < half) {
        rv = read_body(call, sink, baton);
    }
    else {
        rv = vso_fail(call->svc.res, VSO_P_SLOW_DOWN, NULL,
                      "%d packages are being uploaded already, and each keeps "
                      "one of the database connections (DBDMax): try again "
                      "when they are through.",
                      half);
    }
    atomic_fetch_sub(&uploads, 1);
    return rv;
}
