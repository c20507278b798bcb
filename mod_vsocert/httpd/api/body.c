/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/body.h"

#include <string.h>

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "base/secret.h"

#define FIRST_BYTES 8192

/** A buffer that grows and wipes what it leaves behind. */
typedef struct {
    vso_secret_t *data; /**< len is its capacity */
    apr_size_t used;
    apr_size_t max;
} buffer_t;

static apr_status_t append(buffer_t *buf, const char *bytes, apr_size_t len,
                           apr_pool_t *p)
{
    if (len > buf->max - buf->used) {
        return APR_ENOSPC;
    }
    if (buf->used + len > buf->data->len) {
        apr_size_t size = buf->data->len;
        vso_secret_t *larger;

        while (size < buf->used + len) {
            size *= 2;
        }
        larger = vso_secret_make(size, p);
        memcpy(larger->data, buf->data->data, buf->used);
        vso_wipe(buf->data->data, buf->used);
        buf->data = larger;
    }
    memcpy(buf->data->data + buf->used, bytes, len);
    buf->used += len;
    return APR_SUCCESS;
}

/** Take the data of one brigade. *pend: the body ended here. */
static apr_status_t take_brigade(apr_bucket_brigade *bb, buffer_t *buf,
                                 int *pend, apr_pool_t *p)
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
            rv = append(buf, bytes, len, p);
        }
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t read_all(request_rec *r, buffer_t *buf)
{
    apr_bucket_brigade *bb;
    apr_status_t rv;
    int end = 0;

    bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    do {
        rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES,
                            APR_BLOCK_READ, FIRST_BYTES);
        if (rv == APR_SUCCESS) {
            rv = take_brigade(bb, buf, &end, r->pool);
        }
        apr_brigade_cleanup(bb);
    } while (rv == APR_SUCCESS && !end);
    return rv;
}

static apr_status_t read_failed(vsocert_call_t *call, apr_status_t rv,
                                apr_size_t max)
{
    if (rv == APR_ENOSPC) {
        return vso_fail(call->svc.res, VSO_P_TOO_LARGE, "body",
                        "The body is larger than %" APR_SIZE_T_FMT
                        " bytes (VSOCertMaxBody).",
                        max);
    }
    return vso_fail(call->svc.res, VSO_P_MALFORMED, "body",
                    "The body ended early or is not well-formed HTTP.");
}

/** 1 when the Content-Type is JSON, whatever its parameters. */
static int is_json(request_rec *r)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    apr_size_t len = strlen("application/json");

    return type && !strncasecmp(type, "application/json", len) &&
           (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

apr_status_t vsocert_api_body(vsocert_call_t *call, int flags)
{
    static const char *const nothing[] = {NULL};
    apr_pool_t *p = call->r->pool;
    vso_result_t *res = call->svc.res;
    buffer_t buf = {NULL, 0, 0};
    vso_json_t *body = NULL;
    const char *length;
    apr_status_t rv;

    buf.max = (apr_size_t)vsocert_config_max_body(call->r->server);
    length = apr_table_get(call->r->headers_in, "Content-Length");
    if (length && apr_strtoi64(length, NULL, 10) > (apr_int64_t)buf.max) {
        return read_failed(call, APR_ENOSPC, buf.max);
    }
    buf.data = vso_secret_make(FIRST_BYTES, p);
    rv = read_all(call->r, &buf);
    if (rv != APR_SUCCESS) {
        return read_failed(call, rv, buf.max);
    }
    if (buf.used == 0 && !(flags & VSOCERT_BODY)) {
        return APR_SUCCESS;
    }
    if (!is_json(call->r)) {
        return vso_fail(res, VSO_P_MEDIA_TYPE, "Content-Type",
                        "This call takes application/json.");
    }
    if (vso_json_parse((const char *)buf.data->data, buf.used, &body, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->body = body;
    return flags & (VSOCERT_BODY | VSOCERT_MAY_BODY)
               ? APR_SUCCESS
               : vso_json_only(body, nothing, res);
}
