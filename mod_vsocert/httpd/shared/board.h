/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The board: what this node serves, in anonymous shared memory that belongs
 * to httpd's process pool and so outlives graceful restarts. It holds the
 * serving text (service/certificate/snapshot.h; its keys are sealed) and what
 * the node knows about its database. Every child reads it; whoever commits a
 * change or learns of one writes it.
 *
 * The text is kept twice: a writer fills the side that is not in use and then
 * turns the board over, so that one that is killed leaves no torn text.
 */
#ifndef VSOCERT_SHARED_BOARD_H
#define VSOCERT_SHARED_BOARD_H

#include <httpd.h>
#include <apr_time.h>

/** What the node knows, at one moment. */
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

/** Grows whenever something else is to be served: one atomic read, for each
 * handshake. */
apr_int64_t vsocert_board_edition(void);

/**
 * A change was committed on this node: publish what it serves from now on,
 * and call this before the reply goes out. Every handshake that starts
 * afterwards, in whatever child, serves it. Clears `restored`: while it is
 * set, callers refuse every change but accept-restore. Writes the cache file.
 * @param text        of vso_snapshot_load
 * @param generation  of the change; an older one than the board's is left out
 * @return APR_ENOSPC over VSO_MAX_SERVING; APR_EGENERAL for a text that is
 *         none (logged)
 */
apr_status_t vsocert_board_publish(const char *text, apr_int64_t generation);

/** A copy of everything. */
void vsocert_board_status(vsocert_board_status_t *status, apr_pool_t *p);

/** What the poller is to do about a state row. */
typedef enum {
    VSOCERT_BOARD_KNOWN,  /**< nothing: the board has it */
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

/**
 * One of all children gets to ask the database: the one that finds the last
 * turn more than an interval ago, while no other is still at it.
 * @return 1: ask, then call vsocert_board_turn_done
 */
int vsocert_board_turn(apr_time_t now, apr_interval_time_t interval);

/** Wait until no other child is at it, and take the turn. */
void vsocert_board_turn_wait(apr_time_t now);
void vsocert_board_turn_done(void);

/** The database's time, as it was last told in seconds, and as far as it goes
 * on from there by the clock of this node, which may be wrong. Differences
 * below two seconds are none. */
void vsocert_board_set_clock(apr_time_t now, apr_int64_t database_sec);
apr_interval_time_t vsocert_board_clock_behind(void);
apr_int64_t vsocert_board_now_sec(void);

/** httpd (re)started: what is served must be compared with the database in
 * full once, not by generation alone. */
void vsocert_board_set_fresh(int fresh);
int vsocert_board_fresh(void);

/** Is this the file that SQLite's database has had since httpd (re)started?
 * The first that is asked about is. Children of before are not judged:
 * DBDParams may have been others. */
int vsocert_board_is_file(const char *path, apr_int64_t device,
                          apr_int64_t inode);

/** Path of that file; NULL: not known yet, or there is none. */
const char *vsocert_board_file(apr_pool_t *p);

/** One of all children gets a duty that is due once per interval. */
typedef enum {
    VSOCERT_DUTY_PURGE,  /**< expired sessions */
    VSOCERT_DUTY_EXPIRE, /**< uploads that nobody receives or confirms */
    VSOCERT_DUTY_AUDIT,  /**< head of the audit trail into the log */
    VSOCERT_DUTY_ENDING, /**< certificates that come to their end */
    VSOCERT_DUTY_NAME,   /**< say that a node's name stands twice */
    VSOCERT_DUTY_CLOCK,  /**< compare clocks */
    VSOCERT_DUTIES
} vsocert_duty_e;

int vsocert_board_duty(vsocert_duty_e duty, apr_time_t now,
                       apr_interval_time_t interval);

/** Grows when a child of this node put an OCSP response into the database. */
apr_int64_t vsocert_board_staples(void);
void vsocert_board_staples_changed(void);

/** 1 while something is scheduled, or may have been since the timetable was
 * read at another generation. Belongs to the turn. */
int vsocert_board_timetable(apr_int64_t generation);
void vsocert_board_set_timetable(apr_int64_t generation, int scheduled);

/** The audit row up to which VSOCertMessageCmd was told; -1: not known yet.
 * Belongs to the turn. */
apr_int64_t vsocert_board_told(void);
void vsocert_board_set_told(apr_int64_t seq);

/** What the poller is to write about this node; call in one's turn. */
typedef enum {
    VSOCERT_BEAT_NONE,  /**< it did lately */
    VSOCERT_BEAT_TOUCH, /**< that it is there */
    VSOCERT_BEAT_FULL   /**< all: what it serves changed, or httpd started */
} vsocert_beat_e;

vsocert_beat_e vsocert_board_beat(apr_int64_t edition, apr_time_t now);

/** It was written, or tried: a failure (edition -1) is tried in full again
 * after the usual time. */
void vsocert_board_beat_done(apr_int64_t edition, apr_time_t now);

/** The database answered, or did not. @return 1 when that is news: log it */
int vsocert_board_db_up(apr_time_t now, apr_int64_t generation);
int vsocert_board_db_down(apr_time_t now);

/** The cache file is written by one process at a time. */
void vsocert_board_cache_lock(void);
void vsocert_board_cache_unlock(void);

#endif
