/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/export.h"

#include <string.h>

#include <apr_strings.h>

#include "base/blob.h"
#include "base/limits.h"
#include "package/rawsig.h"
#include "package/sign.h"
#include "service/package/author_certs.h"
#include "service/package/export_parts.h"
#include "service/certificate/version_row.h"
#include "service/certificate/entry_versions.h"
#include "store/packages.h"
#include "x509/chain.h"

#define EXPORT "package-export"

/* Exporting takes longer than the changes that can cut it off. */
#define MAX_TRIES 8

/** An export in progress. */
typedef struct {
    const vso_context_t *ctx;
    const char *name;
    const vso_export_spec_t *spec;
    vso_package_row_t *row;
    vso_version_t *version; /**< signs */
    vso_material_t material;
    vso_export_parts_spec_t parts;
    vso_audit_event_t event;
} export_t;

/** The version that signs, opened. */
static apr_status_t open_signer(export_t *export, vso_result_t *res)
{
    const vso_context_t *ctx = export->ctx;
    vso_version_t *version = NULL;
    apr_int64_t id = export->spec->version_id;

    if (!id) {
        if (vso_version_row_require(ctx,
                                    " to sign packages with: create or import "
                                    "one first.",
                                    &version, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    else if (vso_entry_versions_find(ctx, id, &version, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    else if (version->state != VSO_STATE_ACTIVE &&
             version->state != VSO_STATE_PASSIVE) {
        return vso_fail(res, VSO_P_WRONG_STATE, "version",
                        "Version %" APR_INT64_T_FMT
                        " is %s: only an active or passive one has key "
                        "and certificate to sign with.",
                        version->number,
                        vso_version_state_text(version->state));
    }
    export->version = version;
    return vso_version_row_open(ctx, version, &export->material, res);
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
static const char *digest_of(const vso_package_row_t *row, const char *wanted)
{
    return wanted                          ? wanted
           : vso_digest_named(row->digest) ? row->digest
                                           : "md5";
}

/** Who can open it, where it is encrypted. */
static apr_status_t choose_recipients(export_t *export, vso_result_t *res)
{
    const vso_export_spec_t *spec = export->spec;
    int named = spec->recipients->nelts > 0;
    int encrypt =
        spec->encrypt >= 0 ? spec->encrypt : named || export->row->encrypted;

    if (!encrypt && named) {
        return vso_fail(res, VSO_P_INVALID, "encrypt",
                        "There are recipients: leave them out, or encrypt.");
    }
    if (encrypt) {
        export->parts.recipients =
            all_recipients(spec, export->material.cert, export->ctx->p);
    }
    export->parts.sealed = export->ctx->may_export ? VSO_SEALED_OPEN
                           : encrypt && !named     ? VSO_SEALED_KEEP
                                                   : VSO_SEALED_REFUSE;
    return APR_SUCCESS;
}

/** What is exported, who signs it, and what the audit trail says of it. */
static apr_status_t prepare(export_t *export, vso_result_t *res)
{
    const vso_context_t *ctx = export->ctx;
    const vso_export_spec_t *spec = export->spec;
    const vso_export_parts_spec_t parts = {.view = spec->view,
                                           .repackage = spec->repackage,
                                           .edit = spec->edit,
                                           .history = spec->history};

    export->parts = parts;
    export->event.detail = export->name;
    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_packages_get(ctx->store, export->name, &export->row, res, ctx->p) !=
            APR_SUCCESS ||
        vso_row_require(&export->row->proof, "vmo_package", export->name,
                        res) != APR_SUCCESS ||
        open_signer(export, res) != APR_SUCCESS ||
        choose_recipients(export, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    export->event.version_id = export->version->id;
    export->event.detail = apr_psprintf(
        ctx->p, "%s: signed by version %" APR_INT64_T_FMT "%s", export->name,
        export->version->number,
        export->parts.recipients
            ? apr_psprintf(ctx->p, ", encrypted for %d certificates",
                           export->parts.recipients->nelts)
            : "");
    return APR_SUCCESS;
}

/** Collect the parts and write them, signed. */
static apr_status_t write_package(const export_t *export,
                                  vso_exported_t *exported, vso_result_t *res,
                                  apr_pool_t *p)
{
    const vso_context_t *ctx = export->ctx;
    const vso_material_t *material = &export->material;
    vso_package_key_t key = {material->pkey, material->cert,
                             vso_chain_without_root(material->chain, ctx->p),
                             vso_context_now(ctx),
                             digest_of(export->row, export->spec->digest)};
    apr_array_header_t *parts;
    apr_table_t *meta;
    apr_finfo_t info;

    if (vso_meta_parse(export->row->meta, &meta, res, ctx->p) != APR_SUCCESS ||
        vso_export_parts_collect(ctx, &export->parts, export->row->id, &parts,
                                 res) != APR_SUCCESS ||
        vso_blob_spool(&exported->file, res, p) != APR_SUCCESS ||
        vso_sign_package(parts, meta, &key, exported->file, res, ctx->p) !=
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

/** Others may import what is being exported, and the contents that were to be
 * read are gone then. What fails while nothing was
 * changed fails for a reason of its own. */
static apr_status_t run_patiently(export_t *export, vso_exported_t *exported,
                                  vso_result_t *res, apr_pool_t *p)
{
    const vso_context_t *ctx = export->ctx;
    vso_result_t *ignored = vso_result_create(ctx->p);
    vso_state_t before;
    vso_state_t after;
    int tries;

    for (tries = 1;; tries++) {
        if (vso_store_read_state(ctx->store, &before, res, ctx->p) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (prepare(export, res) == APR_SUCCESS &&
            write_package(export, exported, res, p) == APR_SUCCESS) {
            return APR_SUCCESS;
        }
        if (vso_store_read_state(ctx->store, &after, ignored, ctx->p) !=
                APR_SUCCESS ||
            after.generation == before.generation) {
            return APR_EGENERAL;
        }
        vso_result_clear(res);
        if (tries == MAX_TRIES) {
            return vso_fail(res, VSO_P_STALE, NULL,
                            "Elements of \"%s\" are being imported: "
                            "export it again when that is over.",
                            export->name);
        }
    }
}

apr_status_t vso_export_run(const vso_context_t *ctx, const char *name,
                            const vso_export_spec_t *spec,
                            vso_exported_t *exported, vso_outcome_t *outcome,
                            vso_result_t *res, apr_pool_t *p)
{
    const vso_context_change_t change = {.action = EXPORT,
                                         .if_match = VSO_IF_MATCH_NONE};
    export_t export = {.ctx = ctx, .name = name, .spec = spec};

    if (run_patiently(&export, exported, res, p) != APR_SUCCESS) {
        return vso_context_refuse_package(ctx, EXPORT, name,
                                          export.event.version_id, res);
    }
    return vso_context_record(ctx, &change, &export.event, outcome, res);
}
