/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The end of an entry: all of its keys are destroyed. Its versions stay for the
 * record, as those of single keys do.
 */
#ifndef VSO_SERVICE_ENTRY_REMOVAL_H
#define VSO_SERVICE_ENTRY_REMOVAL_H

#include "service/context.h"

/** What became of the keys, or what is in the way. */
typedef struct {
    int keys;                     /**< versions whose key was destroyed */
    apr_array_header_t *others;   /**< vso_version_t *: of other entries, with
                                       one of the keys; for KEY_IN_USE */
    apr_array_header_t *packages; /**< const char *: stored packages that no
                                       other key opens; for
                                       PACKAGE_NEEDS_KEY */
} vso_entry_removal_t;

/**
 * Destroy all keys of ctx's entry, whatever their state.
 * @param force  also where a virtual host of a live node serves it, where other
 *               entries hold one of the keys (they keep it), and where no other
 *               key opens a stored package
 * @param res    NOT_FOUND; WRONG_STATE: its keys are destroyed already; without
 *               force: ENTRY_SERVED, KEY_IN_USE, PACKAGE_NEEDS_KEY
 */
apr_status_t vso_entry_removal_run(const vso_context_t *ctx, int force,
                                   vso_entry_removal_t *removal,
                                   vso_outcome_t *outcome, vso_result_t *res);

#endif
