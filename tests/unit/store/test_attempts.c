/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include <sys/wait.h>
#include <unistd.h>

#include "store/attempts.h"

#define PLACES 3
#define HOLD   60
#define NOW    1000000

static vso_attempt_t begin(vso_store_t *store, const char *actor,
                           apr_int64_t now_sec)
{
    static const vso_attempt_rule_t rule = {"test", PLACES, HOLD};
    vso_attempt_t attempt = {NULL, NULL, -2};

    vso_result_clear(res);
    assert_ok(
        vso_attempt_begin(store, &rule, actor, now_sec, &attempt, res, pool));
    return attempt;
}

START_TEST(places_are_taken_given_back_and_free_themselves)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_attempt_t second;
    int i;

    for (i = 0; i < PLACES; i++) {
        vso_attempt_t attempt = begin(store, "vmware", NOW + i);

        ck_assert_int_eq(attempt.place, i);
        if (i == 1) {
            second = attempt;
        }
    }
    ck_assert_int_eq(begin(store, "vmware", NOW + 5).place, -1);
    ck_assert_int_eq(begin(store, "somebody", NOW + 5).place, 0);
    /* refusals hold nothing: the first place is free when its time is over */
    ck_assert_int_eq(begin(store, "vmware", NOW + HOLD - 1).place, -1);
    ck_assert_int_eq(begin(store, "vmware", NOW + HOLD).place, 0);
    ck_assert_int_eq(begin(store, "vmware", NOW + HOLD).place, -1);

    vso_attempt_take_back(store, &second, pool);
    ck_assert_int_eq(begin(store, "vmware", NOW + HOLD).place, 1);
    /* it is somebody else's by now */
    vso_attempt_take_back(store, &second, pool);
    ck_assert_int_eq(begin(store, "vmware", NOW + HOLD).place, -1);
}
END_TEST

START_TEST(a_time_to_come_holds_no_place_for_ever)
{
    vso_store_t *store = store_on(memory_db(), "a");
    int i;

    /* the clock was ahead, or a hand wrote it */
    for (i = 0; i < PLACES; i++) {
        ck_assert_int_eq(begin(store, "vmware", NOW + 3600).place, i);
    }
    /* a little is nothing */
    ck_assert_int_eq(begin(store, "vmware", NOW + 3600 - HOLD).place, -1);
    ck_assert_int_eq(begin(store, "vmware", NOW).place, 0);
    ck_assert_int_eq(begin(store, "vmware", NOW).place, 1);
}
END_TEST

START_TEST(a_name_of_any_length_has_places)
{
    vso_store_t *store = store_on(memory_db(), "a");
    char *name = apr_palloc(pool, 3001);

    memset(name, 'x', 3000);
    name[3000] = '\0';
    ck_assert_int_eq(begin(store, name, NOW).place, 0);
    ck_assert_int_eq(begin(store, name, NOW).place, 1);
    ck_assert_int_eq(begin(store, "", NOW).place, 0);
    ck_assert_int_eq(begin(store, "'); --", NOW).place, 0);
}
END_TEST

/* Each asks over and over, with a connection of its own. */
START_TEST(those_who_ask_at_once_share_the_places)
{
    const char *path = file_path();
    int status = 0;
    int taken = 0;
    pid_t children[4];
    int i;

    store_on(file_db(path, pool), "a");
    for (i = 0; i < 4; i++) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] == 0) {
            vso_store_t *store = store_on(file_db(path, pool), "a");
            int mine = 0;
            int j;

            for (j = 0; j < 10; j++) {
                mine += begin(store, "vmware", NOW).place >= 0;
            }
            _exit(mine);
        }
    }
    for (i = 0; i < 4; i++) {
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert(WIFEXITED(status));
        taken += WEXITSTATUS(status);
    }
    ck_assert_int_eq(taken, PLACES);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("attempts");
    TCase *tc = unit_case(s, "attempts");

    tcase_add_test(tc, places_are_taken_given_back_and_free_themselves);
    tcase_add_test(tc, a_time_to_come_holds_no_place_for_ever);
    tcase_add_test(tc, a_name_of_any_length_has_places);
    tcase_add_test(tc, those_who_ask_at_once_share_the_places);
    return s;
}
