/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/pace.h"

#define LIMIT  5
#define SECOND APR_USEC_PER_SEC
#define MINUTE (60 * SECOND)

/* Any moment. */
#define START (1000000 * SECOND + 123456)

/** Try as soon as it is allowed. @return how long that took */
static apr_interval_time_t try_at(vso_pace_t *pace, apr_time_t *now)
{
    apr_interval_time_t wait = vso_pace_wait(pace, LIMIT, *now);

    *now += wait;
    ck_assert_int_eq(vso_pace_wait(pace, LIMIT, *now), 0);
    vso_pace_add(pace, *now);
    return wait;
}

START_TEST(up_to_the_limit_nobody_waits)
{
    vso_pace_t pace = {0};
    apr_time_t now = START;
    int i;

    for (i = 0; i < LIMIT; i++) {
        ck_assert_int_eq(try_at(&pace, &now), 0);
    }
    ck_assert_int_eq(vso_pace_total(&pace, now), LIMIT);
    ck_assert_int_eq(vso_pace_wait(&pace, LIMIT, now), 2 * SECOND);
    ck_assert_int_eq(vso_pace_wait(&pace, LIMIT, now + SECOND), SECOND);
}
END_TEST

START_TEST(beyond_it_each_waits_longer_but_never_over_a_minute)
{
    vso_pace_t pace = {0};
    apr_time_t now = START;
    int i;

    for (i = 0; i < LIMIT; i++) {
        try_at(&pace, &now);
    }
    ck_assert_int_eq(try_at(&pace, &now), 2 * SECOND);
    ck_assert_int_eq(try_at(&pace, &now), 4 * SECOND);
    for (i = 0; i < 200; i++) {
        vso_pace_add(&pace, now);
    }
    ck_assert_int_eq(vso_pace_wait(&pace, LIMIT, now), MINUTE);
}
END_TEST

START_TEST(after_a_quarter_of_an_hour_all_is_forgotten)
{
    vso_pace_t pace = {0};
    int i;

    for (i = 0; i < 100; i++) {
        vso_pace_add(&pace, START);
    }
    ck_assert_int_eq(vso_pace_total(&pace, START + 14 * MINUTE), 100);
    ck_assert_int_eq(vso_pace_total(&pace, START + 15 * MINUTE), 0);
    ck_assert_int_eq(vso_pace_wait(&pace, LIMIT, START + 15 * MINUTE), 0);
    vso_pace_add(&pace, START + 1000 * MINUTE);
    ck_assert_int_eq(vso_pace_total(&pace, START + 1000 * MINUTE), 1);
}
END_TEST

/* Whoever guesses as fast as it is allowed gets through no more often than
 * this, and once a minute is slow enough for others to get in between. */
START_TEST(guessing_without_end_is_slow)
{
    vso_pace_t pace = {0};
    apr_time_t now = START;
    int tried = 0;

    while (now < START + 24 * 60 * MINUTE) {
        try_at(&pace, &now);
        tried++;
    }
    ck_assert_int_lt(tried, 24 * 60 * 2);
}
END_TEST

START_TEST(one_guess_a_minute_locks_nobody_out)
{
    vso_pace_t pace = {0};
    int minute;

    for (minute = 0; minute < 24 * 60; minute++) {
        apr_time_t now = START + minute * MINUTE;

        ck_assert_int_eq(vso_pace_wait(&pace, LIMIT, now), 0);
        vso_pace_add(&pace, now);
        /* Somebody who knows the password, half a minute later. */
        now += MINUTE / 2;
        ck_assert_int_eq(vso_pace_wait(&pace, LIMIT, now), 0);
        vso_pace_take_back(&pace, now, vso_pace_add(&pace, now));
    }
}
END_TEST

START_TEST(what_is_taken_back_was_never_there)
{
    vso_pace_t pace = {0};
    apr_time_t before;
    vso_pace_t copy;

    vso_pace_add(&pace, START);
    copy = pace;
    before = vso_pace_add(&pace, START + SECOND);
    ck_assert_int_eq(vso_pace_total(&pace, START + SECOND), 2);
    vso_pace_take_back(&pace, START + SECOND, before);
    ck_assert_int_eq(memcmp(&pace, &copy, sizeof(pace)), 0);
    /* One that took longer than what is counted. */
    vso_pace_add(&pace, START + 60 * MINUTE);
    vso_pace_take_back(&pace, START, 0);
    ck_assert_int_eq(vso_pace_total(&pace, START + 60 * MINUTE), 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pace");
    TCase *tc = unit_case(s, "pace");

    tcase_add_test(tc, up_to_the_limit_nobody_waits);
    tcase_add_test(tc, beyond_it_each_waits_longer_but_never_over_a_minute);
    tcase_add_test(tc, after_a_quarter_of_an_hour_all_is_forgotten);
    tcase_add_test(tc, guessing_without_end_is_slow);
    tcase_add_test(tc, one_guess_a_minute_locks_nobody_out);
    tcase_add_test(tc, what_is_taken_back_was_never_there);
    return s;
}
