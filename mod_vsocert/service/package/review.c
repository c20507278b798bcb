/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/review.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "package/verify.h"
#include "package/verify_content.h"
#include "service/package/author_certs.h"
#include "service/package/decrypt.h"

/** Where a review stands. */
typedef struct {
    const vso_context_t *ctx;
    vso_review_t *report;
    vso_decrypt_t *opener;
    apr_array_header_t *extra; /**< X509 *: what came along */
    const vso_element_t *element;
    int redact; /**< 1: anybody may read the review */
} review_t;

/** Unpack and open one encrypted file. */
static apr_status_t open_file(review_t *review, const vso_package_file_t *file,
                              vso_secret_t **pplain,
                              apr_array_header_t **pneeds, vso_result_t *res,
                              apr_pool_t *p)
{
    char *der;

    if (vso_zip_load(review->report->package->zip, file->entry,
                     VSO_MAX_ENVELOPE, &der, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_decrypt_open(review->opener, der, (apr_size_t)file->entry->size,
                            file->path, pplain, pneeds, res, p);
}

/** A vso_element_load_fn: a file of an element, opened where it is encrypted.
 * What is too large to look into is as if it were not there. */
static apr_status_t load_file(void *baton, const char *name, char **pdata,
                              apr_size_t *plen, vso_result_t *res,
                              apr_pool_t *p)
{
    review_t *review = baton;
    vso_zip_t *zip = review->report->package->zip;
    const vso_package_file_t *file = vso_element_file(review->element, name);
    vso_secret_t *plain;

    *pdata = NULL;
    *plen = 0;
    if (file && file->entry->size <= VSO_MAX_ELEMENT_FILE) {
        *plen = (apr_size_t)file->entry->size;
        return vso_zip_load(zip, file->entry, VSO_MAX_ELEMENT_FILE, pdata, res,
                            p);
    }
    file = vso_element_file(review->element,
                            apr_pstrcat(p, name, VSO_PACKAGE_SEALED, NULL));
    if (!file) {
        return APR_SUCCESS;
    }
    if (open_file(review, file, &plain, NULL, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (plain->len <= VSO_MAX_ELEMENT_FILE) {
        *pdata = (char *)plain->data;
        *plen = plain->len;
    }
    return APR_SUCCESS;
}

/** That keys here open every encrypted file of an element, and which ones open
 * them all. */
static apr_status_t find_keys(review_t *review, const vso_element_t *element,
                              const char **pneeds, vso_result_t *res)
{
    const vso_context_t *ctx = review->ctx;
    apr_array_header_t *common = NULL;
    apr_array_header_t *needs;
    vso_secret_t *plain;
    apr_pool_t *p;
    int i;

    for (i = 0; i < element->files->nelts; i++) {
        const vso_package_file_t *file =
            APR_ARRAY_IDX(element->files, i, vso_package_file_t *);
        apr_status_t rv;

        if (!vso_package_is_sealed(file->path)) {
            continue;
        }
        apr_pool_create(&p, ctx->p);
        rv = open_file(review, file, &plain, &needs, res, p);
        if (rv == APR_SUCCESS) {
            common = common ? vso_needs_common(common, needs, ctx->p)
                            : apr_array_copy(ctx->p, needs);
        }
        apr_pool_destroy(p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    *pneeds = common ? vso_needs_text(common, ctx->p) : "";
    return APR_SUCCESS;
}

/** The author's signature is over what is inside. */
static apr_status_t verify_opened(review_t *review, vso_element_t *element,
                                  vso_result_t *res)
{
    const vso_context_t *ctx = review->ctx;
    apr_status_t rv;
    apr_pool_t *p;

    apr_pool_create(&p, ctx->p);
    rv = vso_verify_content_of_element(element, review->report->package->certs,
                                       load_file, review, res, p);
    apr_pool_destroy(p);
    return rv;
}

static apr_status_t open_element(review_t *review, vso_element_t *element,
                                 const char **pneeds, vso_result_t *res)
{
    *pneeds = "";
    if (!element->encrypted) {
        return APR_SUCCESS;
    }
    review->element = element;
    if (find_keys(review, element, pneeds, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_element_describe(element, load_file, review, res, review->ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return verify_opened(review, element, res);
}

/** The signer with this certificate, judged when it is first met. */
static apr_status_t take_signer(review_t *review, X509 *cert,
                                vso_review_signer_t **psigner,
                                vso_result_t *res)
{
    const vso_context_t *ctx = review->ctx;
    apr_array_header_t *signers = review->report->signers;
    vso_review_signer_t *signer;
    int i;

    for (i = 0; i < signers->nelts; i++) {
        signer = APR_ARRAY_IDX(signers, i, vso_review_signer_t *);
        if (!X509_cmp(signer->cert, cert)) {
            *psigner = signer;
            return APR_SUCCESS;
        }
    }
    signer = apr_pcalloc(ctx->p, sizeof(*signer));
    signer->cert = cert;
    signer->info = vso_cert_info(cert, ctx->p);
    if (vso_trust_judge(ctx, cert, review->extra, &signer->verdict, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    APR_ARRAY_PUSH(signers, vso_review_signer_t *) = signer;
    *psigner = signer;
    return APR_SUCCESS;
}

/** The author's certificate with its issuers, as far as they came along. */
static apr_array_header_t *author_certs(const review_t *review, X509 *author)
{
    const apr_array_header_t *all = review->report->package->certs;
    apr_array_header_t *certs =
        apr_array_make(review->ctx->p, 2, sizeof(vso_package_cert_t *));
    X509 *wanted = author;
    int i = 0;

    while (wanted && i < all->nelts && certs->nelts < VSO_MAX_CHAIN) {
        vso_package_cert_t *cert = APR_ARRAY_IDX(all, i, vso_package_cert_t *);
        int fits = certs->nelts
                       ? X509_check_issued(cert->cert, wanted) == X509_V_OK
                       : !X509_cmp(cert->cert, wanted);

        i++;
        if (!fits) {
            continue;
        }
        APR_ARRAY_PUSH(certs, vso_package_cert_t *) = cert;
        /* look for the issuer from the beginning; a root is its own */
        wanted = X509_check_issued(cert->cert, cert->cert) == X509_V_OK
                     ? NULL
                     : cert->cert;
        i = 0;
    }
    return certs;
}

/** What is stored with each element of this author. */
static apr_status_t keep_certificates(const review_t *review,
                                      vso_review_signer_t *author,
                                      vso_result_t *res)
{
    const vso_context_t *ctx = review->ctx;
    apr_array_header_t *certs;

    if (author->certificates) {
        return APR_SUCCESS;
    }
    certs = author_certs(review, author->cert);
    author->certificates = vso_author_certs_text(certs, ctx->p);
    if (strlen(author->certificates) > VSO_MAX_VALUE) {
        const char *path =
            APR_ARRAY_IDX(certs, 0, const vso_package_cert_t *)->path;

        return vso_fail(res, VSO_P_TOO_LARGE, path,
                        "\"%s\" and the %d certificates above it that the "
                        "package holds have %" APR_SIZE_T_FMT
                        " bytes as PEM; %d are kept with an element. Ask for a "
                        "package that leaves out what is not needed of them.",
                        path, certs->nelts - 1, strlen(author->certificates),
                        VSO_MAX_VALUE);
    }
    return APR_SUCCESS;
}

static int verified(vso_signature_e signature)
{
    return signature == VSO_SIGNATURE_VALID || signature == VSO_SIGNATURE_WEAK;
}

/** Does the package's signer stand for what is inside? An own certificate
 * does: whoever exported it here has decided about its authors. So does one
 * that the list says it of, by the signature that covers everything. */
static int stands_for_all(const vso_review_t *report)
{
    const vso_trust_verdict_t *verdict = &report->signer->verdict;

    return !strcmp(verdict->by, "own") ||
           (verdict->vouches && report->package->signer->cms);
}

static int element_trusted(const vso_review_t *report,
                           const vso_review_element_t *item)
{
    const vso_trust_verdict_t *package = &report->signer->verdict;

    if (!package->trusted) {
        return 0;
    }
    return !item->author || !verified(item->element->content_signature) ||
           item->author->verdict.trusted || stands_for_all(report);
}

static apr_status_t add_element(review_t *review, vso_element_t *element,
                                vso_result_t *res)
{
    const vso_context_t *ctx = review->ctx;
    vso_review_element_t *item = apr_pcalloc(ctx->p, sizeof(*item));
    vso_review_signer_t *author = NULL;
    vso_element_row_t *stored = NULL;
    int closed = review->redact && !review->report->signer->verdict.trusted;
    int i;

    item->needs = "";
    if ((!closed &&
         open_element(review, element, &item->needs, res) != APR_SUCCESS) ||
        (!review->redact && vso_elements_find(ctx->store, element->id, &stored,
                                              res, ctx->p) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    item->element = element;
    item->stored = stored;
    if (element->author &&
        (take_signer(review, element->author, &author, res) != APR_SUCCESS ||
         keep_certificates(review, author, res) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    if (author && verified(element->content_signature)) {
        author->decisive = 1;
    }
    for (i = 0; i < element->files->nelts; i++) {
        item->size +=
            APR_ARRAY_IDX(element->files, i, vso_package_file_t *)->entry->size;
    }
    item->author = author;
    item->newer = stored && vso_element_compare_versions(element->version,
                                                         stored->version) > 0;
    item->selected = !stored || item->newer;
    item->trusted = element_trusted(review->report, item);
    APR_ARRAY_PUSH(review->report->elements, vso_review_element_t *) = item;
    return APR_SUCCESS;
}

/** Certificates that came along, for chains. */
static void gather_extra(review_t *review)
{
    const vso_package_t *package = review->report->package;
    int i;

    review->extra = apr_array_make(review->ctx->p, 8, sizeof(X509 *));
    for (i = 0; i < package->certs->nelts; i++) {
        APR_ARRAY_PUSH(review->extra, X509 *) =
            APR_ARRAY_IDX(package->certs, i, vso_package_cert_t *)->cert;
    }
    apr_array_cat(review->extra, package->signer->chain);
}

static apr_status_t find_stored(review_t *review, vso_result_t *res)
{
    const vso_context_t *ctx = review->ctx;
    vso_result_t *cause = vso_result_create(ctx->p);
    vso_package_row_t *row;

    if (vso_packages_get(ctx->store, review->report->package->name, &row, cause,
                         ctx->p) == APR_SUCCESS) {
        review->report->stored = 1;
    }
    else if (cause->problem != VSO_P_NOT_FOUND) {
        return vso_fail_as(res, cause);
    }
    return APR_SUCCESS;
}

apr_status_t vso_review_build(const vso_context_t *ctx, const vso_blob_t *blob,
                              int redact, vso_review_t **preport,
                              vso_result_t *res)
{
    vso_review_t *report = apr_pcalloc(ctx->p, sizeof(*report));
    review_t review = {ctx,  report, vso_decrypt_create(ctx),
                       NULL, NULL,   redact};
    vso_review_signer_t *signer;
    vso_package_t *package;
    int i;

    if (vso_package_read(blob, &package, res, ctx->p) != APR_SUCCESS ||
        vso_verify_package(package, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    report->package = package;
    report->signers = apr_array_make(ctx->p, 4, sizeof(vso_review_signer_t *));
    report->elements = apr_array_make(ctx->p, package->elements->nelts,
                                      sizeof(vso_review_element_t *));
    gather_extra(&review);
    if (take_signer(&review, package->signer->cert, &signer, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    signer->is_package = signer->decisive = 1;
    report->signer = signer;
    for (i = 0; i < package->elements->nelts; i++) {
        if (add_element(&review,
                        APR_ARRAY_IDX(package->elements, i, vso_element_t *),
                        res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    vso_verify_content_warn(package, res);
    if (!redact && find_stored(&review, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *preport = report;
    return APR_SUCCESS;
}

int vso_review_needs_trust(const vso_review_t *report)
{
    int i;

    for (i = 0; i < report->elements->nelts; i++) {
        if (!APR_ARRAY_IDX(report->elements, i, vso_review_element_t *)
                 ->trusted) {
            return 1;
        }
    }
    return !report->signer->verdict.trusted;
}
