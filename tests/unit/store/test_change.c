/* SPDX-License-Identifier: Apache-2.0 */
#include "change_util.h"

#include "base/limits.h"

static apr_status_t take_two_ids(vso_change_t *change, void *baton,
                                 vso_audit_event_t *event, vso_result_t *result,
                                 apr_pool_t *p)
{
    apr_int64_t *ids = baton;

    (void)result;
    ids[0] = vso_change_id(change);
    ids[1] = vso_change_id(change);
    ids[2] = change->generation;
    event->version_id = ids[0];
    event->detail = apr_pstrdup(p, "two ids");
    return APR_SUCCESS;
}

START_TEST(hands_out_ids_and_generations)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = event_of("create");
    apr_int64_t generation = 0;
    apr_int64_t ids[3];

    ck_assert_ptr_null(vso_store_sealed(store));
    assert_ok(vso_change_run(store, &event, take_two_ids, ids, &generation, res,
                             pool));
    ck_assert_int_eq(ids[0], 1);
    ck_assert_int_eq(ids[1], 2);
    ck_assert_int_eq(ids[2], generation);
    ck_assert_int_eq(generation, 1);
    ck_assert_str_eq(newest(store)->event.detail, "two ids");
    ck_assert_int_eq(newest(store)->event.version_id, 1);
    ck_assert_str_eq(newest(store)->outcome, "ok");
    assert_ok(vso_change_run(store, &event, take_two_ids, ids, &generation, res,
                             pool));
    ck_assert_int_eq(ids[0], 3);
    ck_assert_int_eq(generation, 2);
    ck_assert_int_eq(state_of(store).generation, 2);
    ck_assert_int_eq(state_of(store).audit_seq, 2);
    ck_assert_str_eq(state_of(store).audit_mac, newest(store)->mac);
}
END_TEST

static apr_status_t write_and_refuse(vso_change_t *change, void *baton,
                                     vso_audit_event_t *event,
                                     vso_result_t *result, apr_pool_t *p)
{
    (void)baton;
    (void)event;
    vso_change_id(change);
    if (insert_session(change, "refused", result, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_fail(result, VSO_P_CERTIFICATE_EXISTS, NULL, "There is one.");
}

static apr_status_t record_twice(vso_change_t *change, void *baton,
                                 vso_audit_event_t *event, vso_result_t *result,
                                 apr_pool_t *p)
{
    vso_problem_e *refusal = baton;

    event->version_id = 7;
    if (vso_change_record(change, event, result, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    event->version_id = 8;
    return *refusal ? vso_fail(result, *refusal, NULL, "no") : APR_SUCCESS;
}

/** Two rows of one change: a whole chain, one generation; or neither. */
START_TEST(records_several_rows_of_one_change)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = event_of("destroy");
    vso_problem_e refusal = VSO_P_NONE;
    apr_int64_t generation = 0;
    apr_array_header_t *rows;

    assert_ok(vso_change_run(store, &event, record_twice, &refusal, &generation,
                             res, pool));
    ck_assert_int_eq(generation, 1);
    assert_intact(store, 2);
    change_times(store, 1);
    assert_intact(store, 3);
    rows = trail(store);
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 1, vso_audit_row_t).event.version_id,
                     8);
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 2, vso_audit_row_t).event.version_id,
                     7);
    ck_assert_int_eq(state_of(store).audit_seq, 3);

    refusal = VSO_P_KEY_IN_USE;
    event = event_of("destroy");
    assert_refused(vso_change_run(store, &event, record_twice, &refusal,
                                  &generation, res, pool),
                   VSO_P_KEY_IN_USE);
    assert_intact(store, 4);
    ck_assert_str_eq(newest(store)->outcome, "key-in-use");
}
END_TEST

START_TEST(takes_a_refusal_back_and_records_it)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");
    apr_int64_t generation = 77;

    change_times(store, 1);
    ck_assert_int_ne(vso_change_run(store, &event, write_and_refuse, NULL,
                                    &generation, res, pool),
                     APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_CERTIFICATE_EXISTS);
    vso_result_clear(res);
    ck_assert_int_eq(generation, 77);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "0");
    ck_assert_str_eq(plain_sql(path, "SELECT next_id FROM vmo_keystore_state"),
                     "1");
    ck_assert_int_eq(state_of(store).generation, 1);
    ck_assert_str_eq(newest(store)->outcome, "certificate-exists");
    ck_assert_str_eq(newest(store)->event.detail, "There is one.");
    assert_intact(store, 2);
}
END_TEST

START_TEST(records_a_refusal_from_outside)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = event_of("import");

    vso_fail(res, VSO_P_WRONG_PASSWORD, "password", "It is wrong.");
    vso_change_record_refusal(store, &event, res, pool);
    ck_assert_int_eq(res->problem, VSO_P_WRONG_PASSWORD);
    vso_result_clear(res);
    vso_fail(res, VSO_P_DATABASE, NULL, "This is no refusal.");
    vso_change_record_refusal(store, &event, res, pool);
    vso_result_clear(res);
    ck_assert_int_eq(trail(store)->nelts, 1);
    ck_assert_str_eq(newest(store)->outcome, "wrong-password");
    ck_assert_str_eq(newest(store)->event.actor, "vmware");
    ck_assert_int_eq(state_of(store).generation, 0);
    assert_intact(store, 1);
}
END_TEST

START_TEST(logs_a_refusal_that_it_cannot_record)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("import");

    plain_sql(path, "DELETE FROM vmo_keystore_state");
    start_log();
    vso_fail(res, VSO_P_WRONG_PASSWORD, "password", "It is wrong.");
    vso_change_record_refusal(store, &event, res, pool);
    vso_log_set_sink(NULL, NULL);
    ck_assert_int_eq(res->problem, VSO_P_WRONG_PASSWORD);
    ck_assert_ptr_nonnull(strstr(logged, "import"));
    ck_assert_ptr_nonnull(strstr(logged, "wrong-password"));
}
END_TEST

/** Fails like a database does, as often as baton says. */
static apr_status_t conflict(vso_change_t *change, void *baton,
                             vso_audit_event_t *event, vso_result_t *result,
                             apr_pool_t *p)
{
    int *left = baton;

    vso_warn(result, "remark", "of run %d", *left);
    event->detail = apr_psprintf(p, "%d left", *left);
    if (insert_session(change, "once", result, p) != APR_SUCCESS ||
        ((*left)-- > 0 &&
         insert_session(change, "once", result, p) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

START_TEST(runs_again_after_a_conflict)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = event_of("create");
    int left = 2;

    vso_warn(res, "earlier", "remark of the caller");
    assert_ok(vso_change_run(store, &event, conflict, &left, NULL, res, pool));
    ck_assert_int_eq(res->warnings->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).slug,
                     "earlier");
    ck_assert_str_eq(APR_ARRAY_IDX(res->warnings, 1, vso_warning_t).detail,
                     "of run 0");
    ck_assert_int_eq(trail(store)->nelts, 1);
    ck_assert_str_eq(newest(store)->event.detail, "0 left");
    ck_assert_int_eq(state_of(store).generation, 1);
}
END_TEST

START_TEST(gives_up_when_conflicts_do_not_end)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = event_of("create");
    int left = 100;

    assert_refused(
        vso_change_run(store, &event, conflict, &left, NULL, res, pool),
        VSO_P_DATABASE);
    ck_assert_int_eq(left, 97);
    ck_assert_int_eq(trail(store)->nelts, 0);
    change_times(store, 1);
    assert_intact(store, 1);
}
END_TEST

static apr_status_t fail_silently(vso_change_t *change, void *baton,
                                  vso_audit_event_t *event,
                                  vso_result_t *result, apr_pool_t *p)
{
    (void)change;
    (void)baton;
    (void)event;
    (void)result;
    (void)p;
    return APR_EINVAL;
}

START_TEST(needs_no_word_to_take_back_a_failure)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = event_of("create");

    assert_refused(
        vso_change_run(store, &event, fail_silently, NULL, NULL, res, pool),
        VSO_P_INTERNAL);
    ck_assert_int_eq(state_of(store).generation, 0);
}
END_TEST

static apr_status_t raise_to_fifty(vso_change_t *change, void *baton,
                                   vso_audit_event_t *event,
                                   vso_result_t *result, apr_pool_t *p)
{
    (void)baton;
    (void)event;
    (void)result;
    (void)p;
    vso_change_raise(change, 49);
    vso_change_raise(change, 3);
    return APR_SUCCESS;
}

START_TEST(raises_the_generation)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = event_of("accept-restore");
    apr_int64_t generation = 0;

    assert_ok(vso_change_run(store, &event, raise_to_fifty, NULL, &generation,
                             res, pool));
    ck_assert_int_eq(generation, 50);
    change_times(store, 1);
    ck_assert_int_eq(state_of(store).generation, 51);
}
END_TEST

static apr_status_t raise_to_the_end(vso_change_t *change, void *baton,
                                     vso_audit_event_t *event,
                                     vso_result_t *result, apr_pool_t *p)
{
    (void)baton;
    (void)event;
    (void)result;
    (void)p;
    vso_change_raise(change, VSO_MAX_NUMBER - 1);
    return APR_SUCCESS;
}

START_TEST(refuses_what_would_count_beyond_the_end)
{
    static const struct {
        const char *column;
        vso_change_fn *fn;
    } ends[] = {{"generation", no_change},
                {"next_id", take_two_ids},
                {"audit_seq", no_change},
                {"locks", no_change}};
    apr_int64_t ids[3];
    size_t i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const char *path = file_path();
        vso_store_t *store = store_on(file_db(path, pool), "a");
        vso_audit_event_t event = event_of("create");
        const char *sql;

        edit_state(path, apr_psprintf(pool,
                                      "UPDATE vmo_keystore_state SET %s ="
                                      " 9007199254740990",
                                      ends[i].column));
        start_log();
        ck_assert_int_ne(
            vso_change_run(store, &event, ends[i].fn, ids, NULL, res, pool),
            APR_SUCCESS);
        vso_log_set_sink(NULL, NULL);
        ck_assert_int_eq(res->problem, VSO_P_DAMAGED);
        ck_assert_ptr_nonnull(strstr(res->detail, ends[i].column));
        vso_result_clear(res);
        sql = apr_psprintf(pool, "SELECT %s FROM vmo_keystore_state",
                           ends[i].column);
        ck_assert_str_eq(plain_sql(path, sql), "9007199254740990");
    }
}
END_TEST

START_TEST(raises_the_generation_to_no_end)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_audit_event_t event = event_of("accept-restore");

    ck_assert_int_ne(
        vso_change_run(store, &event, raise_to_the_end, NULL, NULL, res, pool),
        APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_DAMAGED);
    vso_result_clear(res);
    ck_assert_int_eq(state_of(store).generation, 0);
}
END_TEST

START_TEST(writes_nothing_while_sealed)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    static const char *const rings[] = {"b", ""};
    vso_db_t *watcher;
    const char *before;
    int i;

    change_times(store, 1);
    watcher = file_db(path, pool);
    before = written(watcher);
    for (i = 0; i < 2; i++) {
        vso_store_t *sealed = store_on(file_db(path, pool), rings[i]);
        vso_audit_event_t event = event_of("create");
        vso_audit_verdict_t verdict;

        ck_assert_ptr_nonnull(
            strstr(vso_store_sealed(sealed), vso_keyring_id(ring_of("a"))));
        assert_refused(
            vso_change_run(sealed, &event, no_change, NULL, NULL, res, pool),
            VSO_P_SEALED);
        assert_refused(vso_audit_verify(sealed, &verdict, res, pool),
                       VSO_P_SEALED);
        vso_fail(res, VSO_P_INVALID, NULL, "Refused.");
        vso_change_record_refusal(sealed, &event, res, pool);
        vso_result_clear(res);
        ck_assert_int_eq(trail(sealed)->nelts, 1);
    }
    ck_assert_str_eq(written(watcher), before);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("change");
    TCase *tc = unit_case(s, "change");

    tcase_add_test(tc, hands_out_ids_and_generations);
    tcase_add_test(tc, records_several_rows_of_one_change);
    tcase_add_test(tc, takes_a_refusal_back_and_records_it);
    tcase_add_test(tc, records_a_refusal_from_outside);
    tcase_add_test(tc, logs_a_refusal_that_it_cannot_record);
    tcase_add_test(tc, runs_again_after_a_conflict);
    tcase_add_test(tc, gives_up_when_conflicts_do_not_end);
    tcase_add_test(tc, needs_no_word_to_take_back_a_failure);
    tcase_add_test(tc, raises_the_generation);
    tcase_add_test(tc, refuses_what_would_count_beyond_the_end);
    tcase_add_test(tc, raises_the_generation_to_no_end);
    tcase_add_test(tc, writes_nothing_while_sealed);
    return s;
}
