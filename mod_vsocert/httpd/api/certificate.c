/* SPDX-License-Identifier: Apache-2.0 */
/* /certificate... */
#include <string.h>

#include <apr_strings.h>

#include "base/base64.h"
#include "base/limits.h"
#include "httpd/api/routes.h"
#include "httpd/api/shapes.h"
#include "httpd/request/response.h"
#include "service/certificate/certificate.h"
#include "service/certificate/entry_versions.h"
#include "service/certificate/keystore.h"

static void shape_optional(vsocert_call_t *call, const char *name,
                           const vso_version_t *version)
{
    if (version) {
        vsocert_shape_details(call, vso_json_add_object(call->response, name),
                              version, NULL);
    }
    else {
        vso_json_set_null(call->response, name);
    }
}

/** "backup": when the active version was last exported. */
static apr_status_t shape_backup(vsocert_call_t *call,
                                 const vso_version_t *active)
{
    apr_int64_t at_sec = 0;

    if (active && vso_keystore_last_export(&call->ctx, active->id, &at_sec,
                                           call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_time(vso_json_add_object(call->response, "backup"),
                      "exportedAt", at_sec);
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
    vso_json_set_string(call->response, "entry", call->ctx.entry);
    vso_json_set_string(call->response, "state",
                        panel.active           ? "active"
                        : panel.pending->nelts ? "pending"
                                               : "empty");
    shape_optional(call, "certificate", panel.active);
    shape_optional(call, "also", panel.also);
    array = vso_json_add_array(call->response, "pending");
    for (i = 0; i < panel.pending->nelts; i++) {
        vsocert_shape_version(call, vso_json_push_object(array),
                              APR_ARRAY_IDX(panel.pending, i, vso_version_t *));
    }
    /* virtual hosts that serve the entry */
    vso_json_set_strings(call->response, "hosts", call->ctx.hosts);
    if (shape_backup(call, panel.active) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    actions = vso_json_add_object(call->response, "actions");
    for (i = 0; i < VSO_ACTIONS; i++) {
        const vso_action_t *action = &panel.actions[i];
        vso_json_t *obj = vso_json_add_object(actions, action->name);

        vso_json_set_bool(obj, "available", action->problem == VSO_P_NONE);
        vso_json_set_string(obj, "problem",
                            action->problem ? vso_problem_slug(action->problem)
                                            : NULL);
        vso_json_set_string(obj, "reason", action->reason);
    }
    return APR_SUCCESS;
}

/* a character has up to four bytes; vso_subject_check counts them */
#define MAX_ATTRIBUTE (4 * VSO_UB_STATE)

static const vsocert_field_t subject_fields[] = {
    VSOCERT_TEXT("commonName", vso_subject_t, common_name, MAX_ATTRIBUTE),
    VSOCERT_TEXT("organization", vso_subject_t, organization, MAX_ATTRIBUTE),
    VSOCERT_TEXT("organizationalUnit", vso_subject_t, organizational_unit,
                 MAX_ATTRIBUTE),
    VSOCERT_TEXT("locality", vso_subject_t, locality, MAX_ATTRIBUTE),
    VSOCERT_TEXT("state", vso_subject_t, state, MAX_ATTRIBUTE),
    VSOCERT_TEXT("country", vso_subject_t, country, MAX_ATTRIBUTE),
    VSOCERT_END};

static const vsocert_fields_t subject_body = {subject_fields,
                                              sizeof(vso_subject_t), NULL};

/** POST /certificate; POST /certificate/csr takes the first three. */
typedef struct {
    const vso_subject_t *subject;
    const apr_array_header_t *sans;
    const char *key;
    apr_int64_t days;
    int replace;
    int beside;
} create_t;

/* members that both have */
#define SPEC_FIELDS                                                            \
    VSOCERT_OBJECT("subject", create_t, subject, &subject_body),               \
        VSOCERT_TEXTS("subjectAltNames", create_t, sans, VSO_MAX_SANS,         \
                      2 * VSO_UB_DNS_NAME),                                    \
        VSOCERT_TEXT("key", create_t, key, 32)

static const vsocert_field_t create_fields[] = {
    SPEC_FIELDS, VSOCERT_INT("days", create_t, days, 1, VSO_MAX_DAYS),
    VSOCERT_BOOL("replace", create_t, replace),
    VSOCERT_BOOL("beside", create_t, beside), VSOCERT_END};

static const create_t create_defaults = {.days = 365};

const vsocert_fields_t vsocert_certificate_create_body = {
    create_fields, sizeof(create_t), &create_defaults};

static const vsocert_field_t request_fields[] = {SPEC_FIELDS, VSOCERT_END};

const vsocert_fields_t vsocert_certificate_request_body = {
    request_fields, sizeof(create_t), NULL};

/** What was sent, as the use cases take it. */
static vso_certificate_spec_t spec_of(const create_t *in)
{
    vso_certificate_spec_t spec = {0};

    if (in->subject) {
        spec.subject = *in->subject;
        spec.has_subject = 1;
    }
    spec.sans = in->sans;
    spec.key = in->key;
    spec.days = (int)in->days;
    spec.replace = in->replace;
    spec.beside = in->beside;
    return spec;
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
    vsocert_shape_details(call,
                          vso_json_add_object(call->response, "certificate"),
                          version, call->res->warnings);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_certificate_create(vsocert_call_t *call)
{
    vso_certificate_spec_t spec = spec_of(call->body);
    vso_version_t *version;

    if (vsocert_call_check_place(call, spec.replace, spec.beside) !=
            APR_SUCCESS ||
        vso_certificate_create(&call->ctx, &spec, &version, &call->outcome,
                               call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return answer_version(call, HTTP_CREATED, version);
}

apr_status_t vsocert_api_certificate_pem(vsocert_call_t *call)
{
    vso_version_t *active;

    if (vso_version_row_require(&call->ctx, ": create or import one first.",
                                &active, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->etag = vso_context_version_etag(active, call->r->pool);
    return vsocert_call_pem(
        call, apr_pstrcat(call->r->pool, call->ctx.entry, ".pem", NULL),
        apr_pstrcat(call->r->pool, active->certificate, active->chain, NULL));
}

apr_status_t vsocert_api_certificate_csr(vsocert_call_t *call)
{
    const char *pem;

    if (vso_certificate_csr(&call->ctx, &pem, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_response_warnings(call->r, call->res->warnings);
    return vsocert_call_pem(call, "VSOcertificate.csr", pem);
}

apr_status_t vsocert_api_certificate_request(vsocert_call_t *call)
{
    vso_certificate_spec_t spec = spec_of(call->body);
    vso_version_t *version;

    if (vso_certificate_request(&call->ctx, &spec, &version, &call->outcome,
                                call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return answer_version(call, HTTP_CREATED, version);
}

/** POST /certificate/reply */
typedef struct {
    const char *reply;
    int preview;
    int replace;
    int beside;
} reply_t;

static const vsocert_field_t reply_fields[] = {
    VSOCERT_TEXT("reply", reply_t, reply, 2 * VSO_MAX_REPLY,
                 .missing = "\"reply\" is missing: the CA's reply as PEM text, "
                            "or the file in base64."),
    VSOCERT_BOOL("preview", reply_t, preview),
    VSOCERT_BOOL("replace", reply_t, replace),
    VSOCERT_BOOL("beside", reply_t, beside), VSOCERT_END};

const vsocert_fields_t vsocert_certificate_reply_body = {reply_fields,
                                                         sizeof(reply_t), NULL};

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
    const reply_t *in = call->body;
    vso_reply_taken_t taken = {0};
    const char *data;
    apr_size_t len;

    if (vsocert_call_check_place(call, in->replace, in->beside) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    reply_bytes(in->reply, &data, &len, call->r->pool);
    if (vso_certificate_reply(&call->ctx, data, len,
                              (in->preview ? VSO_REPLY_PREVIEW : 0) |
                                  (in->replace ? VSO_REPLY_REPLACE : 0),
                              &taken, &call->outcome,
                              call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (in->preview) {
        vso_json_set_bool(call->response, "preview", 1);
        vsocert_shape_version(call,
                              vso_json_add_object(call->response, "pairsWith"),
                              taken.pairs_with);
    }
    vsocert_shape_chain_updates(call, taken.chains);
    vsocert_shape_trial(call->response, taken.material.outcomes);
    return answer_version(call, HTTP_OK, taken.version);
}

/** POST /certificate/rollback */
typedef struct {
    int preview;
} rollback_t;

static const vsocert_field_t rollback_fields[] = {
    VSOCERT_BOOL("preview", rollback_t, preview), VSOCERT_END};

const vsocert_fields_t vsocert_certificate_rollback_body = {
    rollback_fields, sizeof(rollback_t), NULL};

apr_status_t vsocert_api_certificate_rollback(vsocert_call_t *call)
{
    const rollback_t *in = call->body;
    vso_version_t *version;
    vso_preview_t shown;

    if (in->preview) {
        if (vso_preview_rollback(&call->ctx, &shown, &call->outcome,
                                 call->res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        vsocert_shape_turns_passive(call);
        vsocert_shape_preview(call, &shown);
        return APR_SUCCESS;
    }
    if (vso_entry_versions_rollback(&call->ctx, &version, &call->outcome,
                                    call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return answer_version(call, HTTP_OK, version);
}
