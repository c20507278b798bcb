/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/export.h"

#include <string.h>

#include <apr_strings.h>

#include "base/blob.h"
#include "base/limits.h"
#include "package/rawsig.h"
#include "package/sign.h"
#include "service/package/columns.h"
#include "service/package/export_parts.h"
#include "service/certificate/version_row.h"
#include "service/certificate/versions.h"
#include "store/packages.h"
#include "x509/chain.h"

#define EXPORT "package-export"

/* Exporting takes longer than the changes that can cut it off. */
#define MAX_TRIES 8

/** The version that signs, opened. */
static apr_status_t open_signer(vso_context_t *svc, apr_int64_t id,
                                vso_version_t **pversion,
                                vso_material_t *material)
{
    vso_version_t *version = NULL;
    vso_version_t *also;

    if (id) {
        if (vso_versions_find(svc, id, &version) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (version->state != VSO_STATE_ACTIVE &&
            version->state != VSO_STATE_PASSIVE) {
            return vso_fail(svc->res, VSO_P_WRONG_STATE, "version",
                            "Version %" APR_INT64_T_FMT
                            " is %s: only an active or passive one has key "
                            "and certificate to sign with.",
                            version->version,
                            vso_version_state_text(version->state));
        }
    }
    else {
        if (vso_version_row_primary(svc, &version, &also) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (!version) {
            return vso_fail(svc->res, VSO_P_NO_CERTIFICATE, NULL,
                            "Packages are signed with the server certificate, "
                            "and entry \"%s\" has none: create or import one "
                            "first.",
                            svc->alias);
        }
    }
    *pversion = version;
    return vso_version_row_open(svc, version, material);
}

static apr_array_header_t *all_recipients(const vso_export_spec_t *spec,
                                          X509 *own, apr_pool_t *p)
{
    apr_array_header_t *all = apr_array_make(p, 2, sizeof(X509 *));
    int i;

    APR_ARRAY_PUSH(all, X509 *) = own;
    for (i = 0; i < spec->recipients->nelts; i++) {
        X509 *cert = APR_ARRAY_IDX(spec->recipients, i, X509 *);

        if (X509_cmp(cert, own)) {
            APR_ARRAY_PUSH(all, X509 *) = cert;
        }
    }
    return all;
}

/** The digest of signatures/: as it is wanted, as the package came, or as all
 * Orchestrator servers read it. */
static const char *digest_of(const vso_package_row_t *row,
                             const vso_gathering_t *gathering)
{
    const char *wanted = gathering->spec->digest;

    return wanted                          ? wanted
           : vso_digest_named(row->digest) ? row->digest
                                           : "md5";
}

/** Gather the parts and write them, signed. */
static apr_status_t write_package(vso_context_t *svc,
                                  const vso_package_row_t *row,
                                  const vso_gathering_t *gathering,
                                  const vso_material_t *material,
                                  vso_exported_t *exported, apr_pool_t *p)
{
    vso_package_key_t key = {material->pkey, material->cert,
                             vso_chain_without_root(material->chain, svc->p),
                             vso_context_now(svc), digest_of(row, gathering)};
    apr_array_header_t *parts;
    apr_table_t *meta;
    apr_finfo_t info;

    if (vso_meta_parse(row->meta, &meta, svc->res, svc->p) != APR_SUCCESS ||
        vso_export_parts_collect(gathering, row->id, &parts) != APR_SUCCESS ||
        vso_blob_spool(&exported->file, svc->res, p) != APR_SUCCESS ||
        vso_package_write(parts, meta, &key, exported->file, svc->res,
                          svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (apr_file_info_get(&info, APR_FINFO_SIZE, exported->file) !=
        APR_SUCCESS) {
        return vso_fail(svc->res, VSO_P_INTERNAL, NULL,
                        "The exported package cannot be read back.");
    }
    exported->size = info.size;
    return APR_SUCCESS;
}

static apr_status_t record(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *res,
                           apr_pool_t *p)
{
    const vso_audit_event_t *what = baton;

    (void)change;
    (void)res;
    (void)p;
    event->version_id = what->version_id;
    event->detail = what->detail;
    return APR_SUCCESS;
}

static apr_status_t run(vso_context_t *svc, const char *name,
                        const vso_export_spec_t *spec, vso_exported_t *exported,
                        vso_audit_event_t *event, apr_pool_t *p)
{
    vso_gathering_t gathering = {.svc = svc, .spec = spec};
    vso_material_t material;
    vso_version_t *version = NULL;
    vso_package_row_t *row;
    int encrypt;

    event->detail = name;
    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        vso_packages_get(svc->store, name, &row, svc->res, svc->p) !=
            APR_SUCCESS ||
        open_signer(svc, spec->version_id, &version, &material) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    encrypt = spec->encrypt >= 0
                  ? spec->encrypt
                  : spec->recipients->nelts > 0 || row->encrypted;
    if (!encrypt && spec->recipients->nelts > 0) {
        return vso_fail(svc->res, VSO_P_INVALID, "encrypt",
                        "There are recipients: leave them out, or encrypt.");
    }
    if (encrypt) {
        gathering.recipients = all_recipients(spec, material.cert, svc->p);
    }
    event->version_id = version->id;
    event->detail = apr_psprintf(
        svc->p, "%s: signed by version %" APR_INT64_T_FMT "%s", name,
        version->version,
        encrypt ? apr_psprintf(svc->p, ", encrypted for %d certificates",
                               gathering.recipients->nelts)
                : "");
    return write_package(svc, row, &gathering, &material, exported, p);
}

/** Nothing keeps others from importing anew what is being exported, and the
 * contents that were to be read are gone then. What fails while nothing was
 * changed fails for a reason of its own. */
static apr_status_t run_patiently(vso_context_t *svc, const char *name,
                                  const vso_export_spec_t *spec,
                                  vso_exported_t *exported,
                                  vso_audit_event_t *event, apr_pool_t *p)
{
    vso_result_t *why = vso_result_create(svc->p);
    vso_state_t before;
    vso_state_t after;
    int tries;

    for (tries = 1;; tries++) {
        if (vso_state_read(svc->store, &before, svc->res, svc->p) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (run(svc, name, spec, exported, event, p) == APR_SUCCESS) {
            return APR_SUCCESS;
        }
        if (vso_state_read(svc->store, &after, why, svc->p) != APR_SUCCESS ||
            after.generation == before.generation) {
            return APR_EGENERAL;
        }
        vso_result_clear(svc->res);
        if (tries == MAX_TRIES) {
            return vso_fail(svc->res, VSO_P_STALE, NULL,
                            "Elements of \"%s\" are being imported anew: "
                            "export it again when that is over.",
                            name);
        }
    }
}

apr_status_t vso_export_run(vso_context_t *svc, const char *name,
                            const vso_export_spec_t *spec,
                            vso_exported_t *exported, apr_pool_t *p)
{
    const vso_context_change_t what = {EXPORT, 0, -1, 0};
    vso_audit_event_t event = {0};

    svc->if_match = NULL;
    if (run_patiently(svc, name, spec, exported, &event, p) != APR_SUCCESS) {
        return vso_context_refuse(svc, EXPORT, event.version_id);
    }
    return vso_context_change(svc, &what, record, &event);
}
