/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/keystore.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "service/certificate/chain_update.h"
#include "service/certificate/entry_list.h"
#include "service/certificate/judge.h"
#include "service/certificate/entry_versions.h"
#include "store/attempts.h"
#include "x509/chain.h"
#include "x509/key.h"

/** A password may be tried this often in SLOW_DOWN_SEC by one user. */
#define MAX_WRONG_PASSWORDS 5
#define SLOW_DOWN_SEC       60

/** What an import is being made into. */
typedef struct {
    const vso_context_t *ctx;
    const vso_import_spec_t *spec;
    vso_version_t *version;
    vso_secret_t *key; /**< DER */
} import_t;

/** Read the file. The attempt is counted before any key is derived, as others
 * try at the same time, and only a wrong password stays counted. */
static apr_status_t read_counted(const vso_context_t *ctx,
                                 const vso_keyfile_source_t *source,
                                 vso_keyfile_t **pfile, vso_result_t *res)
{
    const vso_attempt_rule_t rule = {"keystore-password", MAX_WRONG_PASSWORDS,
                                     SLOW_DOWN_SEC};
    vso_attempt_t attempt;
    apr_status_t rv;

    if (vso_attempt_begin(ctx->store, &rule, ctx->actor, vso_context_now(ctx),
                          &attempt, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (attempt.place < 0) {
        return vso_fail(res, VSO_P_SLOW_DOWN, "password",
                        "%d passwords within %d seconds were wrong, or are "
                        "still being tried: wait a minute, then try again.",
                        MAX_WRONG_PASSWORDS, SLOW_DOWN_SEC);
    }
    rv = vso_keyfile_read(source, pfile, res, ctx->p);
    if (rv == APR_SUCCESS || res->problem != VSO_P_WRONG_PASSWORD) {
        vso_attempt_take_back(ctx->store, &attempt, ctx->p);
    }
    return rv;
}

/** The entry to import: the one named, or the only one. */
static apr_status_t choose(const vso_context_t *ctx,
                           const vso_import_spec_t *spec,
                           const vso_keyfile_t *file,
                           const vso_keyfile_entry_t **pentry,
                           vso_result_t *res)
{
    const char *names = "";
    int i;

    *pentry = NULL;
    if (spec->alias || file->entries->nelts == 1) {
        *pentry = APR_ARRAY_IDX(file->entries, 0, vso_keyfile_entry_t *);
        return APR_SUCCESS;
    }
    if (spec->preview) {
        return APR_SUCCESS;
    }
    for (i = 0; i < file->entries->nelts; i++) {
        const vso_keyfile_entry_t *entry =
            APR_ARRAY_IDX(file->entries, i, vso_keyfile_entry_t *);

        names = apr_pstrcat(ctx->p, names, i ? ", \"" : "\"", entry->alias,
                            "\"", NULL);
    }
    return vso_fail(res, VSO_P_CHOOSE_ALIAS, "alias",
                    "The file holds %d private keys: name one of %s in "
                    "\"alias\".",
                    file->entries->nelts, names);
}

/** The certificate is a version already: the chain of the file becomes that
 * version's where it is better. No chains: it is a new one. */
static apr_status_t update_chain(const vso_context_t *ctx,
                                 const vso_import_spec_t *spec,
                                 const vso_keyfile_entry_t *entry,
                                 vso_keystore_imported_t *imported,
                                 vso_result_t *res)
{
    const vso_chain_update_t *update;

    if (vso_chain_update_of_leaf(ctx, entry->cert, entry->chain, NULL,
                                 "keystore", &imported->chains,
                                 res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!imported->chains->nelts) {
        return APR_SUCCESS;
    }
    update = APR_ARRAY_IDX(imported->chains, 0, vso_chain_update_t *);
    if (!spec->replace && !spec->beside && !spec->preview) {
        return vso_fail(res, VSO_P_CERTIFICATE_EXISTS, "keystore",
                        "This certificate is version %" APR_INT64_T_FMT
                        " already, which is %s; the file has a better chain "
                        "for it: set \"replace\" to take that.",
                        update->version->number,
                        vso_version_state_text(update->version->state));
    }
    imported->version = update->version;
    imported->material = update->material;
    return APR_SUCCESS;
}

static apr_status_t check_match(const vso_keyfile_entry_t *entry,
                                vso_result_t *res)
{
    if (vso_key_matches(entry->pkey, entry->cert)) {
        return APR_SUCCESS;
    }
    return vso_fail(res, VSO_P_KEY_MISMATCH, "keystore",
                    "Key and certificate under alias \"%s\" do not belong "
                    "together.",
                    entry->alias);
}

static apr_status_t fill_material(const vso_context_t *ctx,
                                  const vso_import_spec_t *spec,
                                  const vso_keyfile_entry_t *entry,
                                  vso_material_t *material, vso_result_t *res)
{
    material->pkey = entry->pkey;
    material->cert = entry->cert;
    material->field = "keystore";
    material->alone = !spec->beside;
    if (vso_chain_order(entry->cert, entry->chain, NULL, &material->chain, res,
                        ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return spec->passive ? vso_judge_candidate(ctx, material, 0, res)
                         : vso_judge_prove(ctx, material, res);
}

/** One key of the file: another chain of a version, or a new version. */
static apr_status_t examine_entry(const vso_context_t *ctx,
                                  const vso_import_spec_t *spec,
                                  const vso_keyfile_entry_t *entry,
                                  vso_keystore_imported_t *imported,
                                  vso_outcome_t *outcome, vso_result_t *res)
{
    if (check_match(entry, res) != APR_SUCCESS ||
        update_chain(ctx, spec, entry, imported, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (imported->version) {
        return APR_SUCCESS;
    }
    if (fill_material(ctx, spec, entry, &imported->material, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    imported->version = vso_version_row_new(ctx, "imported", entry->pkey);
    imported->version->state =
        spec->passive ? VSO_STATE_PASSIVE : VSO_STATE_ACTIVE;
    vso_version_row_describe(imported->version, imported->material.cert,
                             imported->material.chain, ctx->p);
    return spec->passive
               ? APR_SUCCESS
               : vso_version_row_announce(ctx, imported->version, !spec->beside,
                                          outcome, res);
}

/** A key in a security module does not come out. */
static apr_status_t check_exportable(const vso_keyfile_entry_t *held,
                                     vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *der;

    if (!vso_key_to_der(held->pkey, &der, vso_result_create(p), p)) {
        vso_wipe(der->data, der->len);
        return APR_SUCCESS;
    }
    return vso_fail(res, VSO_P_KEY_NOT_EXPORTABLE, "host",
                    "The private key of \"%s\" does not leave the module that "
                    "holds it (PKCS#11, for example): make a new key here, and "
                    "have it certified.",
                    held->alias);
}

/** From bytes to a version that would be stored; outcome->version stays NULL
 * in a preview that has to choose. */
static apr_status_t examine(const vso_context_t *ctx,
                            const vso_import_spec_t *spec,
                            vso_keystore_imported_t *imported,
                            vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_keyfile_source_t source = {spec->data, spec->len, spec->password,
                                         spec->key_password, spec->alias};
    const vso_keyfile_entry_t *entry;
    vso_keyfile_t *file;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (spec->held) {
        return check_exportable(spec->held, res, ctx->p) == APR_SUCCESS
                   ? examine_entry(ctx, spec, spec->held, imported, outcome,
                                   res)
                   : APR_EGENERAL;
    }
    if (read_counted(ctx, &source, &file, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    imported->file = file;
    if (choose(ctx, spec, file, &entry, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return entry ? examine_entry(ctx, spec, entry, imported, outcome, res)
                 : APR_SUCCESS;
}

static apr_status_t store_import(vso_change_t *change, void *baton,
                                 vso_audit_event_t *event, vso_result_t *res,
                                 apr_pool_t *p)
{
    import_t *import = baton;
    vso_version_t *version = import->version;

    if (version->state == VSO_STATE_ACTIVE &&
        vso_version_row_displace(change, version, !import->spec->beside, res,
                                 p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_versions_insert(change, version, import->key, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->version_id = version->id;
    event->detail =
        apr_psprintf(p, "%s%s%s%s", version->subject_text,
                     import->spec->passive ? ", passive" : "",
                     import->spec->held ? ", which httpd had loaded for " : "",
                     import->spec->held ? import->spec->held->alias : "");
    return APR_SUCCESS;
}

/** The guide's rule: import only while there is no certificate. */
static apr_status_t refuse_existing(const vso_context_t *ctx,
                                    const vso_import_spec_t *spec,
                                    vso_result_t *res)
{
    vso_version_t *active;

    if (vso_version_row_primary(ctx, &active, NULL, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active && !spec->replace && !spec->beside && !spec->passive &&
        !spec->preview) {
        return vso_fail(res, VSO_P_CERTIFICATE_EXISTS, NULL,
                        "Import is not available while entry \"%s\" has a "
                        "certificate: set \"replace\" for a renewed one (what "
                        "is active turns passive) or for a better chain of "
                        "the same one, \"beside\" for one with the other kind "
                        "of key, or \"passive\" for a key that only packages "
                        "need.",
                        ctx->entry);
    }
    return APR_SUCCESS;
}

apr_status_t vso_keystore_import(const vso_context_t *ctx,
                                 const vso_import_spec_t *spec,
                                 vso_keystore_imported_t *imported,
                                 vso_outcome_t *outcome, vso_result_t *res)
{
    apr_int64_t seen = 0;
    const vso_context_change_t what = {.action =
                                           spec->held ? "adopt" : "import",
                                       .seen = &seen,
                                       .serves = !spec->passive};
    import_t import = {ctx, spec, NULL, NULL};

    memset(imported, 0, sizeof(*imported));
    if (vso_versions_generation(ctx->store, ctx->entry, &seen, res, ctx->p) !=
            APR_SUCCESS ||
        refuse_existing(ctx, spec, res) != APR_SUCCESS ||
        examine(ctx, spec, imported, outcome, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, what.action, 0, res);
    }
    if (!seen && !spec->passive) {
        vso_entry_list_warn_unserved(ctx, res);
    }
    if (spec->preview) {
        return APR_SUCCESS;
    }
    if (imported->chains && imported->chains->nelts) {
        return vso_chain_update_store(ctx, seen, imported->chains, outcome,
                                      res);
    }
    import.version = imported->version;
    if (vso_key_to_der(imported->material.pkey, &import.key, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_context_change(ctx, &what, store_import, &import, outcome, res);
}

static apr_status_t find_exported(const vso_context_t *ctx,
                                  apr_int64_t version_id,
                                  vso_version_t **pversion, vso_result_t *res)
{
    if (version_id) {
        if (vso_entry_versions_find(ctx, version_id, pversion, res) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (!*(*pversion)->certificate) {
            return vso_fail(res, VSO_P_NO_CERTIFICATE, "version",
                            "Version %" APR_INT64_T_FMT
                            " waits for the CA's reply: it can be exported "
                            "once it has a certificate.",
                            (*pversion)->number);
        }
        return APR_SUCCESS;
    }
    return vso_version_row_require(
        ctx, " to export: create or import one first.", pversion, res);
}

/** Whoever has the file can guess for as long as they like. */
static apr_status_t check_password(const vso_secret_t *password,
                                   vso_result_t *res)
{
    int blank = 0;

    if (vso_utf8_count(password->data, password->len, &blank) >=
            VSO_MIN_PASSWORD &&
        !blank) {
        return APR_SUCCESS;
    }
    return vso_fail(res, VSO_P_INVALID, "password",
                    "The password must have at least %d characters, and not "
                    "blanks alone: it is all that protects the private key in "
                    "the file.",
                    VSO_MIN_PASSWORD);
}

/** What was exported. */
typedef struct {
    const vso_version_t *version;
    const char *format;
} export_t;

/** A vso_change_fn. */
static apr_status_t record_export(vso_change_t *change, void *baton,
                                  vso_audit_event_t *event, vso_result_t *res,
                                  apr_pool_t *p)
{
    const export_t *export = baton;

    (void)res;
    (void)p;
    event->version_id = export->version->id;
    event->detail = export->format;
    vso_change_touch_exported(change, export->version->entry);
    return APR_SUCCESS;
}

apr_status_t vso_keystore_export(const vso_context_t *ctx,
                                 apr_int64_t version_id, const char *format,
                                 const vso_secret_t *password,
                                 vso_secret_t **pdata, vso_outcome_t *outcome,
                                 vso_result_t *res)
{
    const vso_context_change_t what = {.action = "export",
                                       .target_id = version_id};
    export_t export = {0};
    vso_keyfile_sink_t sink = {0};
    vso_version_t *version = NULL;
    vso_material_t material;

    if (check_password(password, res) != APR_SUCCESS ||
        vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        find_exported(ctx, version_id, &version, res) != APR_SUCCESS ||
        vso_version_row_open(ctx, version, &material, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, what.action, version_id, res);
    }
    sink.format = format ? format : vso_keyfile_formats()[0];
    sink.pkey = material.pkey;
    sink.cert = material.cert;
    sink.chain = material.chain;
    sink.password = password;
    if (vso_keyfile_write(&sink, pdata, res, ctx->p) != APR_SUCCESS) {
        return vso_context_refuse(ctx, what.action, version_id, res);
    }
    export.version = version;
    export.format = sink.format;
    return vso_context_change(ctx, &what, record_export, &export, outcome, res);
}

apr_status_t vso_keystore_last_export(const vso_context_t *ctx,
                                      apr_int64_t version_id,
                                      apr_int64_t *pat_sec, vso_result_t *res)
{
    return vso_audit_last(ctx->store, "export", version_id, pat_sec, res,
                          ctx->p);
}
