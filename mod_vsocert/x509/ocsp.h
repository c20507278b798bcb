/* SPDX-License-Identifier: Apache-2.0 */
/**
 * OCSP (RFC 6960): what to ask a responder about a certificate, and whether
 * its answer can be handed to clients.
 */
#ifndef VSO_OCSP_H
#define VSO_OCSP_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "base/result.h"

/** What a response is about, and when. */
typedef struct {
    X509 *cert;
    X509 *issuer;
    apr_int64_t now_sec; /**< not the clock of this node, which may be wrong */
} vso_ocsp_subject_t;

/** Address of the certificate's responder: the first that is a strict http://
 * URL (host, port, path and query of printable ASCII); NULL where it names
 * none, and then nobody is asked. */
const char *vso_ocsp_url(X509 *cert, apr_pool_t *p);

/** The request, DER. @return NULL when OpenSSL fails */
const unsigned char *vso_ocsp_request(X509 *cert, X509 *issuer,
                                      apr_size_t *plen, apr_pool_t *p);

/**
 * Check a response: for this certificate, signed by its issuer or by whom the
 * issuer delegated that to, of now, and not "unknown".
 * @param pnext_sec  when a newer one is to be had; a day from now where the
 *                   response does not say
 * @param prevoked   1: the certificate was revoked
 * @param res        INVALID: why it is not handed on
 */
apr_status_t vso_ocsp_check(const vso_ocsp_subject_t *subject,
                            const unsigned char *der, apr_size_t len,
                            apr_int64_t *pnext_sec, int *prevoked,
                            vso_result_t *res, apr_pool_t *p);

#endif
