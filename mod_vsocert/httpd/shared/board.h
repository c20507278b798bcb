/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The board: what this node serves, in memory that all children share. It holds
 * the serving text (service/certificate/snapshot.h; its keys are sealed) and
 * what the node knows about its database. Every child reads it; a child that
 * commits a change or learns of one writes it.
 *
 * The text has two sides: a writer fills the side that is not in use, then
 * turns the board over, so that a writer that is killed leaves no torn text.
 */
#ifndef VSOCERT_SHARED_BOARD_H
#define VSOCERT_SHARED_BOARD_H

#include <httpd.h>
#include <apr_time.h>

/** What the node knows at one moment. */
typedef struct {
    apr_int64_t generation;    /**< that is served; 0: nothing yet */
    const char *keystore_id;   /**< of what is served; "" for none */
    apr_int64_t db_generation; /**< last seen in the database; 0: never */
    apr_time_t last_poll;      /**< last successful one; 0: never */
    apr_time_t db_up_since;    /**< 0 while it is down, or not yet known */
    apr_time_t db_down_since;  /**< 0 while it is up, or not yet known */
    int restored; /**< the database is older than, or another one than, what
                       is served, until accept-restore */
} vsocert_board_status_t;

/** Find the board, or make it (parent, post_config). */
apr_status_t vsocert_board_setup(void);

/** Grows whenever something else is to be served. One atomic read: for each
 * handshake. */
apr_int64_t vsocert_board_edition(void);

/**
 * Turn the board over for a change that was committed on this node, unless it
 * shows that change or a newer one. Clears `restored`: while it is set, callers
 * refuse every change but accept-restore.
 * @return APR_ENOSPC over VSO_MAX_SERVING
 */
apr_status_t vsocert_board_publish(const char *text, apr_size_t len,
                                   const char *keystore_id,
                                   apr_int64_t generation);

/** A copy of everything. */
void vsocert_board_status(vsocert_board_status_t *status, apr_pool_t *p);

/** What the poller is to do about a state row. */
typedef enum {
    VSOCERT_BOARD_KNOWN,  /**< nothing: the board shows it */
    VSOCERT_BOARD_WANTED, /**< load its text and offer it */
    VSOCERT_BOARD_OLDER /**< nothing: a restored backup, or another keystore */
} vsocert_board_verdict_e;

/**
 * The database answered with this state row. Sets `restored`.
 * @param edition  of the board before the database was asked: when it has
 *                 changed since, the row says nothing
 * @param pnews    1 when this call set `restored`: log it
 */
vsocert_board_verdict_e vsocert_board_judge(const char *keystore_id,
                                            apr_int64_t generation,
                                            apr_int64_t edition, int *pnews);

/** Publish a text that came from the database or the cache, unless the board
 * has a newer one, or another keystore's. Clears `restored` where the keystore
 * has caught up. Does not write the cache file.
 * @param ptaken  1 when the board was turned over */
apr_status_t vsocert_board_offer(const char *text, apr_size_t len,
                                 const char *keystore_id,
                                 apr_int64_t generation, int *ptaken);

/** A copy of the text, NULL while there is none. malloc: the caller frees.
 * @param pedition  that it belongs to */
char *vsocert_board_text(apr_size_t *plen, apr_int64_t *pedition);

/** 1 after a (re)start of httpd, until what is served was compared with the
 * database in full, not by generation alone. */
void vsocert_board_set_needs_full_check(int needed);
int vsocert_board_needs_full_check(void);

/** Grows when a child of this node put an OCSP response into the database. */
apr_int64_t vsocert_board_staples(void);
void vsocert_board_staples_changed(void);

/** The database answered, or did not. @return 1 when that is news: log it */
int vsocert_board_db_up(apr_time_t now, apr_int64_t generation);
int vsocert_board_db_down(apr_time_t now);

#endif
