/* SPDX-License-Identifier: Apache-2.0 */
#include "package/verify.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "package/cms.h"
#include "package/manifest.h"
#include "package/rawsig.h"
#include "package/verify_content.h"
#include "x509/name.h"
#include "x509/ossl.h"

#define SIGNATURES "signatures/"
#define SHA1       "sha1"

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

static const char *opens(const vso_package_cert_t *cert, const char *data,
                         apr_size_t len, const vso_digests_t *digests)
{
    vso_rawsig_t sig;

    return vso_rawsig_open(X509_get0_pubkey(cert->cert), data, len, &sig)
               ? vso_rawsig_match(&sig, digests)
               : NULL;
}

static apr_status_t refuse(verify_t *verify, const char *path,
                           const vso_package_cert_t *other)
{
    if (other) {
        return vso_fail(
            verify->res, VSO_P_BAD_SIGNATURE, path,
            "\"%s\" is signed by \"%s\", other files are by \"%s\": a package "
            "has one signer.",
            path, vso_name_text(X509_get_subject_name(other->cert), verify->p),
            vso_name_text(X509_get_subject_name(verify->signer->cert),
                          verify->p));
    }
    return vso_fail(verify->res, VSO_P_BAD_SIGNATURE, path,
                    "The signature of \"%s\" does not hold: the file was "
                    "changed after it was signed, or the signer's certificate "
                    "is not in the package.",
                    path);
}

/** The first signature finds the signer, all others must be by the same. */
static apr_status_t check_signer(verify_t *verify, const char *path,
                                 const char *data, apr_size_t len,
                                 const vso_digests_t *digests,
                                 const char **pdigest)
{
    const vso_package_cert_t *found = verify->signer;
    const char *digest = found ? opens(found, data, len, digests) : NULL;
    int i;

    for (i = 0; !digest && i <= verify->package->certs->nelts; i++) {
        found = candidate(verify, i);
        digest = found ? opens(found, data, len, digests) : NULL;
    }
    if (!digest || (verify->signer && found != verify->signer)) {
        return refuse(verify, path, digest ? found : NULL);
    }
    if (vso_rawsig_short_key(X509_get0_pubkey(found->cert))) {
        return vso_fail(verify->res, VSO_P_BAD_SIGNATURE, found->path,
                        "The package is signed with an RSA key of %d bits, "
                        "which anybody can compute; at least 1024 are needed.",
                        EVP_PKEY_get_bits(X509_get0_pubkey(found->cert)));
    }
    verify->signer = found;
    *pdigest = digest;
    return APR_SUCCESS;
}

/** The weaker of two digests that vouch for one package. */
static const char *weaker(const char *a, const char *b)
{
    if (!a || !b) {
        return a ? a : b;
    }
    if (vso_rawsig_is_weak(a) != vso_rawsig_is_weak(b)) {
        return vso_rawsig_is_weak(a) ? a : b;
    }
    return strcmp(a, SHA1) == 0 ? b : a;
}

/** Check the raw signature of a file that was just read. */
static apr_status_t check_raw(verify_t *verify, const vso_package_file_t *file,
                              const vso_digests_t *digests, apr_pool_t *scratch)
{
    vso_package_file_t *sig =
        apr_hash_get(verify->signatures, file->path, APR_HASH_KEY_STRING);
    const char *digest = NULL;
    apr_status_t rv;
    char *data;

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
        return refuse(verify, file->path, NULL);
    }
    rv = vso_zip_load(verify->package->zip, sig->entry, VSO_MAX_RAWSIG, &data,
                      verify->res, scratch);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    sig->sha256 = vso_sha256_hex((const unsigned char *)data,
                                 (apr_size_t)sig->entry->size, verify->p);
    rv = check_signer(verify, file->path, data, (apr_size_t)sig->entry->size,
                      digests, &digest);
    if (rv == APR_SUCCESS) {
        verify->digest = weaker(verify->digest, digest);
    }
    return rv;
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

/** Read a file once: digests, signature, and its bytes where wanted. */
static apr_status_t check_file(verify_t *verify, vso_package_file_t *file,
                               char *keep, vso_digests_t *digests,
                               apr_pool_t *scratch)
{
    reading_t reading = {verify->digester, keep, 0};
    apr_status_t rv;

    rv = vso_zip_read(verify->package->zip, file->entry, take, &reading,
                      verify->res);
    if (rv == APR_SUCCESS) {
        rv = vso_digester_end(verify->digester, digests, verify->res);
    }
    if (rv == APR_SUCCESS) {
        file->sha256 =
            vso_hex(digests->sha256, sizeof(digests->sha256), verify->p);
        rv = check_raw(verify, file, digests, scratch);
    }
    return rv;
}

/** Room for a file that is wanted whole. */
static char *room_for(const vso_package_file_t *file, apr_int64_t max_bytes,
                      apr_pool_t *p)
{
    return file->entry->size <= max_bytes
               ? apr_pcalloc(p, (apr_size_t)file->entry->size + 1)
               : NULL;
}

static apr_status_t check_element(verify_t *verify, vso_element_t *element,
                                  apr_pool_t *scratch)
{
    vso_package_file_t *data_file = vso_element_file(element, "data");
    vso_package_file_t *sig_file =
        vso_element_file(element, "content-signature");
    vso_content_t content = {0};
    vso_digests_t digests;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < element->files->nelts; i++) {
        vso_package_file_t *file =
            APR_ARRAY_IDX(element->files, i, vso_package_file_t *);

        if (file == data_file) {
            char *keep = room_for(file, VSO_MAX_ELEMENT_FILE, scratch);

            rv = check_file(verify, file, keep, &content.digests, scratch);
            content.has_data = 1;
            content.data = keep;
            content.data_len = (apr_size_t)file->entry->size;
        }
        else if (file == sig_file) {
            char *keep = room_for(file, VSO_MAX_RAWSIG, scratch);

            rv = check_file(verify, file, keep, &digests, scratch);
            content.signature = keep ? keep : "";
            content.signature_len = keep ? (apr_size_t)file->entry->size : 0;
        }
        else {
            rv = check_file(verify, file, NULL, &digests, scratch);
        }
    }
    if (rv == APR_SUCCESS) {
        rv = vso_content_judge(element, &content, &verify->authors, verify->res,
                               scratch);
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
            rv = check_file(verify, file, NULL, &digests, scratch);
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
                 strcmp(signer->digest, SHA1) ? "MD5" : "SHA-1");
    }
}

apr_status_t vso_package_verify(vso_package_t *package, vso_result_t *res,
                                apr_pool_t *p)
{
    verify_t verify = {.package = package, .res = res, .p = p};
    vso_package_signer_t *signer = NULL;
    apr_status_t rv;

    verify.signatures = apr_hash_make(p);
    vso_authors_init(&verify.authors, package->certs, p);
    rv = index_files(&verify);
    if (rv == APR_SUCCESS) {
        rv = vso_digester_create(&verify.digester, res, p);
    }
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
