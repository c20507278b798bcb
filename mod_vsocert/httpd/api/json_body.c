/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/json_body.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/secret.h"
#include "httpd/request/body.h"

#define FIRST_BYTES 8192

/** A buffer that grows, and wipes the memory that it leaves. */
typedef struct {
    vso_secret_t *data; /**< len is its capacity */
    apr_size_t used;
    apr_size_t max;
    apr_pool_t *p;
} buffer_t;

/** A vsocert_body_fn. */
static apr_status_t append(void *baton, const char *bytes, apr_size_t len)
{
    buffer_t *buf = baton;

    if (len > buf->max - buf->used) {
        return APR_ENOSPC;
    }
    if (buf->used + len > buf->data->len) {
        apr_size_t size = buf->data->len;
        vso_secret_t *larger;

        while (size < buf->used + len) {
            size *= 2;
        }
        larger = vso_secret_make(size, buf->p);
        memcpy(larger->data, buf->data->data, buf->used);
        vso_wipe(buf->data->data, buf->used);
        buf->data = larger;
    }
    memcpy(buf->data->data + buf->used, bytes, len);
    buf->used += len;
    return APR_SUCCESS;
}

/** VSOCertMaxBody where the JSON holds a file; less elsewhere. */
static apr_size_t max_bytes(const vsocert_call_t *call, int flags)
{
    apr_size_t max = (apr_size_t)vsocert_config_max_body(call->r->server);
    apr_size_t enough = flags & VSOCERT_FILES ? max
                        : flags & VSOCERT_IDS ? VSO_MAX_JSON_IDS
                                              : VSO_MAX_JSON_BODY;

    return enough < max ? enough : max;
}

static apr_status_t read_failed(vsocert_call_t *call, apr_status_t rv,
                                apr_size_t max)
{
    if (rv == APR_ENOSPC) {
        return vso_fail(
            call->res, VSO_P_TOO_LARGE, "body",
            "The body of this call may have up to %" APR_SIZE_T_FMT " bytes%s.",
            max,
            (apr_off_t)max == vsocert_config_max_body(call->r->server)
                ? " (VSOCertMaxBody)"
                : "");
    }
    return vso_fail(call->res, VSO_P_MALFORMED, "body",
                    "The body ended early or is not well-formed HTTP.");
}

apr_status_t vsocert_json_body_read(vsocert_call_t *call, int flags,
                                    vso_json_t **pbody)
{
    static const char *const nothing[] = {NULL};
    apr_pool_t *p = call->r->pool;
    vso_result_t *res = call->res;
    buffer_t buf = {NULL, 0, 0, p};
    vso_json_t *body = NULL;
    const char *length;
    apr_status_t rv;

    *pbody = NULL;
    buf.max = max_bytes(call, flags);
    length = apr_table_get(call->r->headers_in, "Content-Length");
    if (length && apr_strtoi64(length, NULL, 10) > (apr_int64_t)buf.max) {
        return read_failed(call, APR_ENOSPC, buf.max);
    }
    buf.data = vso_secret_make(FIRST_BYTES, p);
    rv = vsocert_body_each(call->r, FIRST_BYTES, append, &buf);
    if (rv != APR_SUCCESS) {
        return read_failed(call, rv, buf.max);
    }
    if (buf.used == 0 && !(flags & VSOCERT_BODY)) {
        return APR_SUCCESS;
    }
    if (vso_json_check_size((const char *)buf.data->data, buf.used, res) !=
            APR_SUCCESS ||
        vso_json_parse((const char *)buf.data->data, buf.used, &body, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pbody = body;
    return flags & (VSOCERT_BODY | VSOCERT_MAY_BODY)
               ? APR_SUCCESS
               : vso_json_only(body, nothing, res);
}
