/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From stored elements to the parts of an exported package: decrypted,
 * encrypted, with other rights, as told.
 */
#ifndef VSO_SERVICE_EXPORT_PARTS_H
#define VSO_SERVICE_EXPORT_PARTS_H

#include "service/context.h"

/** Files that are stored encrypted. */
typedef enum {
    VSO_SEALED_REFUSE, /**< are not exported: FORBIDDEN */
    VSO_SEALED_KEEP,   /**< go along as they are stored, for whom they were
                            encrypted; FORBIDDEN where they must be changed */
    VSO_SEALED_OPEN    /**< are decrypted, and encrypted anew where the others
                            are */
} vso_sealed_e;

/** What becomes of the elements. */
typedef struct {
    int view;      /**< rights that they keep */
    int repackage; /**< "add to package" */
    int edit;      /**< all three 1: rights stay as they are */
    int history;   /**< version-history goes along */
    const apr_array_header_t *recipients; /**< X509 *: whom they are encrypted
                                               for; NULL: in the clear */
    vso_sealed_e sealed; /**< what becomes of files that are stored encrypted */
} vso_export_parts_spec_t;

/** Parts of a package (row id): vso_zip_part_t. Contents are read when they
 * are asked for, and live as long as ctx->p. Errors and warnings: see
 * vso_export_run. */
apr_status_t vso_export_parts_collect(const vso_context_t *ctx,
                                      const vso_export_parts_spec_t *spec,
                                      apr_int64_t package_id,
                                      apr_array_header_t **pparts,
                                      vso_result_t *res);

#endif
