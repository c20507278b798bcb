/* SPDX-License-Identifier: Apache-2.0 */
#include "package/sign.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/hex.h"
#include "base/limits.h"
#include "package/cms.h"
#include "package/manifest.h"
#include "package/properties.h"
#include "package/rawsig.h"
#include "x509/cert.h"
#include "x509/key.h"
#include "x509/name.h"
#include "x509/ossl.h"

#define SIGNATURES   "signatures/"
#define ELEMENTS     "elements/"
#define CERTIFICATES "certificates/"
#define META_INF     "META-INF/"
#define SIGNER       "pkg-signer"

/* Bytes of a subject that go into a file name. */
#define MAX_STEM 200

/* What tells two certificates of one subject apart: of the fingerprint. */
#define SUFFIX_LEN 12

/** A package being written. */
typedef struct {
    const vso_package_key_t *key;
    unsigned raw; /**< write signatures/: the digest; 0: do not */
    vso_digester_t *digester;
    apr_array_header_t *parts;      /**< vso_zip_part_t: what is signed */
    apr_array_header_t *signatures; /**< vso_zip_part_t: signatures/ */
    apr_array_header_t *lines;      /**< vso_manifest_line_t */
    vso_result_t *res;
    apr_pool_t *p;
} writer_t;

static int begins(const char *path, const char *folder)
{
    return !strncmp(path, folder, strlen(folder));
}

static void push(apr_array_header_t *parts, const char *name,
                 const vso_blob_t *content)
{
    vso_zip_part_t *part = apr_array_push(parts);

    part->name = name;
    part->content = content;
}

/** dunes-meta-inf, elements, certificates, others, signatures, META-INF. */
static int rank(const char *path)
{
    if (!strcmp(path, VSO_PACKAGE_META)) {
        return 0;
    }
    if (begins(path, ELEMENTS)) {
        return 1;
    }
    if (begins(path, CERTIFICATES)) {
        return 2;
    }
    if (begins(path, SIGNATURES)) {
        return 4;
    }
    return begins(path, META_INF) ? 5 : 3;
}

static int by_place(const void *a, const void *b)
{
    const char *left = ((const vso_zip_part_t *)a)->name;
    const char *right = ((const vso_zip_part_t *)b)->name;
    int order = rank(left) - rank(right);

    return order ? order : strcmp(left, right);
}

static void sort(apr_array_header_t *parts)
{
    qsort(parts->elts, (size_t)parts->nelts, sizeof(vso_zip_part_t), by_place);
}

static apr_status_t check_key(const vso_package_key_t *key, vso_result_t *res,
                              apr_pool_t *p)
{
    if (!vso_key_matches(key->pkey, key->cert)) {
        return vso_fail(res, VSO_P_KEY_MISMATCH, "key",
                        "The key that is to sign is not the certificate's.");
    }
    if (vso_rawsig_short_key(key->pkey)) {
        return vso_fail(res, VSO_P_INVALID, "key",
                        "A %s key is too short to sign packages with.",
                        vso_key_type(key->pkey, p));
    }
    return APR_SUCCESS;
}

/** @param raw  1: write signatures/ */
static apr_status_t make_writer(writer_t *writer, const vso_package_key_t *key,
                                int raw, int n, vso_result_t *res,
                                apr_pool_t *p)
{
    writer->key = key;
    writer->raw = raw ? vso_digest_named(key->digest ? key->digest : "md5") : 0;
    writer->res = res;
    writer->p = p;
    writer->parts = apr_array_make(p, n + 4, sizeof(vso_zip_part_t));
    writer->signatures = apr_array_make(p, n + 4, sizeof(vso_zip_part_t));
    writer->lines = apr_array_make(p, n + 2, sizeof(vso_manifest_line_t));
    writer->digester = vso_digester_create(p);
    return check_key(key, res, p);
}

/** Add a file and its signature. @param listed  in the manifest too */
static apr_status_t add_file(writer_t *writer, const char *name,
                             const vso_blob_t *content, int listed)
{
    const unsigned char *sig;
    vso_digests_t digests;
    apr_status_t rv;
    apr_size_t len;

    rv = vso_digester_begin(writer->digester, VSO_DIGEST_SHA256 | writer->raw,
                            writer->res);
    if (rv == APR_SUCCESS) {
        rv = vso_blob_copy(content, vso_digester_take, writer->digester,
                           writer->res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_digester_end(writer->digester, &digests, writer->res);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    push(writer->parts, name, content);
    if (listed) {
        vso_manifest_line_t *line = apr_array_push(writer->lines);

        line->path = name;
        line->size = content->size;
        line->sha256 =
            vso_hex(digests.sha256, sizeof(digests.sha256), writer->p);
    }
    if (!writer->raw) {
        return APR_SUCCESS;
    }
    rv = vso_rawsig_make(writer->key->pkey, writer->raw, &digests, &sig, &len,
                         writer->res, writer->p);
    if (rv == APR_SUCCESS) {
        push(writer->signatures, apr_pstrcat(writer->p, SIGNATURES, name, NULL),
             vso_blob_memory(sig, len, writer->p));
    }
    return rv;
}

static apr_status_t add_memory(writer_t *writer, const char *name,
                               const void *data, apr_size_t len, int listed)
{
    return add_file(writer, name, vso_blob_memory(data, len, writer->p),
                    listed);
}

/** Manifest and CMS signature, then the archive. */
static apr_status_t finish(writer_t *writer, apr_file_t *out)
{
    const unsigned char *p7s;
    const char *manifest;
    apr_size_t manifest_len;
    apr_size_t p7s_len;
    apr_status_t rv;

    manifest = vso_manifest_write(writer->lines, &manifest_len, writer->p);
    rv = vso_cms_sign(manifest, manifest_len, writer->key, &p7s, &p7s_len,
                      writer->res, writer->p);
    if (rv == APR_SUCCESS) {
        rv =
            add_memory(writer, VSO_PACKAGE_MANIFEST, manifest, manifest_len, 0);
    }
    if (rv == APR_SUCCESS) {
        rv = add_memory(writer, VSO_PACKAGE_P7S, p7s, p7s_len, 0);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_array_cat(writer->parts, writer->signatures);
    if (writer->parts->nelts > VSO_MAX_ZIP_ENTRIES) {
        return vso_fail(writer->res, VSO_P_TOO_LARGE, NULL,
                        "With its signatures the package has %d files; %d are "
                        "allowed. Split it into smaller ones.",
                        writer->parts->nelts, VSO_MAX_ZIP_ENTRIES);
    }
    sort(writer->parts);
    return vso_zip_write(writer->parts, out, writer->res, writer->p);
}

/** The subject as the stem of a file name: what zip.h or Windows refuse is
 * replaced, and it is cut between characters. */
static char *make_stem(const vso_package_key_t *key, apr_pool_t *p)
{
    char *stem =
        apr_pstrdup(p, vso_name_text(X509_get_subject_name(key->cert), p));
    apr_size_t len = strlen(stem);
    apr_size_t i;

    if (len > MAX_STEM) {
        for (len = MAX_STEM; len && ((unsigned char)stem[len] & 0xC0) == 0x80;
             len--) {
        }
        stem[len] = '\0';
    }
    for (i = 0; i < len; i++) {
        if (apr_iscntrl(stem[i]) || strchr("/\\:*?\"<>|", stem[i])) {
            stem[i] = '_';
        }
    }
    return len ? stem : apr_pstrdup(p, "signer");
}

static const char *cert_path(const char *stem, apr_pool_t *p)
{
    return apr_pstrcat(p, CERTIFICATES, stem, ".cer", NULL);
}

/** A part of this name; case does not tell two apart. */
static const vso_zip_part_t *find_part(const apr_array_header_t *parts,
                                       const char *name)
{
    int i;

    for (i = 0; i < parts->nelts; i++) {
        const vso_zip_part_t *part = &APR_ARRAY_IDX(parts, i, vso_zip_part_t);

        if (!strcasecmp(part->name, name)) {
            return part;
        }
    }
    return NULL;
}

static int is_same(const vso_zip_part_t *part, const unsigned char *der,
                   apr_size_t len, vso_result_t *res, apr_pool_t *p)
{
    char *data;

    return part->content->size == (apr_int64_t)len &&
           vso_blob_load(part->content, len, part->name, &data, res, p) ==
               APR_SUCCESS &&
           !memcmp(data, der, len);
}

/** Add our certificate. Another one of the same subject keeps its name.
 * @param pstem  what the file is called, and the signer in dunes-meta-inf */
static apr_status_t add_certificate(writer_t *writer,
                                    const apr_array_header_t *parts,
                                    const char **pstem)
{
    char *stem = make_stem(writer->key, writer->p);
    const char *path = cert_path(stem, writer->p);
    const vso_zip_part_t *known = find_part(parts, path);
    unsigned char *made = NULL;
    int len = i2d_X509(writer->key->cert, &made);
    unsigned char *der;

    if (len <= 0) {
        return vso_fail(writer->res, VSO_P_INTERNAL, NULL,
                        "The certificate cannot be written (%s).",
                        vso_ossl_reason(writer->p));
    }
    der = apr_pmemdup(writer->p, made, (apr_size_t)len);
    OPENSSL_free(made);
    if (known &&
        !is_same(known, der, (apr_size_t)len, writer->res, writer->p)) {
        stem = apr_psprintf(writer->p, "%s %.*s", stem, SUFFIX_LEN,
                            vso_cert_fingerprint(writer->key->cert, writer->p));
        path = cert_path(stem, writer->p);
        known = find_part(parts, path);
    }
    *pstem = stem;
    if (writer->res->problem != VSO_P_NONE) {
        return APR_EGENERAL;
    }
    return known ? APR_SUCCESS
                 : add_memory(writer, path, der, (apr_size_t)len, 1);
}

static apr_status_t add_meta(writer_t *writer, const apr_table_t *meta,
                             const char *signer)
{
    apr_table_t *copy = apr_table_copy(writer->p, meta);
    const char *text;

    apr_table_set(copy, SIGNER, signer);
    text = vso_properties_write(copy, writer->p);
    return add_memory(writer, VSO_PACKAGE_META, text, strlen(text), 1);
}

apr_status_t vso_sign_package(const apr_array_header_t *parts,
                              const apr_table_t *meta,
                              const vso_package_key_t *key, apr_file_t *out,
                              vso_result_t *res, apr_pool_t *p)
{
    const char *signer = NULL;
    writer_t writer = {0};
    apr_status_t rv;
    int raw = EVP_PKEY_is_a(key->pkey, "RSA");
    int i;

    rv = make_writer(&writer, key, raw, parts->nelts, res, p);
    for (i = 0; rv == APR_SUCCESS && i < parts->nelts; i++) {
        const vso_zip_part_t *part = &APR_ARRAY_IDX(parts, i, vso_zip_part_t);

        rv = add_file(&writer, part->name, part->content, 1);
    }
    if (rv == APR_SUCCESS) {
        rv = add_certificate(&writer, parts, &signer);
    }
    if (rv == APR_SUCCESS) {
        rv = add_meta(&writer, meta, signer);
    }
    if (rv == APR_SUCCESS) {
        rv = finish(&writer, out);
    }
    if (rv == APR_SUCCESS && !raw) {
        vso_warn(res, "no-orchestrator-signature",
                 "The package is signed with a %s key: Orchestrator servers, "
                 "which check RSA signatures only, cannot check it. This "
                 "server and openssl can.",
                 vso_key_type(key->pkey, p));
    }
    return rv;
}

/** Where unpacked files go: one behind the other. */
typedef struct {
    apr_file_t *file;
    apr_int64_t len;
} spool_t;

static apr_status_t spool_bytes(void *baton, const char *data, apr_size_t len,
                                vso_result_t *res)
{
    spool_t *spool = baton;

    spool->len += (apr_int64_t)len;
    return vso_blob_append(spool->file, data, len, res);
}

/** Does this file go into the newly signed package as it is? */
static int is_kept(const char *path, int cms_only)
{
    if (begins(path, META_INF) || begins(path, SIGNATURES META_INF)) {
        return 0;
    }
    return cms_only ||
           (!begins(path, SIGNATURES) && strcmp(path, VSO_PACKAGE_META) != 0);
}

/** Unpack what is kept: parts that can be read at any place. */
static apr_status_t unpack(const vso_package_t *package, int cms_only,
                           apr_array_header_t *parts, vso_result_t *res,
                           apr_pool_t *p)
{
    apr_int64_t *offsets =
        apr_pcalloc(p, sizeof(*offsets) * (apr_size_t)package->files->nelts);
    spool_t spool = {NULL, 0};
    vso_blob_t *whole;
    apr_status_t rv;
    int i;

    rv = vso_blob_spool(&spool.file, res, p);
    for (i = 0; rv == APR_SUCCESS && i < package->files->nelts; i++) {
        const vso_package_file_t *file =
            APR_ARRAY_IDX(package->files, i, const vso_package_file_t *);

        offsets[i] = spool.len;
        if (is_kept(file->path, cms_only)) {
            rv = vso_zip_read(package->zip, file->entry, spool_bytes, &spool,
                              res);
        }
    }
    if (rv == APR_SUCCESS) {
        rv = vso_blob_file(spool.file, &whole, res, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < package->files->nelts; i++) {
        const vso_package_file_t *file =
            APR_ARRAY_IDX(package->files, i, const vso_package_file_t *);

        if (is_kept(file->path, cms_only)) {
            push(parts, file->path,
                 vso_blob_part(whole, offsets[i], file->entry->size, p));
        }
    }
    return rv;
}

/** Leave everything as it is, and add the CMS signature. */
static apr_status_t add_cms(const apr_array_header_t *parts,
                            const vso_package_key_t *key, apr_file_t *out,
                            vso_result_t *res, apr_pool_t *p)
{
    writer_t writer = {0};
    apr_status_t rv;
    int i;

    rv = make_writer(&writer, key, 0, parts->nelts, res, p);
    for (i = 0; rv == APR_SUCCESS && i < parts->nelts; i++) {
        const vso_zip_part_t *part = &APR_ARRAY_IDX(parts, i, vso_zip_part_t);

        if (begins(part->name, SIGNATURES)) {
            push(writer.signatures, part->name, part->content);
        }
        else {
            rv = add_file(&writer, part->name, part->content, 1);
        }
    }
    return rv == APR_SUCCESS ? finish(&writer, out) : rv;
}

apr_status_t vso_sign_again(const vso_package_t *package, int cms_only,
                            const vso_package_key_t *key, apr_file_t *out,
                            vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *parts =
        apr_array_make(p, package->files->nelts, sizeof(vso_zip_part_t));
    apr_status_t rv = unpack(package, cms_only, parts, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return cms_only ? add_cms(parts, key, out, res, p)
                    : vso_sign_package(parts, package->meta, key, out, res, p);
}
