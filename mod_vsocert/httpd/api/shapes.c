/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/shapes.h"

#include <apr_strings.h>

#include "httpd/request/cert_shape.h"
#include "httpd/tls/tls.h"
#include "service/certificate/chain_update.h"
#include "service/certificate/entry_versions.h"
#include "service/certificate/judge.h"

/** The column "DNS:a\nIP:1.2.3.4" as an array. */
static apr_array_header_t *sans_of(const char *column, apr_pool_t *p)
{
    apr_array_header_t *sans = apr_array_make(p, 4, sizeof(const char *));
    char *rest = apr_pstrdup(p, column);
    char *state;
    char *san;

    for (san = apr_strtok(rest, "\n", &state); san;
         san = apr_strtok(NULL, "\n", &state)) {
        APR_ARRAY_PUSH(sans, const char *) = san;
    }
    return sans;
}

static void shape_request(vso_json_t *obj, const vso_version_t *version,
                          apr_pool_t *p)
{
    vso_version_row_put_subject(vso_json_add_object(obj, "csrSubject"),
                                vso_version_row_subject(version->subject, p));
    vso_json_set_string(obj, "csrSubjectText", version->subject_text);
    vso_json_set_strings(obj, "csrSubjectAltNames", sans_of(version->sans, p));
}

static void shape_certificate(vsocert_call_t *call, vso_json_t *obj,
                              const vso_version_t *version)
{
    apr_pool_t *p = call->r->pool;
    vso_cert_info_t info = {
        .subject = vso_version_row_subject(version->subject, p),
        .issuer = vso_version_row_subject(version->issuer, p),
        .subject_text = version->subject_text,
        .issuer_text = version->issuer_text,
        .serial = version->serial,
        .sans = sans_of(version->sans, p),
        .key_type = version->key_type,
        .signature_algorithm = version->signature_algorithm,
        .fingerprint = version->fingerprint,
        .not_before_sec = version->not_before_sec,
        .not_after_sec = version->not_after_sec,
        .self_signed = version->self_signed};

    vsocert_cert_shape_put(
        obj, &info, VSOCERT_CERT_NAMES | VSOCERT_CERT_SANS | VSOCERT_CERT_SELF,
        vso_context_now(&call->ctx));
}

void vsocert_shape_version(vsocert_call_t *call, vso_json_t *obj,
                           const vso_version_t *version)
{
    apr_pool_t *p = call->r->pool;

    vso_json_set_int(obj, "id", version->id);
    vso_json_set_string(obj, "alias", version->entry);
    vso_json_set_int(obj, "version", version->number);
    vso_json_set_string(obj, "state", vso_version_state_text(version->state));
    vso_json_set_string(obj, "origin", version->origin);
    vso_json_set_string(obj, "key", version->key_type);
    vso_json_set_string(obj, "keyFingerprint", version->key_fingerprint);
    if (*version->certificate) {
        shape_certificate(call, obj, version);
    }
    else {
        shape_request(obj, version, p);
    }
    vso_json_set_time(obj, "createdAt", version->created_sec);
    vso_json_set_string(obj, "createdBy", version->created_by);
    vso_json_set_time(obj, "activatedAt", version->activated_sec);
    vso_json_set_int(obj, "generation", version->generation);
    vso_json_set_string(obj, "etag", vso_context_version_etag(version, p));
}

void vsocert_shape_brief(vsocert_call_t *call, vso_json_t *obj,
                         const vso_version_t *version)
{
    vso_json_set_int(obj, "id", version->id);
    vso_json_set_int(obj, "number", version->number);
    vso_json_set_string(obj, "subjectText", version->subject_text);
    vso_json_set_strings(obj, "subjectAltNames",
                         sans_of(version->sans, call->r->pool));
    vso_json_set_string(obj, "issuerText", version->issuer_text);
    vso_json_set_string(obj, "key", version->key_type);
    vso_json_set_time(obj, "notAfter", version->not_after_sec);
    vso_json_set_int(obj, "daysLeft",
                     vsocert_cert_shape_days(version->not_after_sec,
                                             vso_context_now(&call->ctx)));
    vso_json_set_string(obj, "fingerprint", version->fingerprint);
    vso_json_set_bool(obj, "selfSigned", version->self_signed);
}

/** Issuers in order; chain NULL: an empty array. */
static void shape_chain(vsocert_call_t *call, vso_json_t *obj, const char *name,
                        const apr_array_header_t *chain)
{
    vso_json_t *array = vso_json_add_array(obj, name);
    int i;

    for (i = 0; chain && i < chain->nelts; i++) {
        vsocert_cert_shape_put(
            vso_json_push_object(array),
            vso_cert_info(APR_ARRAY_IDX(chain, i, X509 *), call->r->pool),
            VSOCERT_CERT_NAMES | VSOCERT_CERT_SELF,
            vso_context_now(&call->ctx));
    }
}

void vsocert_shape_chain_updates(vsocert_call_t *call,
                                 const apr_array_header_t *updates)
{
    vso_json_t *array;
    int i;

    if (!updates || !updates->nelts) {
        return;
    }
    array = vso_json_add_array(call->response, "chainUpdates");
    for (i = 0; i < updates->nelts; i++) {
        const vso_chain_update_t *update =
            APR_ARRAY_IDX(updates, i, vso_chain_update_t *);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_int(item, "versionId", update->version->id);
        vso_json_set_int(item, "number", update->version->number);
        vso_json_set_string(item, "state",
                            vso_version_state_text(update->version->state));
        vso_json_set_string(item, "key", update->version->key_type);
        shape_chain(call, item, "before", update->before);
        shape_chain(call, item, "after", update->material.chain);
    }
}

void vsocert_shape_turns_passive(vsocert_call_t *call)
{
    const apr_array_header_t *turns = call->outcome.turns_passive;
    vso_json_t *array;
    int i;

    if (!turns) {
        return;
    }
    array = vso_json_add_array(call->response, "turnsPassive");
    for (i = 0; i < turns->nelts; i++) {
        const vso_version_t *one = APR_ARRAY_IDX(turns, i, vso_version_t *);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_int(item, "versionId", one->id);
        vso_json_set_int(item, "number", one->number);
        vso_json_set_string(item, "key", one->key_type);
        vso_json_set_string(item, "subjectText", one->subject_text);
    }
}

void vsocert_shape_holders(vso_json_t *obj, const char *name,
                           const apr_array_header_t *holders)
{
    vso_json_t *array = vso_json_add_array(obj, name);
    int i;

    for (i = 0; i < holders->nelts; i++) {
        const vso_version_t *one = APR_ARRAY_IDX(holders, i, vso_version_t *);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_int(item, "versionId", one->id);
        vso_json_set_int(item, "number", one->number);
        vso_json_set_string(item, "entry", one->entry);
        vso_json_set_string(item, "state", vso_version_state_text(one->state));
    }
}

static void warn_quarantined(vsocert_call_t *call, vso_result_t *found,
                             const vso_version_t *version)
{
    const apr_array_header_t *ids = vsocert_tls_quarantined(call->r->pool);
    int i;

    for (i = 0; i < ids->nelts; i++) {
        if (APR_ARRAY_IDX(ids, i, apr_int64_t) == version->id) {
            vso_warn(found, "quarantined",
                     "This version's row in the database was damaged or "
                     "edited: its key does not open, and it is not served.");
        }
    }
}

void vsocert_shape_schedule(vsocert_call_t *call, vso_json_t *obj,
                            const vso_version_t *version)
{
    apr_array_header_t *scheduled;

    if (!call->scheduled &&
        vso_entry_versions_scheduled(&call->ctx, &scheduled,
                                     vso_result_create(call->r->pool)) ==
            APR_SUCCESS) {
        call->scheduled = scheduled;
    }
    vso_json_set_time(
        obj, "scheduledAt",
        call->scheduled ? vso_schedule_find(call->scheduled, version->id) : 0);
}

/** What the entry serves; where the database does not say it, nothing. */
static const apr_array_header_t *active_of(vsocert_call_t *call)
{
    apr_pool_t *p = call->r->pool;
    apr_array_header_t *active;

    if (!call->active) {
        call->active =
            vso_entry_versions_active(&call->ctx, &active,
                                      vso_result_create(p)) == APR_SUCCESS
                ? active
                : apr_array_make(p, 1, sizeof(vso_version_t *));
    }
    return call->active;
}

void vsocert_shape_details(vsocert_call_t *call, vso_json_t *obj,
                           const vso_version_t *version,
                           const apr_array_header_t *warnings)
{
    apr_pool_t *p = call->r->pool;
    vso_result_t *found = vso_result_create(p);
    vso_material_t material = {0};

    vsocert_shape_version(call, obj, version);
    vsocert_shape_schedule(call, obj, version);
    if (!*version->certificate ||
        vso_version_row_certs(version, &material, found, p) != APR_SUCCESS) {
        material.chain = NULL;
    }
    shape_chain(call, obj, "chain", material.chain);
    if (material.chain && !warnings) {
        vso_judge_version(&call->ctx, version, &material, active_of(call),
                          found);
    }
    warn_quarantined(call, found, version);
    vso_json_set_warnings(obj, warnings ? warnings : found->warnings);
}

void vsocert_shape_preview(vsocert_call_t *call, const vso_preview_t *preview)
{
    vso_json_t *array;
    int i;

    call->active = preview->served;
    vso_json_set_bool(call->response, "preview", 1);
    vsocert_shape_trial(call->response, preview->material.outcomes);
    vsocert_shape_details(call,
                          vso_json_add_object(call->response, "certificate"),
                          preview->version, preview->warnings);
    array = vso_json_add_array(call->response, "served");
    for (i = 0; i < preview->served->nelts; i++) {
        vsocert_shape_details(
            call, vso_json_push_object(array),
            APR_ARRAY_IDX(preview->served, i, vso_version_t *), NULL);
    }
}

void vsocert_shape_trial(vso_json_t *obj, const apr_array_header_t *outcomes)
{
    vso_json_t *array;
    int i;

    if (!outcomes) {
        return;
    }
    array = vso_json_add_array(obj, "trial");
    for (i = 0; i < outcomes->nelts; i++) {
        const vso_trial_outcome_t *outcome =
            &APR_ARRAY_IDX(outcomes, i, vso_trial_outcome_t);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_string(item, "protocol", outcome->protocol);
        vso_json_set_bool(item, "works", outcome->works);
        vso_json_set_string(item, "cipher", outcome->cipher);
        vso_json_set_string(item, "reason", outcome->reason);
    }
}
