/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/upload.h"

#include <stdatomic.h>
#include <string.h>

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "httpd/dbd.h"
#include "httpd/guard.h"

#define READ_BYTES (64 * 1024)

static atomic_int uploads; /* on their way to this child */

static apr_status_t too_large(vsocert_call_t *call)
{
    return vso_fail(call->svc.res, VSO_P_TOO_LARGE, "body",
                    "The package is larger than %" APR_OFF_T_FMT
                    " bytes (VSOCertMaxPackage).",
                    vsocert_config_max_package(call->r->server));
}

apr_status_t vsocert_upload_check(vsocert_call_t *call)
{
    request_rec *r = call->r;
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    const char *length = apr_table_get(r->headers_in, "Content-Length");

    if (!type || (!vsocert_guard_is_type(type, "application/octet-stream") &&
                  !vsocert_guard_is_type(type, "application/zip"))) {
        return vso_fail(call->svc.res, VSO_P_MEDIA_TYPE, "Content-Type",
                        "Send the package's bytes as "
                        "application/octet-stream or application/zip.");
    }
    if (length && apr_strtoi64(length, NULL, 10) >
                      vsocert_config_max_package(r->server)) {
        return too_large(call);
    }
    return APR_SUCCESS;
}

/** What a read of the body left to do. */
typedef struct {
    vsocert_call_t *call;
    vso_sink_fn *sink;
    void *baton;
    apr_off_t left; /**< bytes that are still allowed */
    int end;
} upload_t;

/** Hand on the data of one brigade. An error is the client's, or has filled
 * the result. */
static apr_status_t take_brigade(upload_t *upload, apr_bucket_brigade *bb)
{
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        const char *bytes;
        apr_size_t len;
        apr_status_t rv;

        if (APR_BUCKET_IS_EOS(b)) {
            upload->end = 1;
            break;
        }
        rv = apr_bucket_read(b, &bytes, &len, APR_BLOCK_READ);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        if ((apr_off_t)len > upload->left) {
            return too_large(upload->call);
        }
        upload->left -= (apr_off_t)len;
        rv = upload->sink(upload->baton, bytes, len, upload->call->svc.res);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

/** From the client to the sink. */
static apr_status_t read_body(vsocert_call_t *call, vso_sink_fn *sink,
                              void *baton)
{
    request_rec *r = call->r;
    apr_off_t max = vsocert_config_max_package(r->server);
    upload_t upload = {call, sink, baton, max, 0};
    apr_bucket_brigade *bb;
    apr_status_t rv;

    bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    do {
        rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES,
                            APR_BLOCK_READ, READ_BYTES);
        if (rv == APR_SUCCESS) {
            rv = take_brigade(&upload, bb);
        }
        apr_brigade_cleanup(bb);
    } while (rv == APR_SUCCESS && !upload.end);
    if (rv != APR_SUCCESS) {
        /* the first reason stays, where there is one */
        return vso_fail(call->svc.res, VSO_P_MALFORMED, "body",
                        "The body ended early or is not well-formed HTTP: "
                        "upload the package again.");
    }
    if (upload.left == max) {
        return vso_fail(call->svc.res, VSO_P_MALFORMED, "body",
                        "The body is empty: send the package's bytes.");
    }
    return APR_SUCCESS;
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
