/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How fast something may be tried that mostly fails, such as guesses of a
 * password. Attempts of the last 15 minutes are counted by the minute. Up to a
 * limit they need no waiting; beyond it each has to come later after the one
 * before, and a minute is the most that anybody waits. Whoever tries once a
 * minute is never kept out, and keeps nobody else out.
 *
 * All zeros: nothing was tried. Times are of one clock that is never set
 * (vso_worker_now).
 */
#ifndef VSO_PACE_H
#define VSO_PACE_H

#include <apr.h>
#include <apr_time.h>

#define VSO_PACE_MINUTES  15
#define VSO_PACE_WAIT_SEC 60

/** A count; fits in shared memory. */
typedef struct {
    apr_time_t last;    /**< when the last attempt was counted */
    apr_int64_t minute; /**< the last one that counts has */
    /** Attempts of minute i are counts[i % VSO_PACE_MINUTES]. */
    apr_uint16_t counts[VSO_PACE_MINUTES + 1];
} vso_pace_t;

/** Attempts in the last 15 minutes. */
int vso_pace_total(const vso_pace_t *pace, apr_time_t now);

/** How long the next attempt has to wait; 0: it may be made.
 * @param limit  attempts in 15 minutes that need no waiting, at least 1 */
apr_interval_time_t vso_pace_wait(const vso_pace_t *pace, int limit,
                                  apr_time_t now);

/** Count an attempt. @return when the one before was, for take_back */
apr_time_t vso_pace_add(vso_pace_t *pace, apr_time_t now);

/** An attempt does not count after all.
 * @param at      when it was counted
 * @param before  what vso_pace_add returned */
void vso_pace_take_back(vso_pace_t *pace, apr_time_t at, apr_time_t before);

#endif
