/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The board: what this node serves, in anonymous shared memory that belongs
 * to httpd's process pool and so outlives graceful restarts. It holds the
 * serving text (service/serving.h; its keys are sealed) and what the node
 * knows about its database. Every child reads it; whoever commits a change or
 * learns of one writes it.
 */
#ifndef VSOCERT_BOARD_H
#define VSOCERT_BOARD_H

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

/** Find or make the board (parent, post_config). */
apr_status_t vsocert_board_setup(server_rec *main_server);

/** Generation that is served: one atomic read, for each handshake. */
apr_int64_t vsocert_board_generation(void);

/**
 * A change was committed on this node: publish what it serves from now on,
 * and call this before the reply goes out. Every handshake that starts
 * afterwards, in whatever child, compares generations and serves it.
 * Clears `restored`: while it is set, callers refuse every change but
 * accept-restore.
 * @param text        of vso_serving_load
 * @param generation  of the change; an older one than the board's is left out
 * @return APR_ENOSPC over VSO_MAX_SERVING
 */
apr_status_t vsocert_board_publish(const char *text, apr_int64_t generation);

/** A copy of everything. */
void vsocert_board_status(vsocert_board_status_t *status, apr_pool_t *p);

/** What became of an offer. */
typedef enum {
    VSOCERT_OFFER_KNOWN,   /**< the board has this generation already */
    VSOCERT_OFFER_TAKEN,   /**< published */
    VSOCERT_OFFER_RESTORED /**< an older generation, or another keystore */
} vsocert_offer_e;

/**
 * The poller found this state row: is its text of interest? Raises
 * `restored` where it is older or another keystore's, and lowers it where the
 * same keystore has caught up.
 * @param pnews  1 when this call changed `restored`: log it
 */
vsocert_offer_e vsocert_board_compare(const char *keystore_id,
                                      apr_int64_t generation, int *pnews);

/** The poller publishes; checked again as vsocert_board_compare does. */
vsocert_offer_e vsocert_board_offer(const char *text, const char *keystore_id,
                                    apr_int64_t generation);

/** A copy of the text, NULL while there is none. malloc: the caller frees. */
char *vsocert_board_text(apr_size_t *plen, apr_int64_t *pgeneration);

/** One of all children gets the turn to poll in each interval. */
int vsocert_board_turn(apr_time_t now, apr_interval_time_t interval);

/** One of all children gets the turn for a daily duty. */
int vsocert_board_day_turn(apr_time_t now);

/** The database answered, or did not. @return 1 when that is news: log it */
int vsocert_board_db_up(apr_time_t now, apr_int64_t generation);
int vsocert_board_db_down(apr_time_t now);

#endif
