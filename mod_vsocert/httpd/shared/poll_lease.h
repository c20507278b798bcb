/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The poll lease: one of all children asks the database at a time, and does
 * what is due now and then. The lease passes from child to child; what one
 * holder leaves to the next is in shared memory.
 */
#ifndef VSOCERT_SHARED_POLL_LEASE_H
#define VSOCERT_SHARED_POLL_LEASE_H

#include <httpd.h>
#include <apr_time.h>

/** What is due once per interval. */
typedef enum {
    VSOCERT_DUTY_PURGE,    /**< delete expired sessions, nodes and claims */
    VSOCERT_DUTY_EXPIRE,   /**< delete uploads that nobody sends or confirms */
    VSOCERT_DUTY_AUDIT,    /**< log the head of the audit trail */
    VSOCERT_DUTY_ENDING,   /**< tell of certificates that are about to expire */
    VSOCERT_DUTY_NAME,     /**< log that two nodes have one name */
    VSOCERT_DUTY_CLOCK,    /**< compare the database's clock with this node's */
    VSOCERT_DUTY_SIGN_INS, /**< tell the audit trail of failed sign-ins */
    VSOCERT_DUTIES
} vsocert_duty_e;

/** What the holders of the lease leave to one another. */
typedef struct {
    apr_time_t duties[VSOCERT_DUTIES]; /**< when each was last done */
    apr_int64_t beat_edition;  /**< that this node's row shows; -1: writing it
                                    failed */
    apr_time_t beat_time;      /**< when it was written, or tried; 0: never */
    apr_int64_t beat_setup;    /**< number of the configuration that it shows */
    apr_int64_t schedule_read; /**< generation at which the schedule was read;
                                    -1: never */
    int scheduled;             /**< how many activations it had */
    apr_int64_t told;          /**< audit row up to which VSOCertMessageCmd was
                                    told; -1: not known yet */
    apr_int64_t heard;         /**< audit row up to which sign-outs were read;
                                   -1: none yet */
    pid_t mender;              /**< process that fills another file in the
                                    place of a suspect one; 0: nobody */
    int ending_left;           /**< 1: of certificates that are about to
                                    expire some are still to be told */
} vsocert_poll_notes_t;

/** Find the lease, or make it (parent, post_config). */
apr_status_t vsocert_poll_lease_setup(void);

/**
 * Take the lease, if nobody holds it and it was last taken more than an
 * interval ago.
 * @return 1: taken; end with vsocert_poll_lease_release, in the same thread
 */
int vsocert_poll_lease_take(apr_time_t now, apr_interval_time_t interval);

/** Wait until nobody holds the lease, and take it.
 * @param most  so long; 0: as long as it takes
 * @return 1: taken */
int vsocert_poll_lease_wait(apr_time_t now, apr_interval_time_t most);

void vsocert_poll_lease_release(void);

/** The notes. For the holder of the lease only. */
vsocert_poll_notes_t *vsocert_poll_lease_notes(void);

/** Is a duty due? Then it counts as done. For the holder of the lease only. */
int vsocert_poll_lease_duty(vsocert_duty_e duty, apr_time_t now,
                            apr_interval_time_t interval);

#endif
