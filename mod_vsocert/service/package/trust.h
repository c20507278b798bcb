/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who may sign packages: whether a signer is trusted, and the list of
 * certificates that an administrator trusts.
 */
#ifndef VSO_SERVICE_TRUST_H
#define VSO_SERVICE_TRUST_H

#include <openssl/x509.h>

#include "service/context.h"
#include "store/trust.h"

/** Is a signer trusted, and why. */
typedef struct {
    int trusted;
    const char *by;  /**< "own", "table" or "ca"; NULL: not trusted */
    const char *why; /**< one sentence, in either case */
    int expired;     /**< now */
    int vouches;     /**< its packages are taken as a whole */
} vso_trust_verdict_t;

/**
 * Judge a signer, by its certificate and never by its name: trusted is an
 * active or passive one of any entry, one of the list (expired or not), and
 * one that chains to VSOCertTrustCA now. Inside a change too: it reads what
 * the change has written.
 * @param extra    X509 *: certificates that came along, for the chain; or
 *                 NULL
 * @param verdict  texts live in ctx->p
 * @return what the database failed with, in res. A listed signer that
 *         has expired gives the warning "expired-signer" there
 */
apr_status_t vso_trust_judge(const vso_context_t *ctx, X509 *cert,
                             const apr_array_header_t *extra,
                             vso_trust_verdict_t *verdict, vso_result_t *res);

/** The row of a certificate that ctx's caller trusts from now on, for
 * vso_trust_add. @param source  "file", or the name of a package */
void vso_trust_describe(const vso_context_t *ctx, X509 *cert,
                        const char *source, vso_trusted_t *row);

/** One trusted certificate as the list shows it. */
typedef struct {
    const vso_trusted_t *row;
    const apr_array_header_t *packages; /**< const char *: names of stored
                                             packages that rest on it */
    int expired;
} vso_trust_item_t;

/** All trusted certificates, newest first: vso_trust_item_t. */
apr_status_t vso_trust_overview(const vso_context_t *ctx,
                                apr_array_header_t **pitems, vso_result_t *res);

/** A certificate in the list. NOT_FOUND, field "fingerprint". */
apr_status_t vso_trust_listed(const vso_context_t *ctx, const char *fingerprint,
                              X509 **pcert, vso_result_t *res);

/** A certificate to trust. */
typedef struct {
    X509 *cert;
    const char *source; /**< "file", or the name of a package */
    int vouches;        /**< 1, 0; -1: as it is, and 0 for a new one */
} vso_trust_offer_t;

/**
 * Trust a certificate from now on; audited as trust-add. One that is in the
 * list stays as it is, but for vouches; audited as trust-change.
 * @param pitem   what the list then holds
 * @param padded  0: it was there already, nothing was changed
 * @return TOO_LARGE; in res also warnings: expired-signer, ca-as-signer
 */
apr_status_t vso_trust_accept(const vso_context_t *ctx,
                              const vso_trust_offer_t *offer,
                              vso_trust_item_t *pitem, int *padded,
                              vso_outcome_t *outcome, vso_result_t *res);

/**
 * Trust it no more; audited as trust-remove. What is stored stays.
 * @param ppackages  const char *: names of packages that rested on it
 * @return NOT_FOUND, field "fingerprint"
 */
apr_status_t vso_trust_withdraw(const vso_context_t *ctx,
                                const char *fingerprint,
                                apr_array_header_t **ppackages,
                                vso_outcome_t *outcome, vso_result_t *res);

#endif
