/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a key is used for: the extensions and the digest that a self-signed
 * certificate and a CSR have in common.
 */
#ifndef VSO_USAGE_H
#define VSO_USAGE_H

#include <apr_tables.h>
#include <openssl/x509.h>

/** The digest that a key signs with: SHA-384 for EC keys over 256 bits, what
 * the key itself asks for, else SHA-256. NULL: the algorithm has its own. */
const EVP_MD *vso_usage_digest(const EVP_PKEY *pkey);

/**
 * keyUsage, extendedKeyUsage and subjectAltName of a server that also signs
 * and decrypts packages.
 * @param sans  checked "DNS:a" (san.h); empty: no subjectAltName
 * @return to be freed by the caller; NULL: out of memory
 */
STACK_OF(X509_EXTENSION) *
    vso_usage_extensions(const EVP_PKEY *pkey, const apr_array_header_t *sans);

#endif
