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
    vso_row_proof_t proof;     /**< what its MAC says */
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

/** Which entries a list shows, and from where on. */
typedef struct {
    const char *search; /**< found in `search`: in lower case; NULL: all */
    const char *state;  /**< "active", "pending", "none" (neither); NULL: all */
    apr_int64_t ends_by_sec; /**< what it serves ends by then; 0: whenever */
    int by_end; /**< what ends first comes first, and what serves nothing last;
                     0: by name */
    int begun;  /**< 0: from the first one on */
    apr_int64_t after_sec;  /**< not_after_sec of the last one before; for
                                 by_end */
    const char *after_name; /**< its name */
    int limit;
} vso_entries_query_t;

/** A page of a list: vso_entry_t *. */
apr_status_t vso_entries_list(vso_store_t *store,
                              const vso_entries_query_t *query,
                              apr_array_header_t **pentries, vso_result_t *res,
                              apr_pool_t *p);

/** Those of these names: vso_entry_t *, in any order.
 * @param names  const char *, however many */
apr_status_t vso_entries_some(vso_store_t *store,
                              const apr_array_header_t *names,
                              apr_array_header_t **pentries, vso_result_t *res,
                              apr_pool_t *p);

/** Periods of vso_entries_count_t. */
#define VSO_ENTRIES_PERIODS 4

/** How many of all entries. */
typedef struct {
    apr_int64_t all;
    apr_int64_t active;
    apr_int64_t pending; /**< active or not */
    apr_int64_t none;    /**< neither active nor pending */
    apr_int64_t self_signed;
    apr_int64_t renewal_failing;
    apr_int64_t expired;
    apr_int64_t expiring[VSO_ENTRIES_PERIODS]; /**< not over, and by then */
} vso_entries_count_t;

/**
 * Count them.
 * @param by_sec  ends of the periods
 */
apr_status_t vso_entries_count(vso_store_t *store, apr_int64_t now_sec,
                               const apr_int64_t by_sec[VSO_ENTRIES_PERIODS],
                               vso_entries_count_t *count, vso_result_t *res,
                               apr_pool_t *p);

/**
 * What entries serve, in brief.
 * @param names      const char *, however many
 * @param pversions  vso_version_t *, of one entry side by side: id, entry,
 *                   number, key_type, subject_text, issuer_text, sans,
 *                   fingerprint, not_before_sec, not_after_sec, self_signed
 */
apr_status_t vso_entries_brief(vso_store_t *store,
                               const apr_array_header_t *names,
                               apr_array_header_t **pversions,
                               vso_result_t *res, apr_pool_t *p);

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
