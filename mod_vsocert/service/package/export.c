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
static apr_status_t open_signer(const vso_context_t *ctx, apr_int64_t id,
                                vso_version_t **pversion,
                                vso_material_t *material, vso_result_t *res)
{
    vso_version_t *version = NULL;
    vso_version_t *also;

    if (id) {
        if (vso_versions_find(ctx, id, &version, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (version->state != VSO_STATE_ACTIVE &&
            version->state != VSO_STATE_PASSIVE) {
            return vso_fail(res, VSO_P_WRONG_STATE, "version",
                            "Version %" APR_INT64_T_FMT
                            " is %s: only an active or passive one has key "
                            "and certificate to sign with.",
                            version->version,
                            vso_version_state_text(version->state));
        }
    }
    else {
        if (vso_version_row_primary(ctx, &version, &also, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (!version) {
            return vso_fail(res, VSO_P_NO_CERTIFICATE, NULL,
                            "Packages are signed with the server certificate, "
                            "and entry \"%s\" has none: create or import one "
                            "first.",
                            ctx->alias);
        }
    }
    *pversion = version;
    return vso_version_row_open(ctx, version, material, res);
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
static apr_status_t
write_package(const vso_context_t *ctx, const vso_package_row_t *row,
              const vso_gathering_t *gathering, const vso_material_t *material,
              vso_exported_t *exported, vso_result_t *res, apr_pool_t *p)
{
    vso_package_key_t key = {material->pkey, material->cert,
                             vso_chain_without_root(material->chain, ctx->p),
                             vso_context_now(ctx), digest_of(row, gathering)};
    apr_array_header_t *parts;
    apr_table_t *meta;
    apr_finfo_t info;

    if (vso_meta_parse(row->meta, &meta, res, ctx->p) != APR_SUCCESS ||
        vso_export_parts_collect(gathering, row->id, &parts, res) !=
            APR_SUCCESS ||
        vso_blob_spool(&exported->file, res, p) != APR_SUCCESS ||
        vso_package_write(parts, meta, &key, exported->file, res, ctx->p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (apr_file_info_get(&info, APR_FINFO_SIZE, exported->file) !=
        APR_SUCCESS) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
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

static apr_status_t run(const vso_context_t *ctx, const char *name,
                        const vso_export_spec_t *spec, vso_exported_t *exported,
                        vso_audit_event_t *event, vso_result_t *res,
                        apr_pool_t *p)
{
    vso_gathering_t gathering = {.ctx = ctx, .spec = spec};
    vso_material_t material;
    vso_version_t *version = NULL;
    vso_package_row_t *row;
    int encrypt;

    event->detail = name;
    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_packages_get(ctx->store, name, &row, res, ctx->p) != APR_SUCCESS ||
        open_signer(ctx, spec->version_id, &version, &material, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    encrypt = spec->encrypt >= 0
                  ? spec->encrypt
                  : spec->recipients->nelts > 0 || row->encrypted;
    if (!encrypt && spec->recipients->nelts > 0) {
        return vso_fail(res, VSO_P_INVALID, "encrypt",
                        "There are recipients: leave them out, or encrypt.");
    }
    if (encrypt) {
        gathering.recipients = all_recipients(spec, material.cert, ctx->p);
    }
    event->version_id = version->id;
    event->detail = apr_psprintf(
        ctx->p, "%s: signed by version %" APR_INT64_T_FMT "%s", name,
        version->version,
        encrypt ? apr_psprintf(ctx->p, ", encrypted for %d certificates",
                               gathering.recipients->nelts)
                : "");
    return write_package(ctx, row, &gathering, &material, exported, res, p);
}

/** Nothing keeps others from importing anew what is being exported, and the
 * contents that were to be read are gone then. What fails while nothing was
 * changed fails for a reason of its own. */
static apr_status_t run_patiently(const vso_context_t *ctx, const char *name,
                                  const vso_export_spec_t *spec,
                                  vso_exported_t *exported,
                                  vso_audit_event_t *event, vso_result_t *res,
                                  apr_pool_t *p)
{
    vso_result_t *why = vso_result_create(ctx->p);
    vso_state_t before;
    vso_state_t after;
    int tries;

    for (tries = 1;; tries++) {
        if (vso_state_read(ctx->store, &before, res, ctx->p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (run(ctx, name, spec, exported, event, res, p) == APR_SUCCESS) {
            return APR_SUCCESS;
        }
        if (vso_state_read(ctx->store, &after, why, ctx->p) != APR_SUCCESS ||
            after.generation == before.generation) {
            return APR_EGENERAL;
        }
        vso_result_clear(res);
        if (tries == MAX_TRIES) {
            return vso_fail(res, VSO_P_STALE, NULL,
                            "Elements of \"%s\" are being imported anew: "
                            "export it again when that is over.",
                            name);
        }
    }
}

apr_status_t vso_export_run(const vso_context_t *ctx, const char *name,
                            const vso_export_spec_t *spec,
                            vso_exported_t *exported, vso_outcome_t *outcome,
                            vso_result_t *res, apr_pool_t *p)
{
    const vso_context_change_t what = {.action = EXPORT,
                                       .if_match = VSO_IF_MATCH_NONE};
    vso_audit_event_t event = {0};

    if (run_patiently(ctx, name, spec, exported, &event, res, p) !=
        APR_SUCCESS) {
        return vso_context_refuse(ctx, EXPORT, event.version_id, res);
    }
    return vso_context_change(ctx, &what, record, &event, outcome, res);
}
