/* SPDX-License-Identifier: Apache-2.0 */
#include "package/verify.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/hex.h"
#include "base/limits.h"
#include "package/cms.h"
#include "package/manifest.h"
#include "package/rawsig.h"
#include "package/verify_content.h"
#include "x509/name.h"

#define SIGNATURES "signatures/"
#define AUTHORS    "content-signature"

/** One verification. */
typedef struct {
    vso_package_t *package;
    vso_package_file_t *manifest; /**< NULL: there is none */
    vso_package_file_t *p7s;
    apr_hash_t *signatures; /**< path -> the file of its raw signature */
    const vso_package_cert_t *signer; /**< of signatures/, once known */
    const char *digest;               /**< the weakest of signatures/ */
    vso_digester_t *digester;
    vso_authors_t authors;
    vso_result_t *res;
    apr_pool_t *p;
} verify_t;

static int is_signature(const char *path)
{
    return !strncmp(path, SIGNATURES, strlen(SIGNATURES));
}

/** The two files that signatures/ of an earlier signer cannot cover. */
static int is_cms_file(const char *path)
{
    return !strcmp(path, VSO_PACKAGE_MANIFEST) ||
           !strcmp(path, VSO_PACKAGE_P7S);
}

/** Sort the files: who signs what, and is there a signature at all? */
static apr_status_t index_files(verify_t *verify)
{
    const apr_array_header_t *files = verify->package->files;
    apr_hash_t *all = apr_hash_make(verify->p);
    apr_hash_index_t *at;
    int i;

    for (i = 0; i < files->nelts; i++) {
        vso_package_file_t *file =
            APR_ARRAY_IDX(files, i, vso_package_file_t *);

        file->sha256 = NULL;
        if (is_signature(file->path)) {
            apr_hash_set(verify->signatures, file->path + strlen(SIGNATURES),
                         APR_HASH_KEY_STRING, file);
            continue;
        }
        apr_hash_set(all, file->path, APR_HASH_KEY_STRING, file);
    }
    for (at = apr_hash_first(verify->p, verify->signatures); at;
         at = apr_hash_next(at)) {
        const char *path = apr_hash_this_key(at);
        const vso_package_file_t *file = apr_hash_this_val(at);

        if (!apr_hash_get(all, path, APR_HASH_KEY_STRING)) {
            return vso_fail(verify->res, VSO_P_BAD_SIGNATURE, file->path,
                            "\"%s\" signs a file that is not in the package: "
                            "it was removed after the package was signed.",
                            file->path);
        }
    }
    verify->manifest =
        apr_hash_get(all, VSO_PACKAGE_MANIFEST, APR_HASH_KEY_STRING);
    verify->p7s = apr_hash_get(all, VSO_PACKAGE_P7S, APR_HASH_KEY_STRING);
    if (!verify->manifest != !verify->p7s) {
        return vso_fail(verify->res, VSO_P_BAD_SIGNATURE,
                        verify->manifest ? VSO_PACKAGE_P7S
                                         : VSO_PACKAGE_MANIFEST,
                        "The package has only one of \"%s\" and \"%s\".",
                        VSO_PACKAGE_MANIFEST, VSO_PACKAGE_P7S);
    }
    if (!verify->p7s && !apr_hash_count(verify->signatures)) {
        return vso_fail(verify->res, VSO_P_BAD_SIGNATURE, "signatures",
                        "The package is not signed at all. Export it again "
                        "from a server that signs packages.");
    }
    return APR_SUCCESS;
}

/** The certificate at i, the one that dunes-meta-inf names first: of two with
 * one key it is the signer's. NULL: none at this place. */
static const vso_package_cert_t *candidate(const verify_t *verify, int i)
{
    return i ? APR_ARRAY_IDX(verify->package->certs, i - 1,
                             const vso_package_cert_t *)
             : vso_authors_named(&verify->authors,
                                 verify->package->signer_text);
}

/** A raw signature, opened before its file is read: so that only one digest
 * of the file has to be computed. */
typedef struct {
    const vso_package_cert_t *by; /**< whose key opens it; NULL: nobody's */
    vso_rawsig_t sig;
} claim_t;

/** Whose signature is it? Mostly by who signed the file before. */
static void find_claimant(const verify_t *verify, const char *data,
                          apr_size_t len, claim_t *claim)
{
    int i;

    claim->by = verify->signer;
    for (i = 0;; i++) {
        if (claim->by && vso_rawsig_open(X509_get0_pubkey(claim->by->cert),
                                         data, len, &claim->sig)) {
            return;
        }
        if (i > verify->package->certs->nelts) {
            claim->by = NULL;
            return;
        }
        claim->by = candidate(verify, i);
    }
}

static apr_status_t refuse(verify_t *verify, const char *path)
{
    return vso_fail(verify->res, VSO_P_BAD_SIGNATURE, path,
                    "The signature of \"%s\" does not hold: the file was "
                    "changed after it was signed, or the signer's certificate "
                    "is not in the package.",
                    path);
}

static apr_status_t refuse_other(verify_t *verify, const char *path,
                                 const vso_package_cert_t *other)
{
    return vso_fail(
        verify->res, VSO_P_BAD_SIGNATURE, path,
        "\"%s\" is signed by \"%s\", other files are by \"%s\": a package "
        "has one signer.",
        path, vso_name_text(X509_get_subject_name(other->cert), verify->p),
        vso_name_text(X509_get_subject_name(verify->signer->cert), verify->p));
}

/** Open the signature of a file. @param pkind  the digest that it needs; 0:
 * the file has no signature, and needs none */
static apr_status_t open_raw(verify_t *verify, const vso_package_file_t *file,
                             claim_t *claim, unsigned *pkind,
                             apr_pool_t *scratch)
{
    vso_package_file_t *sig =
        apr_hash_get(verify->signatures, file->path, APR_HASH_KEY_STRING);
    apr_size_t len;
    char *data;

    *pkind = 0;
    if (!sig) {
        if (!apr_hash_count(verify->signatures) || is_cms_file(file->path)) {
            return APR_SUCCESS;
        }
        return vso_fail(verify->res, VSO_P_BAD_SIGNATURE, file->path,
                        "\"%s\" is not signed: it was added after the package "
                        "was signed.",
                        file->path);
    }
    if (sig->entry->size > VSO_MAX_RAWSIG) {
        return refuse(verify, file->path);
    }
    if (vso_zip_load(verify->package->zip, sig->entry, VSO_MAX_RAWSIG, &data,
                     verify->res, scratch) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    len = (apr_size_t)sig->entry->size;
    sig->sha256 = vso_hex_sha256((const unsigned char *)data, len, verify->p);
    find_claimant(verify, data, len, claim);
    if (!claim->by) {
        return refuse(verify, file->path);
    }
    *pkind = vso_rawsig_kind(&claim->sig);
    return *pkind ? APR_SUCCESS
                  : vso_fail(verify->res, VSO_P_BAD_SIGNATURE, file->path,
                             "The signature of \"%s\" does not hold: it is "
                             "over none of the digests MD5, SHA-1, SHA-256, "
                             "SHA-384 and SHA-512. Have the package signed "
                             "with one of them.",
                             file->path);
}

/** Check the opened signature of a file that was read. The first one finds
 * the signer, all others must be by the same. */
static apr_status_t check_raw(verify_t *verify, const vso_package_file_t *file,
                              const claim_t *claim,
                              const vso_digests_t *digests)
{
    const char *digest = vso_rawsig_match(&claim->sig, digests);
    EVP_PKEY *pkey = X509_get0_pubkey(claim->by->cert);

    if (!digest) {
        return refuse(verify, file->path);
    }
    if (verify->signer && claim->by != verify->signer) {
        return refuse_other(verify, file->path, claim->by);
    }
    if (vso_rawsig_short_key(pkey)) {
        return vso_fail(verify->res, VSO_P_BAD_SIGNATURE, claim->by->path,
                        "The package is signed with an RSA key of %d bits, "
                        "which anybody can compute; at least 1024 are needed.",
                        EVP_PKEY_get_bits(pkey));
    }
    verify->signer = claim->by;
    verify->digest = vso_rawsig_weaker(verify->digest, digest);
    return APR_SUCCESS;
}

/** Bytes that are kept while a file is read. */
typedef struct {
    vso_digester_t *digester;
    char *keep; /**< room for the whole file; NULL: not kept */
    apr_size_t len;
} reading_t;

static apr_status_t take(void *baton, const char *data, apr_size_t len,
                         vso_result_t *res)
{
    reading_t *reading = baton;

    if (reading->keep) {
        memcpy(reading->keep + reading->len, data, len);
    }
    reading->len += len;
    return vso_digester_take(reading->digester, data, len, res);
}

/** Read a file once: digests, signature, and its bytes where wanted.
 * @param kinds  digests that are wanted beside the signature's */
static apr_status_t check_file(verify_t *verify, vso_package_file_t *file,
                               char *keep, unsigned kinds,
                               vso_digests_t *digests, apr_pool_t *scratch)
{
    reading_t reading = {verify->digester, keep, 0};
    claim_t claim = {0};
    unsigned kind;
    apr_status_t rv;

    rv = open_raw(verify, file, &claim, &kind, scratch);
    if (rv == APR_SUCCESS) {
        rv = vso_digester_begin(verify->digester,
                                VSO_DIGEST_SHA256 | kind | kinds, verify->res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_zip_read(verify->package->zip, file->entry, take, &reading,
                          verify->res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_digester_end(verify->digester, digests, verify->res);
    }
    if (rv == APR_SUCCESS) {
        file->sha256 =
            vso_hex(digests->sha256, sizeof(digests->sha256), verify->p);
    }
    return rv == APR_SUCCESS && kind ? check_raw(verify, file, &claim, digests)
                                     : rv;
}

/** Room for a file that is wanted whole. */
static char *room_for(const vso_package_file_t *file, apr_int64_t max_bytes,
                      apr_pool_t *p)
{
    return file->entry->size <= max_bytes
               ? apr_pcalloc(p, (apr_size_t)file->entry->size + 1)
               : NULL;
}

/** The author's signature, once. */
static apr_status_t check_author(verify_t *verify, const vso_element_t *element,
                                 vso_content_t *content, apr_pool_t *scratch)
{
    vso_package_file_t *file = vso_element_file(element, AUTHORS);
    vso_digests_t digests;
    apr_status_t rv;
    char *keep;

    if (!file || file->sha256) {
        return APR_SUCCESS;
    }
    keep = room_for(file, VSO_MAX_RAWSIG, scratch);
    rv = check_file(verify, file, keep, 0, &digests, scratch);
    if (rv == APR_SUCCESS) {
        content->signature = keep ? keep : "";
        content->signature_len = keep ? (apr_size_t)file->entry->size : 0;
        vso_verify_content_open(element, content, &verify->authors);
    }
    return rv;
}

/** The author's signature goes before data: it says which digest it is over. */
static apr_status_t check_data(verify_t *verify, const vso_element_t *element,
                               vso_package_file_t *file, vso_content_t *content,
                               apr_pool_t *scratch)
{
    char *keep = room_for(file, VSO_MAX_ELEMENT_FILE, scratch);

    content->has_data = 1;
    content->data = keep;
    content->data_len = (apr_size_t)file->entry->size;
    if (check_author(verify, element, content, scratch) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return check_file(verify, file, keep, content->kind, &content->digests,
                      scratch);
}

static apr_status_t check_element(verify_t *verify, vso_element_t *element,
                                  apr_pool_t *scratch)
{
    vso_package_file_t *data_file = vso_element_file(element, "data");
    vso_package_file_t *sig_file = vso_element_file(element, AUTHORS);
    vso_content_t content = {0};
    vso_digests_t digests;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < element->files->nelts; i++) {
        vso_package_file_t *file =
            APR_ARRAY_IDX(element->files, i, vso_package_file_t *);

        if (file == data_file) {
            rv = check_data(verify, element, file, &content, scratch);
        }
        else if (file == sig_file) {
            rv = check_author(verify, element, &content, scratch);
        }
        else {
            rv = check_file(verify, file, NULL, 0, &digests, scratch);
        }
    }
    if (rv == APR_SUCCESS) {
        rv = vso_verify_content_judge(element, &content, &verify->authors,
                                      verify->res, scratch);
    }
    return rv;
}

/** Every file outside signatures/, each once. */
static apr_status_t check_files(verify_t *verify)
{
    const apr_array_header_t *elements = verify->package->elements;
    const apr_array_header_t *files = verify->package->files;
    apr_status_t rv = APR_SUCCESS;
    vso_digests_t digests;
    apr_pool_t *scratch;
    int i;

    apr_pool_create(&scratch, verify->p);
    for (i = 0; rv == APR_SUCCESS && i < elements->nelts; i++) {
        apr_pool_clear(scratch);
        rv = check_element(verify, APR_ARRAY_IDX(elements, i, vso_element_t *),
                           scratch);
    }
    for (i = 0; rv == APR_SUCCESS && i < files->nelts; i++) {
        vso_package_file_t *file =
            APR_ARRAY_IDX(files, i, vso_package_file_t *);

        if (!file->sha256 && !is_signature(file->path)) {
            apr_pool_clear(scratch);
            rv = check_file(verify, file, NULL, 0, &digests, scratch);
        }
    }
    apr_pool_destroy(scratch);
    return rv;
}

/** The CMS signature over the manifest, and the manifest over the files. */
static apr_status_t check_cms(verify_t *verify, vso_package_signer_t **psigner)
{
    const apr_array_header_t *files = verify->package->files;
    apr_array_header_t *lines =
        apr_array_make(verify->p, files->nelts, sizeof(vso_manifest_line_t));
    apr_size_t max_bytes = VSO_MAX_RAWSIG;
    vso_zip_t *zip = verify->package->zip;
    vso_result_t *res = verify->res;
    apr_status_t rv;
    char *manifest;
    char *p7s;
    int i;

    for (i = 0; i < files->nelts; i++) {
        const vso_package_file_t *file =
            APR_ARRAY_IDX(files, i, const vso_package_file_t *);

        if (!is_signature(file->path) && !is_cms_file(file->path)) {
            vso_manifest_line_t *line = apr_array_push(lines);

            line->path = file->path;
            line->size = file->entry->size;
            line->sha256 = file->sha256;
        }
    }
    /* as much again as these files need, so that it can say what is missing */
    max_bytes += (apr_size_t)lines->nelts * 2 * (VSO_MAX_ZIP_NAME + 128);
    rv = vso_zip_load(zip, verify->manifest->entry, max_bytes, &manifest, res,
                      verify->p);
    if (rv == APR_SUCCESS) {
        rv = vso_zip_load(zip, verify->p7s->entry, VSO_MAX_P7S, &p7s, res,
                          verify->p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_cms_verify(p7s, (apr_size_t)verify->p7s->entry->size, manifest,
                            (apr_size_t)verify->manifest->entry->size, psigner,
                            res, verify->p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_manifest_check(manifest,
                                (apr_size_t)verify->manifest->entry->size,
                                lines, res, verify->p);
    }
    return rv;
}

/** The signer of signatures/; the other certificates came along. */
static vso_package_signer_t *raw_signer(const verify_t *verify)
{
    vso_package_signer_t *signer = apr_pcalloc(verify->p, sizeof(*signer));

    signer->cert = verify->signer->cert;
    signer->digest = verify->digest;
    signer->chain = apr_array_make(verify->p, 4, sizeof(X509 *));
    return signer;
}

static void conclude(verify_t *verify, vso_package_signer_t *signer)
{
    vso_package_t *package = verify->package;
    int weak = vso_rawsig_is_weak(signer->digest);
    int i;

    for (i = 0; i < package->certs->nelts; i++) {
        X509 *cert =
            APR_ARRAY_IDX(package->certs, i, const vso_package_cert_t *)->cert;

        if (X509_cmp(cert, signer->cert)) {
            APR_ARRAY_PUSH(signer->chain, X509 *) = cert;
        }
    }
    package->signer = signer;
    package->raw_digest = verify->digest;
    package->signature = weak ? VSO_SIGNATURE_WEAK : VSO_SIGNATURE_VALID;
    for (i = 0; i < package->elements->nelts; i++) {
        APR_ARRAY_IDX(package->elements, i, vso_element_t *)->signature =
            package->signature;
    }
    if (weak) {
        vso_warn(verify->res, "weak-signature",
                 "Only %s vouches for the package's files: who has time and "
                 "money can make two files with one such signature. Compare "
                 "with the sender's own copy if in doubt.",
                 strcmp(signer->digest, "sha1") ? "MD5" : "SHA-1");
    }
}

apr_status_t vso_verify_package(vso_package_t *package, vso_result_t *res,
                                apr_pool_t *p)
{
    verify_t verify = {.package = package, .res = res, .p = p};
    vso_package_signer_t *signer = NULL;
    apr_status_t rv;

    verify.signatures = apr_hash_make(p);
    verify.digester = vso_digester_create(p);
    vso_authors_init(&verify.authors, package->certs, p);
    rv = index_files(&verify);
    if (rv == APR_SUCCESS) {
        rv = check_files(&verify);
    }
    if (rv == APR_SUCCESS && verify.p7s) {
        rv = check_cms(&verify, &signer);
    }
    if (rv == APR_SUCCESS) {
        conclude(&verify, signer ? signer : raw_signer(&verify));
    }
    return rv;
}
