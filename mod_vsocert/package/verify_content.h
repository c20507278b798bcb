/* SPDX-License-Identifier: Apache-2.0 */
/**
 * content-signature: who authored an element.
 */
#ifndef VSO_VERIFY_CONTENT_H
#define VSO_VERIFY_CONTENT_H

#include "package/package.h"
#include "package/rawsig.h"

/** The certificates that may have signed, and what is remembered between
 * elements. */
typedef struct {
    const apr_array_header_t *certs; /**< vso_package_cert_t * */
    const char **subjects;           /**< their texts */
    const vso_package_cert_t *last;  /**< who signed the element before */
    apr_int64_t work; /**< done for signatures that did not fit */
} vso_authors_t;

/** Prepare. @param certs vso_package_cert_t * */
void vso_authors_init(vso_authors_t *authors, const apr_array_header_t *certs,
                      apr_pool_t *p);

/** The certificate that the text of an info or of dunes-meta-inf names, by
 * file or subject; NULL: none. */
const vso_package_cert_t *vso_authors_named(const vso_authors_t *authors,
                                            const char *text);

/** What there is to judge by. */
typedef struct {
    int has_data;
    vso_digests_t digests; /**< of data */
    const char *data;      /**< NULL: not held, too large to look into */
    apr_size_t data_len;
    const char *signature; /**< content-signature; NULL: there is none */
    apr_size_t signature_len;

    /* set by vso_verify_content_open */
    const vso_package_cert_t *named; /**< the author, as the element says */
    const vso_package_cert_t *by;    /**< whose key made it; NULL: unknown */
    vso_rawsig_t opened;
    unsigned kind; /**< the digest of data that it needs, 0: none */
    int gave_up;   /**< not all certificates were tried */
} vso_content_t;

/** Find out who made content->signature, before data is read. */
void vso_verify_content_open(const vso_element_t *element,
                             vso_content_t *content, vso_authors_t *authors);

/** Set the element's content_signature and author as vso_verify_package says,
 * after vso_verify_content_open where there is a signature, and with the digest
 * of data that this asked for.
 * @param res  BAD_XML */
apr_status_t vso_verify_content_judge(vso_element_t *element,
                                      const vso_content_t *content,
                                      vso_authors_t *authors, vso_result_t *res,
                                      apr_pool_t *p);

/**
 * Judge an element's content-signature by its files alone, as for an encrypted
 * element once it was opened (until then it is UNCHECKED): sets
 * content_signature, unchecked and author.
 * @param certs  vso_package_cert_t *: who may be its author
 * @param load   gives "data" and "content-signature"
 * @param res    what load reports; BAD_XML
 */
apr_status_t vso_verify_content_of_element(vso_element_t *element,
                                           const apr_array_header_t *certs,
                                           vso_element_load_fn *load,
                                           void *baton, vso_result_t *res,
                                           apr_pool_t *p);

/** Warn of authors' signatures once everything was verified and opened, once
 * a kind, with the number of elements: "content-signature" for those that are
 * INVALID, "content-signature-unchecked" for those that could be checked and
 * are not. The package's own signature holds in any case. */
void vso_verify_content_warn(const vso_package_t *package, vso_result_t *res);

#endif
