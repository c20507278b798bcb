/* SPDX-License-Identifier: Apache-2.0 */
/* /keystore... */
#include "service/certificate/keystore.h"

#include "base/base64.h"
#include "base/limits.h"
#include "httpd/api/shapes.h"
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
            const vso_cert_info_t *info = vso_cert_info(entry->cert, p);

            vso_json_set_string(item, "subjectText", info->subject_text);
            vso_json_set_string(item, "issuerText", info->issuer_text);
            vso_json_set_string(item, "key", info->key_type);
            vso_json_set_time(item, "notBefore", info->not_before_sec);
            vso_json_set_time(item, "notAfter", info->not_after_sec);
            vso_json_set_string(item, "fingerprint", info->fingerprint);
        }
    }
    apr_pool_destroy(p);
}

static apr_status_t read_file(vsocert_call_t *call, vso_import_spec_t *spec)
{
    vso_secret_t *text = NULL;
    vso_secret_t *file;
    vso_result_t *res = call->res;

    if (vso_json_get_secret(call->body, "keystore", 2 * VSO_MAX_KEYSTORE, &text,
                            res, call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!text) {
        return vso_fail(res, VSO_P_MALFORMED, "keystore",
                        "\"keystore\" is missing: the file in base64.");
    }
    if (vso_base64_decode((const char *)text->data, text->len, &file,
                          call->r->pool) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_MALFORMED, "keystore",
                        "\"keystore\" is not base64: send the file's bytes in "
                        "base64.");
    }
    spec->data = file->data;
    spec->len = file->len;
    return APR_SUCCESS;
}

/** A password of the body; absent leaves *psecret as it is. */
static apr_status_t read_password(vsocert_call_t *call, const char *name,
                                  const vso_secret_t **psecret)
{
    vso_secret_t *secret = NULL;

    if (vso_json_get_secret(call->body, name, VSO_MAX_PASSWORD, &secret,
                            call->res, call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *psecret = secret ? secret : *psecret;
    return APR_SUCCESS;
}

static apr_status_t read_import(vsocert_call_t *call, vso_import_spec_t *spec)
{
    static const char *const names[] = {"keystore", "password", "keyPassword",
                                        "alias",    "replace",  "beside",
                                        "passive",  "preview",  NULL};
    vso_result_t *res = call->res;

    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        read_file(call, spec) != APR_SUCCESS ||
        read_password(call, "password", &spec->password) != APR_SUCCESS ||
        read_password(call, "keyPassword", &spec->key_password) !=
            APR_SUCCESS ||
        vso_json_get_string(call->body, "alias", VSO_MAX_KEYSTORE, &spec->alias,
                            res, call->r->pool) != APR_SUCCESS ||
        vsocert_shape_read_place(call, &spec->replace, &spec->beside) !=
            APR_SUCCESS ||
        vso_json_get_bool(call->body, "passive", &spec->passive, res) !=
            APR_SUCCESS ||
        vso_json_get_bool(call->body, "preview", &spec->preview, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!spec->password) {
        return vso_fail(res, VSO_P_MALFORMED, "password",
                        "\"password\" is missing; it may be empty.");
    }
    if ((spec->replace || spec->beside) && spec->passive) {
        return vso_fail(res, VSO_P_INVALID, "passive",
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
        vso_json_set_bool(call->reply, "preview", 1);
        vso_json_set_string(call->reply, "format", imported.file->format);
        shape_entries(call->reply, imported.file);
    }
    else {
        vsocert_count(VSOCERT_COUNT_IMPORT);
        call->status = imported.chains->nelts ? HTTP_OK : HTTP_CREATED;
    }
    vsocert_shape_chain_updates(call, imported.chains);
    vsocert_shape_turns_passive(call);
    vsocert_shape_trial(call->reply, imported.material.outcomes);
    if (imported.version) {
        vsocert_shape_details(call,
                              vso_json_add_object(call->reply, "certificate"),
                              imported.version, call->res->warnings);
    }
    else {
        vso_json_set_null(call->reply, "certificate");
        vso_json_set_warnings(call->reply, call->res->warnings);
    }
    return APR_SUCCESS;
}

apr_status_t vsocert_api_keystore_export(vsocert_call_t *call)
{
    static const char *const names[] = {"password", "format", "version", NULL};
    vso_result_t *res = call->res;
    const vso_secret_t *password = NULL;
    const char *format = NULL;
    apr_int64_t version = 0;
    vso_secret_t *data;

    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        read_password(call, "password", &password) != APR_SUCCESS ||
        vso_json_get_string(call->body, "format", 16, &format, res,
                            call->r->pool) != APR_SUCCESS ||
        vso_json_get_int(call->body, "version", 1, APR_INT64_MAX, &version,
                         res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!password || password->len == 0) {
        return vso_fail(res, VSO_P_INVALID, "password",
                        "\"password\" must not be empty: it protects the "
                        "private key in the file.");
    }
    if (vso_keystore_export(&call->ctx, version, format, password, &data,
                            &call->outcome, call->res) != APR_SUCCESS) {
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
    vso_json_set_int(call->reply, "resealed", count);
    vso_json_set_int(call->reply, "generation", call->outcome.generation);
    vso_json_set_warnings(call->reply, call->res->warnings);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_keystore_accept_restore(vsocert_call_t *call)
{
    if (vso_keystore_accept_restore(&call->ctx, &call->outcome, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_int(call->reply, "generation", call->outcome.generation);
    return APR_SUCCESS;
}
