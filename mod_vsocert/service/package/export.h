/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Exporting stored packages: signed with a server certificate, which is
 * attached; encrypted where that is wanted. The package is written to a
 * private file without a name, never held in memory.
 */
#ifndef VSO_SERVICE_EXPORT_H
#define VSO_SERVICE_EXPORT_H

#include <apr_file_io.h>

#include "service/context.h"

/** What is wanted. */
typedef struct {
    const apr_array_header_t *recipients; /**< X509 *; maybe empty */
    int encrypt;   /**< 1, 0; -1: where there are recipients, or the package
                        came encrypted */
    int view;      /**< rights that elements keep */
    int repackage; /**< "add to package" */
    int edit;      /**< all three 1: rights stay as they are */
    int history;   /**< version-history goes along */
    apr_int64_t version_id; /**< who signs; 0: the active version */
    const char *digest;     /**< of signatures/, a name of rawsig.h; NULL: the
                                 one that the package came with */
} vso_export_spec_t;

/** What came of it. */
typedef struct {
    apr_file_t *file; /**< at its start */
    apr_int64_t size;
} vso_exported_t;

/**
 * Export. Always encrypted for the signing certificate too, so that it can be
 * opened here again.
 * @param p  of the file: it may outlive ctx->p
 * @return FORBIDDEN, field "encrypt": something is stored encrypted, and the
 *         caller, who may not have it decrypted (ctx->may_export), wants it
 *         other than as it is stored; NOT_FOUND, field "name"; NO_CERTIFICATE;
 * WRONG_STATE: the version has no key; NO_RECIPIENT: it is stored encrypted,
 * and the key is gone; TOO_LARGE: a file is too large to be encrypted; INVALID,
 * field "recipients"; DAMAGED: a stored file is not what was imported; STALE:
 * others import it again and again meanwhile. Warnings:
 * content-signature-dropped, rights-not-set, no-orchestrator-signature
 */
apr_status_t vso_export_run(const vso_context_t *ctx, const char *name,
                            const vso_export_spec_t *spec,
                            vso_exported_t *exported, vso_outcome_t *outcome,
                            vso_result_t *res, apr_pool_t *p);

#endif
