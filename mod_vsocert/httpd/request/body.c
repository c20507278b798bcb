/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/body.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "httpd/config.h"

#define READ_BYTES (64 * 1024)

static apr_status_t too_large(request_rec *r, vso_result_t *res)
{
    return vso_fail(res, VSO_P_TOO_LARGE, "body",
                    "The package is larger than %" APR_OFF_T_FMT
                    " bytes (VSOCertMaxPackage).",
                    vsocert_config_max_package(r->server));
}

apr_status_t vsocert_body_check(request_rec *r, vso_result_t *res)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");

    return length && apr_strtoi64(length, NULL, 10) >
                         vsocert_config_max_package(r->server)
               ? too_large(r, res)
               : APR_SUCCESS;
}

/** Pass on the data of one brigade. @param pend  set to 1 at the body's end */
static apr_status_t take_brigade(apr_bucket_brigade *bb, vsocert_body_fn *take,
                                 void *baton, int *pend)
{
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        const char *bytes;
        apr_size_t len;
        apr_status_t rv;

        if (APR_BUCKET_IS_EOS(b)) {
            *pend = 1;
            break;
        }
        rv = apr_bucket_read(b, &bytes, &len, APR_BLOCK_READ);
        if (rv == APR_SUCCESS) {
            rv = take(baton, bytes, len);
        }
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

apr_status_t vsocert_body_each(request_rec *r, apr_off_t read_bytes,
                               vsocert_body_fn *take, void *baton)
{
    apr_bucket_brigade *bb;
    apr_status_t rv;
    int end = 0;

    bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    do {
        rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES,
                            APR_BLOCK_READ, read_bytes);
        if (rv == APR_SUCCESS) {
            rv = take_brigade(bb, take, baton, &end);
        }
        apr_brigade_cleanup(bb);
    } while (rv == APR_SUCCESS && !end);
    return rv;
}

/** An upload while it is read. */
typedef struct {
    request_rec *r;
    vso_sink_fn *sink;
    void *baton;
    apr_off_t left; /**< bytes that are still allowed */
    vso_result_t *res;
} upload_t;

static apr_status_t sink_bytes(void *baton, const char *bytes, apr_size_t len)
{
    upload_t *upload = baton;

    if ((apr_off_t)len > upload->left) {
        return too_large(upload->r, upload->res);
    }
    upload->left -= (apr_off_t)len;
    return upload->sink(upload->baton, bytes, len, upload->res);
}

apr_status_t vsocert_body_read(request_rec *r, vso_sink_fn *sink, void *baton,
                               apr_off_t *plen, vso_result_t *res)
{
    apr_off_t max = vsocert_config_max_package(r->server);
    upload_t upload = {r, sink, baton, max, res};

    if (vsocert_body_each(r, READ_BYTES, sink_bytes, &upload) != APR_SUCCESS) {
        /* an earlier failure stays in res */
        return vso_fail(res, VSO_P_MALFORMED, "body",
                        "The body ended early or is not well-formed HTTP: "
                        "upload the package again.");
    }
    *plen = max - upload.left;
    return APR_SUCCESS;
}

void vsocert_body_finish(request_rec *r, int close)
{
    if (r->expecting_100 || close) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
    else {
        ap_discard_request_body(r);
    }
}
