/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/chain.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "x509/name.h"
#include "x509/ossl.h"

/** Signatures that one ordering may check: bounds the work on a heap of
 * cross-signed certificates that all bear the same name. */
#define MAX_CHECKS 256

/** A search for the longest way up. */
typedef struct {
    const apr_array_header_t *certs; /**< to choose from */
    const apr_array_header_t *known; /**< where certs leads no further */
    X509 *path[VSO_MAX_CHAIN];       /**< the way being tried */
    X509 *best[VSO_MAX_CHAIN];       /**< the best so far */
    int best_len;
    int checks;
} search_t;

int vso_chain_issued(X509 *cert, X509 *issuer)
{
    /* an authorityKeyIdentifier may name the CA's certificate of before: it is
     * the key that signs. Whether it may is for the judge to speak of */
    int issued = X509_NAME_cmp(X509_get_issuer_name(cert),
                               X509_get_subject_name(issuer)) == 0 &&
                 X509_verify(cert, X509_get0_pubkey(issuer)) == 1;

    ERR_clear_error();
    return issued;
}

int vso_chain_is_root(X509 *cert)
{
    return X509_NAME_cmp(X509_get_subject_name(cert),
                         X509_get_issuer_name(cert)) == 0 &&
           vso_chain_issued(cert, cert);
}

/** 1 when both are for one name and key: the same CA, whoever signed. */
static int same_ca(X509 *a, X509 *b)
{
    return !X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) &&
           EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)) == 1;
}

/** CAs that signed each other would else lead in circles. */
static int on_path(const search_t *search, int len, X509 *cert)
{
    int i;

    for (i = 0; i < len; i++) {
        if (same_ca(search->path[i], cert)) {
            return 1;
        }
    }
    return 0;
}

/** 1 when no certificate of the way has expired. */
static int is_current(X509 *const *path, int len)
{
    int i;

    for (i = 0; i < len; i++) {
        if (X509_cmp_current_time(X509_get0_notAfter(path[i])) <= 0) {
            return 0;
        }
    }
    return 1;
}

/** 1 when a is valid longer than b. */
static int outlives(X509 *a, X509 *b)
{
    return ASN1_TIME_compare(X509_get0_notAfter(a), X509_get0_notAfter(b)) > 0;
}

/** Is path, of len, better than the best: nothing in it has expired, then it
 * ends in a root, then longer, then its first difference is valid longer? */
static int is_better(const search_t *search, int len)
{
    int root = len && vso_chain_is_root(search->path[len - 1]);
    int best_root = search->best_len &&
                    vso_chain_is_root(search->best[search->best_len - 1]);
    int i;

    if (search->best_len == 0) {
        return len > 0;
    }
    if (is_current(search->path, len) !=
        is_current(search->best, search->best_len)) {
        return is_current(search->path, len);
    }
    if (root != best_root) {
        return root;
    }
    if (len != search->best_len) {
        return len > search->best_len;
    }
    for (i = 0; i < len; i++) {
        if (X509_cmp(search->path[i], search->best[i])) {
            return outlives(search->path[i], search->best[i]);
        }
    }
    return 0;
}

static int climb_from(search_t *search, X509 *cert, X509 *leaf, int len,
                      const apr_array_header_t *certs);

/** Look at the paths that lead on from cert; at the one up to it where none
 * does. */
static void climb(search_t *search, X509 *cert, X509 *leaf, int len)
{
    if (len < VSO_MAX_CHAIN && !vso_chain_is_root(cert) &&
        (climb_from(search, cert, leaf, len, search->certs) ||
         climb_from(search, cert, leaf, len, search->known))) {
        return;
    }
    if (is_better(search, len)) {
        memcpy(search->best, search->path, sizeof(search->path));
        search->best_len = len;
    }
}

/** Go on to each issuer of cert among certs. @return how many there are */
static int climb_from(search_t *search, X509 *cert, X509 *leaf, int len,
                      const apr_array_header_t *certs)
{
    int found = 0;
    int i;

    for (i = 0; i < certs->nelts; i++) {
        X509 *issuer = APR_ARRAY_IDX(certs, i, X509 *);

        if (X509_NAME_cmp(X509_get_issuer_name(cert),
                          X509_get_subject_name(issuer)) ||
            same_ca(issuer, leaf) || on_path(search, len, issuer) ||
            search->checks >= MAX_CHECKS) {
            continue;
        }
        search->checks++;
        if (vso_chain_issued(cert, issuer)) {
            found++;
            search->path[len] = issuer;
            climb(search, issuer, leaf, len + 1);
        }
    }
    return found;
}

/** The certificates, each once: a copy would double the ways to try. */
static apr_array_header_t *distinct(const apr_array_header_t *certs,
                                    apr_pool_t *p)
{
    apr_array_header_t *once = apr_array_make(p, 8, sizeof(X509 *));
    int i;
    int j;

    for (i = 0; certs && i < certs->nelts; i++) {
        X509 *cert = APR_ARRAY_IDX(certs, i, X509 *);

        for (j = 0; j < once->nelts; j++) {
            if (!X509_cmp(APR_ARRAY_IDX(once, j, X509 *), cert)) {
                break;
            }
        }
        if (j == once->nelts) {
            APR_ARRAY_PUSH(once, X509 *) = cert;
        }
    }
    return once;
}

apr_status_t vso_chain_order(X509 *leaf, const apr_array_header_t *certs,
                             const apr_array_header_t *known,
                             apr_array_header_t **pchain, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_array_header_t *chain = apr_array_make(p, 4, sizeof(X509 *));
    search_t search;
    int i;

    if (certs->nelts + (known ? known->nelts : 0) > 2 * VSO_MAX_CERTS_IN_FILE) {
        return vso_fail(res, VSO_P_TOO_LARGE, NULL,
                        "There are more than %d certificates to order.",
                        2 * VSO_MAX_CERTS_IN_FILE);
    }
    memset(&search, 0, sizeof(search));
    search.certs = distinct(certs, p);
    search.known = distinct(known, p);
    climb(&search, leaf, leaf, 0);
    for (i = 0; i < search.best_len; i++) {
        APR_ARRAY_PUSH(chain, X509 *) = vso_x509_ref(search.best[i], p);
    }
    *pchain = chain;
    return APR_SUCCESS;
}

apr_array_header_t *vso_chain_without_root(const apr_array_header_t *chain,
                                           apr_pool_t *p)
{
    apr_array_header_t *copy = apr_array_copy(p, chain);

    if (copy->nelts > 0 &&
        vso_chain_is_root(APR_ARRAY_IDX(copy, copy->nelts - 1, X509 *))) {
        apr_array_pop(copy);
    }
    return copy;
}

/** What is wrong with a chain at a time, a clause; NULL: nothing. */
static const char *flaw_of(const apr_array_header_t *chain, apr_int64_t now_sec,
                           apr_pool_t *p)
{
    time_t now = (time_t)now_sec;
    int i;

    for (i = 0; i < chain->nelts; i++) {
        X509 *cert = APR_ARRAY_IDX(chain, i, X509 *);
        const char *flaw = X509_cmp_time(X509_get0_notAfter(cert), &now) < 0
                               ? "has expired"
                           : X509_cmp_time(X509_get0_notBefore(cert), &now) > 0
                               ? "is not valid yet"
                           : !X509_check_ca(cert) ? "is no CA certificate"
                                                  : NULL;

        if (flaw) {
            return apr_psprintf(p, "its certificate \"%s\" %s",
                                vso_name_text(X509_get_subject_name(cert), p),
                                flaw);
        }
    }
    return NULL;
}

/** 1 when both are certificates of one CA by one issuer: one renews the
 * other. */
static int same_link(X509 *a, X509 *b)
{
    return same_ca(a, b) &&
           !X509_NAME_cmp(X509_get_issuer_name(a), X509_get_issuer_name(b));
}

vso_chain_verdict_e vso_chain_compare(const apr_array_header_t *old_chain,
                                      const apr_array_header_t *new_chain,
                                      apr_int64_t now_sec, const char **pcause,
                                      apr_pool_t *p)
{
    const char *old_flaw = flaw_of(old_chain, now_sec, p);
    const char *new_flaw = flaw_of(new_chain, now_sec, p);
    const char *cause = NULL;
    X509 *now_there;
    X509 *offered;
    int i = 0;

    while (i < old_chain->nelts && i < new_chain->nelts &&
           !X509_cmp(APR_ARRAY_IDX(old_chain, i, X509 *),
                     APR_ARRAY_IDX(new_chain, i, X509 *))) {
        i++;
    }
    if (i == old_chain->nelts && i == new_chain->nelts) {
        return VSO_CHAIN_SAME;
    }
    if (!old_flaw != !new_flaw) {
        cause = new_flaw;
    }
    else if (i == new_chain->nelts) {
        cause = "it ends earlier";
    }
    else if (i < old_chain->nelts) {
        now_there = APR_ARRAY_IDX(old_chain, i, X509 *);
        offered = APR_ARRAY_IDX(new_chain, i, X509 *);
        if (same_link(now_there, offered) && !outlives(offered, now_there)) {
            cause =
                apr_psprintf(p, "its certificate \"%s\" is not valid longer",
                             vso_name_text(X509_get_subject_name(offered), p));
        }
    }
    if (!cause) {
        return VSO_CHAIN_TAKEN;
    }
    *pcause = cause;
    return VSO_CHAIN_WORSE;
}
