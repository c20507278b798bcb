/* SPDX-License-Identifier: Apache-2.0 */
#include "package/verify_content.h"

#include <string.h>

#include <apr_strings.h>

#include "package/properties.h"
#include "package/verify.h"
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

/** The digests of a script's text, where data holds one. @return 1 or 0 in
 * *pfound */
static apr_status_t digest_script(const vso_content_t *content,
                                  const char *file, vso_digests_t *digests,
                                  int *pfound, vso_result_t *res, apr_pool_t *p)
{
    vso_digester_t *digester;
    apr_status_t rv;
    vso_xml_t *xml;
    const char *text;

    *pfound = 0;
    rv = vso_xml_parse(content->data, content->data_len, file, &xml, res, p);
    text = rv == APR_SUCCESS ? vso_xml_text(xml, SCRIPT, p) : NULL;
    if (!text) {
        return rv;
    }
    rv = vso_digester_create(&digester, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_digester_take(digester, text, strlen(text), res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_digester_end(digester, digests, res);
    }
    *pfound = rv == APR_SUCCESS;
    return rv;
}

/** What a search for the author looks for. */
typedef struct {
    const vso_content_t *content;
    vso_digests_t script;
    int has_script;
    const char *digest; /**< set when found */
    int gave_up;        /**< not all were tried */
} search_t;

static int try_cert(search_t *search, const vso_package_cert_t *cert,
                    vso_authors_t *authors)
{
    EVP_PKEY *pkey = X509_get0_pubkey(cert->cert);
    vso_rawsig_t sig;
    apr_int64_t size;

    search->digest = NULL;
    if ((apr_size_t)EVP_PKEY_get_size(pkey) != search->content->signature_len ||
        vso_rawsig_short_key(pkey)) {
        return 0;
    }
    if (authors->work >= MAX_WORK) {
        search->gave_up = 1;
        return 0;
    }
    if (vso_rawsig_open(pkey, search->content->signature,
                        search->content->signature_len, &sig)) {
        search->digest = vso_rawsig_match(&sig, &search->content->digests);
        if (!search->digest && search->has_script) {
            search->digest = vso_rawsig_match(&sig, &search->script);
        }
    }
    if (!search->digest) {
        size = EVP_PKEY_get_size(pkey) / WORK_KEY_LEN;
        authors->work += size > 1 ? size * size : 1;
    }
    return search->digest != NULL;
}

/** Who signed: most likely who signed the one before, or who is named. */
static const vso_package_cert_t *find_author(search_t *search,
                                             const vso_package_cert_t *named,
                                             vso_authors_t *authors)
{
    int i;

    if (authors->last && try_cert(search, authors->last, authors)) {
        return authors->last;
    }
    if (named && named != authors->last && try_cert(search, named, authors)) {
        return named;
    }
    for (i = 0; i < authors->certs->nelts; i++) {
        const vso_package_cert_t *cert =
            APR_ARRAY_IDX(authors->certs, i, const vso_package_cert_t *);

        if (cert != authors->last && cert != named &&
            try_cert(search, cert, authors)) {
            return cert;
        }
    }
    return NULL;
}

static void judge_unfound(vso_element_t *element, const search_t *search,
                          vso_result_t *res)
{
    element->content_signature = VSO_SIGNATURE_UNCHECKED;
    if (!search->has_script || search->gave_up) {
        return;
    }
    element->content_signature = VSO_SIGNATURE_INVALID;
    vso_warn(res, "content-signature",
             "The content-signature of \"%s\" does not hold: its script may "
             "have been changed since \"%s\" wrote it. The package's own "
             "signature holds.",
             *element->name ? element->name : element->id, element->owner_text);
}

apr_status_t vso_content_judge(vso_element_t *element,
                               const vso_content_t *content,
                               vso_authors_t *authors, vso_result_t *res,
                               apr_pool_t *p)
{
    search_t search = {.content = content};
    const vso_package_cert_t *named =
        vso_authors_named(authors, element->owner_text);
    const vso_package_cert_t *author;

    element->author = named ? named->cert : NULL;
    element->content_signature =
        content->signature ? VSO_SIGNATURE_UNCHECKED : VSO_SIGNATURE_UNSIGNED;
    if (!content->signature || !content->has_data) {
        return APR_SUCCESS;
    }
    if (content->data && !strcmp(element->type, SCRIPT_TYPE)) {
        const char *file =
            apr_pstrcat(p, "elements/", element->folder, "/data", NULL);

        if (digest_script(content, file, &search.script, &search.has_script,
                          res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    author = find_author(&search, named, authors);
    if (!author) {
        judge_unfound(element, &search, res);
        return APR_SUCCESS;
    }
    authors->last = author;
    element->author = author->cert;
    element->content_signature = vso_rawsig_is_weak(search.digest)
                                     ? VSO_SIGNATURE_WEAK
                                     : VSO_SIGNATURE_VALID;
    return APR_SUCCESS;
}

apr_status_t vso_element_verify(vso_element_t *element,
                                const apr_array_header_t *certs,
                                vso_element_load_fn *load, void *baton,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_authors_t authors;
    vso_content_t content = {0};
    vso_digester_t *digester = NULL;
    char *signature = NULL;
    char *data = NULL;
    apr_status_t rv;

    vso_authors_init(&authors, certs, p);
    rv = load(baton, "content-signature", &signature, &content.signature_len,
              res, p);
    if (rv == APR_SUCCESS) {
        rv = load(baton, "data", &data, &content.data_len, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_digester_create(&digester, res, p);
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
    content.signature = signature;
    content.has_data = data != NULL;
    content.data = content.data_len <= VSO_MAX_ELEMENT_FILE ? data : NULL;
    return vso_content_judge(element, &content, &authors, res, p);
}
