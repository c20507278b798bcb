/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/pick.h"

#include "x509/chain.h"

/* Signatures that one choice may check: bounds the work on a heap of
 * certificates that all bear the same name. */
#define MAX_CHECKS 256

/** What speaks for a certificate, the weightiest first. */
typedef struct {
    X509 *cert;
    int valid;   /* 2: now, 1: not yet, 0: no longer */
    int by_ca;   /* not self-signed */
    int chained; /* its issuer is there */
    int tied;    /* the file ties it to the key */
} merits_t;

static int validity(const X509 *cert)
{
    if (X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0) {
        return 0;
    }
    return X509_cmp_current_time(X509_get0_notBefore(cert)) <= 0 ? 2 : 1;
}

static int has_issuer(X509 *cert, const apr_array_header_t *certs, int *pchecks)
{
    int i;

    for (i = 0; i < certs->nelts && *pchecks < MAX_CHECKS; i++) {
        X509 *issuer = APR_ARRAY_IDX(certs, i, X509 *);

        if (X509_NAME_cmp(X509_get_issuer_name(cert),
                          X509_get_subject_name(issuer)) == 0) {
            ++*pchecks;
            if (vso_chain_issued(cert, issuer)) {
                return 1;
            }
        }
    }
    return 0;
}

static int is_among(const X509 *cert, const apr_array_header_t *certs)
{
    int i;

    for (i = 0; certs && i < certs->nelts; i++) {
        if (!X509_cmp(APR_ARRAY_IDX(certs, i, X509 *), cert)) {
            return 1;
        }
    }
    return 0;
}

static int is_better(const merits_t *a, const merits_t *b)
{
    int order;

    if (a->valid != b->valid) {
        return a->valid > b->valid;
    }
    if (a->by_ca != b->by_ca) {
        return a->by_ca;
    }
    if (a->chained != b->chained) {
        return a->chained;
    }
    if (a->tied != b->tied) {
        return a->tied;
    }
    order = ASN1_TIME_compare(X509_get0_notBefore(a->cert),
                              X509_get0_notBefore(b->cert));
    return order ? order > 0
                 : ASN1_TIME_compare(X509_get0_notAfter(a->cert),
                                     X509_get0_notAfter(b->cert)) > 0;
}

X509 *vso_pick(const apr_array_header_t *fitting,
               const apr_array_header_t *tied, const apr_array_header_t *certs)
{
    merits_t best = {0};
    int checks = 0;
    int i;

    if (fitting->nelts == 1) {
        return APR_ARRAY_IDX(fitting, 0, X509 *);
    }
    for (i = 0; i < fitting->nelts; i++) {
        merits_t merits = {.cert = APR_ARRAY_IDX(fitting, i, X509 *)};

        merits.valid = validity(merits.cert);
        merits.by_ca = X509_NAME_cmp(X509_get_subject_name(merits.cert),
                                     X509_get_issuer_name(merits.cert)) != 0;
        merits.chained =
            merits.by_ca && has_issuer(merits.cert, certs, &checks);
        merits.tied = is_among(merits.cert, tied);
        if (!best.cert || is_better(&merits, &best)) {
            best = merits;
        }
    }
    return best.cert;
}
