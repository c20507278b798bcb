/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/limits.h"
#include "service/certificate/responders.h"

#define SECOND  apr_time_from_sec(1)
#define TIMEOUT apr_time_from_sec(VSO_OCSP_TIMEOUT_SEC)
#define ALONE   apr_time_from_sec(VSO_OCSP_RETRY_SEC)

/* Any moment. */
#define START (1000000 * SECOND)

static vso_responders_t all;

static apr_interval_time_t wait_for(const char *url, apr_time_t now)
{
    return vso_responders_wait(&all, url, now);
}

static int hung(const char *url, apr_time_t now)
{
    return vso_responders_told(&all, url, now - TIMEOUT, now, 0);
}

static void begin(void)
{
    unit_setup();
    memset(&all, 0, sizeof(all));
}

START_TEST(is_left_alone_and_then_tried_once)
{
    const char *url = "http://ocsp.example/a";
    apr_time_t then = START + ALONE;

    ck_assert_int_eq(wait_for(url, START), 0);
    ck_assert_int_eq(wait_for(url, START), 0);
    ck_assert_int_eq(hung(url, START), 1);
    ck_assert_int_eq(hung(url, START), 0);
    ck_assert_int_eq(wait_for(url, START), ALONE);
    ck_assert_int_eq(wait_for(url, then - SECOND), SECOND);
    ck_assert_int_eq(wait_for(url, then), 0);
    ck_assert_int_gt(wait_for(url, then), 2 * TIMEOUT);
    ck_assert_int_eq(hung(url, then + SECOND), 0);
    ck_assert_int_eq(wait_for(url, then + SECOND), ALONE);
    then += SECOND + ALONE;
    ck_assert_int_eq(wait_for(url, then), 0);
    ck_assert_int_eq(vso_responders_told(&all, url, then, then + SECOND, 1), 0);
    ck_assert_int_eq(wait_for(url, then + SECOND), 0);
    ck_assert_int_eq(wait_for(url, then + SECOND), 0);
}
END_TEST

START_TEST(is_known_by_host_and_port)
{
    hung("http://ocsp.example:8080/a?b", START);
    ck_assert_int_gt(wait_for("http://OCSP.example:8080", START), 0);
    ck_assert_int_gt(wait_for("http://ocsp.example:8080/c", START), 0);
    ck_assert_int_eq(wait_for("http://ocsp.example/a", START), 0);
    ck_assert_int_eq(wait_for("http://ocsp.example:808/a", START), 0);
    ck_assert_int_eq(wait_for("http://ocsp.example:80801/a", START), 0);
}
END_TEST

START_TEST(a_refusal_is_no_hanging)
{
    const char *url = "http://ocsp.example/";

    ck_assert_int_eq(
        vso_responders_told(&all, url, START - SECOND / 10, START, 0), 0);
    ck_assert_int_eq(wait_for(url, START), 0);
    ck_assert_int_eq(
        vso_responders_told(&all, url, START - 3 * SECOND, START, 1), 0);
    ck_assert_int_eq(wait_for(url, START), 0);
}
END_TEST

START_TEST(has_room_for_those_that_hung_last)
{
    int i;

    for (i = 0; i <= VSO_RESPONDERS_MAX; i++) {
        hung(apr_psprintf(pool, "http://%d.example/", i), START + i);
    }
    ck_assert_int_eq(wait_for("http://0.example/", START), 0);
    ck_assert_int_gt(wait_for("http://1.example/", START), 0);
    ck_assert_int_gt(wait_for("http://64.example/", START), 0);
}
END_TEST

START_TEST(takes_any_text)
{
    char url[1000];

    memset(url, 'x', sizeof(url));
    memcpy(url, "http://", 7);
    url[sizeof(url) - 1] = '\0';
    ck_assert_int_eq(wait_for(url, START), 0);
    ck_assert_int_eq(hung(url, START), 1);
    ck_assert_int_gt(wait_for(url, START), 0);
    ck_assert_int_eq(hung("http://", START), 0);
    ck_assert_int_eq(hung("", START), 0);
    ck_assert_int_eq(wait_for("", START), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("responders");
    TCase *tc = tcase_create("responders");

    tcase_add_checked_fixture(tc, begin, unit_teardown);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, is_left_alone_and_then_tried_once);
    tcase_add_test(tc, is_known_by_host_and_port);
    tcase_add_test(tc, a_refusal_is_no_hanging);
    tcase_add_test(tc, has_room_for_those_that_hung_last);
    tcase_add_test(tc, takes_any_text);
    return s;
}
