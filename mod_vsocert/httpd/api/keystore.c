/* SPDX-License-Identifier: Apache-2.0 */
/* /keystore... */
#include "service/certificate/keystore.h"

#include "base/limits.h"
#include "httpd/api/routes.h"
#include "httpd/api/shapes.h"
#include "httpd/request/cert_shape.h"
#include "httpd/shared/counters.h"

/** Keys that a file holds, for a preview and for choose-alias. */
static void shape_entries(vso_json_t *obj, const void *baton)
{
    const vso_keyfile_t *file = baton;
    vso_json_t *array = vso_json_add_array(obj, "entries");
    apr_pool_t *p;
    int i;

    apr_pool_create(&p, NULL);
    for (i = 0; i < file->entries->nelts; i++) {
        const vso_keyfile_entry_t *entry =
            APR_ARRAY_IDX(file->entries, i, vso_keyfile_entry_t *);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_string(item, "alias", entry->alias);
        vso_json_set_time(item, "createdAt", entry->created_sec);
        if (entry->cert) {
            vsocert_cert_shape_put(item, vso_cert_info(entry->cert, p), 0, 0);
        }
    }
    apr_pool_destroy(p);
}

/** POST /keystore/import */
typedef struct {
    const vso_secret_t *keystore;
    vso_import_spec_t spec;
} import_t;

static const vsocert_field_t import_fields[] = {
    VSOCERT_BASE64("keystore", import_t, keystore, 2 * VSO_MAX_KEYSTORE,
                   .missing = "\"keystore\" is missing: the file in base64.",
                   .wrong = "\"keystore\" is not base64: send the file's "
                            "bytes in base64."),
    VSOCERT_SECRET("password", import_t, spec.password, VSO_MAX_PASSWORD,
                   .missing = "\"password\" is missing; it may be empty."),
    VSOCERT_SECRET("keyPassword", import_t, spec.key_password,
                   VSO_MAX_PASSWORD),
    VSOCERT_TEXT("alias", import_t, spec.alias, VSO_MAX_KEYSTORE),
    VSOCERT_BOOL("replace", import_t, spec.replace),
    VSOCERT_BOOL("beside", import_t, spec.beside),
    VSOCERT_BOOL("passive", import_t, spec.passive),
    VSOCERT_BOOL("preview", import_t, spec.preview),
    VSOCERT_END};

const vsocert_fields_t vsocert_keystore_import_body = {import_fields,
                                                       sizeof(import_t), NULL};

/** The body as the use case takes it. */
static apr_status_t read_import(vsocert_call_t *call, vso_import_spec_t *spec)
{
    const import_t *in = call->body;

    *spec = in->spec;
    spec->data = in->keystore->data;
    spec->len = in->keystore->len;
    if (vsocert_call_check_place(call, spec->replace, spec->beside) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if ((spec->replace || spec->beside) && spec->passive) {
        return vso_fail(call->res, VSO_P_INVALID, "passive",
                        "\"replace\" and \"beside\" serve the imported key, "
                        "\"passive\" does not: set one of them.");
    }
    return APR_SUCCESS;
}

apr_status_t vsocert_api_keystore_import(vsocert_call_t *call)
{
    vso_keystore_imported_t imported = {0};
    vso_import_spec_t spec = {0};
    apr_status_t rv;

    if (read_import(call, &spec) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    rv = vso_keystore_import(&call->ctx, &spec, &imported, &call->outcome,
                             call->res);
    if (rv != APR_SUCCESS) {
        if (call->res->problem == VSO_P_CHOOSE_ALIAS) {
            call->explain = shape_entries;
            call->explain_baton = imported.file;
        }
        return rv;
    }
    if (spec.preview) {
        vso_json_set_bool(call->response, "preview", 1);
        vso_json_set_string(call->response, "format", imported.file->format);
        shape_entries(call->response, imported.file);
    }
    else {
        vsocert_count(VSOCERT_COUNT_IMPORT);
        call->status = imported.chains->nelts ? HTTP_OK : HTTP_CREATED;
    }
    vsocert_shape_chain_updates(call, imported.chains);
    vsocert_shape_turns_passive(call);
    vsocert_shape_trial(call->response, imported.material.outcomes);
    if (imported.version) {
        vsocert_shape_details(
            call, vso_json_add_object(call->response, "certificate"),
            imported.version, call->res->warnings);
    }
    else {
        vso_json_set_null(call->response, "certificate");
        vso_json_set_warnings(call->response, call->res->warnings);
    }
    return APR_SUCCESS;
}

/** POST /keystore/export */
typedef struct {
    const vso_secret_t *password;
    const char *format;
    apr_int64_t version;
} export_t;

static const vsocert_field_t export_fields[] = {
    VSOCERT_SECRET("password", export_t, password, VSO_MAX_PASSWORD),
    VSOCERT_TEXT("format", export_t, format, 16),
    VSOCERT_INT("version", export_t, version, 1, APR_INT64_MAX), VSOCERT_END};

const vsocert_fields_t vsocert_keystore_export_body = {export_fields,
                                                       sizeof(export_t), NULL};

apr_status_t vsocert_api_keystore_export(vsocert_call_t *call)
{
    const export_t *in = call->body;
    vso_secret_t *data;

    if (!in->password) {
        return vso_fail(call->res, VSO_P_INVALID, "password",
                        "\"password\" is missing: it protects the private key "
                        "in the file.");
    }
    if (vso_keystore_export(&call->ctx, in->version, in->format, in->password,
                            &data, &call->outcome, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_count(VSOCERT_COUNT_EXPORT);
    call->download.type = "application/octet-stream";
    call->download.filename = "vmo-server.vmokeystore";
    call->download.data = data->data;
    call->download.len = data->len;
    return APR_SUCCESS;
}

apr_status_t vsocert_api_keystore_reseal(vsocert_call_t *call)
{
    int count = 0;

    if (vso_keystore_reseal(&call->ctx, &count, &call->outcome, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_int(call->response, "resealed", count);
    vso_json_set_int(call->response, "generation", call->outcome.generation);
    vso_json_set_warnings(call->response, call->res->warnings);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_keystore_accept_restore(vsocert_call_t *call)
{
    if (vso_keystore_accept_restore(&call->ctx, &call->outcome, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_int(call->response, "generation", call->outcome.generation);
    return APR_SUCCESS;
}
