/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/worker.h"

#define BEAT (10 * 1000)

/* As for a wait that began before the wall clock was set back by a day: the
 * library asks here what time it is, and the kernel knows better. */
int clock_gettime(clockid_t id, struct timespec *now)
{
    int rc = (int)syscall(SYS_clock_gettime, id, now);

    if (id == CLOCK_REALTIME) {
        now->tv_sec += 86400;
    }
    return rc;
}

static atomic_int beats;
static atomic_int ended;

static void beat(vso_worker_t *worker, apr_pool_t *p)
{
    while (!vso_worker_wait(worker, BEAT)) {
        apr_pool_clear(p);
        beats++;
    }
    ended = vso_worker_ends(worker);
}

/** Waits without end; the suite's timeout is a minute. */
static void wait_for_beats(int count)
{
    while (beats < count) {
        usleep(1000);
    }
}

START_TEST(goes_on_when_the_clock_is_set_back)
{
    apr_pool_t *p;

    beats = ended = 0;
    apr_pool_create(&p, pool);
    assert_ok(vso_worker_start(beat, p));
    wait_for_beats(5);
    ck_assert_int_eq(ended, 0);
    apr_pool_destroy(p);
    ck_assert_int_eq(ended, 1);
}
END_TEST

static void sleep_long(vso_worker_t *worker, apr_pool_t *p)
{
    (void)p;
    beats = 1;
    ended = vso_worker_wait(worker, apr_time_from_sec(3600));
}

START_TEST(ends_at_once)
{
    apr_time_t before = vso_worker_now();
    apr_pool_t *p;

    beats = ended = 0;
    apr_pool_create(&p, pool);
    assert_ok(vso_worker_start(sleep_long, p));
    wait_for_beats(1);
    apr_pool_destroy(p);
    ck_assert_int_eq(ended, 1);
    ck_assert_int_lt(vso_worker_now() - before, apr_time_from_sec(60));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("worker");
    TCase *tc = unit_case(s, "worker");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, goes_on_when_the_clock_is_set_back);
    tcase_add_test(tc, ends_at_once);
    return s;
}
