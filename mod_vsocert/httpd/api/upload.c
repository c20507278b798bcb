/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/upload.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mime.h"
#include "base/multipart.h"
#include "httpd/dbd.h"
#include "httpd/request/body.h"
#include "httpd/request/spool.h"

static atomic_int uploads; /* that this child receives at the moment */

/** The one file of a form. */
static apr_status_t find_file(const apr_array_header_t *parts,
                              vso_blob_t **pfile, vso_result_t *res,
                              apr_pool_t *p)
{
    const vso_multipart_t *part = (const vso_multipart_t *)parts->elts;
    const char *at;
    const char *name = "";
    const char *value;

    if (parts->nelts != 1) {
        return vso_fail(res, VSO_P_MALFORMED, "body",
                        "The form has %d fields: send one, with the package's "
                        "file.",
                        parts->nelts);
    }
    at = vso_mime_is(part->disposition, "form-data") ? part->disposition : "";
    while (strcmp(name, "filename") && strcmp(name, "filename*")) {
        if (!vso_mime_next(&at, &name, &value, p)) {
            return vso_fail(res, VSO_P_MALFORMED, "body",
                            "The field of the form has no file in it (curl: "
                            "-F file=@NAME).");
        }
    }
    *pfile = part->content;
    return APR_SUCCESS;
}

/** A form is spooled to a file until it is complete: only its end shows where
 * the file in it ends. */
static apr_status_t read_form(vsocert_call_t *call, vso_sink_fn *sink,
                              void *baton, apr_off_t *plen)
{
    const char *type = apr_table_get(call->r->headers_in, "Content-Type");
    vso_result_t *res = call->res;
    apr_pool_t *p = call->ctx.p;
    apr_array_header_t *parts;
    vsocert_spool_t *spool;
    vso_blob_t *file;

    if (vsocert_spool_make(call->r->server, &spool, res, p) != APR_SUCCESS ||
        vsocert_body_read(call->r, vsocert_spool_append, spool, plen, res) !=
            APR_SUCCESS ||
        vso_blob_file(vsocert_spool_file(spool), &file, res, p) !=
            APR_SUCCESS ||
        vso_multipart_split(file, type, &parts, res, p) != APR_SUCCESS ||
        find_file(parts, &file, res, p) != APR_SUCCESS ||
        vso_blob_copy(file, sink, baton, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *plen = file->size;
    return APR_SUCCESS;
}

/** Hand the body to the sink. */
static apr_status_t read_body(vsocert_call_t *call, vso_sink_fn *sink,
                              void *baton)
{
    const char *type = apr_table_get(call->r->headers_in, "Content-Type");
    apr_off_t len = 0;
    apr_status_t rv;

    rv = vso_mime_is(type, "multipart/form-data")
             ? read_form(call, sink, baton, &len)
             : vsocert_body_read(call->r, sink, baton, &len, call->res);
    if (rv == APR_SUCCESS && len == 0) {
        return vso_fail(call->res, VSO_P_MALFORMED, "body",
                        "The file is empty: send the package's bytes.");
    }
    return rv;
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
        rv = vso_fail(call->res, VSO_P_SLOW_DOWN, NULL,
                      "%d packages are being uploaded already, and each keeps "
                      "one of the database connections (DBDMax): try again "
                      "when they are done.",
                      half);
    }
    atomic_fetch_sub(&uploads, 1);
    return rv;
}
