/* SPDX-License-Identifier: Apache-2.0 */
/**
 * content-signature: who authored an element.
 */
#ifndef VSO_VERIFY_CONTENT_H
#define VSO_VERIFY_CONTENT_H

#include "package/package.h"
#include "package/rawsig.h"

/** The certificates that may have signed, and what is remembered between
 * elements. Zero but for certs. */
typedef struct {
    const apr_array_header_t *certs; /**< vso_package_cert_t * */
    const vso_package_cert_t *last;  /**< who signed the element before */
    int misses;                      /**< signatures that did not open */
} vso_authors_t;

/** What there is to judge by. */
typedef struct {
    int has_data;
    vso_digests_t digests; /**< of data */
    const char *data;      /**< NULL: not held, too large to look into */
    apr_size_t data_len;
    const char *signature; /**< content-signature; NULL: there is none */
    apr_size_t signature_len;
} vso_content_t;

/** Set the element's content_signature and author as verify.h says.
 * @param res  BAD_XML; warning "content-signature" */
apr_status_t vso_content_judge(vso_element_t *element,
                               const vso_content_t *content,
                               vso_authors_t *authors, vso_result_t *res,
                               apr_pool_t *p);

/** 1 when the text of an info or of dunes-meta-inf names this certificate. */
int vso_content_names(const char *text, const vso_package_cert_t *cert,
                      apr_pool_t *p);

#endif
