/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The container of JKS and JCEKS files, big-endian: magic, version 1 or 2,
 * count, entries, and a SHA-1 over password and all of it (JDK,
 * sun.security.provider.JavaKeyStore and com.sun.crypto.provider.JceKeyStore).
 */
#ifndef VSO_KEYFILE_JKS_H
#define VSO_KEYFILE_JKS_H

#include <openssl/sha.h>

#include "base/secret.h"

#define VSO_JKS_MAGIC   0xFEEDFEEDu
#define VSO_JCEKS_MAGIC 0xCECECECEu

/** Kinds of entry. */
#define VSO_JKS_PRIVATE_KEY 1
#define VSO_JKS_CERTIFICATE 2
#define VSO_JKS_SECRET_KEY  3 /**< JCEKS only */

/** Type in front of each certificate; absent in version 1. */
#define VSO_JKS_CERT_TYPE "X.509"

/** The trailer: SHA-1 over the password in UTF-16BE, a fixed text, and the
 * bytes before. @return 1, or 0 when OpenSSL cannot */
int vso_jks_digest(const vso_secret_t *password, const unsigned char *data,
                   apr_size_t len, unsigned char digest[SHA_DIGEST_LENGTH],
                   apr_pool_t *p);

#endif
