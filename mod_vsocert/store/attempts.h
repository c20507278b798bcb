/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Limits of what somebody may try in a time, for the whole fleet. Each
 * attempt takes one of a few places before it begins, with one statement that
 * only one of those who ask at the same moment succeeds with, and holds it for
 * that time. One that was no guess after all gives its place back; what became
 * of one whose process died is not known, and it counts.
 *
 * Places are rows of vmo_event, a few for each who ever failed: event is what
 * is tried and by whom, version_id the place, seq 0, node the attempt, at_sec
 * when it was taken.
 */
#ifndef VSO_ATTEMPTS_H
#define VSO_ATTEMPTS_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/store.h"

/** An attempt that holds a place. */
typedef struct {
    const char *event;
    const char *token;
    int place; /**< -1: there was none */
} vso_attempt_t;

/**
 * Take a place.
 * @param what      is tried; short
 * @param actor     who tries
 * @param places    how many attempts may be made in hold_sec
 * @param now_sec   the database's time
 * @param attempt   its place is -1 where all are taken: refuse
 */
apr_status_t vso_attempt_begin(vso_store_t *store, const char *what,
                               const char *actor, int places,
                               apr_int64_t now_sec, apr_int64_t hold_sec,
                               vso_attempt_t *attempt, vso_result_t *res,
                               apr_pool_t *p);

/** It was no guess: give the place back. Where that fails it counts. */
void vso_attempt_take_back(vso_store_t *store, const vso_attempt_t *attempt,
                           apr_pool_t *p);

#endif
