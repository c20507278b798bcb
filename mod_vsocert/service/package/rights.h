/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What whoever exported an element lets others do with it: its rights, which
 * stand in its data.
 */
#ifndef VSO_SERVICE_RIGHTS_H
#define VSO_SERVICE_RIGHTS_H

#include "service/package/decrypt.h"
#include "store/packages.h"

/**
 * May a stored element be put into another package? Where it says nothing
 * about rights, it may.
 * @param opener  for encrypted ones
 * @param p       scratch; goes before ctx->p
 * @return in res: INVALID, field "elements": it may not; NO_RECIPIENT:
 *         its rights cannot be read, as no key here opens it; DAMAGED
 */
apr_status_t vso_rights_check_repackage(const vso_context_t *ctx,
                                        vso_decrypt_t *opener,
                                        const vso_element_row_t *row,
                                        vso_result_t *res, apr_pool_t *p);

#endif
