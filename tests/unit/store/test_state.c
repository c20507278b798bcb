/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/connection.h"
#include "store/transaction.h"

static vso_state_t state_of(vso_store_t *store)
{
    vso_state_t state;

    assert_ok(vso_store_read_state(store, &state, res, pool));
    return state;
}

static apr_array_header_t *trail(vso_store_t *store)
{
    apr_array_header_t *rows = NULL;

    assert_ok(vso_audit_list(store, 0, 500, &rows, res, pool));
    return rows;
}

static const vso_audit_row_t *newest(vso_store_t *store)
{
    return &APR_ARRAY_IDX(trail(store), 0, vso_audit_row_t);
}

static void assert_intact(vso_store_t *store, apr_int64_t rows)
{
    vso_audit_verdict_t verdict;

    assert_ok(vso_audit_verify(store, &verdict, res, pool));
    ck_assert_msg(verdict.intact, "row %d: %s", (int)verdict.bad_seq,
                  verdict.reason);
    ck_assert_int_eq(verdict.rows, rows);
}

/** Insert a session: something of a change's own to look for. */
static apr_status_t insert_session(vso_change_t *change, const char *key,
                                   vso_result_t *result, apr_pool_t *p)
{
    const char *args[] = {"data", "0", key};

    return vso_db_exec(vso_store_db(change->store), VSO_SQL_SESSION_INSERT,
                       args, NULL, result, p);
}

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
                {"lock_count", no_change}};
    apr_int64_t ids[3];
    size_t i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const char *path = file_path();
        vso_store_t *store = store_on(file_db(path, pool), "a");
        vso_audit_event_t event = event_of("create");
        const char *sql;

        plain_sql(path, apr_psprintf(pool,
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

START_TEST(waits_for_a_first_master_key)
{
    const char *path = file_path();

    ck_assert_ptr_nonnull(
        strstr(vso_store_sealed(store_on(file_db(path, pool), "")),
               "VSOCertMasterKey"));
    ck_assert_ptr_null(vso_store_sealed(store_on(file_db(path, pool), "a")));
    ck_assert_ptr_nonnull(vso_store_sealed(store_on(file_db(path, pool), "b")));
}
END_TEST

START_TEST(is_sealed_when_its_row_was_edited)
{
    const char *path = file_path();

    change_times(store_on(file_db(path, pool), "a"), 1);
    plain_sql(path, "UPDATE vmo_keystore_state SET keystore_id = 'other'");
    ck_assert_ptr_nonnull(
        strstr(vso_store_sealed(store_on(file_db(path, pool), "a")),
               "vmo_keystore_state"));
}
END_TEST

static apr_status_t reseal(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *result,
                           apr_pool_t *p)
{
    (void)baton;
    (void)event;
    return vso_change_reseal(change, result, p);
}

START_TEST(survives_a_change_of_master_keys)
{
    const char *path = file_path();
    vso_audit_event_t event = event_of("reseal");
    vso_store_t *store = store_on(file_db(path, pool), "a");

    change_times(store, 2);
    store = store_on(file_db(path, pool), "ba");
    assert_ok(vso_change_run(store, &event, reseal, NULL, NULL, res, pool));
    ck_assert_ptr_nonnull(vso_store_sealed(store_on(file_db(path, pool), "a")));
    store = store_on(file_db(path, pool), "b");
    ck_assert_ptr_null(vso_store_sealed(store));
    change_times(store, 1);
    assert_intact(store, 4);
}
END_TEST

/** Loses the lock and all that was written, in the first run, as Galera takes
 * a transaction back and says nothing. */
static apr_status_t taken_back(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *result,
                               apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    int *runs = baton;

    (void)event;
    if (insert_session(change, "once", result, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if ((*runs)++ == 0) {
        assert_ok(vso_db_run(db, "ROLLBACK", res, p));
        if (!on("mysql")) { /* there the next statement begins another one */
            assert_ok(vso_db_run(db, "BEGIN", res, p));
        }
    }
    return APR_SUCCESS;
}

START_TEST(commits_nothing_without_its_lock)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");
    int runs = 0;

    change_times(store, 1);
    assert_ok(
        vso_change_run(store, &event, taken_back, &runs, NULL, res, pool));
    ck_assert_int_eq(runs, 2);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "1");
    assert_intact(store, 2);
}
END_TEST

START_TEST(says_when_the_lock_cannot_be_had)
{
    const char *path = file_path();
    vso_db_t *holder = file_db(path, pool);
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");

    assert_ok(vso_transaction_begin(holder, res, pool));
    assert_ok(vso_db_exec(holder, VSO_SQL_STATE_LOCK, NULL, NULL, res, pool));
    assert_refused(
        vso_change_run(store, &event, no_change, NULL, NULL, res, pool),
        VSO_P_DATABASE);
    ck_assert_int_eq(state_of(store).generation, 0);
    vso_transaction_rollback(holder, pool);
    change_times(store, 1);
}
END_TEST

static apr_status_t write_much(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *result,
                               apr_pool_t *p)
{
    char *data = apr_pcalloc(p, 200001);
    const char *args[] = {data, "0", "much"};

    (void)baton;
    (void)event;
    memset(data, 'x', 200000);
    return vso_db_exec(vso_store_db(change->store), VSO_SQL_SESSION_INSERT,
                       args, NULL, result, p);
}

START_TEST(keeps_its_head_when_the_disk_is_full)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    vso_store_t *store = store_on(db, "a");
    vso_audit_event_t event = event_of("create");
    const char *answer = NULL;

    change_times(store, 1);
    assert_ok(vso_db_ask(db, "PRAGMA max_page_count = 40", &answer, res, pool));
    ck_assert_int_ne(
        vso_change_run(store, &event, write_much, NULL, NULL, res, pool),
        APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_DATABASE);
    ck_assert_ptr_nonnull(strstr(res->detail, "full"));
    vso_result_clear(res);
    ck_assert_int_eq(state_of(store).generation, 1);
    assert_ok(
        vso_db_ask(db, "PRAGMA max_page_count = 4000", &answer, res, pool));
    assert_ok(vso_change_run(store, &event, write_much, NULL, NULL, res, pool));
    assert_intact(store, 2);
}
END_TEST

/* Several processes, as the nodes of a fleet are */

static int changes_done(const char *path, int changes)
{
    vso_result_t *own = vso_result_create(pool);
    vso_store_t *store = NULL;
    vso_db_t *db = NULL;
    int attempts = 10 * changes;

    if (vso_connection_open(test_driver(), path, &db, own, pool) !=
            APR_SUCCESS ||
        vso_store_open(db, ring_of("a"), 1, &store, own, pool) != APR_SUCCESS) {
        fprintf(stderr, "%s\n", own->detail);
        return 0;
    }
    /* On a slow disk somebody may wait for the lock in vain. */
    while (changes > 0 && attempts-- > 0) {
        vso_audit_event_t event = event_of("test");

        if (vso_change_run(store, &event, no_change, NULL, NULL, own, pool) ==
            APR_SUCCESS) {
            changes--;
        }
        vso_result_clear(own);
    }
    return !changes && !vso_store_sealed(store);
}

START_TEST(serves_several_processes_from_the_first_moment)
{
    const char *path = file_path();
    vso_store_t *store;
    int status = 0;
    int i;

    for (i = 0; i < 4; i++) {
        if (fork() == 0) {
            _exit(changes_done(path, 10) ? 0 : 1);
        }
    }
    for (i = 0; i < 4; i++) {
        ck_assert_int_ge(wait(&status), 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    store = store_on(file_db(path, pool), "a");
    ck_assert_int_eq(state_of(store).generation, 40);
    assert_intact(store, 40);
}
END_TEST

static apr_status_t die(vso_change_t *change, void *baton,
                        vso_audit_event_t *event, vso_result_t *result,
                        apr_pool_t *p)
{
    (void)baton;
    (void)event;
    if (insert_session(change, "half", result, p) == APR_SUCCESS) {
        kill(getpid(), SIGKILL);
    }
    return APR_SUCCESS;
}

START_TEST(forgets_a_change_that_was_killed)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    int status = 0;

    change_times(store, 1);
    if (fork() == 0) {
        vso_audit_event_t event = event_of("create");

        store = store_on(file_db(path, pool), "a");
        vso_change_run(store, &event, die, NULL, NULL, res, pool);
        _exit(1);
    }
    ck_assert_int_ge(wait(&status), 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    change_times(store, 1);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "0");
    ck_assert_int_eq(state_of(store).generation, 2);
    assert_intact(store, 2);
}
END_TEST

/* Another node migrates the schema */

/** What writers wrote until then is what there is for ever. */
static const char *const next[] = {
    "CREATE TABLE IF NOT EXISTS extra (a {int} NOT NULL){options}",
    "INSERT INTO extra (a) SELECT COUNT(*) FROM vmo_audit",
    NULL,
};
static const vso_migration_step_t next_step[] = {
    {VSO_SCHEMA_VERSION + 1, next}};

START_TEST(writes_nothing_into_a_newer_schema)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_db_t *watcher = file_db(path, pool);
    vso_audit_event_t event = event_of("create");
    const char *before;

    change_times(store, 1);
    assert_ok(
        vso_migration_apply(file_db(path, pool), next_step, 1, 1, res, pool));
    before = written(watcher);
    assert_refused(
        vso_change_run(store, &event, no_change, NULL, NULL, res, pool),
        VSO_P_NEWER_SCHEMA);
    start_log();
    vso_fail(res, VSO_P_WRONG_PASSWORD, "password", "It is wrong.");
    vso_change_record_refusal(store, &event, res, pool);
    vso_log_set_sink(NULL, NULL);
    vso_result_clear(res);
    ck_assert_ptr_nonnull(strstr(logged, "schema version"));
    ck_assert_str_eq(written(watcher), before);
}
END_TEST

/** Holds the lock for a while, and gives it back with a newer schema. */
static void migrate_slowly(const char *path, int ready)
{
    vso_db_t *db = file_db(path, pool);

    assert_ok(vso_transaction_begin(db, res, pool));
    assert_ok(vso_db_exec(db, VSO_SQL_STATE_LOCK, NULL, NULL, res, pool));
    ck_assert_int_eq(write(ready, "r", 1), 1);
    /* The other one comes to wait for the lock meanwhile. */
    apr_sleep(apr_time_from_msec(300));
    assert_ok(vso_db_run(db,
                         "UPDATE vmo_keystore_state"
                         " SET schema_version = schema_version + 1",
                         res, pool));
    assert_ok(vso_transaction_commit(db, res, pool));
}

START_TEST(writes_nothing_when_it_waited_for_a_migration)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");
    int ready[2];
    int status;
    char byte;

    change_times(store, 1);
    ck_assert_int_eq(pipe(ready), 0);
    if (fork() == 0) {
        migrate_slowly(path, ready[1]);
        _exit(0);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    assert_refused(
        vso_change_run(store, &event, no_change, NULL, NULL, res, pool),
        VSO_P_NEWER_SCHEMA);
    ck_assert_int_ge(wait(&status), 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_audit"), "1");
    ck_assert_str_eq(
        plain_sql(path, "SELECT generation FROM vmo_keystore_state"), "1");
}
END_TEST

/** Changes on and on, until the schema is newer; it may be so at once. */
static int change_until_newer(const char *path)
{
    apr_time_t deadline = apr_time_now() + apr_time_from_sec(60);
    vso_result_t *own = vso_result_create(pool);
    vso_store_t *store = NULL;

    if (vso_store_open(file_db(path, pool), ring_of("a"), 1, &store, own,
                       pool) != APR_SUCCESS) {
        return own->problem == VSO_P_NEWER_SCHEMA;
    }
    while (apr_time_now() < deadline) {
        vso_audit_event_t event = event_of("test");

        vso_change_run(store, &event, no_change, NULL, NULL, own, pool);
        if (own->problem == VSO_P_NEWER_SCHEMA) {
            return 1;
        }
        vso_result_clear(own);
        apr_sleep(apr_time_from_msec(10)); /* SQLite has no queue */
    }
    return 0;
}

START_TEST(writes_nothing_while_another_migrates)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    int status;
    int i;

    store_on(db, "a");
    for (i = 0; i < 3; i++) {
        if (fork() == 0) {
            _exit(change_until_newer(path) ? 0 : 1);
        }
    }
    while (atoi(plain_sql(path, "SELECT COUNT(*) FROM vmo_audit")) < 10) {
        apr_sleep(apr_time_from_msec(10));
    }
    assert_ok(vso_migration_apply(db, next_step, 1, 1, res, pool));
    for (i = 0; i < 3; i++) {
        ck_assert_int_ge(wait(&status), 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_audit"),
                     plain_sql(path, "SELECT MAX(a) FROM extra"));
}
END_TEST

/** Kills its own session, in the first run before a statement, in the second
 * so that the next one is the audit trail's. */
static apr_status_t lose(vso_change_t *change, void *baton,
                         vso_audit_event_t *event, vso_result_t *result,
                         apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    int *runs = baton;
    const char *ignored;

    (void)event;
    if (++*runs == 2 && insert_session(change, "once", result, p)) {
        return APR_EGENERAL;
    }
    if (*runs <= 2) {
        vso_db_ask(db,
                   on("pgsql") ? "SELECT pg_terminate_backend(pg_backend_pid())"
                               : "KILL CONNECTION_ID()",
                   &ignored, vso_result_create(p), p);
    }
    return *runs == 2 ? APR_SUCCESS : insert_session(change, "once", result, p);
}

START_TEST(runs_again_when_the_connection_was_lost)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");
    int runs = 0;

    assert_ok(vso_change_run(store, &event, lose, &runs, NULL, res, pool));
    ck_assert_int_eq(runs, 3);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "1");
    assert_intact(store, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("state");
    TCase *tc = unit_case(s, "state");

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
    tcase_add_test(tc, waits_for_a_first_master_key);
    tcase_add_test(tc, is_sealed_when_its_row_was_edited);
    tcase_add_test(tc, survives_a_change_of_master_keys);
    tcase_add_test(tc, commits_nothing_without_its_lock);
    tcase_add_test(tc, says_when_the_lock_cannot_be_had);
    tcase_add_test(tc, serves_several_processes_from_the_first_moment);
    tcase_add_test(tc, forgets_a_change_that_was_killed);
    tcase_add_test(tc, writes_nothing_into_a_newer_schema);
    tcase_add_test(tc, writes_nothing_when_it_waited_for_a_migration);
    tcase_add_test(tc, writes_nothing_while_another_migrates);
    if (on_server()) {
        tcase_add_test(tc, runs_again_when_the_connection_was_lost);
    }
    else {
        tcase_add_test(tc, keeps_its_head_when_the_disk_is_full);
    }
    return s;
}
