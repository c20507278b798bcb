/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Certificate signing requests: PKCS#10 (RFC 2986).
 */
#ifndef VSO_CSR_H
#define VSO_CSR_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "x509/name.h"

/**
 * Make a CSR with an extensionRequest that asks for subjectAltName, keyUsage
 * and extendedKeyUsage like those of vso_cert_self_sign.
 * @param pkey     the key that signs; its digest as in vso_cert_self_sign
 * @param subject  as the certificate is to have it
 * @param sans     checked "DNS:a"; empty: no subjectAltName is asked for
 * @param ppem     PEM text ("BEGIN CERTIFICATE REQUEST"), set on success only
 */
apr_status_t vso_csr_create(EVP_PKEY *pkey, const X509_NAME *subject,
                            const apr_array_header_t *sans, const char **ppem,
                            vso_result_t *res, apr_pool_t *p);

/**
 * As vso_csr_create, with the subject of a certificate, byte for byte, and
 * its DNS and IP SANs, which is what a CA for servers grants: for `Export
 * CSR`, when the certificate came from elsewhere. Other names give the warning
 * names-left-out in res.
 */
apr_status_t vso_csr_from_cert(EVP_PKEY *pkey, X509 *cert, const char **ppem,
                               vso_result_t *res, apr_pool_t *p);

/** Parse a PEM CSR that vso_csr_create wrote, signature checked; DAMAGED. */
apr_status_t vso_csr_parse(const char *pem, X509_REQ **preq, vso_result_t *res,
                           apr_pool_t *p);

#endif
