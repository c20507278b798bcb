/* SPDX-License-Identifier: Apache-2.0 */
/* /packages... */
#include "httpd/api/packages.h"

#include <string.h>

#include <apr_strings.h>

#include "base/base64.h"
#include "base/limits.h"
#include "httpd/config.h"
#include "httpd/shared/counters.h"
#include "httpd/request/response.h"
#include "service/package/columns.h"
#include "service/package/export.h"
#include "service/package/packages.h"
#include "x509/cert.h"

#define DEFAULT_LIMIT 100

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

void vsocert_shape_package(vso_json_t *obj, const vso_package_row_t *row)
{
    vso_json_set_string(obj, "name", row->name);
    vso_json_set_string(obj, "id", row->package_id);
    vso_json_set_string(obj, "description", row->description);
    vso_json_set_int(obj, "elements", row->elements);
    vso_json_set_string(obj, "signer", or_null(row->signer));
    vso_json_set_string(obj, "signerText", row->signer_text);
    vso_json_set_string(obj, "signature", or_null(row->signature));
    vso_json_set_string(obj, "signatureDigest", or_null(row->digest));
    vso_json_set_string(obj, "trust", or_null(row->trust));
    vso_json_set_bool(obj, "encrypted", row->encrypted);
    vso_json_set_time(obj, "importedAt", row->imported_sec);
    vso_json_set_string(obj, "importedBy", row->imported_by);
    vso_json_set_int(obj, "size", row->size);
}

apr_status_t vsocert_api_packages_list(vsocert_call_t *call)
{
    const char *after = apr_table_get(call->query, "after");
    apr_int64_t limit = DEFAULT_LIMIT;
    apr_array_header_t *rows;
    const char *last = NULL;
    vso_json_t *items;
    int i;

    if (vsocert_api_query_int(call, "limit", 1, VSO_MAX_PAGE, &limit) !=
            APR_SUCCESS ||
        vso_packages_list(call->ctx.store, after ? after : "", (int)limit,
                          &rows, call->res, call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = vso_json_add_array(call->reply, "items");
    for (i = 0; i < rows->nelts; i++) {
        const vso_package_row_t *row =
            APR_ARRAY_IDX(rows, i, vso_package_row_t *);

        vsocert_shape_package(vso_json_push_object(items), row);
        last = row->name;
    }
    vso_json_set_string(call->reply, "next",
                        rows->nelts == limit ? last : NULL);
    return APR_SUCCESS;
}

static void shape_element(vso_json_t *obj, const vso_stored_element_t *element)
{
    const vso_element_row_t *row = element->row;

    vso_json_set_string(obj, "id", row->element_id);
    vso_json_set_string(obj, "type", row->type);
    vso_json_set_string(obj, "name", row->name);
    vso_json_set_string(obj, "path", row->path);
    vso_json_set_string(obj, "version", row->version);
    vso_json_set_strings(obj, "tags", element->tags);
    vso_json_set_string(obj, "author", or_null(row->author));
    vso_json_set_string(obj, "contentSignature", row->signature);
    vso_json_set_string(obj, "signer", or_null(row->signer));
    vso_json_set_string(obj, "trust", or_null(row->trust));
    vso_json_set_bool(obj, "encrypted", element->encrypted);
    vso_json_set_int(obj, "size", element->size);
    vso_json_set_time(obj, "importedAt", row->imported_sec);
    vso_json_set_string(obj, "importedBy", row->imported_by);
    vso_json_set_strings(obj, "packages", element->packages);
}

static void shape_key(vso_json_t *obj, const vso_needed_key_t *key)
{
    const vso_version_t *version = key->version;

    vso_json_set_string(obj, "fingerprint", key->fingerprint);
    if (version) {
        vso_json_set_int(obj, "versionId", version->id);
        vso_json_set_string(obj, "state",
                            vso_version_state_text(version->state));
        vso_json_set_string(obj, "alias", version->alias);
    }
    else {
        vso_json_set_null(obj, "versionId");
        vso_json_set_string(obj, "state", "destroyed");
        vso_json_set_null(obj, "alias");
    }
}

static int put_meta(void *baton, const char *name, const char *value)
{
    vso_json_set_string(baton, name, value);
    return 1;
}

apr_status_t vsocert_api_packages_get(vsocert_call_t *call)
{
    vso_stored_package_t *package;
    vso_json_t *array;
    int i;

    if (vso_stored_get(&call->ctx, call->name, &package, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->etag = vso_package_etag(package->row, call->r->pool);
    vsocert_shape_package(call->reply, package->row);
    apr_table_do(put_meta, vso_json_add_object(call->reply, "meta"),
                 package->meta, NULL);
    array = vso_json_add_array(call->reply, "items");
    for (i = 0; i < package->elements->nelts; i++) {
        shape_element(
            vso_json_push_object(array),
            &APR_ARRAY_IDX(package->elements, i, vso_stored_element_t));
    }
    array = vso_json_add_array(call->reply, "needsKeys");
    for (i = 0; i < package->keys->nelts; i++) {
        shape_key(vso_json_push_object(array),
                  &APR_ARRAY_IDX(package->keys, i, vso_needed_key_t));
    }
    return APR_SUCCESS;
}

/** "signatureDigest": what signatures/ is made with; absent leaves *pdigest. */
static apr_status_t read_digest(vsocert_call_t *call, const char **pdigest)
{
    const char *text = NULL;

    if (vso_json_get_string(call->body, "signatureDigest", 16, &text, call->res,
                            call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (text && strcmp(text, "md5") && strcmp(text, "sha256")) {
        return vso_fail(call->res, VSO_P_INVALID, "signatureDigest",
                        "\"signatureDigest\" must be \"md5\", which all "
                        "Orchestrator servers check, or \"sha256\", as servers "
                        "from 8.5 on sign.");
    }
    *pdigest = text ? text : *pdigest;
    return APR_SUCCESS;
}

apr_status_t vsocert_api_packages_create(vsocert_call_t *call)
{
    static const char *const names[] = {"name", "description", "elements",
                                        "signatureDigest", NULL};
    vso_result_t *res = call->res;
    apr_pool_t *p = call->r->pool;
    apr_array_header_t *ids = NULL;
    const char *name = NULL;
    const char *description = "";
    const char *digest = NULL;
    vso_package_row_t *row;

    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        vso_json_get_string(call->body, "name", VSO_MAX_ZIP_NAME, &name, res,
                            p) != APR_SUCCESS ||
        vso_json_get_string(call->body, "description", VSO_MAX_DESCRIPTION,
                            &description, res, p) != APR_SUCCESS ||
        vso_json_get_strings(call->body, "elements", VSO_MAX_ELEMENTS,
                             VSO_MAX_ZIP_NAME, &ids, res, p) != APR_SUCCESS ||
        read_digest(call, &digest) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!name || !ids) {
        return vso_fail(res, VSO_P_MALFORMED, name ? "elements" : "name",
                        "A package needs \"name\", and ids of stored elements "
                        "in \"elements\".");
    }
    if (vso_stored_create(&call->ctx, name, description, digest, ids, &row,
                          &call->outcome, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->status = HTTP_CREATED;
    call->location = apr_pstrcat(p, "/packages/", row->name, NULL);
    call->etag = vso_package_etag(row, p);
    vsocert_shape_package(call->reply, row);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_packages_delete(vsocert_call_t *call)
{
    int elements;

    if (vso_stored_delete(&call->ctx, call->name, &elements, &call->outcome,
                          call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_string(call->reply, "name", call->name);
    vso_json_set_int(call->reply, "elements", elements);
    return APR_SUCCESS;
}

/** One certificate: PEM, or base64 of DER or PEM. */
static apr_status_t read_recipient(vsocert_call_t *call, const char *text,
                                   X509 **pcert)
{
    vso_result_t *why = vso_result_create(call->r->pool);
    apr_size_t len = strlen(text);
    vso_secret_t *bytes;

    if (!strstr(text, "-----BEGIN ") &&
        vso_base64_decode(text, len, &bytes, call->r->pool) == APR_SUCCESS) {
        text = (const char *)bytes->data;
        len = bytes->len;
    }
    if (vso_cert_parse(text, len, pcert, why, call->r->pool) != APR_SUCCESS) {
        return vso_fail(call->res, VSO_P_INVALID, "recipients",
                        "A recipient is no certificate: %s Send PEM, or "
                        "base64 of DER.",
                        why->detail);
    }
    return APR_SUCCESS;
}

static apr_status_t read_recipients(vsocert_call_t *call,
                                    vso_export_spec_t *spec)
{
    apr_pool_t *p = call->r->pool;
    apr_array_header_t *certs = apr_array_make(p, 2, sizeof(X509 *));
    apr_array_header_t *texts = NULL;
    int i;

    spec->recipients = certs;
    if (vso_json_get_strings(call->body, "recipients", VSO_MAX_RECIPIENTS - 1,
                             2 * VSO_MAX_CERT, &texts, call->res,
                             p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; texts && i < texts->nelts; i++) {
        X509 *cert;

        if (read_recipient(call, APR_ARRAY_IDX(texts, i, const char *),
                           &cert) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        APR_ARRAY_PUSH(certs, X509 *) = cert;
    }
    return APR_SUCCESS;
}

static apr_status_t read_export(vsocert_call_t *call, vso_export_spec_t *spec)
{
    static const char *const names[] = {
        "recipients", "encrypt",         "rights", "versionHistory",
        "version",    "signatureDigest", NULL};
    static const char *const rights_names[] = {"view", "repackage", "edit",
                                               NULL};
    vso_result_t *res = call->res;
    vso_json_t *rights = NULL;

    spec->encrypt = -1;
    spec->digest = vsocert_config_digest(call->r);
    spec->view = spec->repackage = spec->edit = spec->history = 1;
    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        read_recipients(call, spec) != APR_SUCCESS ||
        read_digest(call, &spec->digest) != APR_SUCCESS ||
        vso_json_get_bool(call->body, "encrypt", &spec->encrypt, res) !=
            APR_SUCCESS ||
        vso_json_get_bool(call->body, "versionHistory", &spec->history, res) !=
            APR_SUCCESS ||
        vso_json_get_int(call->body, "version", 1, APR_INT64_MAX,
                         &spec->version_id, res) != APR_SUCCESS ||
        vso_json_get_object(call->body, "rights", &rights, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!rights) {
        return APR_SUCCESS;
    }
    if (vso_json_only(rights, rights_names, res) != APR_SUCCESS ||
        vso_json_get_bool(rights, "view", &spec->view, res) != APR_SUCCESS ||
        vso_json_get_bool(rights, "repackage", &spec->repackage, res) !=
            APR_SUCCESS ||
        vso_json_get_bool(rights, "edit", &spec->edit, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t vsocert_api_packages_export(vsocert_call_t *call)
{
    vso_export_spec_t spec = {0};
    vso_exported_t exported = {0};

    if (read_export(call, &spec) != APR_SUCCESS ||
        vso_export_run(&call->ctx, call->name, &spec, &exported, &call->outcome,
                       call->res, call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_count(VSOCERT_COUNT_PACKAGE_EXPORT);
    vsocert_response_warnings(call->r, call->res->warnings);
    call->download.type = "application/zip";
    call->download.filename =
        apr_pstrcat(call->r->pool, call->name, ".package", NULL);
    call->download.file = exported.file;
    call->download.len = (apr_size_t)exported.size;
    return APR_SUCCESS;
}
