/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A package under review: read, verified, its signers judged, its elements
 * compared with what is stored. Changes nothing.
 */
#ifndef VSO_SERVICE_REVIEW_H
#define VSO_SERVICE_REVIEW_H

#include "base/json.h"
#include "package/package.h"
#include "service/context.h"
#include "service/package/trust.h"
#include "store/packages.h"
#include "x509/cert.h"

/** Somebody whose certificate vouches for the package or made an element. */
typedef struct {
    X509 *cert;
    const vso_cert_info_t *info;
    vso_trust_verdict_t verdict;
    int is_package;           /**< signed the package; else an author only */
    const char *certificates; /**< where it is an author: it and its issuers
                                   that came along, as in the column */
    int decisive; /**< its trust decides: the package's signer, and authors
                     whose content-signature verifies */
} vso_review_signer_t;

/** An element and what becomes of it. */
typedef struct {
    const vso_element_t *element;
    const vso_review_signer_t *author; /**< NULL: unknown */
    const vso_element_row_t *stored;   /**< of the same id; NULL: none */
    apr_int64_t size;                  /**< of its files, bytes */
    const char *needs; /**< keys that open it, as in the column */
    int trusted;
    int newer;    /**< than the stored one; 0 where none is stored */
    int selected; /**< newer, or not stored */
} vso_review_element_t;

typedef struct {
    vso_package_t *package;
    const vso_review_signer_t *signer; /**< of the package */
    apr_array_header_t *signers;       /**< vso_review_signer_t * */
    apr_array_header_t *elements;      /**< vso_review_element_t *, in the
                                            package's order */
    int stored;                        /**< a package of this name is stored */
} vso_review_t;

/**
 * Review a package.
 * @param blob     outlives ctx->p
 * @param redact   1: anybody may read the review. It does not say what is
 *                  stored, and nothing encrypted is opened for it unless the
 *                  package's signer is trusted
 * @param preport  set on success only
 * @return what vso_package_read, vso_verify_package and vso_decrypt_open
 *         refuse, in res, and their warnings and vso_trust_judge's there
 */
apr_status_t vso_review_build(const vso_context_t *ctx, const vso_blob_t *blob,
                              int redact, vso_review_t **preport,
                              vso_result_t *res);

/** 1 where nothing is imported without a word about trust. */
int vso_review_needs_trust(const vso_review_t *report);

#endif
