/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Password-based encryption as OpenSSL does it: PBES2 (RFC 8018), the schemes
 * of PKCS#12 (RFC 7292, appendix C) and of PKCS#5 v1.5. What a file asks for
 * is checked, and charged against what one file may cost, before any key is
 * derived. Ciphers that OpenSSL calls legacy (RC2 of old PKCS#12 files) live
 * in a library context of this one reader and are never loaded globally.
 */
#ifndef VSO_KEYFILE_PBE_H
#define VSO_KEYFILE_PBE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/asn1.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "base/secret.h"

/** One reader. */
typedef struct vso_pbe_t vso_pbe_t;

/** Make a reader's allowance of VSO_MAX_PBE_WORK; its library context goes
 * with p. */
vso_pbe_t *vso_pbe_create(apr_pool_t *p);

/**
 * Take the cost of one derivation from what is left.
 * @param res  DAMAGED: not a positive number; TOO_LARGE: over
 *             VSO_MAX_PBE_ITERATIONS, or all together over VSO_MAX_PBE_WORK
 */
apr_status_t vso_pbe_charge(vso_pbe_t *pbe, apr_int64_t iterations,
                            vso_result_t *res);

/** As vso_pbe_charge; NULL is the default of 1 (RFC 7292, MacData). */
apr_status_t vso_pbe_charge_asn1(vso_pbe_t *pbe, const ASN1_INTEGER *iterations,
                                 vso_result_t *res);

/**
 * Decrypt with the first password that fits, and parse what comes out:
 * nothing may follow it.
 * @param passwords  vso_secret_t *, from vso_text_spellings
 * @param item       the ASN.1 type inside
 * @param pvalue     set on success only; the caller frees it as item
 * @return APR_EACCES, with nothing in res, when no password fits (or the
 *         bytes are damaged: nobody can tell); else res says
 * UNSUPPORTED_FORMAT, DAMAGED or TOO_LARGE
 */
apr_status_t vso_pbe_open(vso_pbe_t *pbe, const X509_ALGOR *algorithm,
                          const ASN1_OCTET_STRING *sealed,
                          const apr_array_header_t *passwords,
                          const ASN1_ITEM *item, void **pvalue,
                          vso_result_t *res);

/** Of each derivation in files that are written, as OWASP asks for PBKDF2 with
 * HMAC-SHA-256. Whoever guesses takes the cheapest of a file, so that all have
 * as many. */
#define VSO_PBE_ITERATIONS 600000

/** PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256, fresh salt and IV. The
 * caller frees it. NULL: out of memory or of entropy. */
X509_ALGOR *vso_pbe_algorithm(void);

/** The key as EncryptedPrivateKeyInfo under vso_pbe_algorithm. The caller
 * frees it. NULL as above. */
X509_SIG *vso_pbe_seal(EVP_PKEY *pkey, const vso_secret_t *password);

#endif
