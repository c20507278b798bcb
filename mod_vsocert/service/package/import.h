/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Importing a package in two steps. The upload is streamed into the database,
 * read, verified and reported: nothing is imported. Whoever confirms names
 * the digest that was shown and the elements; then everything is read and
 * verified once more, and imported in one change. Any node does either step.
 */
#ifndef VSO_SERVICE_IMPORT_H
#define VSO_SERVICE_IMPORT_H

#include "service/package/review.h"
#include "store/content.h"
#include "store/imports.h"

/** An upload in progress. */
typedef struct {
    vso_import_row_t row;
    vso_content_writer_t *writer; /**< of its content */
} vso_upload_t;

/** Begin an upload; its row has to be renewed (vso_import_renew) until the
 * upload is finished or aborted. SEALED; SLOW_DOWN: too many wait for an
 * answer. */
apr_status_t vso_import_begin(const vso_context_t *ctx, vso_upload_t **pupload,
                              vso_result_t *res);

/** Take the next bytes: a vso_sink_fn; baton is the upload. */
apr_status_t vso_import_write(void *baton, const char *data, apr_size_t len,
                              vso_result_t *res);

/** Tell that uploads go on, every VSO_IMPORT_BEAT_SEC at least.
 * @param ids  of their rows */
apr_status_t vso_import_renew(vso_store_t *store, const apr_int64_t *ids,
                              int count, vso_result_t *res, apr_pool_t *p);

/** All bytes are there: review them, and stage the import. What the review
 * refuses leaves no row behind; recorded either way. */
apr_status_t vso_import_finish(const vso_context_t *ctx, vso_upload_t *upload,
                               vso_review_t **preport, vso_outcome_t *outcome,
                               vso_result_t *res);

/** The upload failed, and res says why: no row stays. */
apr_status_t vso_import_abort(const vso_context_t *ctx, vso_upload_t *upload,
                              vso_result_t *res);

/**
 * A staged import, reviewed anew.
 * @return NOT_FOUND: confirmed, cancelled or expired; DIGEST_MISMATCH: its
 *         bytes are not those that were uploaded; what vso_review_build refuses
 */
apr_status_t vso_import_get(const vso_context_t *ctx, apr_int64_t id,
                            vso_import_row_t **prow, vso_review_t **preport,
                            vso_result_t *res);

/** All that wait for an answer, newest first: vso_import_row_t *. */
apr_status_t vso_import_list(const vso_context_t *ctx,
                             apr_array_header_t **prows, vso_result_t *res);

/** Forget a staged import. NOT_FOUND. */
apr_status_t vso_import_cancel(const vso_context_t *ctx, apr_int64_t id,
                               vso_outcome_t *outcome, vso_result_t *res);

/** What is said about signers that are not trusted. */
typedef enum {
    VSO_TRUST_ASK, /**< nothing: refuse where there is one */
    VSO_TRUST_ONCE,
    VSO_TRUST_PROVIDER /**< trust them from now on */
} vso_import_trust_e;

/** What becomes of tags. */
typedef enum {
    VSO_TAGS_KEEP,      /**< elements that are stored keep theirs */
    VSO_TAGS_OVERWRITE, /**< those of the package */
    VSO_TAGS_OMIT       /**< none */
} vso_import_tags_e;

/** What was chosen. */
typedef struct {
    const apr_array_header_t *elements; /**< ids, const char *; NULL: all */
    vso_import_trust_e trust;
    vso_import_tags_e tags;
    const char *sha256; /**< that was shown */
} vso_choice_t;

/** What was imported. */
typedef struct {
    vso_review_t *report; /**< set as soon as it is known */
    vso_package_row_t *package;
    int imported;
    int skipped;                 /**< elements that were not chosen */
    apr_array_header_t *trusted; /**< const char *: fingerprints added */
} vso_imported_t;

/**
 * Import.
 * @return as vso_import_get; UNTRUSTED_SIGNER (done->report is set); INVALID,
 *         field "elements": an id that the package does not hold, or nothing
 *         to import. Warning "stored-newer": an element became newer in the
 *         store after it was shown, and was replaced as told
 */
apr_status_t vso_import_confirm(const vso_context_t *ctx, apr_int64_t id,
                                const vso_choice_t *choice,
                                vso_imported_t *done, vso_outcome_t *outcome,
                                vso_result_t *res);

#endif
