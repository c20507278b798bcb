/* SPDX-License-Identifier: Apache-2.0 */
#include "package/verify_content.h"

#include <string.h>

#include <apr_strings.h>

#include "package/xml.h"
#include "x509/name.h"

#define SCRIPT_TYPE "ScriptModule"
#define SCRIPT      "script"

/* What may be spent on signatures of one package that do not fit, counted in
 * openings with RSA-2048: thousands of elements times hundreds of certificates
 * would take minutes. */
#define MAX_WORK     100000
#define WORK_KEY_LEN 256

void vso_authors_init(vso_authors_t *authors, const apr_array_header_t *certs,
                      apr_pool_t *p)
{
    apr_size_t n = (apr_size_t)certs->nelts;
    apr_size_t i;

    memset(authors, 0, sizeof(*authors));
    authors->certs = certs;
    authors->subjects = apr_palloc(p, (n + 1) * sizeof(*authors->subjects));
    for (i = 0; i < n; i++) {
        X509 *cert = APR_ARRAY_IDX(certs, i, const vso_package_cert_t *)->cert;

        authors->subjects[i] = vso_name_text(X509_get_subject_name(cert), p);
    }
}

const vso_package_cert_t *vso_authors_named(const vso_authors_t *authors,
                                            const char *text)
{
    apr_size_t len = strlen(text);
    int i;

    for (i = 0; len && i < authors->certs->nelts; i++) {
        const vso_package_cert_t *cert =
            APR_ARRAY_IDX(authors->certs, i, const vso_package_cert_t *);
        const char *file = strrchr(cert->path, '/');

        file = file ? file + 1 : cert->path;
        if ((!strncmp(file, text, len) && !strcmp(file + len, ".cer")) ||
            !strcmp(authors->subjects[i], text)) {
            return cert;
        }
    }
    return NULL;
}

/** Would a signature of this certificate count, had it this length? */
static int can_sign(const vso_package_cert_t *cert, apr_size_t len)
{
    EVP_PKEY *pkey = X509_get0_pubkey(cert->cert);

    return (apr_size_t)EVP_PKEY_get_size(pkey) == len &&
           !vso_rawsig_short_key(pkey);
}

static int try_cert(vso_content_t *content, const vso_package_cert_t *cert,
                    vso_authors_t *authors)
{
    EVP_PKEY *pkey = X509_get0_pubkey(cert->cert);
    apr_int64_t size;

    if (!can_sign(cert, content->signature_len)) {
        return 0;
    }
    if (authors->work >= MAX_WORK) {
        content->gave_up = 1;
        return 0;
    }
    if (vso_rawsig_open(pkey, content->signature, content->signature_len,
                        &content->opened)) {
        return 1;
    }
    size = EVP_PKEY_get_size(pkey) / WORK_KEY_LEN;
    authors->work += size > 1 ? size * size : 1;
    return 0;
}

/** Who signed: most likely who signed the one before, or who is named. */
static const vso_package_cert_t *find_author(vso_content_t *content,
                                             vso_authors_t *authors)
{
    const vso_package_cert_t *named = content->named;
    int i;

    if (authors->last && try_cert(content, authors->last, authors)) {
        return authors->last;
    }
    if (named && named != authors->last && try_cert(content, named, authors)) {
        return named;
    }
    for (i = 0; i < authors->certs->nelts; i++) {
        const vso_package_cert_t *cert =
            APR_ARRAY_IDX(authors->certs, i, const vso_package_cert_t *);

        if (cert != authors->last && cert != named &&
            try_cert(content, cert, authors)) {
            return cert;
        }
    }
    return NULL;
}

void vso_verify_content_open(const vso_element_t *element,
                             vso_content_t *content, vso_authors_t *authors)
{
    content->named = vso_authors_named(authors, element->owner_text);
    content->by = find_author(content, authors);
    content->kind = content->by ? vso_rawsig_kind(&content->opened) : 0;
    if (content->by) {
        authors->last = content->by;
    }
}

/** The digest that the signature is over, where it is the script's.
 * *pdigest NULL: it is not, or data holds no script */
static apr_status_t match_script(const vso_content_t *content, const char *file,
                                 const char **pdigest, vso_result_t *res,
                                 apr_pool_t *p)
{
    vso_digester_t *digester = vso_digester_create(p);
    vso_digests_t digests;
    apr_status_t rv;
    vso_xml_t *xml;
    const char *text;

    *pdigest = NULL;
    rv = vso_xml_parse(content->data, content->data_len, file, &xml, res, p);
    text = rv == APR_SUCCESS ? vso_xml_text(xml, SCRIPT) : NULL;
    if (!text) {
        return rv;
    }
    rv = vso_digester_begin(digester, content->kind, res);
    if (rv == APR_SUCCESS) {
        rv = vso_digester_take(digester, text, strlen(text), res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_digester_end(digester, &digests, res);
    }
    if (rv == APR_SUCCESS) {
        *pdigest = vso_rawsig_match(&content->opened, &digests);
    }
    return rv;
}

/** Nobody's key made it. That proves something only of who is named: a
 * certificate that is not there may be the right one. */
static void judge_unfound(vso_element_t *element, const vso_content_t *content)
{
    EVP_PKEY *pkey =
        content->named ? X509_get0_pubkey(content->named->cert) : NULL;

    if (content->gave_up) {
        return;
    }
    if (pkey && EVP_PKEY_is_a(pkey, "RSA") && !vso_rawsig_short_key(pkey)) {
        element->content_signature = VSO_SIGNATURE_INVALID;
    }
    else {
        element->unchecked = VSO_UNCHECKED_AUTHOR;
    }
}

apr_status_t vso_verify_content_judge(vso_element_t *element,
                                      const vso_content_t *content,
                                      vso_authors_t *authors, vso_result_t *res,
                                      apr_pool_t *p)
{
    const vso_package_cert_t *named =
        content->signature ? content->named
                           : vso_authors_named(authors, element->owner_text);
    const char *digest;

    element->author = named ? named->cert : NULL;
    element->unchecked = VSO_UNCHECKED_NONE;
    element->content_signature =
        content->signature ? VSO_SIGNATURE_UNCHECKED : VSO_SIGNATURE_UNSIGNED;
    if (!content->signature || !content->has_data) {
        return APR_SUCCESS;
    }
    if (!content->by) {
        judge_unfound(element, content);
        return APR_SUCCESS;
    }
    digest = vso_rawsig_match(&content->opened, &content->digests);
    if (!digest && content->data && !strcmp(element->type, SCRIPT_TYPE) &&
        match_script(
            content,
            apr_pstrcat(p, "elements/", element->folder, "/data", NULL),
            &digest, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!digest) {
        element->unchecked = VSO_UNCHECKED_FORM;
        return APR_SUCCESS;
    }
    element->author = content->by->cert;
    element->content_signature =
        vso_rawsig_is_weak(digest) ? VSO_SIGNATURE_WEAK : VSO_SIGNATURE_VALID;
    return APR_SUCCESS;
}

apr_status_t vso_verify_content_of_element(vso_element_t *element,
                                           const apr_array_header_t *certs,
                                           vso_element_load_fn *load,
                                           void *baton, vso_result_t *res,
                                           apr_pool_t *p)
{
    vso_authors_t authors;
    vso_content_t content = {0};
    vso_digester_t *digester = vso_digester_create(p);
    char *signature = NULL;
    char *data = NULL;
    apr_status_t rv;

    vso_authors_init(&authors, certs, p);
    rv = load(baton, "content-signature", &signature, &content.signature_len,
              res, p);
    if (rv == APR_SUCCESS) {
        rv = load(baton, "data", &data, &content.data_len, res, p);
    }
    content.signature = signature;
    if (rv == APR_SUCCESS && signature) {
        vso_verify_content_open(element, &content, &authors);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_digester_begin(digester, content.kind, res);
    }
    if (rv == APR_SUCCESS && data) {
        rv = vso_digester_take(digester, data, content.data_len, res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_digester_end(digester, &content.digests, res);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    content.has_data = data != NULL;
    content.data = content.data_len <= VSO_MAX_ELEMENT_FILE ? data : NULL;
    return vso_verify_content_judge(element, &content, &authors, res, p);
}

/** What is counted for the warnings. */
typedef struct {
    int invalid;
    int authors;       /**< their certificates are not there */
    int forms;         /**< actions whose signatures are over something else */
    const char *first; /**< that is INVALID */
} tally_t;

static tally_t count_elements(const vso_package_t *package)
{
    tally_t tally = {0};
    int i;

    for (i = 0; i < package->elements->nelts; i++) {
        const vso_element_t *element =
            APR_ARRAY_IDX(package->elements, i, const vso_element_t *);

        if (element->content_signature == VSO_SIGNATURE_INVALID) {
            if (!tally.invalid++) {
                tally.first = *element->name ? element->name : element->id;
            }
        }
        else if (element->unchecked == VSO_UNCHECKED_AUTHOR) {
            tally.authors++;
        }
        else if (element->unchecked == VSO_UNCHECKED_FORM &&
                 !strcmp(element->type, SCRIPT_TYPE)) {
            tally.forms++;
        }
    }
    return tally;
}

static void warn_unchecked(const tally_t *tally, vso_result_t *res)
{
    const char *authors = "";
    const char *forms = "";

    if (tally->authors) {
        authors = apr_psprintf(res->p,
                               " The author's certificate is not in the "
                               "package: %d.",
                               tally->authors);
    }
    if (tally->forms) {
        forms = apr_psprintf(res->p,
                             " The author signed neither the script nor data "
                             "as they are: a server rewrote data, or somebody "
                             "changed it: %d.",
                             tally->forms);
    }
    if (tally->authors + tally->forms) {
        vso_warn_count(res, "content-signature-unchecked",
                       tally->authors + tally->forms,
                       "Elements whose content-signature cannot be checked: "
                       "%d.%s%s The package's own signature holds.",
                       tally->authors + tally->forms, authors, forms);
    }
}

void vso_verify_content_warn(const vso_package_t *package, vso_result_t *res)
{
    tally_t tally = count_elements(package);

    if (tally.invalid) {
        vso_warn_count(res, "content-signature", tally.invalid,
                       "Elements whose content-signature was not made with "
                       "the certificate of the author that they name: %d, the "
                       "first is \"%s\". The package's own signature holds.",
                       tally.invalid, tally.first);
    }
    warn_unchecked(&tally, res);
}
