/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The entries of the keystore: a list of them, and how many there are of which
 * kind. Neither reads versions that are not shown.
 */
#ifndef VSO_SERVICE_ENTRY_LIST_H
#define VSO_SERVICE_ENTRY_LIST_H

#include "service/context.h"
#include "service/nodes.h"
#include "store/entries.h"

/** What is asked for. */
typedef struct {
    const char *text;  /**< in name, subject, subjectAltNames or issuer, in any
                            case; NULL: all */
    const char *state; /**< "active", "pending", "none"; NULL: all */
    apr_int64_t days;  /**< what it serves has so many days left at the most;
                            -1: however many */
    int served; /**< a virtual host of a live node serves it: 1, 0; -1: both */
    int by_end; /**< what ends first comes first; 0: by name */
    const char *after; /**< where the page before ended; NULL: none before */
    int limit;         /**< 1 to VSO_MAX_PAGE */
} vso_entry_list_query_t;

/** One of them. */
typedef struct {
    const vso_entry_t *row;
    const vso_version_t *certificate; /**< in brief (store/entries.h): RSA
                                           where there is one; NULL: none */
    const vso_version_t *also;        /**< the other one; NULL: none */
    const apr_array_header_t *hosts;  /**< const char *: what serves it by its
                                           name in the configuration */
    int served;                       /**< a virtual host of a live node does */
    const apr_array_header_t *warnings; /**< const char *: slugs */
} vso_entry_list_item_t;

/**
 * A page of the list.
 * @param pitems  vso_entry_list_item_t
 * @param pnext   `after` of the next page; NULL: that was the last one
 * @param res     INVALID: `after` is none
 */
apr_status_t vso_entry_list(const vso_context_t *ctx,
                            const vso_entry_list_query_t *query,
                            apr_array_header_t **pitems, const char **pnext,
                            vso_result_t *res);

/** Days of the periods of vso_entries_count_t. */
extern const int vso_entry_list_days[VSO_ENTRIES_PERIODS];

/**
 * How many there are.
 * @param punserved  those with something active or pending that no virtual
 *                   host of a live node serves
 */
apr_status_t vso_entry_list_count(const vso_context_t *ctx,
                                  vso_entries_count_t *count,
                                  apr_int64_t *punserved, vso_result_t *res);

/** Warn (not-served) where no virtual host of any live node serves ctx's
 * entry: for what makes a new one. */
void vso_entry_list_warn_unserved(const vso_context_t *ctx, vso_result_t *res);

#endif
