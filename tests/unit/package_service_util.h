/* SPDX-License-Identifier: Apache-2.0 */
/** Packages that go through the service: uploaded, confirmed, exported. */
#ifndef VSO_PACKAGE_SERVICE_UTIL_H
#define VSO_PACKAGE_SERVICE_UTIL_H

#include "package_util.h"
#include "service_util.h"

#include "package/envelope.h"
#include "service/package/export.h"
#include "service/package/import.h"
#include "service/package/stored_package.h"
#include "service/package/trust.h"
#include "store/package_columns.h"

#define NAME "org.example.library"

static inline signer_t author(void)
{
    return make_signer("author", rsa_key(2048));
}

static inline const vso_blob_t *blob_of(bytes_t bytes)
{
    return vso_blob_memory(bytes.data, bytes.len, pool);
}

/** A package of these elements, signed by this key as a whole. */
static inline bytes_t packed(apr_array_header_t *parts, signer_t signer,
                             const EVP_MD *md)
{
    put_text(parts, "dunes-meta-inf", META);
    sign_all(parts, signer.pkey, md);
    return zip_up(parts);
}

/** Upload a package, and return what vso_import_finish does. */
static inline apr_status_t try_upload(bytes_t zip, apr_int64_t *pid,
                                      vso_review_t **preport)
{
    vso_upload_t *upload = NULL;

    assert_ok(vso_import_begin(context, &upload, res));
    assert_ok(vso_content_write(upload->writer, zip.data, zip.len, res));
    *pid = upload->row.id;
    return vso_import_finish(context, upload, preport, &outcome, res);
}

/** The same, which succeeds. @return id of the import */
static inline apr_int64_t upload(bytes_t zip)
{
    vso_review_t *report = NULL;
    apr_int64_t id = 0;

    assert_ok(try_upload(zip, &id, &report));
    return id;
}

static inline vso_import_row_t *staged(apr_int64_t id)
{
    vso_import_row_t *row = NULL;

    assert_ok(vso_imports_get(context->store, id, vso_context_now(context),
                              &row, res, pool));
    return row;
}

static inline int waiting(void)
{
    apr_array_header_t *rows = NULL;

    assert_ok(vso_imports_list(context->store, vso_context_now(context), &rows,
                               res, pool));
    return rows->nelts;
}

/** Confirm an import as it was shown. @param elements  ids; NULL: all */
static inline apr_status_t confirm(apr_int64_t id, vso_import_trust_e trust,
                                   const apr_array_header_t *elements,
                                   vso_imported_t *done)
{
    vso_choice_t choice = {.elements = elements, .trust = trust};

    choice.sha256 = staged(id)->sha256;
    memset(done, 0, sizeof(*done));
    return vso_import_confirm(context, id, &choice, done, &outcome, res);
}

/** Upload and import all of a package, whose signer may be anybody. */
static inline vso_package_row_t *import_all(bytes_t zip)
{
    vso_imported_t done;

    assert_ok(confirm(upload(zip), VSO_TRUST_ONCE, NULL, &done));
    return done.package;
}

static inline vso_element_row_t *element(const char *id)
{
    vso_element_row_t *row = NULL;

    assert_ok(vso_elements_find(context->store, id, &row, res, pool));
    return row;
}

/** A file of a stored element. */
static inline bytes_t stored_file(const char *id, const char *name)
{
    const vso_element_row_t *row = element(id);
    const vso_stored_file_t *file;
    apr_array_header_t *files;
    vso_blob_t *content;
    bytes_t bytes;
    char *data;

    ck_assert_ptr_nonnull(row);
    assert_ok(vso_files_parse(row->files, &files, res, pool));
    file = vso_files_find(files, name);
    ck_assert_msg(file != NULL, "no %s in %s", name, row->files);
    assert_ok(
        vso_content_blob(context->store, row->content_id, &content, res, pool));
    assert_ok(
        vso_blob_load(vso_blob_part(content, file->offset, file->size, pool),
                      (apr_size_t)file->size, name, &data, res, pool));
    bytes.data = data;
    bytes.len = (apr_size_t)file->size;
    return bytes;
}

static inline void assert_bytes(bytes_t got, const char *text)
{
    ck_assert_uint_eq(got.len, strlen(text));
    ck_assert_mem_eq(got.data, text, got.len);
}

/** Create a version whose key opens and signs. */
static inline vso_version_t *create_key(const char *key)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;

    spec.key = key;
    spec.replace = 1;
    assert_ok(vso_certificate_create(context, &spec, &version, &outcome, res));
    return version;
}

static inline X509 *cert_of(const vso_version_t *version)
{
    vso_material_t material;

    assert_ok(vso_version_row_certs(version, &material, res, pool));
    return material.cert;
}

/** Put a file's encrypted form in its place. */
static inline void seal_part(apr_array_header_t *parts, const char *name,
                             X509 *recipient)
{
    const char *sealed = apr_pstrcat(pool, name, VSO_PACKAGE_SEALED, NULL);
    bytes_t plain = content_of(parts, name);
    vso_envelope_file_t file = {plain.data, plain.len, sealed};
    const unsigned char *der = NULL;
    apr_size_t len = 0;

    assert_ok(vso_envelope_seal(&file, certs_of(recipient, NULL), &der, &len,
                                res, pool));
    drop(parts, name);
    put_part(parts, sealed, der, len);
}

/** "script" and "flow", of which flow's data is encrypted. */
static inline apr_array_header_t *sealed_elements(signer_t signer,
                                                  X509 *recipient)
{
    apr_array_header_t *parts = make_elements(signer);

    drop(parts, "elements/flow/content-signature");
    seal_part(parts, "elements/flow/data", recipient);
    return parts;
}

/** Make a package of stored elements. */
static inline apr_status_t make_stored(const char *name,
                                       const apr_array_header_t *ids,
                                       vso_package_row_t **prow)
{
    const vso_stored_package_spec_t spec = {
        .name = name, .description = "", .ids = ids};

    return vso_stored_package_create(context, &spec, prow, &outcome, res);
}

/** Run an SQL statement that somebody ran by hand. */
static inline void edit(const char *sql)
{
    assert_ok(vso_db_run(vso_store_db(context->store), sql, res, pool));
}

/** Newest audit row of an action. */
static inline const vso_audit_row_t *last_of(const char *action)
{
    apr_array_header_t *rows = NULL;

    assert_ok(
        vso_audit_list_action(context->store, action, 0, 1, &rows, res, pool));
    ck_assert_msg(rows->nelts == 1, "no %s", action);
    return &APR_ARRAY_IDX(rows, 0, vso_audit_row_t);
}

/** Does a text begin so? */
static inline int begins(const char *text, const char *head)
{
    return !strncmp(text, head, strlen(head));
}

#endif
