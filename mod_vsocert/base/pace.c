/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pace.h"

/* An attempt beyond the limit adds so much to the time between two of them. */
#define STEP_SEC 2

static apr_int64_t minute_of(apr_time_t at)
{
    return apr_time_sec(at) / 60;
}

/** The count of a minute; NULL: it is over, or was never counted. */
static const apr_uint16_t *count_of(const vso_pace_t *pace, apr_int64_t minute)
{
    return minute <= pace->minute && pace->minute - minute < VSO_PACE_MINUTES
               ? &pace->counts[minute % VSO_PACE_MINUTES]
               : NULL;
}

int vso_pace_total(const vso_pace_t *pace, apr_time_t now)
{
    apr_int64_t minute = minute_of(now);
    int sum = 0;
    int i;

    for (i = 0; i < VSO_PACE_MINUTES && minute - i >= 0; i++) {
        const apr_uint16_t *count = count_of(pace, minute - i);

        sum += count ? *count : 0;
    }
    return sum;
}

apr_interval_time_t vso_pace_wait(const vso_pace_t *pace, int limit,
                                  apr_time_t now)
{
    int excess = vso_pace_total(pace, now) - limit + 1;
    int pause_sec = excess * STEP_SEC;
    apr_interval_time_t wait;

    if (excess <= 0) {
        return 0;
    }
    if (pause_sec > VSO_PACE_WAIT_SEC) {
        pause_sec = VSO_PACE_WAIT_SEC;
    }
    wait = pace->last + apr_time_from_sec(pause_sec) - now;
    return wait > 0 ? wait : 0;
}

/** Forget minutes that are over. */
static void age(vso_pace_t *pace, apr_int64_t minute)
{
    if (minute - pace->minute > VSO_PACE_MINUTES) {
        pace->minute = minute - VSO_PACE_MINUTES;
    }
    while (pace->minute < minute) {
        pace->minute++;
        pace->counts[pace->minute % VSO_PACE_MINUTES] = 0;
    }
}

apr_time_t vso_pace_add(vso_pace_t *pace, apr_time_t now)
{
    apr_time_t before = pace->last;
    apr_uint16_t *count;

    age(pace, minute_of(now));
    count = &pace->counts[pace->minute % VSO_PACE_MINUTES];
    if (*count < APR_UINT16_MAX) {
        (*count)++;
    }
    pace->last = now;
    return before;
}

void vso_pace_take_back(vso_pace_t *pace, apr_time_t at, apr_time_t before)
{
    apr_int64_t minute = minute_of(at);

    if (count_of(pace, minute) && pace->counts[minute % VSO_PACE_MINUTES]) {
        pace->counts[minute % VSO_PACE_MINUTES]--;
    }
    if (pace->last == at) {
        pace->last = before;
    }
}
