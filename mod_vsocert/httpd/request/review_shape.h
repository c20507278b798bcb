/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the API and the filters say of a package: its review as JSON.
 */
#ifndef VSOCERT_REQUEST_REVIEW_SHAPE_H
#define VSOCERT_REQUEST_REVIEW_SHAPE_H

#include "base/json.h"
#include "service/package/review.h"

/** Signers that are not trusted and count, as a package's "signers". */
void vsocert_review_shape_put_untrusted(vso_json_t *obj,
                                        const vso_review_t *report);

/** "package", "signers", "elements", "needsTrust" as members of obj. */
void vsocert_review_shape_put(vso_json_t *obj, const vso_review_t *report);

#endif
