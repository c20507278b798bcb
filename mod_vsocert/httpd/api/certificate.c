/* SPDX-License-Identifier: Apache-2.0 */
/* /certificate... */
#include <string.h>

#include <apr_strings.h>

#include "base/base64.h"
#include "base/limits.h"
#include "httpd/api/shapes.h"
#include "httpd/request/response.h"
#include "service/certificate/certificate.h"
#include "service/certificate/versions.h"

#define DEFAULT_DAYS 365

static void shape_optional(vsocert_call_t *call, const char *name,
                           const vso_version_t *version)
{
    if (version) {
        vsocert_shape_details(call, vso_json_add_object(call->reply, name),
                              version, NULL);
    }
    else {
        vso_json_set_null(call->reply, name);
    }
}

/** "backup": when the active version was last exported. */
static apr_status_t shape_backup(vsocert_call_t *call,
                                 const vso_version_t *active)
{
    apr_int64_t at_sec = 0;

    if (active && vso_audit_last(call->ctx.store, "export", active->id, &at_sec,
                                 call->res, call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_time(vso_json_add_object(call->reply, "backup"), "exportedAt",
                      at_sec);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_certificate_get(vsocert_call_t *call)
{
    vso_panel_t panel;
    vso_json_t *array;
    vso_json_t *actions;
    int i;

    /* the tag first: a change in between makes it stale, never too new */
    if (vso_context_etag(&call->ctx, &call->etag, call->res) != APR_SUCCESS ||
        vso_certificate_panel(&call->ctx, &panel, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_string(call->reply, "entry", call->ctx.alias);
    vso_json_set_string(call->reply, "state",
                        panel.active           ? "active"
                        : panel.pending->nelts ? "pending"
                                               : "empty");
    shape_optional(call, "certificate", panel.active);
    shape_optional(call, "also", panel.also);
    array = vso_json_add_array(call->reply, "pending");
    for (i = 0; i < panel.pending->nelts; i++) {
        vsocert_shape_version(vso_json_push_object(array),
                              APR_ARRAY_IDX(panel.pending, i, vso_version_t *),
                              call->r->pool);
    }
    /* virtual hosts that serve the entry */
    vso_json_set_strings(call->reply, "hosts", call->ctx.hosts);
    if (shape_backup(call, panel.active) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    actions = vso_json_add_object(call->reply, "actions");
    for (i = 0; i < VSO_ACTIONS; i++) {
        vso_json_t *action =
            vso_json_add_object(actions, panel.actions[i].name);

        vso_json_set_bool(action, "available", !panel.actions[i].reason);
        vso_json_set_string(action, "reason", panel.actions[i].reason);
    }
    return APR_SUCCESS;
}

/** Members that POST /certificate and POST /certificate/csr share. */
static apr_status_t read_spec(vsocert_call_t *call,
                              vso_certificate_spec_t *spec)
{
    vso_result_t *res = call->res;
    apr_pool_t *p = call->r->pool;
    apr_array_header_t *sans = NULL;
    vso_json_t *subject = NULL;

    if (vso_json_get_object(call->body, "subject", &subject, res) !=
            APR_SUCCESS ||
        (subject && vsocert_shape_read_subject(subject, &spec->subject, res,
                                               p) != APR_SUCCESS) ||
        vso_json_get_strings(call->body, "subjectAltNames", VSO_MAX_SANS,
                             2 * VSO_UB_DNS_NAME, &sans, res,
                             p) != APR_SUCCESS ||
        vso_json_get_string(call->body, "key", 32, &spec->key, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    spec->has_subject = subject != NULL;
    spec->sans = sans;
    return APR_SUCCESS;
}

/** Answer with {"certificate": ...} of a version that just became. */
static apr_status_t answer_version(vsocert_call_t *call, int status,
                                   const vso_version_t *version)
{
    call->status = status;
    call->location =
        status == HTTP_CREATED
            ? apr_psprintf(call->r->pool, "/versions/%" APR_INT64_T_FMT,
                           version->id)
            : NULL;
    vsocert_shape_turns_passive(call);
    vsocert_shape_details(call, vso_json_add_object(call->reply, "certificate"),
                          version, call->res->warnings);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_certificate_create(vsocert_call_t *call)
{
    static const char *const names[] = {
        "subject", "subjectAltNames", "key", "days", "replace", "beside", NULL};
    vso_certificate_spec_t spec = {0};
    apr_int64_t days = DEFAULT_DAYS;
    vso_result_t *res = call->res;
    vso_version_t *version;

    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        read_spec(call, &spec) != APR_SUCCESS ||
        vso_json_get_int(call->body, "days", 1, VSO_MAX_DAYS, &days, res) !=
            APR_SUCCESS ||
        vsocert_shape_read_place(call, &spec.replace, &spec.beside) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    spec.days = (int)days;
    if (vso_certificate_create(&call->ctx, &spec, &version, &call->outcome,
                               call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return answer_version(call, HTTP_CREATED, version);
}

apr_status_t vsocert_api_certificate_pem(vsocert_call_t *call)
{
    vso_version_t *active;
    vso_version_t *also;

    if (vso_version_row_primary(&call->ctx, &active, &also, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!active) {
        return vso_fail(call->res, VSO_P_NO_CERTIFICATE, NULL,
                        "Entry \"%s\" has no active certificate: create or "
                        "import one first.",
                        call->ctx.alias);
    }
    call->etag = vso_version_etag(active, call->r->pool);
    return vsocert_api_pem(
        call, apr_pstrcat(call->r->pool, call->ctx.alias, ".pem", NULL),
        apr_pstrcat(call->r->pool, active->certificate, active->chain, NULL));
}

apr_status_t vsocert_api_certificate_csr(vsocert_call_t *call)
{
    const char *pem;

    if (vso_certificate_csr(&call->ctx, &pem, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_response_warnings(call->r, call->res->warnings);
    return vsocert_api_pem(call, "VSOcertificate.csr", pem);
}

apr_status_t vsocert_api_certificate_request(vsocert_call_t *call)
{
    static const char *const names[] = {"subject", "subjectAltNames", "key",
                                        NULL};
    vso_certificate_spec_t spec = {0};
    vso_version_t *version;

    if (vso_json_only(call->body, names, call->res) != APR_SUCCESS ||
        read_spec(call, &spec) != APR_SUCCESS ||
        vso_certificate_request(&call->ctx, &spec, &version, &call->outcome,
                                call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return answer_version(call, HTTP_CREATED, version);
}

/** The reply's bytes: PEM as it stands, else base64 of a file. */
static void reply_bytes(const char *text, const char **pdata, apr_size_t *plen,
                        apr_pool_t *p)
{
    vso_secret_t *decoded;

    *pdata = text;
    *plen = strlen(text);
    if (!strstr(text, "-----BEGIN ") &&
        vso_base64_decode(text, *plen, &decoded, p) == APR_SUCCESS) {
        *pdata = (const char *)decoded->data;
        *plen = decoded->len;
    }
}

apr_status_t vsocert_api_certificate_reply(vsocert_call_t *call)
{
    static const char *const names[] = {"reply", "preview", "replace", "beside",
                                        NULL};
    vso_result_t *res = call->res;
    vso_reply_taken_t taken = {0};
    const char *text = NULL;
    const char *data;
    apr_size_t len;
    int preview = 0;
    int replace = 0;
    int beside = 0;

    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        vso_json_get_string(call->body, "reply", 2 * VSO_MAX_REPLY, &text, res,
                            call->r->pool) != APR_SUCCESS ||
        vso_json_get_bool(call->body, "preview", &preview, res) !=
            APR_SUCCESS ||
        vsocert_shape_read_place(call, &replace, &beside) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!text) {
        return vso_fail(res, VSO_P_MALFORMED, "reply",
                        "\"reply\" is missing: the CA's reply as PEM text, or "
                        "the file in base64.");
    }
    reply_bytes(text, &data, &len, call->r->pool);
    if (vso_certificate_reply(&call->ctx, data, len,
                              (preview ? VSO_REPLY_PREVIEW : 0) |
                                  (replace ? VSO_REPLY_REPLACE : 0),
                              &taken, &call->outcome,
                              call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (preview) {
        vso_json_set_bool(call->reply, "preview", 1);
        vsocert_shape_version(vso_json_add_object(call->reply, "pairsWith"),
                              taken.pairs_with, call->r->pool);
    }
    vsocert_shape_chain_updates(call, taken.chains);
    vsocert_shape_trial(call->reply, taken.material.outcomes);
    return answer_version(call, HTTP_OK, taken.version);
}

apr_status_t vsocert_api_certificate_rollback(vsocert_call_t *call)
{
    static const char *const names[] = {"preview", NULL};
    vso_version_t *version;
    vso_preview_t shown;
    int preview = 0;

    if (call->body &&
        (vso_json_only(call->body, names, call->res) != APR_SUCCESS ||
         vso_json_get_bool(call->body, "preview", &preview, call->res) !=
             APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (preview) {
        if (vso_preview_rollback(&call->ctx, &shown, &call->outcome,
                                 call->res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        vsocert_shape_turns_passive(call);
        vsocert_shape_preview(call, &shown);
        return APR_SUCCESS;
    }
    if (vso_versions_rollback(&call->ctx, &version, &call->outcome,
                              call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return answer_version(call, HTTP_OK, version);
}
