/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/transit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/mime.h"
#include "base/multipart.h"
#include "package/sign.h"
#include "package/verify.h"
#include "package/zip.h"

/* What begins a zip archive, and what its end begins with (APPNOTE, 4.3.7 and
 * 4.3.16), which is followed by 18 bytes and a comment of up to 65535. */
#define ZIP_FILE  "PK\003\004"
#define ZIP_END   "PK\005\006"
#define MAGIC_LEN 4
#define ZIP_TAIL  (22 + 65535)

/** Would anybody take it for a zip archive? Some look at its end only. */
static apr_status_t is_archive(const vso_blob_t *blob, int *panswer,
                               vso_result_t *res, apr_pool_t *p)
{
    apr_size_t len = blob->size < ZIP_TAIL ? (apr_size_t)blob->size : ZIP_TAIL;
    char *bytes = apr_palloc(p, len + 1);
    char magic[MAGIC_LEN];

    *panswer = 0;
    if (blob->size < MAGIC_LEN) {
        return APR_SUCCESS;
    }
    if (vso_blob_read(blob, 0, magic, MAGIC_LEN, res) != APR_SUCCESS ||
        vso_blob_read(blob, blob->size - (apr_int64_t)len, bytes, len, res) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *panswer = !memcmp(magic, ZIP_FILE, MAGIC_LEN) ||
               memmem(bytes, len, ZIP_END, MAGIC_LEN) != NULL;
    return APR_SUCCESS;
}

/** Is it a package? An archive that does not open cannot be told from one:
 * that is an error. */
static apr_status_t is_package(const vso_blob_t *blob, int *panswer,
                               vso_result_t *res, apr_pool_t *parent)
{
    vso_zip_t *zip;
    apr_status_t rv;
    apr_pool_t *p;

    apr_pool_create(&p, parent);
    rv = is_archive(blob, panswer, res, p);
    if (rv == APR_SUCCESS && *panswer) {
        rv = vso_zip_open(blob, "package", &vso_zip_limits, &zip, res, p);
        if (rv == APR_SUCCESS) {
            *panswer = vso_zip_find(zip, VSO_PACKAGE_META) != NULL;
        }
    }
    apr_pool_destroy(p);
    return rv;
}

/* On the way out */

static const vso_served_t *choose_signer(const vso_transit_signer_t *signer)
{
    const vso_served_t *chosen = NULL;
    const vso_served_t *served;
    int i;

    for (i = 0; signer->served && (served = vso_opened_at(signer->served, i));
         i++) {
        if (!chosen || !strcmp(served->algorithm, "RSA")) {
            chosen = served;
        }
    }
    return chosen;
}

static int is_signed(const vso_package_t *package)
{
    int i;

    for (i = 0; i < package->files->nelts; i++) {
        const char *path =
            APR_ARRAY_IDX(package->files, i, const vso_package_file_t *)->path;

        if (!strncmp(path, "signatures/", strlen("signatures/")) ||
            !strcmp(path, VSO_PACKAGE_P7S) ||
            !strcmp(path, VSO_PACKAGE_MANIFEST)) {
            return 1;
        }
    }
    return 0;
}

/** @param scratch  for all but the signed file */
static apr_status_t sign(const vso_transit_signer_t *signer,
                         const vso_blob_t *blob, vso_transit_signed_t *done,
                         vso_result_t *res, apr_pool_t *p, apr_pool_t *scratch)
{
    const vso_served_t *served = choose_signer(signer);
    apr_array_header_t *chain = apr_array_make(scratch, 4, sizeof(X509 *));
    vso_package_key_t key = {.chain = chain};
    vso_result_t *cause = vso_result_create(scratch);
    vso_package_t *package;
    apr_finfo_t info;
    int i;

    if (!served) {
        return vso_fail(res, VSO_P_NO_SIGNER, NULL,
                        "Packages are signed with the server certificate, and "
                        "this node serves none for entry \"%s\".",
                        signer->entry);
    }
    for (i = 0; i < sk_X509_num(served->chain); i++) {
        APR_ARRAY_PUSH(chain, X509 *) = sk_X509_value(served->chain, i);
    }
    key.pkey = served->pkey;
    key.cert = served->cert;
    key.now_sec = signer->now_sec;
    /* warnings about the earlier signature are of no interest here */
    if (vso_package_read(blob, &package, cause, scratch) != APR_SUCCESS ||
        (is_signed(package) &&
         vso_verify_package(package, cause, scratch) != APR_SUCCESS)) {
        return vso_fail_as(res, cause);
    }
    key.digest = signer->digest ? signer->digest : package->raw_digest;
    if (vso_blob_spool(&done->file, res, p) != APR_SUCCESS ||
        vso_sign_again(package, signer->cms_only, &key, done->file, res,
                       scratch) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (apr_file_info_get(&info, APR_FINFO_SIZE, done->file) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The signed package cannot be read back.");
    }
    done->size = info.size;
    return APR_SUCCESS;
}

apr_status_t vso_transit_sign(const vso_transit_signer_t *signer,
                              const vso_blob_t *blob,
                              vso_transit_signed_t *done, vso_result_t *res,
                              apr_pool_t *p, apr_pool_t *scratch)
{
    vso_transit_signed_t found = {0};
    vso_result_t *local = vso_result_create(scratch);
    apr_status_t rv;
    int i;

    rv = is_package(blob, &found.is_package, local, scratch);
    if (rv == APR_SUCCESS && found.is_package) {
        rv = sign(signer, blob, &found, local, p, scratch);
    }
    if (rv == APR_SUCCESS) {
        *done = found;
    }
    else if (vso_problem_status(local->problem) >= 500) {
        vso_fail_as(res, local);
    }
    else {
        vso_fail(res, VSO_P_NOT_SIGNED, local->field,
                 "The package cannot be signed: %s", local->detail);
    }
    for (i = 0; i < local->warnings->nelts; i++) {
        const vso_warning_t *warning =
            &APR_ARRAY_IDX(local->warnings, i, vso_warning_t);

        vso_warn(res, warning->slug, "%s", warning->detail);
    }
    return rv;
}

/* On the way in */

/** @param named  1: it says that it is a package */
static apr_status_t take(const vso_blob_t *blob, int named,
                         apr_array_header_t *packages, vso_result_t *res,
                         apr_pool_t *p)
{
    int answer = 0;

    if (is_package(blob, &answer, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (answer || named) {
        APR_ARRAY_PUSH(packages, const vso_blob_t *) = blob;
    }
    return APR_SUCCESS;
}

static int path_ends(const char *path, const char *suffix)
{
    apr_size_t tail = strlen(suffix);
    apr_size_t len = path ? strlen(path) : 0;

    return len >= tail && !strcasecmp(path + len - tail, suffix);
}

apr_status_t vso_transit_find(const vso_transit_upload_t *upload,
                              apr_array_header_t **ppackages, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_array_header_t *packages =
        apr_array_make(p, 2, sizeof(const vso_blob_t *));
    apr_array_header_t *parts;
    int named;
    int i;

    if (upload->type && upload->type[strcspn(upload->type, ",;")] == ',') {
        return vso_fail(res, VSO_P_MALFORMED, "Content-Type",
                        "A body has one type: one reader could take the first "
                        "of two for it, and another one the second.");
    }
    if (!vso_mime_is(upload->type, "multipart/")) {
        named =
            path_ends(upload->path, VSO_PACKAGE_SUFFIX) ||
            vso_mime_filename_ends(upload->disposition, VSO_PACKAGE_SUFFIX, p);
        if (take(upload->blob, named, packages, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        *ppackages = packages;
        return APR_SUCCESS;
    }
    if (vso_multipart_split(upload->blob, upload->type, &parts, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < parts->nelts; i++) {
        const vso_multipart_t *part = &APR_ARRAY_IDX(parts, i, vso_multipart_t);

        if (take(part->content,
                 vso_mime_filename_ends(part->disposition, VSO_PACKAGE_SUFFIX,
                                        p),
                 packages, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    *ppackages = packages;
    return APR_SUCCESS;
}

apr_status_t vso_transit_verify(const vso_context_t *ctx,
                                const apr_array_header_t *packages,
                                const vso_review_t **preport, vso_result_t *res)
{
    vso_review_t *report;
    int i;

    for (i = 0; i < packages->nelts; i++) {
        if (vso_review_build(ctx,
                             APR_ARRAY_IDX(packages, i, const vso_blob_t *), 1,
                             &report, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (vso_review_needs_trust(report)) {
            *preport = report;
            return vso_fail(
                res, VSO_P_UNTRUSTED_SIGNER, NULL,
                "The package \"%s\" is signed by certificates that are not "
                "trusted here. Compare the fingerprints in \"signers\" with "
                "what their owners say; an administrator trusts them with POST "
                "/trusted-certificates, or in the console.",
                report->package->name);
        }
    }
    return APR_SUCCESS;
}
