/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From the database to the replica: the poller by pages of entries, a writer
 * the entries of its own change.
 *
 * Why entries and not rows, and why each page says as of which generation it is
 * right: a page that was read before a change, and applied after it, must not
 * bring back what the change replaced. A page can hold more than it is as of:
 * what another node committed while it was read. A change that this node had
 * committed before that, and applies after the page, then takes its place once
 * more, until the next poll. Nothing was promised of it here.
 */
#ifndef VSO_SERVING_SYNC_H
#define VSO_SERVING_SYNC_H

#include <apr_pools.h>

#include "base/result.h"
#include "serving/replica.h"
#include "store/change.h"
#include "store/entries.h"
#include "store/store.h"

/** What a change wrote, as read within its transaction. */
typedef struct vso_sync_changes_t vso_sync_changes_t;

/** Read the entries that a change touched, inside it, after its last row: rows
 * only, nothing is unsealed under the lock. */
apr_status_t vso_sync_read(vso_change_t *change, vso_sync_changes_t **pchanges,
                           vso_result_t *res, apr_pool_t *p);

/**
 * Put them into the replica, after the commit, before the response: the LMDB
 * commit, then the edition. Where that fails, the keys that the change
 * destroyed count as destroyed in its entries nevertheless, and
 * vso_shared_unpublished says so until the poller has caught up.
 * @param res  INTERNAL: what is stored is not yet served here
 */
apr_status_t vso_sync_apply(vso_replica_t *replica,
                            const vso_sync_changes_t *changes,
                            vso_result_t *res, apr_pool_t *p);

/** What a state row means for this node. */
typedef enum {
    VSO_SYNC_KNOWN,  /**< nothing: the replica is complete up to it */
    VSO_SYNC_WANTED, /**< vso_sync_pages */
    VSO_SYNC_OLDER   /**< nothing: a restored backup, or another keystore */
} vso_sync_verdict_e;

/** Compare. A row that was read before a change of this node was applied can
 * look older: ask again before it is believed (the edition tells). */
vso_sync_verdict_e vso_sync_judge(const vso_state_t *state,
                                  const vso_replica_head_t *head);

/** How a sync goes. */
typedef struct {
    const apr_array_header_t *first; /**< const char *: entries that come first
                                          into an empty replica; NULL: none */
    int page; /**< entries of one page; 0: VSO_ENTRIES_PAGE */
    /** 1: stop, and drop the page that is read. Asked between steps, while
     * nothing is locked; NULL: go on */
    int (*ends)(void *baton);
    /** 1: leave the other pages to the next sync; NULL: go on */
    int (*enough)(void *baton);
    void *baton;
} vso_sync_how_t;

/**
 * Read pages of changed entries until the replica is complete up to the state
 * row that each page began with; each page is one LMDB transaction, and the
 * edition rises after one that brought news. A row that no replica can have is
 * left out, and logged.
 * @param ptaken  pages that brought news
 * @param res     DATABASE; INTERNAL: the replica cannot be written
 */
apr_status_t vso_sync_pages(vso_store_t *store, vso_replica_t *replica,
                            const vso_sync_how_t *how, apr_int64_t *ptaken,
                            vso_result_t *res, apr_pool_t *p);

#endif
