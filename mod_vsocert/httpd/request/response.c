/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/response.h"

#include <string.h>

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>

#include "httpd/request/body.h"
#include "httpd/shared/counters.h"

/** Seconds after which a call may come again. */
#define RETRY_SOON  "5"
#define RETRY_LATER "60"

vso_json_t *vsocert_response_problem(const vso_result_t *res, apr_pool_t *p)
{
    vso_json_t *doc = vso_json_object(p);

    vso_json_set_string(doc, "type",
                        apr_pstrcat(p, "urn:vsocert:problem:",
                                    vso_problem_slug(res->problem), NULL));
    vso_json_set_string(doc, "title", vso_problem_title(res->problem));
    vso_json_set_int(doc, "status", vso_problem_status(res->problem));
    vso_json_set_string(doc, "detail", res->detail);
    if (res->field) {
        vso_json_set_string(doc, "field", res->field);
    }
    vso_json_set_warnings(doc, res->warnings);
    return doc;
}

void vsocert_response_headers(request_rec *r, vso_problem_e problem)
{
    int status = problem ? vso_problem_status(problem) : HTTP_OK;

    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    /* where `Header always set` puts it as well: it stands once */
    apr_table_setn(r->err_headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->subprocess_env, "no-gzip", "1");
    apr_table_setn(r->subprocess_env, "no-brotli", "1");
    if ((status == HTTP_SERVICE_UNAVAILABLE || status == 429) &&
        !apr_table_get(r->headers_out, "Retry-After")) {
        /* a seal does not heal within seconds, nor does patience run faster */
        apr_table_setn(r->headers_out, "Retry-After",
                       problem == VSO_P_DATABASE || problem == VSO_P_BUSY
                           ? RETRY_SOON
                           : RETRY_LATER);
    }
}

int vsocert_response_level(vso_problem_e problem)
{
    return problem == VSO_P_BUSY                ? APLOG_NOTICE
           : vso_problem_status(problem) >= 500 ? APLOG_ERR
                                                : APLOG_WARNING;
}

/** A vso_json_write_fn. */
static int write_text(const char *text, size_t len, void *r)
{
    return ap_rwrite(text, (int)len, r) < 0 ? -1 : 0;
}

/* In pieces: the review of a large package has some megabytes. */
void vsocert_response_json(request_rec *r, const vso_json_t *json,
                           const char *type)
{
    ap_set_content_type(r, type);
    ap_set_content_length(r, (apr_off_t)vso_json_len(json));
    vso_json_write(json, write_text, r);
}

void vsocert_response_refuse(request_rec *r, const vso_json_t *doc,
                             vso_problem_e problem)
{
    r->status = vso_problem_status(problem);
    vsocert_response_headers(r, problem);
    vsocert_response_json(r, doc, "application/problem+json");
}

void vsocert_response_warnings(request_rec *r,
                               const apr_array_header_t *warnings)
{
    apr_array_header_t *slugs = apr_array_make(r->pool, 4, sizeof(char *));
    const char *text = "";
    int i;

    for (i = 0; i < warnings->nelts; i++) {
        const char *slug = APR_ARRAY_IDX(warnings, i, vso_warning_t).slug;

        if (!ap_array_str_contains(slugs, slug)) {
            APR_ARRAY_PUSH(slugs, const char *) = slug;
            text = apr_pstrcat(r->pool, text, *text ? ", " : "", slug, NULL);
        }
    }
    if (*text) {
        apr_table_setn(r->headers_out, "X-VSOCert-Warnings", text);
    }
}

void vsocert_response_end(request_rec *r, const vso_result_t *res)
{
    vsocert_count_problem(res->problem);
    r->status = vso_problem_status(res->problem);
    vsocert_body_finish(r, 0);
    vsocert_response_refuse(r, vsocert_response_problem(res, r->pool),
                            res->problem);
}
