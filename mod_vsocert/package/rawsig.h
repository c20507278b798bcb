/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Raw signatures, as signatures/ and content-signature hold them:
 * RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) over one of the digests below. Which one
 * it is shows once the signature is opened: that comes first, so that only
 * this one has to be computed.
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

/** Digests that a raw signature can be over, as bits. */
typedef enum {
    VSO_DIGEST_MD5 = 1,
    VSO_DIGEST_SHA1 = 2,
    VSO_DIGEST_SHA256 = 4,
    VSO_DIGEST_SHA384 = 8,
    VSO_DIGEST_SHA512 = 16
} vso_digest_e;

/** Digests of the same bytes: those that were asked for. */
typedef struct {
    unsigned kinds; /**< bits of vso_digest_e: which ones are set */
    unsigned char md5[MD5_DIGEST_LENGTH];
    unsigned char sha1[SHA_DIGEST_LENGTH];
    unsigned char sha256[SHA256_DIGEST_LENGTH];
    unsigned char sha384[SHA384_DIGEST_LENGTH];
    unsigned char sha512[SHA512_DIGEST_LENGTH];
} vso_digests_t;

/** Computes digests of one file after the other. */
typedef struct vso_digester_t vso_digester_t;

/** What a signature holds: a DigestInfo, where the key is the right one. */
typedef struct {
    unsigned char data[VSO_MAX_RAWSIG];
    apr_size_t len;
} vso_rawsig_t;

/** Make a digester. */
vso_digester_t *vso_digester_create(apr_pool_t *p);

/** The bytes that follow are a file's. @param kinds bits of vso_digest_e
 * @param res INTERNAL */
apr_status_t vso_digester_begin(vso_digester_t *digester, unsigned kinds,
                                vso_result_t *res);

/** Take bytes: a vso_sink_fn, baton is the digester. */
apr_status_t vso_digester_take(void *baton, const char *data, apr_size_t len,
                               vso_result_t *res);

/** The digests of what was taken since vso_digester_begin. */
apr_status_t vso_digester_end(vso_digester_t *digester, vso_digests_t *digests,
                              vso_result_t *res);

/**
 * Open a signature with a public key.
 * @return 1, or 0 where the key is no RSA key or not the one that signed
 */
int vso_rawsig_open(EVP_PKEY *pkey, const char *data, apr_size_t len,
                    vso_rawsig_t *sig);

/** Which digest an opened signature is over, a bit of vso_digest_e; 0: none of
 * them, or it is no DigestInfo. */
unsigned vso_rawsig_kind(const vso_rawsig_t *sig);

/** The name of the digest that the signature is over: "md5", "sha1", "sha256",
 * "sha384", "sha512"; NULL: it is over other bytes, or its digest is not among
 * those that were computed. */
const char *vso_rawsig_match(const vso_rawsig_t *sig,
                             const vso_digests_t *digests);

/** The bit of a digest's name; 0: there is none of this name. */
unsigned vso_digest_named(const char *name);

/** 1 when the digest is too weak to rely on: "md5", "sha1". */
int vso_rawsig_is_weak(const char *digest);

/** The weaker of two digests that vouch for the same thing; either may be
 * NULL. */
const char *vso_rawsig_weaker(const char *a, const char *b);

/** 1 when the key is too short to vouch for anything: RSA under 1024 bits,
 * others under 80 bits of security. */
int vso_rawsig_short_key(const EVP_PKEY *pkey);

/**
 * Sign a digest, as Orchestrator does.
 * @param pkey  RSA
 * @param kind  which one; it was computed
 * @param res   INTERNAL
 */
apr_status_t vso_rawsig_make(EVP_PKEY *pkey, unsigned kind,
                             const vso_digests_t *digests,
                             const unsigned char **psig, apr_size_t *plen,
                             vso_result_t *res, apr_pool_t *p);

#endif
