/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signers that an administrator trusts: vmo_trusted_certificate, by the
 * SHA-256 of the certificate. A certificate with the same subject and another
 * key is another signer.
 */
#ifndef VSO_TRUST_H
#define VSO_TRUST_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/change.h"
#include "store/row_proof.h"

typedef struct {
    const char *fingerprint; /**< SHA-256 of the DER, lower-case hex */
    const char *certificate; /**< PEM */
    const char *subject_text;
    const char *issuer_text;
    const char *serial;
    const char *key_type;
    apr_int64_t not_before_sec;
    apr_int64_t not_after_sec;
    const char *source; /**< "file", or the name of the package it came with */
    const char *added_by;
    apr_int64_t added_sec;
    int vouches;           /**< 1: packages that it signed (CMS) are trusted as
                                a whole, whoever made their elements */
    vso_row_proof_t proof; /**< what its MAC says: one that is not authentic is
                                not trusted */
} vso_trusted_t;

/** All, newest first, at most VSO_MAX_TRUSTED: vso_trusted_t *. For those who
 * look at the list: what is not authentic in it says so. */
apr_status_t vso_trust_list(vso_store_t *store, apr_array_header_t **prows,
                            vso_result_t *res, apr_pool_t *p);

/** One row; *prow NULL where there is none. For those who change it. */
apr_status_t vso_trust_find(vso_store_t *store, const char *fingerprint,
                            vso_trusted_t **prow, vso_result_t *res,
                            apr_pool_t *p);

/** Is it trusted? The whole list is read, and believed as a whole.
 * @param prow  NULL: it is not
 * @param res   INTEGRITY, SEALED: the list is not to be believed, so that
 * nobody is trusted */
apr_status_t vso_trust_is(vso_store_t *store, const char *fingerprint,
                          vso_trusted_t **prow, vso_result_t *res,
                          apr_pool_t *p);

/** Others with the same subject (text), newest first: vso_trusted_t *. */
apr_status_t vso_trust_namesakes(vso_store_t *store, const char *subject_text,
                                 const char *fingerprint,
                                 apr_array_header_t **prows, vso_result_t *res,
                                 apr_pool_t *p);

/** Inside a change: add; added_sec is the change's where it is 0. One that is
 * there already stays, *padded 0, unless it fails its MAC. TOO_LARGE over
 * VSO_MAX_TRUSTED. */
apr_status_t vso_trust_add(vso_change_t *change, const vso_trusted_t *row,
                           int *padded, vso_result_t *res, apr_pool_t *p);

/** Inside a change: whether it vouches from now on. */
apr_status_t vso_trust_set_vouches(vso_change_t *change,
                                   const char *fingerprint, int vouches,
                                   vso_result_t *res, apr_pool_t *p);

/** Inside a change: remove; NOT_FOUND, field "fingerprint". */
apr_status_t vso_trust_remove(vso_change_t *change, const char *fingerprint,
                              vso_result_t *res, apr_pool_t *p);

#endif
