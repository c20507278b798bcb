/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/filter/sign.h"

#include <string.h>

/* first: clang takes APR's macros for ours otherwise */
#include <httpd.h>
#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include "base/blob.h"
#include "base/mime.h"
#include "httpd/shared/db_clock.h"
#include "httpd/config.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/slots.h"
#include "httpd/shared/serving.h"
#include "base/scratch.h"
#include "httpd/module.h"
#include "httpd/request/response.h"
#include "httpd/request/spool.h"
#include "service/package/transit.h"

APLOG_USE_MODULE(vsocert);

#define FILTER "VSOCERT_SIGN"

/* Before compression and ranges, after what changes contents (INFLATE,
 * INCLUDES). */
#define PLACE (AP_FTYPE_CONTENT_SET - 1)

typedef enum {
    FRESH,    /**< nothing has arrived yet */
    TAKING,   /**< into the spool */
    HEAD,     /**< the response has no body */
    ANSWERED, /**< the rest is dropped */
} state_e;

/** One response. */
typedef struct {
    request_rec *r;
    state_e state;
    vsocert_spool_t *spool;
    apr_off_t len;         /**< bytes in the spool */
    apr_table_t *withheld; /**< headers of the request */
    vso_result_t *res;
} sign_t;

/* Headers that ask for less than the whole response: the application does not
 * know the signed package that they are about. */
static const char *const withheld[] = {"Range", "If-Range", "If-None-Match",
                                       "If-Modified-Since", NULL};

/* Headers that are true for the unsigned bytes only. */
static const char *const stale[] = {"Accept-Ranges",
                                    "Content-Digest",
                                    "Content-Length",
                                    "Content-MD5",
                                    "Content-Range",
                                    "Digest",
                                    "ETag",
                                    "Last-Modified",
                                    "Repr-Digest",
                                    "X-VSOCert-Warnings",
                                    NULL};

static ap_filter_rec_t *filter;

/** Does a URL's path end in .package? Java servers may add parameters after a
 * ';'. */
static int is_package_path(const char *path)
{
    const char *last = path ? strrchr(path, '/') : NULL;
    const char *name = last ? last + 1 : path;
    apr_size_t len = name ? strcspn(name, ";") : 0;
    apr_size_t tail = strlen(VSO_PACKAGE_SUFFIX);

    return len >= tail &&
           !ap_cstr_casecmpn(name + len - tail, VSO_PACKAGE_SUFFIX, tail);
}

/** Is the response called a package: by its URL, also by an earlier one where
 * httpd redirected internally, or by the file name of Content-Disposition? */
static int is_named(const request_rec *r)
{
    const char *disposition =
        apr_table_get(r->headers_out, "Content-Disposition");
    const request_rec *round;

    for (round = r; round; round = round->prev) {
        if (is_package_path(round->uri) ||
            is_package_path(round->parsed_uri.path)) {
            return 1;
        }
    }
    if (!disposition) {
        disposition = apr_table_get(r->err_headers_out, "Content-Disposition");
    }
    return vso_mime_filename_ends(disposition, VSO_PACKAGE_SUFFIX, r->pool);
}

static void insert(request_rec *r)
{
    sign_t *sign;
    int i;

    if (r->method_number != M_GET || r->main ||
        vsocert_config_sign(r) == VSOCERT_SIGN_OFF) {
        return;
    }
    sign = apr_pcalloc(r->pool, sizeof(*sign));
    sign->r = r;
    sign->res = vso_result_create(r->pool);
    sign->withheld = apr_table_make(r->pool, 4);
    for (i = 0; withheld[i]; i++) {
        const char *value = apr_table_get(r->headers_in, withheld[i]);

        if (value) {
            apr_table_set(sign->withheld, withheld[i], value);
            apr_table_unset(r->headers_in, withheld[i]);
        }
    }
    ap_add_output_filter_handle(filter, sign, r, r->connection);
}

/** Pass on this and all that follows. */
static apr_status_t pass(ap_filter_t *f, apr_bucket_brigade *bb)
{
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

/** What is no package is passed on unchanged: the request's own conditions and
 * ranges hold again. */
static apr_status_t pass_untouched(ap_filter_t *f, apr_bucket_brigade *bb)
{
    sign_t *sign = f->ctx;
    request_rec *r = f->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;

    if (!apr_is_empty_table(sign->withheld)) {
        r->headers_in =
            apr_table_overlay(r->pool, sign->withheld, r->headers_in);
        if (r->status == HTTP_OK &&
            ap_meets_conditions(r) == HTTP_NOT_MODIFIED) {
            r->status = HTTP_NOT_MODIFIED;
            r->status_line = NULL;
            sign->state = ANSWERED;
            apr_brigade_cleanup(bb);
            APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
            return ap_pass_brigade(f->next, bb);
        }
    }
    return pass(f, bb);
}

static void drop_stale(request_rec *r)
{
    int i;

    for (i = 0; stale[i]; i++) {
        apr_table_unset(r->headers_out, stale[i]);
        apr_table_unset(r->err_headers_out, stale[i]);
    }
    apr_table_setn(r->headers_out, "Accept-Ranges", "none");
    /* a zip archive cannot be compressed further */
    apr_table_setn(r->subprocess_env, "no-gzip", "1");
    apr_table_setn(r->subprocess_env, "no-brotli", "1");
}

/** Answer with the problem; nothing of the application's response was sent. */
static apr_status_t refuse(ap_filter_t *f)
{
    sign_t *sign = f->ctx;
    request_rec *r = f->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);
    const char *text =
        vso_json_text(vsocert_response_problem(sign->res, r->pool), r->pool);
    apr_size_t len = strlen(text);

    sign->state = ANSWERED;
    vsocert_count_problem(sign->res->problem);
    ap_log_rerror(APLOG_MARK, vsocert_response_level(sign->res->problem), 0, r,
                  "vsocert: %s %s: %s (%s)", r->method, r->uri,
                  sign->res->detail, vso_problem_slug(sign->res->problem));
    apr_table_clear(r->headers_out);
    drop_stale(r);
    apr_table_unset(r->headers_out, "Accept-Ranges");
    r->status = vso_problem_status(sign->res->problem);
    r->status_line = NULL;
    r->content_encoding = NULL;
    r->content_languages = NULL;
    vsocert_response_headers(r, sign->res->problem);
    ap_set_content_type(r, "application/problem+json");
    ap_set_content_length(r, (apr_off_t)len);
    APR_BRIGADE_INSERT_TAIL(bb,
                            apr_bucket_pool_create(text, len, r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(f->next, bb);
}

/** A file and the end of the response; the file is not mapped into memory. */
static apr_bucket_brigade *brigade_of(request_rec *r, apr_file_t *file,
                                      apr_off_t len)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);
    apr_bucket *b = apr_brigade_insert_file(bb, file, 0, len, r->pool);

    apr_bucket_file_enable_mmap(b, 0);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    return bb;
}

/** The whole response is in the spool. */
static apr_status_t finish(ap_filter_t *f)
{
    sign_t *sign = f->ctx;
    request_rec *r = f->r;
    const char *entry = vsocert_config_entry(r->server);
    vso_served_entry_t *served = vsocert_serving_get(entry);
    vso_transit_signer_t signer = {
        served, entry, vsocert_config_sign(r) == VSOCERT_SIGN_CMS,
        vsocert_db_clock_now_sec(), vsocert_config_digest(r)};
    vso_transit_signed_t done = {0};
    int slot = VSOCERT_NO_SLOT;
    apr_pool_t *scratch = vso_scratch_begin(r->pool);
    vso_blob_t *blob;
    apr_status_t rv;

    rv = vso_blob_file(vsocert_spool_file(sign->spool), &blob, sign->res,
                       scratch);
    if (rv == APR_SUCCESS) {
        rv = vsocert_slot_take(VSOCERT_SLOT_PACKAGE, &slot, sign->res);
    }
    if (rv == APR_SUCCESS) {
        rv =
            vso_transit_sign(&signer, blob, &done, sign->res, r->pool, scratch);
    }
    vsocert_slot_give(&slot);
    vso_scratch_end(scratch, 1);
    if (served) {
        vso_opened_unref(served);
    }
    if (rv != APR_SUCCESS) {
        return refuse(f);
    }
    if (!done.is_package) {
        return pass_untouched(
            f, brigade_of(r, vsocert_spool_file(sign->spool), sign->len));
    }
    sign->state = ANSWERED;
    apr_file_close(vsocert_spool_file(sign->spool));
    vsocert_count(VSOCERT_COUNT_PACKAGE_SIGNED);
    drop_stale(r);
    ap_set_content_length(r, (apr_off_t)done.size);
    vsocert_response_warnings(r, sign->res->warnings);
    return ap_pass_brigade(f->next,
                           brigade_of(r, done.file, (apr_off_t)done.size));
}

static apr_status_t too_large(sign_t *sign)
{
    return vso_fail(sign->res, VSO_P_NOT_SIGNED, NULL,
                    "The package cannot be signed: it is larger than "
                    "%" APR_OFF_T_FMT " bytes (VSOCertMaxPackage).",
                    vsocert_config_max_package(sign->r->server));
}

/** One bucket's bytes into the spool. */
static apr_status_t take_bucket(sign_t *sign, apr_bucket *b)
{
    apr_off_t max = vsocert_config_max_package(sign->r->server);
    const char *bytes;
    apr_size_t len;
    apr_status_t rv;

    if (APR_BUCKET_IS_FILE(b)) {
        apr_bucket_file_enable_mmap(b, 0);
    }
    rv = apr_bucket_read(b, &bytes, &len, APR_BLOCK_READ);
    if (rv != APR_SUCCESS) {
        return vso_fail(sign->res, VSO_P_NOT_SIGNED, NULL,
                        "The package cannot be signed: the application did "
                        "not send all of it.");
    }
    sign->len += (apr_off_t)len;
    return sign->len > max
               ? too_large(sign)
               : vsocert_spool_append(sign->spool, bytes, len, sign->res);
}

/** Spool what has arrived, and finish after the last of it. */
static apr_status_t take(ap_filter_t *f, apr_bucket_brigade *bb)
{
    sign_t *sign = f->ctx;

    while (!APR_BRIGADE_EMPTY(bb)) {
        apr_bucket *b = APR_BRIGADE_FIRST(bb);

        if (APR_BUCKET_IS_EOS(b)) {
            apr_brigade_cleanup(bb);
            return finish(f);
        }
        if (AP_BUCKET_IS_ERROR(b)) {
            /* the application failed midway: httpd sends the error */
            return pass(f, bb);
        }
        if (!APR_BUCKET_IS_METADATA(b) && take_bucket(sign, b) != APR_SUCCESS) {
            apr_brigade_cleanup(bb);
            refuse(f);
            /* the sender can stop */
            return APR_ECONNABORTED;
        }
        apr_bucket_delete(b);
    }
    return APR_SUCCESS;
}

/** Refusals that need no look at the body. */
static apr_status_t check(sign_t *sign)
{
    request_rec *r = sign->r;
    const char *encoding = r->content_encoding;
    const char *length = apr_table_get(r->headers_out, "Content-Length");

    if (!encoding) {
        encoding = apr_table_get(r->headers_out, "Content-Encoding");
    }
    if (r->status == HTTP_PARTIAL_CONTENT) {
        return vso_fail(sign->res, VSO_P_NOT_SIGNED, NULL,
                        "The package cannot be signed: the application sent "
                        "a part of it without being asked for one.");
    }
    if (encoding && ap_cstr_casecmp(encoding, "identity")) {
        return vso_fail(sign->res, VSO_P_NOT_SIGNED, NULL,
                        "The package cannot be signed: the application sent "
                        "it with Content-Encoding %.32s. It must not compress "
                        "packages (RequestHeader unset Accept-Encoding), or "
                        "the filter INFLATE undoes it.",
                        encoding);
    }
    return length && apr_strtoi64(length, NULL, 10) >
                         vsocert_config_max_package(r->server)
               ? too_large(sign)
               : APR_SUCCESS;
}

/** A response without a body: the unsigned body's size would be wrong. */
static apr_status_t answer_head(ap_filter_t *f, apr_bucket_brigade *bb)
{
    apr_bucket *next;
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb); b = next) {
        next = APR_BUCKET_NEXT(b);
        if (!APR_BUCKET_IS_METADATA(b)) {
            apr_bucket_delete(b);
        }
    }
    return ap_pass_brigade(f->next, bb);
}

/** The first bytes, or the end: decide what to do. */
static apr_status_t begin(ap_filter_t *f, apr_bucket_brigade *bb)
{
    sign_t *sign = f->ctx;
    request_rec *r = f->r;

    if ((r->status != HTTP_OK && r->status != HTTP_PARTIAL_CONTENT) ||
        !is_named(r)) {
        return pass_untouched(f, bb);
    }
    if (check(sign) != APR_SUCCESS ||
        (!r->header_only &&
         vsocert_spool_make(r->server, &sign->spool, sign->res, r->pool) !=
             APR_SUCCESS)) {
        apr_brigade_cleanup(bb);
        refuse(f);
        return APR_ECONNABORTED;
    }
    if (r->header_only) {
        sign->state = HEAD;
        drop_stale(r);
        return answer_head(f, bb);
    }
    sign->state = TAKING;
    return take(f, bb);
}

static apr_status_t sign_filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    sign_t *sign = f->ctx;

    if (APR_BRIGADE_EMPTY(bb)) {
        return APR_SUCCESS;
    }
    switch (sign->state) {
    case FRESH:
        return begin(f, bb);
    case TAKING:
        return take(f, bb);
    case HEAD:
        return answer_head(f, bb);
    case ANSWERED:
        apr_brigade_cleanup(bb);
        break;
    }
    return APR_SUCCESS;
}

void vsocert_sign_register(void)
{
    filter = ap_register_output_filter(FILTER, sign_filter, NULL, PLACE);
    ap_hook_insert_filter(insert, NULL, NULL, APR_HOOK_MIDDLE);
}
