/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/certificate.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "service/certificate/entry_list.h"
#include "service/certificate/judge.h"
#include "x509/csr.h"
#include "x509/key.h"
#include "x509/san.h"

#define EXISTS                                                                 \
    "A certificate exists already. Replace it (\"replace\": true; what is "    \
    "active turns passive, packages stay readable), add one with the other "   \
    "kind of key (\"beside\": true), or export a CSR and import the CA's "     \
    "reply."

/** What an action takes. */
enum {
    MANAGE = 1,      /**< the right to change certificates */
    EXPORT_KEYS = 2, /**< the right to export private keys */
    NONE_YET = 4,    /**< no active certificate */
    ACTIVE = 8,      /**< an active certificate */
    OR_PENDING = 16  /**< or, instead of an active one, a request */
};

static const struct {
    const char *name;
    int takes;
} actions[VSO_ACTIONS] = {
    {"create", MANAGE | NONE_YET},           {"import", MANAGE | NONE_YET},
    {"export", EXPORT_KEYS | ACTIVE},        {"csr", ACTIVE},
    {"reply", MANAGE | ACTIVE | OR_PENDING}, {"replace", MANAGE | ACTIVE},
};

static void withhold(vso_action_t *action, vso_problem_e problem,
                     const char *reason)
{
    action->problem = problem;
    action->reason = reason;
}

static void offer_action(const vso_context_t *ctx, const vso_panel_t *panel,
                         int takes, vso_action_t *action)
{
    int pending = (takes & OR_PENDING) && panel->pending->nelts > 0;

    if (vso_store_sealed(ctx->store)) {
        withhold(action, VSO_P_SEALED, vso_store_sealed(ctx->store));
    }
    else if ((takes & MANAGE) && !ctx->may_manage) {
        withhold(action, VSO_P_FORBIDDEN,
                 "You are not allowed to change certificates.");
    }
    else if ((takes & EXPORT_KEYS) && !ctx->may_export) {
        withhold(action, VSO_P_FORBIDDEN,
                 "You are not allowed to export private keys.");
    }
    else if ((takes & NONE_YET) && panel->active) {
        withhold(action, VSO_P_CERTIFICATE_EXISTS, EXISTS);
    }
    else if ((takes & ACTIVE) && !panel->active && !pending) {
        withhold(action, VSO_P_NO_CERTIFICATE,
                 "There is no certificate yet: create or import one.");
    }
}

static void offer_actions(const vso_context_t *ctx, vso_panel_t *panel)
{
    int i;

    memset(panel->actions, 0, sizeof(panel->actions));
    for (i = 0; i < VSO_ACTIONS; i++) {
        panel->actions[i].name = actions[i].name;
        offer_action(ctx, panel, actions[i].takes, &panel->actions[i]);
    }
}

apr_status_t vso_certificate_panel(const vso_context_t *ctx, vso_panel_t *panel,
                                   vso_result_t *res)
{
    if (vso_version_row_primary(ctx, &panel->active, &panel->also, res) !=
            APR_SUCCESS ||
        vso_versions_pending(ctx->store, ctx->entry, &panel->pending, res,
                             ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    offer_actions(ctx, panel);
    return APR_SUCCESS;
}

/** A version about to be inserted, with its key. */
typedef struct {
    const vso_context_t *ctx;
    vso_version_t *version;
    EVP_PKEY *pkey;
    int only_if_none; /**< refuse when a certificate is active */
    int replace;      /**< what is active turns passive, whatever its key */
} insertion_t;

static apr_status_t insert_version(vso_change_t *change, void *baton,
                                   vso_audit_event_t *event, vso_result_t *res,
                                   apr_pool_t *p)
{
    insertion_t *ins = baton;
    vso_version_t *version = ins->version;
    apr_array_header_t *active;
    vso_secret_t *der;

    if (vso_versions_active(change->store, version->entry, &active, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (ins->only_if_none && active->nelts > 0) {
        return vso_fail(res, VSO_P_CERTIFICATE_EXISTS, NULL, EXISTS);
    }
    if (vso_key_to_der(ins->pkey, &der, res, p) != APR_SUCCESS ||
        (version->state == VSO_STATE_ACTIVE &&
         vso_version_row_displace(change, version, ins->replace, res, p) !=
             APR_SUCCESS) ||
        vso_versions_insert(change, version, der, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->version_id = version->id;
    event->detail =
        apr_psprintf(p, "%s %s", version->key_type, version->subject_text);
    return APR_SUCCESS;
}

/** Whoever mistypes a name makes a new entry, which nobody gets to see. */
static void warn_new(const insertion_t *ins, vso_result_t *res)
{
    if (ins->version->number == 1) {
        vso_entry_list_warn_unserved(ins->ctx, res);
    }
}

/** Read the entry's generation, and refuse early what the lock would refuse
 * later: a key costs a second to make. */
static apr_status_t look_before_create(const vso_context_t *ctx,
                                       int only_if_none, apr_int64_t *pseen,
                                       vso_result_t *res)
{
    vso_version_t *active;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_versions_generation(ctx->store, ctx->entry, pseen, res, ctx->p) !=
            APR_SUCCESS ||
        vso_version_row_primary(ctx, &active, NULL, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active && only_if_none) {
        return vso_fail(res, VSO_P_CERTIFICATE_EXISTS, NULL, EXISTS);
    }
    return APR_SUCCESS;
}

static apr_status_t make_self_signed(const vso_context_t *ctx,
                                     const vso_certificate_spec_t *spec,
                                     vso_material_t *material,
                                     vso_result_t *res)
{
    vso_cert_spec_t cert = {0};
    vso_subject_t *subject;
    apr_array_header_t *sans;
    apr_array_header_t *none = apr_array_make(ctx->p, 1, sizeof(char *));

    if (vso_subject_check(&spec->subject, &subject, res, ctx->p) !=
            APR_SUCCESS ||
        vso_sans_check(spec->sans ? spec->sans : none, subject->common_name,
                       &sans, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (spec->days < 1 || spec->days > VSO_MAX_DAYS) {
        return vso_fail(res, VSO_P_INVALID, "days",
                        "\"days\" must be from 1 to %d.", VSO_MAX_DAYS);
    }
    if (vso_key_generate(spec->key ? spec->key : vso_key_types[0],
                         &material->pkey, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    cert.pkey = material->pkey;
    cert.subject = subject;
    cert.sans = sans;
    cert.days = spec->days;
    cert.now_sec = vso_context_now(ctx);
    material->chain = apr_array_make(ctx->p, 1, sizeof(X509 *));
    return vso_cert_self_sign(&cert, &material->cert, res, ctx->p);
}

apr_status_t vso_certificate_create(const vso_context_t *ctx,
                                    const vso_certificate_spec_t *spec,
                                    vso_version_t **pversion,
                                    vso_outcome_t *outcome, vso_result_t *res)
{
    int only_if_none = !spec->replace && !spec->beside;
    const char *action = only_if_none ? "create" : "replace";
    apr_int64_t seen = 0;
    const vso_context_change_t what = {
        .action = action, .seen = &seen, .serves = 1};
    vso_material_t material = {0};
    insertion_t ins = {ctx, NULL, NULL, only_if_none, spec->replace};

    if (look_before_create(ctx, only_if_none, &seen, res) != APR_SUCCESS ||
        make_self_signed(ctx, spec, &material, res) != APR_SUCCESS ||
        vso_judge_prove(ctx, &material, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, action, 0, res);
    }
    ins.pkey = material.pkey;
    ins.version = vso_version_row_new(ctx, "self-signed", material.pkey);
    ins.version->state = VSO_STATE_ACTIVE;
    vso_version_row_describe(ins.version, material.cert, material.chain,
                             ctx->p);
    if (vso_version_row_announce(ctx, ins.version, spec->replace, outcome,
                                 res) != APR_SUCCESS ||
        vso_context_change(ctx, &what, insert_version, &ins, outcome, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    warn_new(&ins, res);
    *pversion = ins.version;
    return APR_SUCCESS;
}

apr_status_t vso_certificate_csr(const vso_context_t *ctx, const char **ppem,
                                 vso_result_t *res)
{
    vso_version_t *active;
    vso_material_t material;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_version_row_require(ctx,
                                " to make a CSR for: create one first, or POST "
                                "/certificate/csr for a key without one.",
                                &active, res) != APR_SUCCESS ||
        vso_version_row_open(ctx, active, &material, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_csr_from_cert(material.pkey, material.cert, ppem, res, ctx->p);
}

/** Subject, SANs and key of a request: as asked for, else the active ones. */
typedef struct {
    X509_NAME *name; /**< to be freed */
    apr_array_header_t *sans;
    EVP_PKEY *pkey;
} request_t;

/** The subject, and the names that follow from it and from what was typed.
 * What stands in a certificate is taken as it is: nobody typed it. */
static apr_status_t fill_names(const vso_context_t *ctx,
                               const vso_certificate_spec_t *spec,
                               const vso_material_t *active, request_t *req,
                               vso_result_t *res)
{
    apr_array_header_t *none = apr_array_make(ctx->p, 1, sizeof(char *));
    const char *common_name = NULL;
    vso_subject_t *subject;

    if (spec->has_subject) {
        if (vso_subject_check(&spec->subject, &subject, res, ctx->p) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        common_name = subject->common_name;
        req->name = vso_subject_to_name(subject);
    }
    else if (active) {
        req->name = X509_NAME_dup(X509_get_subject_name(active->cert));
    }
    else {
        return vso_fail(res, VSO_P_INVALID, "subject",
                        "\"subject\" is required while entry \"%s\" has "
                        "no certificate to take it from.",
                        ctx->entry);
    }
    if (vso_sans_check(spec->sans ? spec->sans : none, common_name, &req->sans,
                       res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active && !spec->sans) {
        vso_sans_add(req->sans, vso_sans_for_server(active->cert, res, ctx->p));
    }
    return APR_SUCCESS;
}

static apr_status_t make_request(const vso_context_t *ctx,
                                 const vso_certificate_spec_t *spec,
                                 request_t *req, vso_result_t *res)
{
    vso_version_t *active;
    vso_material_t material = {0};

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_version_row_primary(ctx, &active, NULL, res) != APR_SUCCESS ||
        (active &&
         vso_version_row_open(ctx, active, &material, res) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (fill_names(ctx, spec, active ? &material : NULL, req, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active && !spec->key) {
        req->pkey = material.pkey;
        return APR_SUCCESS;
    }
    return vso_key_generate(spec->key ? spec->key : vso_key_types[0],
                            &req->pkey, res, ctx->p);
}

apr_status_t vso_certificate_request(const vso_context_t *ctx,
                                     const vso_certificate_spec_t *spec,
                                     vso_version_t **pversion,
                                     vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_change_t what = {.action = "request"};
    insertion_t ins = {ctx, NULL, NULL, 0, 0};
    request_t req = {0};
    apr_status_t rv;
    const char *csr;

    rv = make_request(ctx, spec, &req, res);
    if (rv == APR_SUCCESS) {
        rv = vso_csr_create(req.pkey, req.name, req.sans, &csr, res, ctx->p);
    }
    if (rv != APR_SUCCESS) {
        vso_context_refuse(ctx, what.action, 0, res);
        goto leave;
    }
    ins.pkey = req.pkey;
    ins.version = vso_version_row_new(ctx, "ca-signed", req.pkey);
    ins.version->state = VSO_STATE_PENDING;
    ins.version->csr = csr;
    vso_version_row_describe_request(ins.version, req.name, req.sans, ctx->p);
    rv = vso_context_change(ctx, &what, insert_version, &ins, outcome, res);
    if (rv == APR_SUCCESS) {
        warn_new(&ins, res);
        *pversion = ins.version;
    }
leave:
    X509_NAME_free(req.name);
    return rv;
}
