/* SPDX-License-Identifier: Apache-2.0 */
/* /packages... */
#include "httpd/api/packages.h"

#include <string.h>

#include <apr_strings.h>

#include "base/base64.h"
#include "base/limits.h"
#include "httpd/api/routes.h"
#include "httpd/config.h"
#include "httpd/shared/counters.h"
#include "httpd/request/response.h"
#include "service/package/author_certs.h"
#include "service/package/export.h"
#include "service/package/stored_package.h"
#include "x509/cert.h"

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

void vsocert_packages_shape(vso_json_t *obj, const vso_package_row_t *row)
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

/** GET /packages */
typedef struct {
    const char *after; /**< name of the last one that is known */
    apr_int64_t limit;
} list_t;

static const vsocert_field_t list_fields[] = {
    VSOCERT_TEXT("after", list_t, after, 0),
    VSOCERT_INT("limit", list_t, limit, 1, VSO_MAX_PAGE), VSOCERT_END};

static const list_t list_defaults = {.after = "", .limit = 100};

const vsocert_fields_t vsocert_packages_list_query = {
    list_fields, sizeof(list_t), &list_defaults};

apr_status_t vsocert_api_packages_list(vsocert_call_t *call)
{
    const list_t *in = call->query;
    apr_array_header_t *rows;
    const char *last = NULL;
    vso_json_t *items;
    int i;

    if (vso_stored_package_list(&call->ctx, in->after, (int)in->limit, &rows,
                                call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = vso_json_add_array(call->response, "items");
    for (i = 0; i < rows->nelts; i++) {
        const vso_package_row_t *row =
            APR_ARRAY_IDX(rows, i, vso_package_row_t *);

        vsocert_packages_shape(vso_json_push_object(items), row);
        last = row->name;
    }
    vso_json_set_string(call->response, "next",
                        rows->nelts == in->limit ? last : NULL);
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
        vso_json_set_string(obj, "alias", version->entry);
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

    if (vso_stored_package_get(&call->ctx, call->name, &package, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->etag = vso_stored_package_etag(package->row, call->r->pool);
    vsocert_packages_shape(call->response, package->row);
    apr_table_do(put_meta, vso_json_add_object(call->response, "meta"),
                 package->meta, NULL);
    array = vso_json_add_array(call->response, "items");
    for (i = 0; i < package->elements->nelts; i++) {
        shape_element(
            vso_json_push_object(array),
            &APR_ARRAY_IDX(package->elements, i, vso_stored_element_t));
    }
    array = vso_json_add_array(call->response, "needsKeys");
    for (i = 0; i < package->keys->nelts; i++) {
        shape_key(vso_json_push_object(array),
                  &APR_ARRAY_IDX(package->keys, i, vso_needed_key_t));
    }
    return APR_SUCCESS;
}

/* what signatures/ can be made with */
static const char *const digests[] = {"md5", "sha256", NULL};

#define WRONG_DIGEST                                                           \
    "\"signatureDigest\" must be \"md5\", which all Orchestrator servers "     \
    "check, or \"sha256\", as servers from 8.5 on sign."

/** POST /packages */
typedef vso_stored_package_spec_t create_t;

#define INCOMPLETE                                                             \
    "A package needs \"name\", and ids of stored elements in \"elements\"."

static const vsocert_field_t create_fields[] = {
    VSOCERT_TEXT("name", create_t, name, VSO_MAX_ZIP_NAME,
                 .missing = INCOMPLETE),
    VSOCERT_TEXT("description", create_t, description, VSO_MAX_DESCRIPTION),
    VSOCERT_TEXTS("elements", create_t, ids, VSO_MAX_ELEMENTS, VSO_MAX_ZIP_NAME,
                  .missing = INCOMPLETE),
    VSOCERT_WORD("signatureDigest", create_t, digest, digests,
                 .wrong = WRONG_DIGEST),
    VSOCERT_END};

static const create_t create_defaults = {.description = ""};

const vsocert_fields_t vsocert_packages_create_body = {
    create_fields, sizeof(create_t), &create_defaults};

apr_status_t vsocert_api_packages_create(vsocert_call_t *call)
{
    apr_pool_t *p = call->r->pool;
    vso_package_row_t *row;

    if (vso_stored_package_create(&call->ctx, call->body, &row, &call->outcome,
                                  call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->status = HTTP_CREATED;
    call->location = apr_pstrcat(p, "/packages/", row->name, NULL);
    call->etag = vso_stored_package_etag(row, p);
    vsocert_packages_shape(call->response, row);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_packages_delete(vsocert_call_t *call)
{
    int elements;

    if (vso_stored_package_delete(&call->ctx, call->name, &elements,
                                  &call->outcome, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_string(call->response, "name", call->name);
    vso_json_set_int(call->response, "elements", elements);
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

/** The rights that elements keep. */
typedef struct {
    int view;
    int repackage;
    int edit;
} rights_t;

static const vsocert_field_t rights_fields[] = {
    VSOCERT_BOOL("view", rights_t, view),
    VSOCERT_BOOL("repackage", rights_t, repackage),
    VSOCERT_BOOL("edit", rights_t, edit), VSOCERT_END};

static const rights_t all_rights = {1, 1, 1};

static const vsocert_fields_t rights_body = {rights_fields, sizeof(rights_t),
                                             &all_rights};

/** POST /packages/{name}/export */
typedef struct {
    const apr_array_header_t *recipients;
    const char *digest;
    int encrypt; /**< -1: it is not said */
    int history;
    apr_int64_t version;
    const rights_t *rights;
} export_t;

static const vsocert_field_t export_fields[] = {
    VSOCERT_TEXTS("recipients", export_t, recipients, VSO_MAX_RECIPIENTS - 1,
                  2 * VSO_MAX_CERT),
    VSOCERT_WORD("signatureDigest", export_t, digest, digests,
                 .wrong = WRONG_DIGEST),
    VSOCERT_BOOL("encrypt", export_t, encrypt),
    VSOCERT_BOOL("versionHistory", export_t, history),
    VSOCERT_INT("version", export_t, version, 1, APR_INT64_MAX),
    VSOCERT_OBJECT("rights", export_t, rights, &rights_body),
    VSOCERT_END};

static const export_t export_defaults = {.encrypt = -1, .history = 1};

const vsocert_fields_t vsocert_packages_export_body = {
    export_fields, sizeof(export_t), &export_defaults};

/** @param texts  NULL: none */
static apr_status_t read_recipients(vsocert_call_t *call,
                                    const apr_array_header_t *texts,
                                    apr_array_header_t *certs)
{
    int i;

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

/** The body as the use case takes it. */
static apr_status_t read_export(vsocert_call_t *call, vso_export_spec_t *spec)
{
    const export_t *in = call->body;
    const rights_t *rights = in->rights ? in->rights : &all_rights;
    apr_array_header_t *certs =
        apr_array_make(call->r->pool, 2, sizeof(X509 *));

    spec->recipients = certs;
    spec->encrypt = in->encrypt;
    spec->view = rights->view;
    spec->repackage = rights->repackage;
    spec->edit = rights->edit;
    spec->history = in->history;
    spec->version_id = in->version;
    spec->digest = in->digest ? in->digest : vsocert_config_digest(call->r);
    return read_recipients(call, in->recipients, certs);
}

apr_status_t vsocert_api_packages_export(vsocert_call_t *call)
{
    vso_export_spec_t spec = {0};
    vso_exported_t exported = {0};

    if (read_export(call, &spec) != APR_SUCCESS ||
        vso_export_run(&call->ctx, call->name, &spec, &exported, &call->outcome,
                       call->res, call->r->pool) != APR_SUCCESS) {
        if (call->res->problem == VSO_P_FORBIDDEN) {
            vsocert_call_lacks(call, VSOCERT_EXPORT);
        }
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
