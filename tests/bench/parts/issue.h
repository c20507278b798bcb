/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keys and certificates of many hosts, made fast, by a CA of one's own.
 */
#ifndef VSO_BENCH_ISSUE_H
#define VSO_BENCH_ISSUE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/** What is made. */
typedef struct {
    int rsa;             /**< RSA-2048, a few keys for all; else P-256 */
    int self_signed;     /**< no CA */
    long days;           /**< certificates end in 1 to so many days */
    long wildcard_every; /**< so many-th has *.host as well; 0: none */
    apr_int64_t now_sec;
} issue_options_t;

/** Whoever makes them. Used by one thread. */
typedef struct issue_t issue_t;

/** Make the CA, and the keys that are shared.
 * @param options  live as long as p */
apr_status_t issue_create(const issue_options_t *options, issue_t **pissue,
                          vso_result_t *res, apr_pool_t *p);

/** X509 *: the CA's certificate; empty where there is none. */
const apr_array_header_t *issue_chain(const issue_t *issue);

/**
 * A key and its certificate.
 * @param n     number of the host: kind, age and end follow from it
 * @param host  its DNS name
 * @param p     owns what is made
 */
apr_status_t issue_make(const issue_t *issue, long n, const char *host,
                        EVP_PKEY **ppkey, X509 **pcert, vso_result_t *res,
                        apr_pool_t *p);

#endif
