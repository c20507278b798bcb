/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a poll does with what the database has: the replica takes up what
 * changed, a suspect one is filled anew, and an older database is told. For the
 * holder of the poll lease only.
 */
#ifndef VSOCERT_NODE_UPTAKE_H
#define VSOCERT_NODE_UPTAKE_H

#include <httpd.h>

#include "base/worker.h"
#include "store/store.h"

/** A new child waits so long for what it serves to be as the database has it.
 */
#define VSOCERT_UPTAKE_FIRST apr_time_from_sec(1)

/** Once in a child. @param configured  entries (const char *), which come first
 * into an empty replica */
void vsocert_uptake_setup(server_rec *main_server,
                          const apr_array_header_t *configured);

/** Before a new child asks the database: take over what a version before this
 * one left, and log why nothing of the replica can be served. */
void vsocert_uptake_begin(apr_pool_t *p);

/**
 * Compare the replica with the database, and take up what changed: for some
 * seconds, VSOCERT_UPTAKE_FIRST without a worker.
 * @param changes  vsocert_board_changes() before the database was asked
 * @param worker   the thread; NULL: there is none yet
 */
void vsocert_uptake_judge(vso_store_t *store, const vso_state_t *state,
                          apr_int64_t changes, vso_worker_t *worker,
                          vso_result_t *res, apr_pool_t *p);

/** Did the last one leave something for the next poll? That comes soon then. */
int vsocert_uptake_more(void);

/** The database did not answer: there is nothing to go on with. */
void vsocert_uptake_forget(void);

/** Was a new child told to end? The threaded MPMs block SIGTERM before they
 * call child_init; prefork does not, and its child is gone. */
int vsocert_uptake_is_over(void);

#endif
