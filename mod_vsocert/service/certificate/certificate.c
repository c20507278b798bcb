/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/certificate.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "x509/csr.h"
#include "x509/key.h"

#define EXISTS                                                                 \
    "A certificate exists already. Replace it (\"replace\": true; what is "    \
    "active turns passive, packages stay readable), add one with the other "   \
    "kind of key (\"beside\": true), or export a CSR and import the CA's "     \
    "reply."

static void offer_actions(const vso_context_t *svc, vso_panel_t *panel)
{
    const char *none = panel->active ? NULL
                                     : "There is no certificate yet: create "
                                       "or import one.";
    const char *exists = panel->active ? EXISTS : NULL;
    const char *manage = "You are not allowed to change certificates.";
    const char *reply = none;
    const vso_action_t actions[VSO_ACTIONS] = {
        {"create", exists}, {"import", exists}, {"export", none},
        {"csr", none},      {"reply", reply},   {"replace", none},
    };
    int i;

    memcpy(panel->actions, actions, sizeof(actions));
    if (panel->pending->nelts > 0) {
        panel->actions[4].reason = NULL;
    }
    if (vso_store_sealed(svc->store)) {
        for (i = 0; i < VSO_ACTIONS; i++) {
            panel->actions[i].reason = vso_store_sealed(svc->store);
        }
        return;
    }
    for (i = 0; i < VSO_ACTIONS; i++) {
        const char *name = actions[i].name;

        if (!strcmp(name, "export")) {
            if (!svc->may_export) {
                panel->actions[i].reason =
                    "You are not allowed to export private keys.";
            }
        }
        else if (strcmp(name, "csr") && !svc->may_manage) {
            panel->actions[i].reason = manage;
        }
    }
}

apr_status_t vso_certificate_panel(vso_context_t *svc, vso_panel_t *panel)
{
    if (vso_version_row_primary(svc, &panel->active, &panel->also) !=
            APR_SUCCESS ||
        vso_versions_pending(svc->store, svc->alias, &panel->pending, svc->res,
                             svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    offer_actions(svc, panel);
    return APR_SUCCESS;
}

/** A version about to be inserted, with its key. */
typedef struct {
    vso_context_t *svc;
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

    if (vso_versions_active(change->store, version->alias, &active, res, p) !=
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

/** Read the entry's generation, and refuse early what the lock would refuse
 * later: a key costs a second to make. */
static apr_status_t look_before_create(vso_context_t *svc, int only_if_none,
                                       apr_int64_t *pseen)
{
    vso_version_t *active;
    vso_version_t *also;

    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        vso_versions_generation(svc->store, svc->alias, pseen, svc->res,
                                svc->p) != APR_SUCCESS ||
        vso_version_row_primary(svc, &active, &also) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active && only_if_none) {
        return vso_fail(svc->res, VSO_P_CERTIFICATE_EXISTS, NULL, EXISTS);
    }
    return APR_SUCCESS;
}

static apr_status_t make_self_signed(vso_context_t *svc,
                                     const vso_certificate_spec_t *spec,
                                     vso_material_t *material)
{
    vso_cert_spec_t cert = {0};
    vso_subject_t *subject;
    apr_array_header_t *sans;
    apr_array_header_t *none = apr_array_make(svc->p, 1, sizeof(char *));

    if (vso_subject_check(&spec->subject, &subject, svc->res, svc->p) !=
            APR_SUCCESS ||
        vso_sans_check(spec->sans ? spec->sans : none, subject->common_name,
                       &sans, svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (spec->days < 1 || spec->days > VSO_MAX_DAYS) {
        return vso_fail(svc->res, VSO_P_INVALID, "days",
                        "\"days\" must be from 1 to %d.", VSO_MAX_DAYS);
    }
    if (vso_key_generate(spec->key ? spec->key : vso_key_types[0],
                         &material->pkey, svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    cert.pkey = material->pkey;
    cert.subject = subject;
    cert.sans = sans;
    cert.days = spec->days;
    cert.now_sec = vso_context_now(svc);
    material->chain = apr_array_make(svc->p, 1, sizeof(X509 *));
    return vso_cert_self_sign(&cert, &material->cert, svc->res, svc->p);
}

apr_status_t vso_certificate_create(vso_context_t *svc,
                                    const vso_certificate_spec_t *spec,
                                    vso_version_t **pversion)
{
    int only_if_none = !spec->replace && !spec->beside;
    const char *action = only_if_none ? "create" : "replace";
    vso_context_change_t what = {action, 0, 0, 0};
    vso_material_t material = {0};
    insertion_t ins = {svc, NULL, NULL, only_if_none, spec->replace};

    if (look_before_create(svc, only_if_none, &what.seen) != APR_SUCCESS ||
        make_self_signed(svc, spec, &material) != APR_SUCCESS ||
        vso_version_row_prove(svc, &material) != APR_SUCCESS) {
        return vso_context_refuse(svc, action, 0);
    }
    ins.pkey = material.pkey;
    ins.version = vso_version_row_new(svc, "self-signed", material.pkey);
    ins.version->state = VSO_STATE_ACTIVE;
    vso_version_row_describe(ins.version, material.cert, material.chain,
                             svc->p);
    if (vso_version_announce(svc, ins.version, spec->replace) != APR_SUCCESS ||
        vso_context_change(svc, &what, insert_version, &ins) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pversion = ins.version;
    return APR_SUCCESS;
}

apr_status_t vso_certificate_csr(vso_context_t *svc, const char **ppem)
{
    vso_version_t *active;
    vso_version_t *also;
    vso_material_t material;

    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        vso_version_row_primary(svc, &active, &also) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!active) {
        return vso_fail(svc->res, VSO_P_NO_CERTIFICATE, NULL,
                        "Entry \"%s\" has no active certificate to make a "
                        "CSR for: create one first, or POST "
                        "/certificate/csr for a key without one.",
                        svc->alias);
    }
    if (vso_version_row_open(svc, active, &material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_csr_from_cert(material.pkey, material.cert, ppem, svc->res,
                             svc->p);
}

/** Subject, SANs and key of a request: as asked for, else the active ones. */
typedef struct {
    X509_NAME *name; /**< to be freed */
    apr_array_header_t *sans;
    EVP_PKEY *pkey;
} request_t;

/** The subject, and the names that follow from it and from what was typed.
 * What stands in a certificate is taken as it is: nobody typed it. */
static apr_status_t fill_names(vso_context_t *svc,
                               const vso_certificate_spec_t *spec,
                               const vso_material_t *active, request_t *req)
{
    apr_array_header_t *none = apr_array_make(svc->p, 1, sizeof(char *));
    const char *common_name = NULL;
    vso_subject_t *subject;

    if (spec->has_subject) {
        if (vso_subject_check(&spec->subject, &subject, svc->res, svc->p) !=
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
        return vso_fail(svc->res, VSO_P_INVALID, "subject",
                        "\"subject\" is required while entry \"%s\" has "
                        "no certificate to take it from.",
                        svc->alias);
    }
    if (vso_sans_check(spec->sans ? spec->sans : none, common_name, &req->sans,
                       svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active && !spec->sans) {
        vso_sans_add(req->sans,
                     vso_sans_for_server(active->cert, svc->res, svc->p));
    }
    return APR_SUCCESS;
}

static apr_status_t make_request(vso_context_t *svc,
                                 const vso_certificate_spec_t *spec,
                                 request_t *req)
{
    vso_version_t *active;
    vso_version_t *also;
    vso_material_t material = {0};

    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        vso_version_row_primary(svc, &active, &also) != APR_SUCCESS ||
        (active &&
         vso_version_row_open(svc, active, &material) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (fill_names(svc, spec, active ? &material : NULL, req) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active && !spec->key) {
        req->pkey = material.pkey;
        return APR_SUCCESS;
    }
    return vso_key_generate(spec->key ? spec->key : vso_key_types[0],
                            &req->pkey, svc->res, svc->p);
}

apr_status_t vso_certificate_request(vso_context_t *svc,
                                     const vso_certificate_spec_t *spec,
                                     vso_version_t **pversion)
{
    vso_context_change_t what = {"request", 0, -1, 0};
    insertion_t ins = {svc, NULL, NULL, 0, 0};
    request_t req = {0};
    apr_status_t rv;
    const char *csr;

    rv = make_request(svc, spec, &req);
    if (rv == APR_SUCCESS) {
        rv = vso_csr_create(req.pkey, req.name, req.sans, &csr, svc->res,
                            svc->p);
    }
    if (rv != APR_SUCCESS) {
        vso_context_refuse(svc, what.action, 0);
        goto leave;
    }
    ins.pkey = req.pkey;
    ins.version = vso_version_row_new(svc, "ca-signed", req.pkey);
    ins.version->state = VSO_STATE_PENDING;
    ins.version->csr = csr;
    vso_version_row_describe_request(ins.version, req.name, req.sans, svc->p);
    rv = vso_context_change(svc, &what, insert_version, &ins);
    if (rv == APR_SUCCESS) {
        *pversion = ins.version;
    }
leave:
    X509_NAME_free(req.name);
    return rv;
}
