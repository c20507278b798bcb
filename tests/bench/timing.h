/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The clock of the bench: all processes of a machine share it.
 */
#ifndef VSO_BENCH_TIMING_H
#define VSO_BENCH_TIMING_H

#include <time.h>

static inline long long now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (long long)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

#endif
