/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The review of a package as JSON, for the API and the filters.
 */
#ifndef VSOCERT_REQUEST_REVIEW_SHAPE_H
#define VSOCERT_REQUEST_REVIEW_SHAPE_H

#include "base/json.h"
#include "service/package/review.h"

/** Set "signers": those that are not trusted and decide. */
void vsocert_review_shape_put_untrusted(vso_json_t *obj,
                                        const vso_review_t *review);

/** Set "package", "signers", "elements" and "needsTrust". */
void vsocert_review_shape_put(vso_json_t *obj, const vso_review_t *review);

#endif
