/* SPDX-License-Identifier: Apache-2.0 */
/** Stored packages as the API shows them. */
#ifndef VSOCERT_PACKAGES_H
#define VSOCERT_PACKAGES_H

#include "base/json.h"
#include "service/package/stored_package.h"

/** A package as lists show it. */
void vsocert_packages_shape(vso_json_t *obj, const vso_package_row_t *row);

#endif
