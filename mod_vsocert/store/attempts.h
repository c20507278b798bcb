/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Limits on attempts, such as password guesses, for the whole fleet. Each
 * attempt takes one of a few places before it begins, and holds it for a time.
 * The statement that takes a place succeeds for one caller only. An attempt
 * that was no guess gives its place back; one whose process died counts.
 *
 * Places are rows of vmo_event, a few for each user who ever failed: event
 * names the action and the user, version_id the place, node the attempt, at_sec
 * the time at which it was taken; seq is 0.
 */
#ifndef VSO_ATTEMPTS_H
#define VSO_ATTEMPTS_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/store.h"

/** An attempt, and the place it holds. */
typedef struct {
    const char *event;
    const char *token;
    int place; /**< -1: there was none */
} vso_attempt_t;

/** How often somebody may try something. */
typedef struct {
    const char *what;     /**< is tried; short */
    int places;           /**< how many attempts may be made in hold_sec */
    apr_int64_t hold_sec; /**< that long a place is taken */
} vso_attempt_rule_t;

/**
 * Take a place.
 * @param actor     who tries
 * @param now_sec   the database's time
 * @param attempt   its place is -1 where all are taken: refuse
 */
apr_status_t vso_attempt_begin(vso_store_t *store,
                               const vso_attempt_rule_t *rule,
                               const char *actor, apr_int64_t now_sec,
                               vso_attempt_t *attempt, vso_result_t *res,
                               apr_pool_t *p);

/** Give the place back, where the attempt was no guess. Where this fails, the
 * attempt counts. */
void vso_attempt_take_back(vso_store_t *store, const vso_attempt_t *attempt,
                           apr_pool_t *p);

#endif
