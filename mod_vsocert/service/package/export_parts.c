/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/export_parts.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/hex.h"
#include "base/limits.h"
#include "package/envelope.h"
#include "package/package.h"
#include "package/xml.h"
#include "service/package/author_certs.h"
#include "service/package/decrypt.h"
#include "service/package/element_files.h"
#include "service/package/element_folders.h"
#include "store/packages.h"

#define SIGNATURE "content-signature"
#define RIGHTS    "allowed-operations"

/** A part whose bytes were made here: they stand in the spool. */
typedef struct {
    int part; /**< index */
    apr_int64_t offset;
    apr_int64_t size;
} spooled_t;

typedef struct {
    const vso_export_parts_spec_t *spec;
    const vso_context_t *ctx;
    vso_element_files_t *contents;
    vso_decrypt_t *opener;
    apr_file_t *spool; /**< NULL until needed */
    apr_int64_t spool_size;
    apr_array_header_t *parts;   /**< vso_zip_part_t */
    apr_array_header_t *spooled; /**< spooled_t */
    apr_hash_t *certs;           /**< lower-case path -> X509 * */
    const char *last_certs;      /**< column of the last author, or NULL */
    const vso_element_row_t *element;
    const apr_array_header_t *files; /**< of the element */
    const char *new_data;            /**< with other rights, or NULL */
    apr_size_t new_len;
    int no_rights; /**< elements whose rights cannot be set, for a warning */
    const char *first_no_rights;
    int dropped; /**< elements without their author's signature */
    const char *first_dropped;
} gather_t;

static vso_blob_t *file_blob(gather_t *gather, const vso_stored_file_t *file)
{
    return vso_element_files_blob(gather->contents, gather->element->content_id,
                                  file);
}

static apr_status_t changed(gather_t *gather, const vso_stored_file_t *file,
                            vso_result_t *res)
{
    return vso_fail(res, VSO_P_DAMAGED, file->name,
                    "File \"%s\" of %s is not what was imported: its rows in "
                    "the database were edited or damaged. Import the package "
                    "again.",
                    file->name, vso_element_files_title(gather->element));
}

static const char *part_name(const gather_t *gather, const char *name)
{
    return apr_pstrcat(gather->ctx->p, "elements/", gather->element->folder,
                       "/", name, NULL);
}

static void add_part(gather_t *gather, const char *name,
                     const vso_blob_t *content)
{
    vso_zip_part_t *part = apr_array_push(gather->parts);

    part->name = name;
    part->content = content;
}

/** A file as it is stored. */
static apr_status_t add_stored(gather_t *gather, const vso_stored_file_t *file,
                               vso_result_t *res)
{
    vso_blob_t *blob = file_blob(gather, file);
    const char *sha256;
    apr_status_t rv;
    apr_pool_t *p;
    int same;

    apr_pool_create(&p, gather->ctx->p);
    rv = vso_blob_sha256(blob, &sha256, res, p);
    same = rv == APR_SUCCESS && !strcmp(sha256, file->sha256);
    apr_pool_destroy(p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!same) {
        return changed(gather, file, res);
    }
    add_part(gather, part_name(gather, file->name), blob);
    return APR_SUCCESS;
}

/** A file whose bytes were made here. */
static apr_status_t add_made(gather_t *gather, const char *name,
                             const void *data, apr_size_t len,
                             vso_result_t *res)
{
    const vso_context_t *ctx = gather->ctx;
    spooled_t *spooled;

    if (!gather->spool &&
        vso_blob_spool(&gather->spool, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (apr_file_write_full(gather->spool, data, len, NULL) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The export cannot be written to a temporary file: is "
                        "the disk full?");
    }
    spooled = apr_array_push(gather->spooled);
    spooled->part = gather->parts->nelts;
    spooled->offset = gather->spool_size;
    spooled->size = (apr_int64_t)len;
    gather->spool_size += spooled->size;
    add_part(gather, part_name(gather, name), NULL);
    return APR_SUCCESS;
}

/** 1 for a name that ends in ".p7m"; *pplain is the name without. */
static int is_sealed(const char *name, const char **pplain, apr_pool_t *p)
{
    int sealed = vso_package_is_sealed(name);

    *pplain = sealed ? apr_pstrmemdup(p, name,
                                      strlen(name) - strlen(VSO_PACKAGE_SEALED))
                     : name;
    return sealed;
}

static apr_status_t forbidden(const gather_t *gather, vso_result_t *res)
{
    return vso_fail(res, VSO_P_FORBIDDEN, "encrypt",
                    "%s is stored encrypted, and user \"%s\" is not allowed to "
                    "have it decrypted: it takes the right \"export\", which "
                    "an administrator grants with VSOCertAllow export. With "
                    "\"encrypt\", all \"rights\" and no \"recipients\" it is "
                    "exported as it is stored.",
                    vso_element_files_title(gather->element),
                    gather->ctx->actor);
}

/** A file in the clear, whole. */
static apr_status_t load_plain(gather_t *gather, const vso_stored_file_t *file,
                               const char **pdata, apr_size_t *plen,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *name = part_name(gather, file->name);
    vso_secret_t *plain;
    char *data;

    if (file->size > VSO_MAX_ENVELOPE) {
        return vso_fail(res, VSO_P_TOO_LARGE, name,
                        "\"%s\" has %" APR_INT64_T_FMT
                        " bytes, and a file of up to %d can be encrypted: "
                        "export in the clear, or keep large resources in a "
                        "package of their own.",
                        name, file->size, VSO_MAX_ENCRYPTED);
    }
    if (vso_blob_load(file_blob(gather, file), VSO_MAX_ENVELOPE, name, &data,
                      res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *plen = (apr_size_t)file->size;
    if (strcmp(vso_hex_sha256((unsigned char *)data, *plen, p), file->sha256)) {
        return changed(gather, file, res);
    }
    *pdata = data;
    if (!vso_package_is_sealed(file->name)) {
        return APR_SUCCESS;
    }
    if (gather->spec->sealed != VSO_SEALED_OPEN) {
        return forbidden(gather, res);
    }
    if (vso_decrypt_open(gather->opener, data, *plen, name, &plain, NULL, res,
                         p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pdata = (const char *)plain->data;
    *plen = plain->len;
    return APR_SUCCESS;
}

/** Bytes as the export wants them: in the clear or encrypted. */
static apr_status_t add_bytes(gather_t *gather, const char *name,
                              const char *data, apr_size_t len,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_envelope_file_t plain = {data, len, part_name(gather, name)};
    const unsigned char *der;
    apr_size_t der_len;

    if (!gather->spec->recipients) {
        return add_made(gather, name, data, len, res);
    }
    if (vso_envelope_seal(&plain, gather->spec->recipients, &der, &der_len, res,
                          p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return add_made(gather, apr_pstrcat(p, name, VSO_PACKAGE_SEALED, NULL), der,
                    der_len, res);
}

static apr_status_t add_file(gather_t *gather, const vso_stored_file_t *file,
                             vso_result_t *res, apr_pool_t *p)
{
    const vso_export_parts_spec_t *spec = gather->spec;
    const char *name;
    const char *data;
    apr_size_t len;
    int sealed = is_sealed(file->name, &name, p);

    if ((!spec->history && !strcmp(name, "version-history")) ||
        (gather->new_data && !strcmp(name, SIGNATURE))) {
        return APR_SUCCESS;
    }
    if (gather->new_data && !strcmp(name, "data")) {
        return add_bytes(gather, name, gather->new_data, gather->new_len, res,
                         p);
    }
    if (!strcmp(name, "info") || !strcmp(name, SIGNATURE) ||
        (sealed ? spec->sealed == VSO_SEALED_KEEP : !spec->recipients)) {
        return add_stored(gather, file, res);
    }
    if (load_plain(gather, file, &data, &len, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return add_bytes(gather, name, data, len, res, p);
}

/** Rights as they become: those that the element has and the user leaves. */
static const char *fewer_rights(const vso_export_parts_spec_t *spec,
                                const char *rights, apr_pool_t *p)
{
    const char *left = "";

    for (; *rights; rights++) {
        int keep = *rights == 'v'   ? spec->view
                   : *rights == 'e' ? spec->edit
                   : *rights == 'f' ? spec->repackage
                                    : 1;

        if (keep) {
            left = apr_psprintf(p, "%s%c", left, *rights);
        }
    }
    return left;
}

static void warn_no_rights(gather_t *gather)
{
    if (!gather->no_rights++) {
        gather->first_no_rights = apr_pstrdup(
            gather->ctx->p, vso_element_files_title(gather->element));
    }
}

static void warn_dropped(gather_t *gather)
{
    if (!gather->dropped++) {
        gather->first_dropped = apr_pstrdup(
            gather->ctx->p, vso_element_files_title(gather->element));
    }
}

/** One warning a kind, however many elements it is about. */
static void warn_all(const gather_t *gather, vso_result_t *res)
{
    if (gather->no_rights) {
        vso_warn_count(res, "rights-not-set", gather->no_rights,
                       "Elements that are no XML documents, so that their "
                       "rights stay as they are: %d, the first is %s.",
                       gather->no_rights, gather->first_no_rights);
    }
    if (gather->dropped) {
        vso_warn_count(res, "content-signature-dropped", gather->dropped,
                       "Elements whose author's signature does not cover their "
                       "new rights, and was left out: %d, the first is %s.",
                       gather->dropped, gather->first_dropped);
    }
}

/** Take rights from the element: an attribute of its data. */
static apr_status_t restrict_rights(gather_t *gather, vso_result_t *res,
                                    apr_pool_t *p)
{
    const vso_stored_file_t *file =
        vso_element_files_find(gather->files, "data");
    const char *name = part_name(gather, "data");
    const char *rights;
    const char *left;
    const char *data;
    apr_size_t len;
    vso_xml_bytes_t changed;
    vso_xml_t *xml;

    if (!file || load_plain(gather, file, &data, &len, res, p) != APR_SUCCESS) {
        return file ? APR_EGENERAL : APR_SUCCESS;
    }
    if (vso_xml_parse(data, len, name, &xml, vso_result_create(p), p) !=
        APR_SUCCESS) {
        warn_no_rights(gather);
        return APR_SUCCESS;
    }
    rights = vso_xml_attribute(xml, RIGHTS);
    rights = rights ? rights : "vef";
    left = fewer_rights(gather->spec, rights, p);
    if (!strcmp(left, rights)) {
        return APR_SUCCESS;
    }
    if (vso_xml_set_attribute(xml, RIGHTS, left, &changed, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    gather->new_data = changed.data;
    gather->new_len = changed.len;
    if (vso_files_find(gather->files, SIGNATURE)) {
        warn_dropped(gather);
    }
    return APR_SUCCESS;
}

/** Resources have no XML to write rights into. */
static int has_rights(const gather_t *gather)
{
    const vso_stored_file_t *file = vso_files_find(gather->files, "data");

    return strcmp(gather->element->type, "ResourceElement") &&
           (!file || file->size <= VSO_MAX_ELEMENT_FILE);
}

static void lower(char *text)
{
    for (; *text; text++) {
        *text = (char)apr_tolower(*text);
    }
}

/** The author's certificates under the paths that they came with; another one
 * of the same path gets a path of its own. */
static apr_status_t add_certs(gather_t *gather, vso_result_t *res)
{
    const vso_context_t *ctx = gather->ctx;
    apr_array_header_t *certs;
    int i;

    /* thousands of elements have one author, or none */
    if (!*gather->element->certificates ||
        (gather->last_certs &&
         !strcmp(gather->last_certs, gather->element->certificates))) {
        return APR_SUCCESS;
    }
    gather->last_certs = gather->element->certificates;
    if (vso_author_certs_parse(gather->element->certificates, &certs, res,
                               ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < certs->nelts; i++) {
        const vso_package_cert_t *cert =
            APR_ARRAY_IDX(certs, i, vso_package_cert_t *);
        const char *path = cert->path;
        char *key = apr_pstrdup(ctx->p, path);
        unsigned char *der = NULL;
        X509 *there;
        int len;

        lower(key);
        there = apr_hash_get(gather->certs, key, APR_HASH_KEY_STRING);
        if (there && !X509_cmp(there, cert->cert)) {
            continue;
        }
        len = i2d_X509(cert->cert, &der);
        if (there) {
            path = apr_psprintf(ctx->p, "certificates/%.16s.cer",
                                vso_hex_sha256(der, (apr_size_t)len, ctx->p));
            key = apr_pstrdup(ctx->p, path);
        }
        if (!apr_hash_get(gather->certs, key, APR_HASH_KEY_STRING)) {
            add_part(gather, path,
                     vso_blob_memory(apr_pmemdup(ctx->p, der, (apr_size_t)len),
                                     (apr_size_t)len, ctx->p));
            apr_hash_set(gather->certs, key, APR_HASH_KEY_STRING, cert->cert);
        }
        OPENSSL_free(der);
    }
    return APR_SUCCESS;
}

static apr_status_t add_element(gather_t *gather, vso_result_t *res,
                                apr_pool_t *p)
{
    const vso_export_parts_spec_t *spec = gather->spec;
    apr_array_header_t *files;
    apr_pool_t *file_p;
    int i;

    gather->new_data = NULL;
    if (vso_element_files_require(gather->element, res) != APR_SUCCESS ||
        vso_files_parse(gather->element->files, &files, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    gather->files = files;
    if (!(spec->view && spec->repackage && spec->edit)) {
        if (!has_rights(gather)) {
            warn_no_rights(gather);
        }
        else if (restrict_rights(gather, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    for (i = 0; i < files->nelts; i++) {
        apr_status_t rv;

        apr_pool_create(&file_p, p);
        rv = add_file(gather, APR_ARRAY_IDX(files, i, vso_stored_file_t *), res,
                      file_p);
        apr_pool_destroy(file_p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return gather->new_data ? APR_SUCCESS : add_certs(gather, res);
}

/** All is spooled: the parts that were made here get their contents. */
static apr_status_t place_spooled(gather_t *gather, vso_result_t *res)
{
    const vso_context_t *ctx = gather->ctx;
    vso_blob_t *spool;
    int i;

    if (!gather->spool) {
        return APR_SUCCESS;
    }
    if (vso_blob_file(gather->spool, &spool, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < gather->spooled->nelts; i++) {
        const spooled_t *one = &APR_ARRAY_IDX(gather->spooled, i, spooled_t);

        APR_ARRAY_IDX(gather->parts, one->part, vso_zip_part_t).content =
            vso_blob_part(spool, one->offset, one->size, ctx->p);
    }
    return APR_SUCCESS;
}

apr_status_t vso_export_parts_collect(const vso_context_t *ctx,
                                      const vso_export_parts_spec_t *spec,
                                      apr_int64_t package_id,
                                      apr_array_header_t **pparts,
                                      vso_result_t *res)
{
    gather_t *gather = apr_pcalloc(ctx->p, sizeof(*gather));
    apr_array_header_t *rows;
    int i;

    gather->spec = spec;
    gather->ctx = ctx;
    gather->contents = vso_element_files_create(ctx->store, ctx->p);
    gather->opener = vso_decrypt_create(ctx);
    gather->parts = apr_array_make(ctx->p, 64, sizeof(vso_zip_part_t));
    gather->spooled = apr_array_make(ctx->p, 16, sizeof(spooled_t));
    gather->certs = apr_hash_make(ctx->p);
    if (vso_packages_elements(ctx->store, package_id, &rows, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_element_folders_make_unique(rows, ctx->p);
    for (i = 0; i < rows->nelts; i++) {
        apr_status_t rv;
        apr_pool_t *p;

        gather->element = APR_ARRAY_IDX(rows, i, vso_element_row_t *);
        apr_pool_create(&p, ctx->p);
        rv = add_element(gather, res, p);
        apr_pool_destroy(p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    warn_all(gather, res);
    *pparts = gather->parts;
    return place_spooled(gather, res);
}
