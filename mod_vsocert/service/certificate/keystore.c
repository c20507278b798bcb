/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/keystore.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "service/certificate/chain_update.h"
#include "service/certificate/judge.h"
#include "service/certificate/versions.h"
#include "store/attempts.h"
#include "x509/chain.h"
#include "x509/key.h"

/** A password may be tried this often in SLOW_DOWN_SEC by one user. */
#define MAX_WRONG_PASSWORDS 5
#define SLOW_DOWN_SEC       60

/** What an import is being made into. */
typedef struct {
    vso_context_t *svc;
    const vso_import_spec_t *spec;
    vso_version_t *version;
    vso_secret_t *key; /**< DER */
} import_t;

/** Read the file. The attempt is counted before any key is derived, as others
 * try at the same time, and only a wrong password stays counted. */
static apr_status_t read_counted(vso_context_t *svc,
                                 const vso_keyfile_source_t *source,
                                 vso_keyfile_t **pfile)
{
    vso_attempt_t attempt;
    apr_status_t rv;

    if (vso_attempt_begin(svc->store, "keystore-password", svc->actor,
                          MAX_WRONG_PASSWORDS, vso_context_now(svc),
                          SLOW_DOWN_SEC, &attempt, svc->res,
                          svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (attempt.place < 0) {
        return vso_fail(svc->res, VSO_P_SLOW_DOWN, "password",
                        "%d passwords within %d seconds were wrong, or are "
                        "still being tried: wait a minute, then try again.",
                        MAX_WRONG_PASSWORDS, SLOW_DOWN_SEC);
    }
    rv = vso_keyfile_read(source, pfile, svc->res, svc->p);
    if (rv == APR_SUCCESS || svc->res->problem != VSO_P_WRONG_PASSWORD) {
        vso_attempt_take_back(svc->store, &attempt, svc->p);
    }
    return rv;
}

/** The entry to import: the one named, or the only one. */
static apr_status_t choose(vso_context_t *svc, const vso_import_spec_t *spec,
                           const vso_keyfile_t *file,
                           const vso_keyfile_entry_t **pentry)
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

        names = apr_pstrcat(svc->p, names, i ? ", \"" : "\"", entry->alias,
                            "\"", NULL);
    }
    return vso_fail(svc->res, VSO_P_CHOOSE_ALIAS, "alias",
                    "The file holds %d private keys: name one of %s in "
                    "\"alias\".",
                    file->entries->nelts, names);
}

/** The certificate is a version already: the chain of the file becomes that
 * version's where it is better. No chains: it is a new one. */
static apr_status_t update_chain(vso_context_t *svc,
                                 const vso_import_spec_t *spec,
                                 const vso_keyfile_entry_t *entry,
                                 vso_import_outcome_t *outcome)
{
    const vso_chain_update_t *update;

    if (vso_chain_update_of_leaf(svc, entry->cert, entry->chain, NULL,
                                 "keystore", &outcome->chains) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!outcome->chains->nelts) {
        return APR_SUCCESS;
    }
    update = APR_ARRAY_IDX(outcome->chains, 0, vso_chain_update_t *);
    if (!spec->replace && !spec->beside && !spec->preview) {
        return vso_fail(svc->res, VSO_P_CERTIFICATE_EXISTS, "keystore",
                        "This certificate is version %" APR_INT64_T_FMT
                        " already, which is %s; the file has a better chain "
                        "for it: set \"replace\" to take that.",
                        update->version->version,
                        vso_version_state_text(update->version->state));
    }
    outcome->version = update->version;
    outcome->material = update->material;
    return APR_SUCCESS;
}

static apr_status_t check_match(vso_context_t *svc,
                                const vso_keyfile_entry_t *entry)
{
    if (vso_key_matches(entry->pkey, entry->cert)) {
        return APR_SUCCESS;
    }
    return vso_fail(svc->res, VSO_P_KEY_MISMATCH, "keystore",
                    "Key and certificate under alias \"%s\" do not belong "
                    "together.",
                    entry->alias);
}

static apr_status_t fill_material(vso_context_t *svc,
                                  const vso_import_spec_t *spec,
                                  const vso_keyfile_entry_t *entry,
                                  vso_material_t *material)
{
    material->pkey = entry->pkey;
    material->cert = entry->cert;
    material->field = "keystore";
    material->alone = !spec->beside;
    if (vso_chain_order(entry->cert, entry->chain, NULL, &material->chain,
                        svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return spec->passive ? vso_judge_candidate(svc, material, 0)
                         : vso_version_row_prove(svc, material);
}

/** One key of the file: another chain of a version, or a new version. */
static apr_status_t examine_entry(vso_context_t *svc,
                                  const vso_import_spec_t *spec,
                                  const vso_keyfile_entry_t *entry,
                                  vso_import_outcome_t *outcome)
{
    if (check_match(svc, entry) != APR_SUCCESS ||
        update_chain(svc, spec, entry, outcome) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (outcome->version) {
        return APR_SUCCESS;
    }
    if (fill_material(svc, spec, entry, &outcome->material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    outcome->version = vso_version_row_new(svc, "imported", entry->pkey);
    outcome->version->state =
        spec->passive ? VSO_STATE_PASSIVE : VSO_STATE_ACTIVE;
    vso_version_row_describe(outcome->version, outcome->material.cert,
                             outcome->material.chain, svc->p);
    return spec->passive
               ? APR_SUCCESS
               : vso_version_announce(svc, outcome->version, !spec->beside);
}

/** From bytes to a version that would be stored; outcome->version stays NULL
 * in a preview that has to choose. */
static apr_status_t examine(vso_context_t *svc, const vso_import_spec_t *spec,
                            vso_import_outcome_t *outcome)
{
    const vso_keyfile_source_t source = {spec->data, spec->len, spec->password,
                                         spec->key_password, spec->alias};
    const vso_keyfile_entry_t *entry;
    vso_keyfile_t *file;

    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        read_counted(svc, &source, &file) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    outcome->file = file;
    if (choose(svc, spec, file, &entry) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return entry ? examine_entry(svc, spec, entry, outcome) : APR_SUCCESS;
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
    event->detail = apr_psprintf(p, "%s%s", version->subject_text,
                                 import->spec->passive ? ", passive" : "");
    return APR_SUCCESS;
}

/** The guide's rule: import only while there is no certificate. */
static apr_status_t refuse_existing(vso_context_t *svc,
                                    const vso_import_spec_t *spec)
{
    vso_version_t *active;
    vso_version_t *also;

    if (vso_version_row_primary(svc, &active, &also) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (active && !spec->replace && !spec->beside && !spec->passive &&
        !spec->preview) {
        return vso_fail(svc->res, VSO_P_CERTIFICATE_EXISTS, NULL,
                        "Import is not available while entry \"%s\" has a "
                        "certificate: set \"replace\" for a renewed one (what "
                        "is active turns passive) or for a better chain of "
                        "the same one, \"beside\" for one with the other kind "
                        "of key, or \"passive\" for a key that only packages "
                        "need.",
                        svc->alias);
    }
    return APR_SUCCESS;
}

apr_status_t vso_keystore_import(vso_context_t *svc,
                                 const vso_import_spec_t *spec,
                                 vso_import_outcome_t *outcome)
{
    vso_context_change_t what = {"import", 0, 0, 0};
    import_t import = {svc, spec, NULL, NULL};

    memset(outcome, 0, sizeof(*outcome));
    if (vso_versions_generation(svc->store, svc->alias, &what.seen, svc->res,
                                svc->p) != APR_SUCCESS ||
        refuse_existing(svc, spec) != APR_SUCCESS ||
        examine(svc, spec, outcome) != APR_SUCCESS) {
        return vso_context_refuse(svc, what.action, 0);
    }
    if (spec->preview) {
        return APR_SUCCESS;
    }
    if (outcome->chains && outcome->chains->nelts) {
        return vso_chain_update_store(svc, what.seen, outcome->chains);
    }
    import.version = outcome->version;
    if (vso_key_to_der(outcome->material.pkey, &import.key, svc->res, svc->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_context_change(svc, &what, store_import, &import);
}

static apr_status_t record_export(vso_change_t *change, void *baton,
                                  vso_audit_event_t *event, vso_result_t *res,
                                  apr_pool_t *p)
{
    const vso_audit_event_t *known = baton;

    (void)change;
    (void)res;
    (void)p;
    event->version_id = known->version_id;
    event->detail = known->detail;
    return APR_SUCCESS;
}

static apr_status_t find_exported(vso_context_t *svc, apr_int64_t version_id,
                                  vso_version_t **pversion)
{
    vso_version_t *also;

    if (version_id) {
        if (vso_versions_find(svc, version_id, pversion) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (!*(*pversion)->certificate) {
            return vso_fail(svc->res, VSO_P_NO_CERTIFICATE, "version",
                            "Version %" APR_INT64_T_FMT
                            " waits for the CA's reply: it can be exported "
                            "once it has a certificate.",
                            (*pversion)->version);
        }
        return APR_SUCCESS;
    }
    if (vso_version_row_primary(svc, pversion, &also) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!*pversion) {
        return vso_fail(svc->res, VSO_P_NO_CERTIFICATE, NULL,
                        "Entry \"%s\" has no active certificate to export: "
                        "create or import one first.",
                        svc->alias);
    }
    return APR_SUCCESS;
}

apr_status_t vso_keystore_export(vso_context_t *svc, apr_int64_t version_id,
                                 const char *format,
                                 const vso_secret_t *password,
                                 vso_secret_t **pdata)
{
    vso_context_change_t what = {"export", version_id, -1, 0};
    vso_audit_event_t event = {0};
    vso_keyfile_sink_t sink = {0};
    vso_version_t *version = NULL;
    vso_material_t material;

    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        find_exported(svc, version_id, &version) != APR_SUCCESS ||
        vso_version_row_open(svc, version, &material) != APR_SUCCESS) {
        return vso_context_refuse(svc, what.action, version_id);
    }
    sink.format = format ? format : vso_keyfile_formats()[0];
    sink.pkey = material.pkey;
    sink.cert = material.cert;
    sink.chain = material.chain;
    sink.password = password;
    if (vso_keyfile_write(&sink, pdata, svc->res, svc->p) != APR_SUCCESS) {
        return vso_context_refuse(svc, what.action, version_id);
    }
    event.version_id = version->id;
    event.detail = sink.format;
    return vso_context_change(svc, &what, record_export, &event);
}

/** Reseal one row. One that does not open stays as it is: it was edited by
 * hand, and must not keep the others under the old master key. */
static apr_status_t reseal_row(vso_change_t *change, vso_version_t *version,
                               int *pcount, vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *row = vso_result_create(p);
    int done = 0;

    if (!*version->sealed_key) {
        return APR_SUCCESS;
    }
    if (vso_versions_reseal(change, version, &done, row, p) == APR_SUCCESS) {
        *pcount += done;
        return APR_SUCCESS;
    }
    if (row->problem != VSO_P_DAMAGED) {
        return vso_fail(res, row->problem, row->field, "%s", row->detail);
    }
    vso_warn(res, "quarantined",
             "Version %" APR_INT64_T_FMT
             " of entry \"%s\" does not open and was left as it is.",
             version->version, version->alias);
    return APR_SUCCESS;
}

static apr_status_t reseal_all(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *res,
                               apr_pool_t *p)
{
    int *pcount = baton;
    apr_array_header_t *versions;
    apr_int64_t before = 0;
    int i;

    *pcount = 0;
    do {
        if (vso_versions_list(change->store, NULL, before, VSO_MAX_PAGE,
                              &versions, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        for (i = 0; i < versions->nelts; i++) {
            vso_version_t *version =
                APR_ARRAY_IDX(versions, i, vso_version_t *);

            before = version->id;
            if (reseal_row(change, version, pcount, res, p) != APR_SUCCESS) {
                return APR_EGENERAL;
            }
        }
    } while (versions->nelts == VSO_MAX_PAGE);
    event->detail = apr_psprintf(p, "%d keys", *pcount);
    return vso_change_reseal(change, res, p);
}

apr_status_t vso_keystore_reseal(vso_context_t *svc, int *pcount)
{
    const vso_context_change_t what = {"reseal", 0, -1, 0};

    return vso_context_change(svc, &what, reseal_all, pcount);
}

static apr_status_t accept_older(vso_change_t *change, void *baton,
                                 vso_audit_event_t *event, vso_result_t *res,
                                 apr_pool_t *p)
{
    const vso_context_t *svc = baton;

    event->detail =
        apr_psprintf(p,
                     "database at generation %" APR_INT64_T_FMT
                     ", served was %" APR_INT64_T_FMT,
                     change->state.generation, svc->served_generation);
    if (!vso_context_restored(svc, &change->state)) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "The database is not older than what this node "
                        "serves: there is nothing to accept.");
    }
    vso_change_raise(change, svc->served_generation);
    return APR_SUCCESS;
}

apr_status_t vso_keystore_accept_restore(vso_context_t *svc)
{
    const vso_context_change_t what = {"accept-restore", 0, -1, 1};

    return vso_context_change(svc, &what, accept_older, svc);
}
