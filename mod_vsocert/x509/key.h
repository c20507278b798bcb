/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Private keys: make, name, compare, turn into bytes and back. Key types are
 * named "rsa-2048", "ec-p256" and so on, everywhere.
 */
#ifndef VSO_KEY_H
#define VSO_KEY_H

#include <apr_pools.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "base/secret.h"

/** The types that can be created, ends in NULL: rsa-2048 (the default, first),
 * rsa-3072, rsa-4096, ec-p256, ec-p384. */
extern const char *const vso_key_types[];

/**
 * Make a key.
 * @param type   one of vso_key_types, else INVALID (field "key")
 * @param pkey   set on success only; lives as long as p
 */
apr_status_t vso_key_generate(const char *type, EVP_PKEY **pkey,
                              vso_result_t *res, apr_pool_t *p);

/** Type of any key: "rsa-1024", "ec-p256", "ec-secp256k1", "ed25519". NULL, as
 * in a certificate whose key OpenSSL cannot read: "unknown". */
const char *vso_key_type(const EVP_PKEY *pkey, apr_pool_t *p);

/** "RSA", "EC", or another upper-case word: versions of one entry serve side
 * by side when this differs. From a type text ("rsa-2048"). */
const char *vso_key_algorithm(const char *type, apr_pool_t *p);

/** SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex: the identity of a
 * key, the same for key, certificate and CSR. */
const char *vso_key_fingerprint(const EVP_PKEY *pkey, apr_pool_t *p);

/** The key as DER PKCS#8 (RFC 5958), unencrypted. */
apr_status_t vso_key_to_der(const EVP_PKEY *pkey, vso_secret_t **pder,
                            vso_result_t *res, apr_pool_t *p);

/** Parse DER PKCS#8 strictly: cap VSO_MAX_KEY, no trailing bytes; DAMAGED. */
apr_status_t vso_key_from_der(const vso_secret_t *der, EVP_PKEY **pkey,
                              vso_result_t *res, apr_pool_t *p);

/** Refuse an EC key that writes its curve's parameters out instead of naming
 * the curve, be it a known one: NOT_SERVABLE. Certificates and requests for it
 * would do the same. */
apr_status_t vso_key_named_curve(const EVP_PKEY *pkey, const char *field,
                                 vso_result_t *res);

/** OpenSSL's name of an EC key's curve, "" for other keys and for a curve
 * without a name. */
const char *vso_key_curve(const EVP_PKEY *pkey, apr_pool_t *p);

/** 1 when the certificate's public key belongs to the private key. */
int vso_key_matches(const EVP_PKEY *pkey, const X509 *cert);

#endif
