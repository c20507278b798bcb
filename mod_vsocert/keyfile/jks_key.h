/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How private keys are protected in JKS and JCEKS files. Both are weak: JKS
 * has no iterations at all, JCEKS uses MD5 and Triple DES.
 */
#ifndef VSO_KEYFILE_JKS_KEY_H
#define VSO_KEYFILE_JKS_KEY_H

#include <apr_pools.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "base/secret.h"
#include "keyfile/pbe.h"

/** keytool of JDK 17 writes as many into JCEKS. */
#define VSO_JKS_KEY_ITERATIONS 200000

/**
 * Open an EncryptedPrivateKeyInfo (RFC 5958, 3) under either protector.
 * @param der    of at most VSO_MAX_KEY bytes
 * @param pinfo  set on success only; the caller frees it
 * @return APR_EACCES, with nothing in res, when the password does not fit;
 *         else res says DAMAGED, UNSUPPORTED_FORMAT or TOO_LARGE
 */
apr_status_t vso_jks_key_open(const unsigned char *der, apr_size_t len,
                              const vso_secret_t *password, vso_pbe_t *pbe,
                              PKCS8_PRIV_KEY_INFO **pinfo, vso_result_t *res,
                              apr_pool_t *p);

/**
 * Protect a key: DER EncryptedPrivateKeyInfo.
 * @return NULL when OpenSSL cannot: see vso_ossl_reason
 */
vso_secret_t *vso_jks_key_seal_jks(EVP_PKEY *pkey, const vso_secret_t *password,
                                   apr_pool_t *p);

/** The same for JCEKS; the password is ASCII. */
vso_secret_t *vso_jks_key_seal_jceks(EVP_PKEY *pkey,
                                     const vso_secret_t *password,
                                     apr_pool_t *p);

#endif
