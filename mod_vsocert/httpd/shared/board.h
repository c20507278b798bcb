/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The board: what this node knows about its database, in memory that all
 * children share. Every child reads it; the holder of the poll lease writes it,
 * and so does a child that commits a change. What is served stands in the
 * replica (httpd/shared/serving.h).
 */
#ifndef VSOCERT_SHARED_BOARD_H
#define VSOCERT_SHARED_BOARD_H

#include <httpd.h>
#include <apr_time.h>

#include "store/store.h"

/** What the node knows at one moment. */
typedef struct {
    apr_int64_t db_generation; /**< last seen in the database; 0: never */
    apr_int64_t db_serving; /**< and the last one that changed what is served */
    apr_time_t last_poll;   /**< last successful one; 0: never */
    apr_time_t db_up_since; /**< 0 while it is down, or not yet known */
    apr_time_t db_down_since; /**< 0 while it is up, or not yet known */
    int restored; /**< the database is older than, or another one than, what
                       is served, until accept-restore */
} vsocert_board_status_t;

/** Find the board, or make it (parent, post_config). */
apr_status_t vsocert_board_setup(void);

/** A copy of everything. */
void vsocert_board_status(vsocert_board_status_t *status);

/** Counts the changes of this node that are put into the replica: taken before
 * the database is asked, it tells whether the row still says something. */
apr_int64_t vsocert_board_changes(void);

/** A change of this node was committed, and is put into the replica next.
 * Clears `restored`: while it is set, callers refuse every change but
 * accept-restore. */
void vsocert_board_changed(apr_int64_t generation);

/** The database is older than what is served, or is not. @return 1 when this
 * call set `restored`: log it */
int vsocert_board_set_restored(int restored);

/** The replica was seen to be complete up to a generation at which nothing of
 * what is served was changed. */
void vsocert_board_set_seen(const vso_state_t *state);

/** Up to which generation is a replica complete that says so of this one? One
 * that lacks what was changed before, as an older file does that was put in the
 * place of the replica's, knows no more than it says. */
apr_int64_t vsocert_board_seen(const char *keystore_id, const char *lineage,
                               apr_int64_t generation);

/** 1 after a (re)start of httpd, until the replica was compared with the
 * database, and is complete. To set it forgets vsocert_board_asked. */
void vsocert_board_set_needs_full_check(int needed);
int vsocert_board_needs_full_check(void);

/** Was the database asked since, for children to accept connections? */
void vsocert_board_set_asked(void);
int vsocert_board_asked(void);

/** What is to be served could not be taken from the database, or could.
 * @return 1 when that is news: log it */
int vsocert_board_set_failing(int failing);
int vsocert_board_failing(void);

/** The database answered, or did not. @return 1 when that is news: log it */
int vsocert_board_db_up(apr_time_t now, const vso_state_t *state);
int vsocert_board_db_down(apr_time_t now);

#endif
