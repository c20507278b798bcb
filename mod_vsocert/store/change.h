/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one way to change anything.
 *
 * Every change is one transaction whose first statement updates the row of
 * vmo_keystore_state: it
 * is the lock, and hands out ids, the audit sequence and the generation. The
 * caller's function checks and writes; then come its audit row and the new
 * generation, with the sums of all rows; then the commit. A database failure
 * after the lock was taken, which is what a conflict looks like, runs the whole
 * function again, three times in all. A refusal (a problem with a status below
 * 500) rolls back and is audited in a transaction of its own.
 */
#ifndef VSO_CHANGE_H
#define VSO_CHANGE_H

#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/audit.h"
#include "store/row_check.h"
#include "store/row_sums.h"
#include "store/state_row.h"
#include "store/store.h"

/** A change in progress; valid inside vso_change_fn only. */
typedef struct {
    vso_store_t *store;
    vso_state_t state;    /**< as found when the lock was taken */
    vso_state_row_t row;  /**< all of that row */
    vso_row_sums_t *sums; /**< of all rows, with what was written so far: for
                               row_write.h */
    const char *sealed_audit_key; /**< use vso_change_reseal */
    apr_int64_t generation;       /**< what this change will commit as */
    apr_int64_t next_id;          /**< use vso_change_id */
    const char *token;            /**< tells it from all other changes */
    apr_int64_t audit_seq; /**< the trail's head, with what this change has */
    const char *audit_mac; /**< recorded so far: use vso_change_record */
    apr_int64_t now_sec;   /**< the database's time */
    const char *lineage;   /**< use vso_change_new_lineage */
    int serves;            /**< use vso_change_serves */
    apr_hash_t *touched;   /**< use vso_change_touch */
} vso_change_t;

/**
 * Check and write. It may run more than once: it leaves baton fit for a second
 * run, and reads whatever it depends on here, under the lock. Fills
 * event->version_id and detail. Problems are forgotten before another run, and
 * so are the warnings of the run before; earlier ones stay.
 */
typedef apr_status_t vso_change_fn(vso_change_t *change, void *baton,
                                   vso_audit_event_t *event, vso_result_t *res,
                                   apr_pool_t *p);

/** A new id for a row. */
apr_int64_t vso_change_id(vso_change_t *change);

/** Write another audit row, for a change of several versions. It precedes the
 * change's own row, and is committed with it. */
apr_status_t vso_change_record(vso_change_t *change,
                               const vso_audit_event_t *event,
                               vso_result_t *res, apr_pool_t *p);

/** Say that a version of this entry was written: whatever writes one does so,
 * and the row of the entry (entry_row.h) is written when the change ends. */
void vso_change_touch(vso_change_t *change, const char *entry);

/** Say that a version of this entry was exported: its row says when, and keeps
 * its generation. */
void vso_change_touch_exported(vso_change_t *change, const char *entry);

/** Names (const char *) of the entries whose versions were written so far. */
apr_array_header_t *vso_change_touched(const vso_change_t *change,
                                       apr_pool_t *p);

/** Say that the change changes what is served, or destroys a key: its
 * generation becomes the keystore's serving_generation, and nodes look what
 * became of the entries. */
void vso_change_serves(vso_change_t *change);

/** Give the keystore another lineage, so that no node takes what it has for a
 * beginning of what is to come: for accept-restore. */
apr_status_t vso_change_new_lineage(vso_change_t *change, vso_result_t *res,
                                    apr_pool_t *p);

/**
 * Run one change.
 * @param event        who does what; version_id and detail become fn's
 * @param pgeneration  generation after the commit; NULL when of no interest
 * @param res          what fn reported; SEALED: nothing was written, no audit
 *                     row either; INTEGRITY: the same, as the state row was
 *                     edited; DAMAGED: also where its counters are at their
 *                     end; DATABASE: also when the lock could not be had, and
 * when conflicts do not end; NEWER_SCHEMA: it was migrated since the store was
 * opened; MOVED: it was moved to another database
 */
apr_status_t vso_change_run(vso_store_t *store, vso_audit_event_t *event,
                            vso_change_fn *fn, void *baton,
                            apr_int64_t *pgeneration, vso_result_t *res,
                            apr_pool_t *p);

/**
 * Record a refusal that precedes vso_change_run (bad file, wrong password):
 * res->problem is the outcome, res->detail the detail where event has none.
 * Best effort: a failure to record is logged. What is no refusal (a status of
 * 500 or above) and what a sealed keystore refuses is not recorded. res stays
 * as it is.
 */
void vso_change_record_refusal(vso_store_t *store, vso_audit_event_t *event,
                               const vso_result_t *res, apr_pool_t *p);

/**
 * Record what changes nothing that is served or stored here: a sign-in, for
 * example. The generation stays.
 * @param outcome  VSO_P_NONE: it went well
 * @param res      as of vso_change_run
 */
apr_status_t vso_change_note(vso_store_t *store, const vso_audit_event_t *event,
                             vso_problem_e outcome, vso_result_t *res,
                             apr_pool_t *p);

/**
 * Raise the generation to at least floor_generation + 1 in a change: for
 * accept-restore, whose fn calls it.
 */
void vso_change_raise(vso_change_t *change, apr_int64_t floor_generation);

/**
 * From now on write rows with the ring's first key, and seal the audit key
 * under it: for reseal, whose fn begins with it.
 */
apr_status_t vso_change_reseal(vso_change_t *change, vso_result_t *res,
                               apr_pool_t *p);

/**
 * Give all rows that another master key wrote the MAC of this one; after
 * vso_change_reseal, and after whatever else the change writes.
 * @param pleft  rows that fail their MAC and stay as they are
 */
apr_status_t vso_change_renew_rows(vso_change_t *change, int *pleft,
                                   vso_result_t *res, apr_pool_t *p);

/**
 * Look at all rows, and take what is there for all that is to be there: for
 * accept-restore, before it writes anything. Rows that fail their MAC get none.
 * @param pdiffered  tables with other rows than the state row says: problems of
 *                   the check
 */
apr_status_t vso_change_recount(vso_change_t *change, vso_row_check_t *check,
                                int *pdiffered, vso_result_t *res,
                                apr_pool_t *p);

#endif
