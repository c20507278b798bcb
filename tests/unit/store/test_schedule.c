/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include <sys/wait.h>
#include <unistd.h>

#include "store/schedule.h"
#include "store/staples.h"

/** What a change of the test does: set, or clear where at_sec is 0. */
typedef struct {
    vso_scheduled_t row;
    int cleared;
    int refuse;
} step_t;

static apr_status_t run_step(vso_change_t *change, void *baton,
                             vso_audit_event_t *event, vso_result_t *result,
                             apr_pool_t *p)
{
    step_t *step = baton;
    apr_status_t rv;

    (void)event;
    rv = step->row.at_sec ? vso_schedule_set(change, &step->row, result, p)
                          : vso_schedule_clear(change, step->row.version_id,
                                               &step->cleared, result, p);
    return step->refuse ? vso_fail(result, VSO_P_WRONG_STATE, NULL, "no") : rv;
}

static apr_status_t take(vso_store_t *store, step_t *step)
{
    vso_audit_event_t event = event_of("schedule");

    vso_result_clear(res);
    return vso_change_run(store, &event, run_step, step, NULL, res, pool);
}

static void set(vso_store_t *store, apr_int64_t id, apr_int64_t at_sec)
{
    step_t step = {{.version_id = id,
                    .at_sec = at_sec,
                    .actor = "vmware",
                    .address = "192.0.2.1"},
                   0,
                   0};

    assert_ok(take(store, &step));
}

static int clear(vso_store_t *store, apr_int64_t id)
{
    step_t step = {{.version_id = id}, -1, 0};

    assert_ok(take(store, &step));
    return step.cleared;
}

static const apr_array_header_t *listed(vso_store_t *store, int count)
{
    apr_array_header_t *list = NULL;

    vso_result_clear(res);
    assert_ok(vso_schedule_list(store, &list, res, pool));
    ck_assert_int_eq(list->nelts, count);
    return list;
}

START_TEST(keeps_one_time_for_each_version)
{
    vso_store_t *store = store_on(memory_db(), "a");
    const apr_array_header_t *list;
    const vso_scheduled_t *first;

    ck_assert_int_eq(vso_schedule_find(listed(store, 0), 7), 0);
    set(store, 7, 5000000000);
    set(store, 8, 4000000000);
    set(store, 9, 4000000000);
    list = listed(store, 3);
    first = &APR_ARRAY_IDX(list, 0, vso_scheduled_t);
    ck_assert_int_eq(first->version_id, 8);
    ck_assert_str_eq(first->actor, "vmware");
    ck_assert_str_eq(first->address, "192.0.2.1");
    ck_assert_int_eq(APR_ARRAY_IDX(list, 1, vso_scheduled_t).version_id, 9);
    ck_assert_int_eq(vso_schedule_find(list, 7), 5000000000);
    set(store, 7, 3000000000);
    list = listed(store, 3);
    ck_assert_int_eq(APR_ARRAY_IDX(list, 0, vso_scheduled_t).version_id, 7);
    ck_assert_int_eq(vso_schedule_find(list, 7), 3000000000);
    ck_assert_int_eq(clear(store, 8), 1);
    ck_assert_int_eq(clear(store, 8), 0);
    ck_assert_int_eq(vso_schedule_find(listed(store, 2), 8), 0);
}
END_TEST

START_TEST(changes_nothing_in_a_change_that_is_refused)
{
    vso_store_t *store = store_on(memory_db(), "a");
    step_t step = {
        {.version_id = 7, .at_sec = 4000000000, .actor = "a", .address = "b"},
        0,
        1};

    set(store, 7, 3000000000);
    ck_assert_int_ne(take(store, &step), APR_SUCCESS);
    step.row.at_sec = 0;
    ck_assert_int_ne(take(store, &step), APR_SUCCESS);
    ck_assert_int_eq(vso_schedule_find(listed(store, 1), 7), 3000000000);
}
END_TEST

/* Responses */

static void put(vso_store_t *store, const char *fingerprint,
                const char *response, apr_int64_t next_update_sec)
{
    vso_staple_t staple = {fingerprint, response, next_update_sec, 0};

    assert_ok(vso_staple_put(store, &staple, res, pool));
}

static void assert_rows(vso_store_t *store, const char *count)
{
    const char *found = NULL;

    assert_ok(vso_db_ask(vso_store_db(store), "SELECT COUNT(*) FROM vmo_ocsp",
                         &found, res, pool));
    ck_assert_str_eq(found, count);
}

/** The response for a certificate, or NULL. */
static const vso_staple_t *response(vso_store_t *store, const char *fingerprint)
{
    const vso_staple_t *staple = NULL;

    assert_ok(vso_staple_get(store, fingerprint, &staple, res, pool));
    return staple;
}

START_TEST(keeps_one_response_for_each_certificate)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_int64_t local_sec = apr_time_sec(apr_time_now());
    apr_int64_t now_sec = 0;
    const vso_staple_t *one;

    ck_assert_ptr_null(response(store, "aa"));
    assert_ok(vso_store_now(store, &now_sec, res, pool));
    ck_assert_int_le(local_sec - 2, now_sec);
    put(store, "aa", "b2xk", now_sec + 100);
    put(store, "aa", "bmV3", now_sec + 200);
    put(store, "bb", "eQ==", now_sec + 300);
    assert_rows(store, "2");
    one = response(store, "aa");
    assert_ok(vso_store_now(store, &now_sec, res, pool));
    ck_assert_str_eq(one->fingerprint, "aa");
    ck_assert_str_eq(one->response, "bmV3");
    ck_assert_int_ge(one->next_update_sec, local_sec + 198);
    ck_assert_int_ge(one->fetched_sec, local_sec - 2);
    ck_assert_int_le(one->fetched_sec, now_sec);
}
END_TEST

static int puts_done(const char *path, int puts)
{
    const vso_staple_t staple = {"aa", "eA==", 4000000000, 0};
    vso_store_t *store = store_on(file_db(path, pool), "a");

    while (puts > 0 &&
           vso_staple_put(store, &staple, res, pool) == APR_SUCCESS) {
        puts--;
    }
    return puts == 0;
}

START_TEST(takes_responses_of_several_nodes_at_once)
{
    const char *path = file_path();
    int status = 0;
    int i;

    store_on(file_db(path, pool), "a");
    for (i = 0; i < 3; i++) {
        if (fork() == 0) {
            _exit(puts_done(path, 20) ? 0 : 1);
        }
    }
    for (i = 0; i < 3; i++) {
        ck_assert_int_ge(wait(&status), 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_rows(store_on(file_db(path, pool), "a"), "1");
}
END_TEST

START_TEST(drops_responses_that_are_over)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_int64_t now_sec = 0;

    assert_ok(vso_store_now(store, &now_sec, res, pool));
    put(store, "aa", "eA==", now_sec - 10);
    put(store, "bb", "eQ==", now_sec + 100);
    ck_assert_ptr_null(response(store, "aa"));
    ck_assert_ptr_nonnull(response(store, "bb"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("schedule");
    TCase *tc = unit_case(s, "schedule");

    tcase_add_test(tc, keeps_one_time_for_each_version);
    tcase_add_test(tc, changes_nothing_in_a_change_that_is_refused);
    tcase_add_test(tc, keeps_one_response_for_each_certificate);
    tcase_add_test(tc, takes_responses_of_several_nodes_at_once);
    tcase_add_test(tc, drops_responses_that_are_over);
    return s;
}
