/* SPDX-License-Identifier: Apache-2.0 */
/**
 * OpenSSL objects bound to pools, and its error queue as text. Whatever
 * OpenSSL hands to the core is bound here in the next statement, or freed
 * where it was made.
 */
#ifndef VSO_OSSL_H
#define VSO_OSSL_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/** Give ownership of the object to p. NULL stays NULL. @return the object */
X509 *vso_x509_bind(X509 *cert, apr_pool_t *p);
EVP_PKEY *vso_pkey_bind(EVP_PKEY *pkey, apr_pool_t *p);
X509_REQ *vso_req_bind(X509_REQ *req, apr_pool_t *p);

/** Another reference to the object, owned by p. */
X509 *vso_x509_ref(X509 *cert, apr_pool_t *p);
EVP_PKEY *vso_pkey_ref(EVP_PKEY *pkey, apr_pool_t *p);

/** Reason of the newest error in this thread's queue, which is emptied:
 * "ee key too small"; "unknown error" where there is none. Holds no input
 * bytes. */
const char *vso_ossl_reason(apr_pool_t *p);

/** Is a version, as "3.0.19", older than another? Numbers that are missing
 * are 0. */
int vso_ossl_is_older(const char *version, const char *other);

/** Version of the library that runs, when it is older than VSO_SOUND_OPENSSL;
 * else NULL. */
const char *vso_ossl_unsound(apr_pool_t *p);

/** Seconds since the epoch, UTC, of a valid time. */
apr_int64_t vso_asn1_time_sec(const ASN1_TIME *when);

#endif
