/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/version_row.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "x509/key.h"
#include "x509/ossl.h"

void vso_version_row_put_subject(vso_json_t *obj, const vso_subject_t *subject)
{
    vso_json_set_string(obj, "commonName", subject->common_name);
    vso_json_set_string(obj, "organization", subject->organization);
    vso_json_set_string(obj, "organizationalUnit",
                        subject->organizational_unit);
    vso_json_set_string(obj, "locality", subject->locality);
    vso_json_set_string(obj, "state", subject->state);
    vso_json_set_string(obj, "country", subject->country);
}

static const char *subject_column(const vso_subject_t *subject, apr_pool_t *p)
{
    vso_json_t *obj = vso_json_object(p);

    vso_version_row_put_subject(obj, subject);
    return vso_json_text(obj, p);
}

vso_subject_t *vso_version_row_subject(const char *column, apr_pool_t *p)
{
    vso_subject_t *subject = apr_pcalloc(p, sizeof(*subject));
    vso_result_t *ignored = vso_result_create(p);
    apr_size_t len = strlen(column);
    vso_json_t *obj;

    if (len == 0 || vso_json_parse(column, len, &obj, ignored, p)) {
        return subject;
    }
    vso_json_get_string(obj, "commonName", len, &subject->common_name, ignored,
                        p);
    vso_json_get_string(obj, "organization", len, &subject->organization,
                        ignored, p);
    vso_json_get_string(obj, "organizationalUnit", len,
                        &subject->organizational_unit, ignored, p);
    vso_json_get_string(obj, "locality", len, &subject->locality, ignored, p);
    vso_json_get_string(obj, "state", len, &subject->state, ignored, p);
    vso_json_get_string(obj, "country", len, &subject->country, ignored, p);
    return subject;
}

void vso_version_row_describe(vso_version_t *version, X509 *cert,
                              const apr_array_header_t *chain, apr_pool_t *p)
{
    const vso_cert_info_t *info = vso_cert_info(cert, p);

    version->certificate = vso_cert_to_pem(cert, p);
    version->chain = vso_certs_to_pem(chain, p);
    version->subject = subject_column(info->subject, p);
    version->issuer = subject_column(info->issuer, p);
    version->subject_text = info->subject_text;
    version->issuer_text = info->issuer_text;
    version->serial = info->serial;
    version->sans = apr_array_pstrcat(p, info->sans, '\n');
    version->signature_algorithm = info->signature_algorithm;
    version->fingerprint = info->fingerprint;
    version->not_before_sec = info->not_before_sec;
    version->not_after_sec = info->not_after_sec;
    version->self_signed = info->self_signed;
}

void vso_version_row_describe_request(vso_version_t *version,
                                      const X509_NAME *subject,
                                      const apr_array_header_t *sans,
                                      apr_pool_t *p)
{
    version->subject = subject_column(vso_subject_from_name(subject, p), p);
    version->subject_text = vso_name_text(subject, p);
    version->sans = apr_array_pstrcat(p, sans, '\n');
}

vso_version_t *vso_version_row_new(const vso_context_t *ctx, const char *origin,
                                   EVP_PKEY *pkey)
{
    vso_version_t *version = apr_pcalloc(ctx->p, sizeof(*version));

    version->entry = ctx->entry;
    version->origin = origin;
    version->created_by = ctx->actor;
    version->key_type = vso_key_type(pkey, ctx->p);
    version->key_fingerprint = vso_key_fingerprint(pkey, ctx->p);
    version->sealed_key = "";
    version->csr = "";
    version->certificate = "";
    version->chain = "";
    version->subject = "";
    version->issuer = "";
    version->subject_text = "";
    version->issuer_text = "";
    version->serial = "";
    version->sans = "";
    version->signature_algorithm = "";
    version->fingerprint = "";
    return version;
}

const char *vso_version_row_algorithm(const vso_version_t *version,
                                      apr_pool_t *p)
{
    return vso_key_algorithm(version->key_type, p);
}

apr_status_t vso_version_row_certs(const vso_version_t *version,
                                   vso_material_t *material, vso_result_t *res,
                                   apr_pool_t *p)
{
    memset(material, 0, sizeof(*material));
    if (vso_cert_parse(version->certificate, strlen(version->certificate),
                       &material->cert, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_certs_parse_pem(version->chain, &material->chain, res, p);
}

apr_status_t vso_version_row_open(const vso_context_t *ctx,
                                  const vso_version_t *version,
                                  vso_material_t *material, vso_result_t *res)
{
    vso_secret_t *der;

    if (vso_versions_open(vso_store_keyring(ctx->store), version, &der, res,
                          ctx->p) != APR_SUCCESS ||
        vso_version_row_certs(version, material, res, ctx->p) != APR_SUCCESS ||
        vso_key_from_der(der, &material->pkey, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!vso_key_matches(material->pkey, material->cert)) {
        return vso_fail(res, VSO_P_KEY_MISMATCH, NULL,
                        "Key and certificate of version %" APR_INT64_T_FMT
                        " do not belong together: its row was edited.",
                        version->id);
    }
    return APR_SUCCESS;
}

/** Does `other`, which is active, make room for `version`? */
static int makes_room(const vso_version_t *other, const vso_version_t *version,
                      int replace, apr_pool_t *p)
{
    return other->id != version->id &&
           (replace || !strcmp(vso_version_row_algorithm(other, p),
                               vso_version_row_algorithm(version, p)));
}

void vso_version_row_warn_no_rsa(vso_result_t *res)
{
    vso_warn(res, "no-rsa-signer",
             "No RSA key stays active: packages that are exported have no "
             "signatures of Orchestrator's own kind, which need one.");
}

apr_status_t vso_version_row_announce(const vso_context_t *ctx,
                                      const vso_version_t *version, int replace,
                                      vso_outcome_t *outcome, vso_result_t *res)
{
    apr_array_header_t *turns =
        apr_array_make(ctx->p, 2, sizeof(vso_version_t *));
    int stays = !strcmp(vso_version_row_algorithm(version, ctx->p), "RSA");
    apr_array_header_t *active;
    int goes = 0;
    int i;

    if (vso_versions_active(ctx->store, ctx->entry, &active, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < active->nelts; i++) {
        vso_version_t *other = APR_ARRAY_IDX(active, i, vso_version_t *);
        int rsa = !strcmp(vso_version_row_algorithm(other, ctx->p), "RSA");

        if (makes_room(other, version, replace, ctx->p)) {
            APR_ARRAY_PUSH(turns, vso_version_t *) = other;
            goes |= rsa;
        }
        else {
            stays |= rsa;
        }
    }
    if (goes && !stays) {
        vso_version_row_warn_no_rsa(res);
    }
    outcome->turns_passive = turns;
    return APR_SUCCESS;
}

apr_status_t vso_version_row_displace(vso_change_t *change,
                                      const vso_version_t *version, int replace,
                                      vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *active;
    int i;

    if (vso_versions_active(change->store, version->entry, &active, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < active->nelts; i++) {
        vso_version_t *other = APR_ARRAY_IDX(active, i, vso_version_t *);

        if (makes_room(other, version, replace, p) &&
            vso_versions_set_state(change, other, VSO_STATE_PASSIVE, res, p) !=
                APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_version_row_take(vso_change_t *change, apr_int64_t id,
                                  vso_version_t **pversion,
                                  vso_audit_event_t *event, vso_result_t *res,
                                  apr_pool_t *p)
{
    event->version_id = id;
    if (vso_versions_get(change->store, id, pversion, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->detail = (*pversion)->subject_text;
    return APR_SUCCESS;
}

apr_status_t vso_version_row_primary(const vso_context_t *ctx,
                                     vso_version_t **pprimary,
                                     vso_version_t **psecondary,
                                     vso_result_t *res)
{
    vso_version_t *primary = NULL;
    vso_version_t *secondary = NULL;
    apr_array_header_t *active;
    int i;

    if (vso_versions_active(ctx->store, ctx->entry, &active, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < active->nelts; i++) {
        vso_version_t *version = APR_ARRAY_IDX(active, i, vso_version_t *);

        if (!primary) {
            primary = version;
        }
        else if (!strcmp(vso_version_row_algorithm(version, ctx->p), "RSA")) {
            secondary = primary;
            primary = version;
        }
        else {
            secondary = version;
        }
    }
    *pprimary = primary;
    if (psecondary) {
        *psecondary = secondary;
    }
    return APR_SUCCESS;
}

apr_status_t vso_version_row_require(const vso_context_t *ctx,
                                     const char *lacks,
                                     vso_version_t **pprimary,
                                     vso_result_t *res)
{
    if (vso_version_row_primary(ctx, pprimary, NULL, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return *pprimary ? APR_SUCCESS
                     : vso_fail(res, VSO_P_NO_CERTIFICATE, NULL,
                                "Entry \"%s\" has no active certificate%s",
                                ctx->entry, lacks);
}

apr_status_t vso_version_row_each(vso_store_t *store, const char *entry,
                                  vso_version_row_fn *fn, void *baton,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *page;
    apr_int64_t before = 0;
    int i;

    do {
        if (vso_versions_list(store, entry, before, VSO_MAX_PAGE, &page, res,
                              p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        for (i = 0; i < page->nelts; i++) {
            vso_version_t *version = APR_ARRAY_IDX(page, i, vso_version_t *);

            before = version->id;
            if (fn(baton, version, res) != APR_SUCCESS) {
                return APR_EGENERAL;
            }
        }
    } while (page->nelts == VSO_MAX_PAGE);
    return APR_SUCCESS;
}
