/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/shapes.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/shared/db_clock.h"
#include "httpd/tls/tls.h"
#include "service/certificate/chain_update.h"
#include "service/certificate/judge.h"
#include "store/schedule.h"

#define DAY_SEC 86400

static void shape_subject(vso_json_t *obj, const char *name,
                          const vso_subject_t *subject)
{
    vso_version_row_put_subject(vso_json_add_object(obj, name), subject);
}

/** The column "DNS:a\nIP:1.2.3.4" as an array. */
static void shape_sans(vso_json_t *obj, const char *name, const char *column,
                       apr_pool_t *p)
{
    vso_json_t *array = vso_json_add_array(obj, name);
    char *rest = apr_pstrdup(p, column);
    char *state;
    char *san;

    for (san = apr_strtok(rest, "\n", &state); san;
         san = apr_strtok(NULL, "\n", &state)) {
        vso_json_push_string(array, san);
    }
}

/** Whole days until then, negative once it is over. */
static apr_int64_t days_left(apr_int64_t not_after_sec)
{
    apr_int64_t left = not_after_sec - vsocert_db_clock_now_sec();

    return left >= 0 ? left / DAY_SEC : -((-left + DAY_SEC - 1) / DAY_SEC);
}

static void shape_request(vso_json_t *obj, const vso_version_t *version,
                          apr_pool_t *p)
{
    shape_subject(obj, "csrSubject",
                  vso_version_row_subject(version->subject, p));
    vso_json_set_string(obj, "csrSubjectText", version->subject_text);
    shape_sans(obj, "csrSubjectAltNames", version->sans, p);
}

static void shape_certificate(vso_json_t *obj, const vso_version_t *version,
                              apr_pool_t *p)
{
    shape_subject(obj, "subject", vso_version_row_subject(version->subject, p));
    shape_subject(obj, "issuer", vso_version_row_subject(version->issuer, p));
    vso_json_set_string(obj, "subjectText", version->subject_text);
    vso_json_set_string(obj, "issuerText", version->issuer_text);
    vso_json_set_string(obj, "serial", version->serial);
    shape_sans(obj, "subjectAltNames", version->sans, p);
    vso_json_set_string(obj, "signatureAlgorithm",
                        version->signature_algorithm);
    vso_json_set_time(obj, "notBefore", version->not_before_sec);
    vso_json_set_time(obj, "notAfter", version->not_after_sec);
    vso_json_set_int(obj, "daysLeft", days_left(version->not_after_sec));
    vso_json_set_string(obj, "fingerprint", version->fingerprint);
    vso_json_set_bool(obj, "selfSigned", version->self_signed);
}

void vsocert_shape_version(vso_json_t *obj, const vso_version_t *version,
                           apr_pool_t *p)
{
    vso_json_set_int(obj, "id", version->id);
    vso_json_set_string(obj, "alias", version->alias);
    vso_json_set_int(obj, "version", version->version);
    vso_json_set_string(obj, "state", vso_version_state_text(version->state));
    vso_json_set_string(obj, "origin", version->origin);
    vso_json_set_string(obj, "key", version->key_type);
    vso_json_set_string(obj, "keyFingerprint", version->key_fingerprint);
    if (*version->certificate) {
        shape_certificate(obj, version, p);
    }
    else {
        shape_request(obj, version, p);
    }
    vso_json_set_time(obj, "createdAt", version->created_sec);
    vso_json_set_string(obj, "createdBy", version->created_by);
    vso_json_set_time(obj, "activatedAt", version->activated_sec);
    vso_json_set_int(obj, "generation", version->generation);
    vso_json_set_string(obj, "etag", vso_version_etag(version, p));
}

static void shape_issuer(vso_json_t *obj, X509 *cert, apr_pool_t *p)
{
    const vso_cert_info_t *info = vso_cert_info(cert, p);

    shape_subject(obj, "subject", info->subject);
    vso_json_set_string(obj, "subjectText", info->subject_text);
    vso_json_set_string(obj, "issuerText", info->issuer_text);
    vso_json_set_string(obj, "serial", info->serial);
    vso_json_set_string(obj, "key", info->key_type);
    vso_json_set_string(obj, "signatureAlgorithm", info->signature_algorithm);
    vso_json_set_time(obj, "notBefore", info->not_before_sec);
    vso_json_set_time(obj, "notAfter", info->not_after_sec);
    vso_json_set_int(obj, "daysLeft", days_left(info->not_after_sec));
    vso_json_set_string(obj, "fingerprint", info->fingerprint);
    vso_json_set_bool(obj, "selfSigned", info->self_signed);
}

/** Issuers in order; chain NULL: an empty array. */
static void shape_chain(vso_json_t *obj, const char *name,
                        const apr_array_header_t *chain, apr_pool_t *p)
{
    vso_json_t *array = vso_json_add_array(obj, name);
    int i;

    for (i = 0; chain && i < chain->nelts; i++) {
        shape_issuer(vso_json_push_object(array),
                     APR_ARRAY_IDX(chain, i, X509 *), p);
    }
}

void vsocert_shape_chain_updates(vsocert_call_t *call,
                                 const apr_array_header_t *updates)
{
    apr_pool_t *p = call->r->pool;
    vso_json_t *array;
    int i;

    if (!updates || !updates->nelts) {
        return;
    }
    array = vso_json_add_array(call->reply, "chainUpdates");
    for (i = 0; i < updates->nelts; i++) {
        const vso_chain_update_t *update =
            APR_ARRAY_IDX(updates, i, vso_chain_update_t *);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_int(item, "versionId", update->version->id);
        vso_json_set_int(item, "number", update->version->version);
        vso_json_set_string(item, "state",
                            vso_version_state_text(update->version->state));
        vso_json_set_string(item, "key", update->version->key_type);
        shape_chain(item, "before", update->before, p);
        shape_chain(item, "after", update->material.chain, p);
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
    array = vso_json_add_array(call->reply, "turnsPassive");
    for (i = 0; i < turns->nelts; i++) {
        const vso_version_t *one = APR_ARRAY_IDX(turns, i, vso_version_t *);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_int(item, "versionId", one->id);
        vso_json_set_int(item, "number", one->version);
        vso_json_set_string(item, "key", one->key_type);
        vso_json_set_string(item, "subjectText", one->subject_text);
    }
}

apr_status_t vsocert_shape_read_place(vsocert_call_t *call, int *preplace,
                                      int *pbeside)
{
    vso_result_t *res = call->res;

    if (vso_json_get_bool(call->body, "replace", preplace, res) !=
            APR_SUCCESS ||
        vso_json_get_bool(call->body, "beside", pbeside, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return !*preplace || !*pbeside
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_INVALID, "beside",
                          "\"replace\" turns passive whatever is active, "
                          "\"beside\" only what has a key of the same "
                          "algorithm: set one of them.");
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

    if (!call->scheduled && vso_schedule_list(call->ctx.store, &scheduled,
                                              vso_result_create(call->r->pool),
                                              call->r->pool) == APR_SUCCESS) {
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
            vso_versions_active(call->ctx.store, call->ctx.alias, &active,
                                vso_result_create(p), p) == APR_SUCCESS
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

    vsocert_shape_version(obj, version, p);
    vsocert_shape_schedule(call, obj, version);
    if (!*version->certificate ||
        vso_version_row_certs(version, &material, found, p) != APR_SUCCESS) {
        material.chain = NULL;
    }
    shape_chain(obj, "chain", material.chain, p);
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
    vso_json_set_bool(call->reply, "preview", 1);
    vsocert_shape_trial(call->reply, preview->material.outcomes);
    vsocert_shape_details(call, vso_json_add_object(call->reply, "certificate"),
                          preview->version, preview->warnings);
    array = vso_json_add_array(call->reply, "served");
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

apr_status_t vsocert_shape_read_subject(const vso_json_t *obj,
                                        vso_subject_t *subject,
                                        vso_result_t *res, apr_pool_t *p)
{
    static const char *const names[] = {
        "commonName", "organization", "organizationalUnit",
        "locality",   "state",        "country",
        NULL};
    const char **values[] = {&subject->common_name,
                             &subject->organization,
                             &subject->organizational_unit,
                             &subject->locality,
                             &subject->state,
                             &subject->country};
    int i;

    if (vso_json_only(obj, names, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; names[i]; i++) {
        /* a character has up to four bytes; vso_subject_check counts them */
        if (vso_json_get_string(obj, names[i], 4 * VSO_UB_STATE, values[i], res,
                                p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}
