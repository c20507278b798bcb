/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/reply_diff.h"

#include "x509/csr.h"
#include "x509/difference.h"
#include "x509/san.h"

/** Warnings of what differs from a version's certificate, from which its
 * request is exported; NULL: it has none. */
static vso_result_t *against_certificate(const vso_version_t *asked, X509 *got,
                                         apr_pool_t *p)
{
    vso_result_t *ignored = vso_result_create(p);
    vso_result_t *found = vso_result_create(p);
    vso_material_t material;

    if (!*asked->certificate ||
        vso_version_row_certs(asked, &material, ignored, p) != APR_SUCCESS) {
        return NULL;
    }
    vso_difference_warn(X509_get_subject_name(material.cert),
                        vso_sans_for_server(material.cert, ignored, p), got,
                        found);
    return found;
}

/** The same of the request that was made for it. */
static vso_result_t *against_request(const vso_version_t *asked, X509 *got,
                                     apr_pool_t *p)
{
    vso_result_t *ignored = vso_result_create(p);
    vso_result_t *found = vso_result_create(p);
    X509_REQ *req;

    if (!*asked->csr ||
        vso_csr_parse(asked->csr, &req, ignored, p) != APR_SUCCESS) {
        return NULL;
    }
    vso_difference_warn(X509_REQ_get_subject_name(req), vso_sans_of_req(req, p),
                        got, found);
    return found;
}

void vso_reply_diff_warn(const vso_context_t *ctx, const vso_version_t *asked,
                         X509 *got, vso_result_t *res)
{
    vso_result_t *found = against_certificate(asked, got, ctx->p);
    vso_result_t *other = against_request(asked, got, ctx->p);

    /* a CA may send again what it got wrong: either can be what it answers */
    if (!found || (other && !other->warnings->nelts)) {
        found = other;
    }
    if (found) {
        apr_array_cat(res->warnings, found->warnings);
    }
}
