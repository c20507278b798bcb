/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The inside of versions.h: what versions_read.c and versions_write.c share.
 */
#ifndef VSO_VERSIONS_IMPL_H
#define VSO_VERSIONS_IMPL_H

#include "store/rows.h"
#include "store/versions.h"

#define VSO_VERSIONS_TABLE "vmo_keystore"

/** Columns and members; state and slot are no members as they stand in the row.
 */
const vso_record_t *vso_versions_record(void);

/** The place that a version's key is sealed to: see key_place.h. */
const char *vso_versions_place(const vso_version_t *version, apr_pool_t *p);

#endif
