/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether a signer is trusted through a certification authority
 * (VSOCertTrustCA; RFC 5280, 6).
 */
#ifndef VSO_X509_TRUST_H
#define VSO_X509_TRUST_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/** Certification authorities, and CRLs where the file has some. Immutable
 * once loaded, shared by threads. */
typedef struct vso_trust_ca_t vso_trust_ca_t;

/**
 * Read a PEM bundle of CA certificates and CRLs.
 * @param res  INVALID, field "VSOCertTrustCA": no CA in it, a certificate that
 *             is none; DAMAGED
 */
apr_status_t vso_trust_ca_load(const char *path, vso_trust_ca_t **pca,
                               vso_result_t *res, apr_pool_t *p);

/**
 * Does the certificate chain to one of them? Dates at now_sec; extended key
 * usage, where there is one, must have codeSigning, emailProtection,
 * serverAuth or anyExtendedKeyUsage; keyUsage, where there is one,
 * digitalSignature or nonRepudiation; with CRLs in the bundle, revocation of
 * the leaf and of each CA that has a CRL there.
 * @param ca     NULL: none is configured
 * @param extra  X509 *: untrusted intermediates, any order; or NULL
 * @return NULL when trusted, else the reason in one sentence, in p
 */
const char *vso_trust_ca_judge(const vso_trust_ca_t *ca, X509 *cert,
                               const apr_array_header_t *extra,
                               apr_int64_t now_sec, apr_pool_t *p);

#endif
