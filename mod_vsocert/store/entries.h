/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Entries: the rows of vmo_entry, and the versions of many entries at once. The
 * rows are written by the changes themselves: see vso_change_touch.
 */
#ifndef VSO_ENTRIES_H
#define VSO_ENTRIES_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/store.h"
#include "store/versions.h"

/** One row. */
typedef struct {
    const char *name;
    apr_int64_t generation;    /**< of the last change of its versions */
    const char *active;        /**< ids of what is served, ascending, with
                                    commas; "": nothing */
    apr_int64_t not_after_sec; /**< of what ends first of that; 0: nothing */
    apr_int64_t pending;       /**< versions that wait for their CA */
    int self_signed;           /**< 1: some of what is served is */
    apr_int64_t backed_up_sec; /**< when all that is served was exported; 0:
                                    not yet */
    const char *renewal;       /**< what became of the last renewal; "" */
    const char *search;        /**< its name; subject, subjectAltNames and
                                    issuer of what is served and what waits;
                                    a line each, in lower case
                                    (vso_utf8_fold) */
} vso_entry_t;

/** At most so many names for vso_entries_versions. */
#define VSO_ENTRIES_PAGE 500

/**
 * Entries that were changed since, in the order of generation and name
 * (strcmp): first those of from_generation that follow from_name, then all
 * with higher generations.
 * @param from_name  "": all of from_generation
 * @param pentries   vso_entry_t *
 */
apr_status_t vso_entries_changed(vso_store_t *store,
                                 apr_int64_t from_generation,
                                 const char *from_name, int limit,
                                 apr_array_header_t **pentries,
                                 vso_result_t *res, apr_pool_t *p);

/** One of them; NULL where there is none of this name. */
apr_status_t vso_entries_get(vso_store_t *store, const char *name,
                             vso_entry_t **pentry, vso_result_t *res,
                             apr_pool_t *p);

/** A key that still exists. */
typedef struct {
    const char *entry;
    const char *key_fingerprint;
} vso_live_key_t;

/**
 * What a node wants to know of entries, in a few statements.
 * @param names      const char *, at most VSO_ENTRIES_PAGE
 * @param pversions  vso_version_t *: the active ones, of one entry side by side
 * @param plive      vso_live_key_t: keys of all versions that are not retired,
 *                   of one entry side by side; two versions may have one key
 */
apr_status_t vso_entries_versions(vso_store_t *store,
                                  const apr_array_header_t *names,
                                  apr_array_header_t **pversions,
                                  apr_array_header_t **plive, vso_result_t *res,
                                  apr_pool_t *p);

#endif
