/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Raw signatures, as signatures/ and content-signature hold them:
 * RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) over MD5, SHA-1 or SHA-256. Which of the
 * three is known only once the signature is opened, so all are computed in one
 * reading.
 */
#ifndef VSO_RAWSIG_H
#define VSO_RAWSIG_H

#include <apr_pools.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include "base/blob.h"
#include "base/limits.h"
#include "base/result.h"

/** Digests of the same bytes. */
typedef struct {
    unsigned char md5[MD5_DIGEST_LENGTH];
    unsigned char sha1[SHA_DIGEST_LENGTH];
    unsigned char sha256[SHA256_DIGEST_LENGTH];
} vso_digests_t;

/** Computes digests of one file after the other. */
typedef struct vso_digester_t vso_digester_t;

/** What a signature holds: a DigestInfo, where the key is the right one. */
typedef struct {
    unsigned char data[VSO_MAX_RAWSIG];
    apr_size_t len;
} vso_rawsig_t;

/** Make a digester. @param res INTERNAL */
apr_status_t vso_digester_create(vso_digester_t **pdigester, vso_result_t *res,
                                 apr_pool_t *p);

/** Take bytes: a vso_sink_fn, baton is the digester. */
apr_status_t vso_digester_take(void *baton, const char *data, apr_size_t len,
                               vso_result_t *res);

/** The digests of what was taken; the next bytes are another file's. */
apr_status_t vso_digester_end(vso_digester_t *digester, vso_digests_t *digests,
                              vso_result_t *res);

/**
 * Open a signature with a public key.
 * @return 1, or 0 where the key is no RSA key or not the one that signed
 */
int vso_rawsig_open(EVP_PKEY *pkey, const char *data, apr_size_t len,
                    vso_rawsig_t *sig);

/** The digest that the signature is over: "md5", "sha1", "sha256"; NULL: it is
 * over other bytes. */
const char *vso_rawsig_match(const vso_rawsig_t *sig,
                             const vso_digests_t *digests);

/** 1 when the digest is too weak to rely on: "md5", "sha1". */
int vso_rawsig_is_weak(const char *digest);

/** 1 when the key is too short to vouch for anything: RSA under 1024 bits,
 * others under 80 bits of security. */
int vso_rawsig_short_key(const EVP_PKEY *pkey);

/**
 * Sign the MD5 digest, as Orchestrator does.
 * @param pkey  RSA
 * @param res   INTERNAL
 */
apr_status_t vso_rawsig_make(EVP_PKEY *pkey, const vso_digests_t *digests,
                             const unsigned char **psig, apr_size_t *plen,
                             vso_result_t *res, apr_pool_t *p);

#endif
