/* SPDX-License-Identifier: Apache-2.0 */
/**
 * META-INF/vsocert.p7s: a detached CMS SignedData (RFC 5652) over the manifest.
 */
#ifndef VSO_CMS_H
#define VSO_CMS_H

#include "package/package.h"
#include "package/signing_key.h"

/**
 * Sign: SHA-256, or what the key asks for (SHA-384 for P-384), certificate and
 * chain inside, signing time key->now_sec.
 * @param pder  DER
 * @param res   INVALID, field "key": a key that CMS cannot sign with
 */
apr_status_t vso_cms_sign(const char *data, apr_size_t len,
                          const vso_package_key_t *key,
                          const unsigned char **pder, apr_size_t *plen,
                          vso_result_t *res, apr_pool_t *p);

/**
 * Verify, strictly: detached, id-data, one SignerInfo with SHA-256, SHA-384 or
 * SHA-512, signed attributes with content type, message digest and signing time
 * once each, the signer's certificate inside. Whether the certificate is
 * trusted is not looked at.
 * @param der      at most VSO_MAX_P7S, else TOO_LARGE
 * @param psigner  cms is 1
 * @param res      BAD_SIGNATURE, field VSO_PACKAGE_P7S
 */
apr_status_t vso_cms_verify(const char *der, apr_size_t der_len,
                            const char *data, apr_size_t len,
                            vso_package_signer_t **psigner, vso_result_t *res,
                            apr_pool_t *p);

#endif
