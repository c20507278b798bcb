/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The chain of a version that is there already: completed, or its issuers
 * renewed, with key, certificate, id and number as they are.
 */
#ifndef VSO_SERVICE_CHAIN_UPDATE_H
#define VSO_SERVICE_CHAIN_UPDATE_H

#include "service/context.h"
#include "service/certificate/version_row.h"

/** One version that gets another chain. */
typedef struct {
    vso_version_t *version;           /**< as it becomes */
    const apr_array_header_t *before; /**< X509 *: the chain that it has */
    vso_material_t material;          /**< key, certificate and the chain to
                                           be, with its trial */
} vso_chain_update_t;

/**
 * What certificates make of the chain of the version that has this leaf.
 * @param leaf      found in what was sent
 * @param certs     X509 *: what was sent
 * @param known     X509 *: tried where certs lead no further; NULL for none
 * @param field     of the request, for refusals
 * @param pupdates  vso_chain_update_t *: one, proven, where the chain becomes
 *                  another one; empty where no active or passive version has
 *                  this leaf
 * @param res       CERTIFICATE_EXISTS: it is the chain that the version has,
 *                  or a worse one (vso_chain_compare); what
 * vso_version_row_open and vso_judge_prove refuse
 */
apr_status_t vso_chain_update_of_leaf(const vso_context_t *ctx, X509 *leaf,
                                      const apr_array_header_t *certs,
                                      const apr_array_header_t *known,
                                      const char *field,
                                      apr_array_header_t **pupdates,
                                      vso_result_t *res);

/**
 * What issuers alone make of the chains of all active versions.
 * @param pupdates  as above; empty where the certificates are not all CAs', or
 *                  lead up from no active version
 * @param res       as above
 */
apr_status_t vso_chain_update_of_active(const vso_context_t *ctx,
                                        const apr_array_header_t *certs,
                                        const apr_array_header_t *known,
                                        const char *field,
                                        apr_array_header_t **pupdates,
                                        vso_result_t *res);

/**
 * Write the chains, as one change that is recorded as "chain" for each
 * version.
 * @param seen  the entry's generation when the updates were made
 */
apr_status_t vso_chain_update_store(const vso_context_t *ctx, apr_int64_t seen,
                                    const apr_array_header_t *updates,
                                    vso_outcome_t *outcome, vso_result_t *res);

#endif
