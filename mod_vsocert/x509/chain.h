/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From a heap of certificates in any order to leaf and chain (RFC 5280, 6.1;
 * order on the wire: RFC 8446, 4.4.2).
 */
#ifndef VSO_CHAIN_H
#define VSO_CHAIN_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/**
 * Order the issuers of leaf: each signs the one before, judged by name and
 * signature. Of several certificates of one CA, and of cross-signed ones: a
 * chain in which nothing has expired, then one that ends in a root, then the
 * one that leads furthest, then the one that is valid longest; none passes the
 * same name and key twice.
 * A self-signed root at the end is kept in the chain (exports want it; serving
 * leaves it out, see vso_chain_without_root).
 * @param leaf    the server's certificate
 * @param certs   X509 *: certificates to choose from, unrelated ones ignored
 * @param known   X509 *: tried where certs has no issuer (chains stored
 *                earlier complete a reply that holds the leaf alone); or NULL
 * @param pchain  X509 *, without leaf; at most VSO_MAX_CHAIN, maybe empty
 * @param res     TOO_LARGE over 2 * VSO_MAX_CERTS_IN_FILE certificates
 * @param p       the chain's certificates live as long as p
 */
apr_status_t vso_chain_order(X509 *leaf, const apr_array_header_t *certs,
                             const apr_array_header_t *known,
                             apr_array_header_t **pchain, vso_result_t *res,
                             apr_pool_t *p);

/** What a chain would be in the place of another one for the same leaf. */
typedef enum {
    VSO_CHAIN_SAME,  /**< the very same certificates */
    VSO_CHAIN_TAKEN, /**< it leads further, is valid longer, or goes another
                          way up */
    VSO_CHAIN_WORSE  /**< it has a flaw that the other has not (expired, not
                          yet valid, no CA), ends earlier, or holds an older
                          certificate of the same CA by the same issuer */
} vso_chain_verdict_e;

/**
 * Compare two chains, each as vso_chain_order gives it.
 * @param now_sec  when they have to be valid
 * @param pcause     why it is WORSE, a clause with "it" for the new chain; else
 *                 left alone
 */
vso_chain_verdict_e vso_chain_compare(const apr_array_header_t *old_chain,
                                      const apr_array_header_t *new_chain,
                                      apr_int64_t now_sec, const char **pcause,
                                      apr_pool_t *p);

/** The chain without a self-signed certificate at its end: clients have the
 * root, and sending it costs each handshake. */
apr_array_header_t *vso_chain_without_root(const apr_array_header_t *chain,
                                           apr_pool_t *p);

/** 1 when issuer's name fits and its signature on cert verifies. What cert's
 * authorityKeyIdentifier says is not looked at, as it may name an earlier
 * certificate of the same CA; nor is whether issuer may issue (vso_cert_judge
 * does). */
int vso_chain_issued(X509 *cert, X509 *issuer);

/** 1 when the certificate is its own issuer. */
int vso_chain_is_root(X509 *cert);

#endif
