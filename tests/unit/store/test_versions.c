/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include "store/versions.h"

/** One step that tests take in a change. */
typedef struct {
    enum { INSERT, SET_STATE, SET_CERTIFICATE, SET_CHAIN, RESEAL } what;
    vso_version_t *version;
    const char *key;
    vso_version_state_e state;
    int done;
} step_t;

static apr_status_t take_step(vso_change_t *change, void *baton,
                              vso_audit_event_t *event, vso_result_t *result,
                              apr_pool_t *p)
{
    step_t *step = baton;

    (void)event;
    switch (step->what) {
    case INSERT:
        return vso_versions_insert(
            change, step->version,
            vso_secret_copy(step->key, strlen(step->key), p), result, p);
    case SET_STATE:
        return vso_versions_set_state(change, step->version, step->state,
                                      result, p);
    case SET_CERTIFICATE:
        return vso_versions_set_certificate(change, step->version, result, p);
    case SET_CHAIN:
        return vso_versions_set_chain(change, step->version, step->key, result,
                                      p);
    default:
        return vso_versions_reseal(change, step->version, &step->done, result,
                                   p);
    }
}

static apr_status_t run(vso_store_t *store, step_t *step)
{
    vso_audit_event_t event = event_of("test");

    return vso_change_run(store, &event, take_step, step, NULL, res, pool);
}

/** A version of which only what matters is set. */
static vso_version_t *version_of(const char *entry, const char *key_type,
                                 vso_version_state_e state)
{
    vso_version_t *version = apr_pcalloc(pool, sizeof(*version));

    version->entry = entry;
    version->key_type = key_type;
    version->key_fingerprint = apr_pstrcat(pool, "print-", entry, NULL);
    version->state = state;
    return version;
}

static vso_version_t *inserted(vso_store_t *store, const char *entry,
                               const char *key_type, vso_version_state_e state)
{
    step_t step = {INSERT, version_of(entry, key_type, state), "canary-key",
                   state, 0};

    assert_ok(run(store, &step));
    return step.version;
}

static vso_version_t *got(vso_store_t *store, apr_int64_t id)
{
    vso_version_t *version = NULL;

    assert_ok(vso_versions_get(store, id, &version, res, pool));
    return version;
}

static apr_status_t set_state(vso_store_t *store, vso_version_t *version,
                              vso_version_state_e state)
{
    step_t step = {SET_STATE, version, NULL, state, 0};

    return run(store, &step);
}

static void assert_opens(vso_store_t *store, apr_int64_t id)
{
    vso_secret_t *key = NULL;

    assert_ok(vso_versions_open(vso_store_keyring(store), got(store, id), &key,
                                res, pool));
    ck_assert_str_eq((char *)key->data, "canary-key");
}

static void assert_shut(vso_store_t *store, apr_int64_t id,
                        vso_problem_e problem)
{
    vso_version_t *version = got(store, id);
    vso_secret_t *key = NULL;

    assert_refused(
        vso_versions_open(vso_store_keyring(store), version, &key, res, pool),
        problem);
    ck_assert_ptr_null(key);
}

START_TEST(keeps_every_column)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t in = {0,
                        "server",
                        0,
                        VSO_STATE_PASSIVE,
                        "imported",
                        "ec-p256",
                        "kp",
                        NULL,
                        "csr",
                        "cert",
                        "chain",
                        "{\"a\":1}",
                        "{}",
                        "CN=\xc3\xa4 'x'",
                        "CN=b",
                        "0a1b",
                        "DNS:a,IP:::1",
                        "ecdsa-with-SHA256",
                        "fp",
                        -5,
                        4102444800,
                        1,
                        1700000000,
                        "vmware",
                        0,
                        0,
                        {NULL, 0, 0, 0},
                        0};
    step_t step = {INSERT, &in, "canary-key", VSO_STATE_PASSIVE, 0};
    vso_version_t *out;

    assert_ok(run(store, &step));
    out = got(store, in.id);
    ck_assert_int_eq(out->id, 1);
    ck_assert_str_eq(out->entry, "server");
    ck_assert_int_eq(out->number, 1);
    ck_assert_int_eq(out->state, VSO_STATE_PASSIVE);
    ck_assert_str_eq(out->origin, "imported");
    ck_assert_str_eq(out->key_type, "ec-p256");
    ck_assert_str_eq(out->key_fingerprint, "kp");
    ck_assert_str_eq(out->sealed_key, in.sealed_key);
    ck_assert_str_eq(out->csr, "csr");
    ck_assert_str_eq(out->certificate, "cert");
    ck_assert_str_eq(out->chain, "chain");
    ck_assert_str_eq(out->subject, "{\"a\":1}");
    ck_assert_str_eq(out->issuer, "{}");
    ck_assert_str_eq(out->subject_text, "CN=\xc3\xa4 'x'");
    ck_assert_str_eq(out->issuer_text, "CN=b");
    ck_assert_str_eq(out->serial, "0a1b");
    ck_assert_str_eq(out->sans, "DNS:a,IP:::1");
    ck_assert_str_eq(out->signature_algorithm, "ecdsa-with-SHA256");
    ck_assert_str_eq(out->fingerprint, "fp");
    ck_assert_int_eq(out->not_before_sec, -5);
    ck_assert_int_eq(out->not_after_sec, 4102444800);
    ck_assert_int_eq(out->self_signed, 1);
    ck_assert_int_eq(out->created_sec, 1700000000);
    ck_assert_str_eq(out->created_by, "vmware");
    ck_assert_int_eq(out->activated_sec, 0);
    ck_assert_int_eq(out->generation, 1);
}
END_TEST

START_TEST(reads_absent_as_empty)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *out;

    out = got(store,
              inserted(store, "server", "rsa-2048", VSO_STATE_PENDING)->id);
    ck_assert_str_eq(out->certificate, "");
    ck_assert_str_eq(out->created_by, "");
    ck_assert_int_gt(out->created_sec, 1700000000);
    ck_assert_int_eq(out->activated_sec, 0);
}
END_TEST

START_TEST(numbers_versions_by_entry)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_array_header_t *list = NULL;
    vso_version_t *version = NULL;

    inserted(store, "one", "rsa-2048", VSO_STATE_PASSIVE);
    inserted(store, "two", "rsa-2048", VSO_STATE_PASSIVE);
    inserted(store, "one", "rsa-2048", VSO_STATE_PASSIVE);
    assert_ok(vso_versions_list(store, "one", 0, 10, &list, res, pool));
    ck_assert_int_eq(list->nelts, 2);
    version = APR_ARRAY_IDX(list, 0, vso_version_t *);
    ck_assert_int_eq(version->id, 3);
    ck_assert_int_eq(version->number, 2);
    assert_ok(vso_versions_list(store, NULL, 0, 2, &list, res, pool));
    ck_assert_int_eq(list->nelts, 2);
    assert_ok(vso_versions_list(store, NULL, 2, 2, &list, res, pool));
    ck_assert_int_eq(list->nelts, 1);
    ck_assert_int_eq(APR_ARRAY_IDX(list, 0, vso_version_t *)->id, 1);
    version = NULL;
    assert_refused(vso_versions_get(store, 99, &version, res, pool),
                   VSO_P_NOT_FOUND);
    ck_assert_ptr_null(version);
}
END_TEST

START_TEST(numbers_nothing_after_an_edited_version)
{
    static const char *const edits[] = {"-2", "9007199254740990",
                                        "9223372036854775807"};
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    size_t i;

    inserted(store, "a", "ec-p256", VSO_STATE_PASSIVE);
    for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        step_t step = {INSERT, version_of("a", "rsa-2048", VSO_STATE_PASSIVE),
                       "canary-key", VSO_STATE_PASSIVE, 0};

        plain_sql(path, apr_pstrcat(pool, "UPDATE vmo_keystore SET version = ",
                                    edits[i], NULL));
        assert_refused(run(store, &step), VSO_P_DAMAGED);
    }
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_keystore"), "1");
}
END_TEST

START_TEST(knows_the_active_ones)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_array_header_t *list = NULL;

    inserted(store, "one", "rsa-2048", VSO_STATE_ACTIVE);
    inserted(store, "one", "ec-p256", VSO_STATE_ACTIVE);
    inserted(store, "one", "rsa-4096", VSO_STATE_PASSIVE);
    inserted(store, "two", "ec-p384", VSO_STATE_ACTIVE);
    assert_ok(vso_versions_active(store, "one", &list, res, pool));
    ck_assert_int_eq(list->nelts, 2);
    ck_assert_int_gt(APR_ARRAY_IDX(list, 0, vso_version_t *)->activated_sec, 0);
    assert_ok(vso_versions_active(store, "none", &list, res, pool));
    ck_assert_int_eq(list->nelts, 0);
}
END_TEST

START_TEST(stores_one_active_version_per_algorithm)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *first = inserted(store, "one", "rsa-2048", VSO_STATE_ACTIVE);
    vso_version_t *second =
        inserted(store, "one", "rsa-4096", VSO_STATE_PASSIVE);

    assert_refused(set_state(store, got(store, second->id), VSO_STATE_ACTIVE),
                   VSO_P_DATABASE);
    assert_ok(set_state(store, got(store, first->id), VSO_STATE_PASSIVE));
    assert_ok(set_state(store, got(store, second->id), VSO_STATE_ACTIVE));
    ck_assert_int_eq(got(store, first->id)->state, VSO_STATE_PASSIVE);
    ck_assert_int_eq(got(store, second->id)->state, VSO_STATE_ACTIVE);
    ck_assert_int_gt(got(store, second->id)->activated_sec, 0);
    assert_opens(store, second->id);
}
END_TEST

/** OpenSSL serves a restricted RSA key beside a plain one. */
START_TEST(stores_rsa_pss_beside_rsa)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_array_header_t *list = NULL;
    vso_version_t *second;

    inserted(store, "one", "rsa-pss-2048", VSO_STATE_ACTIVE);
    inserted(store, "one", "rsa-2048", VSO_STATE_ACTIVE);
    assert_ok(vso_versions_active(store, "one", &list, res, pool));
    ck_assert_int_eq(list->nelts, 2);
    second = inserted(store, "one", "rsa-pss-3072", VSO_STATE_PASSIVE);
    assert_refused(set_state(store, got(store, second->id), VSO_STATE_ACTIVE),
                   VSO_P_DATABASE);
}
END_TEST

START_TEST(refuses_a_state_that_has_passed)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *version =
        inserted(store, "one", "rsa-2048", VSO_STATE_PENDING);
    vso_version_t *seen = got(store, version->id);
    step_t certificate = {SET_CERTIFICATE, seen, NULL, VSO_STATE_PENDING, 0};

    assert_ok(set_state(store, got(store, version->id), VSO_STATE_PASSIVE));
    assert_refused(set_state(store, seen, VSO_STATE_ACTIVE), VSO_P_STALE);
    assert_refused(run(store, &certificate), VSO_P_STALE);
    ck_assert_int_eq(got(store, version->id)->state, VSO_STATE_PASSIVE);
}
END_TEST

START_TEST(gives_a_pending_version_its_certificate)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *version =
        inserted(store, "one", "rsa-2048", VSO_STATE_PENDING);
    step_t step = {SET_CERTIFICATE, got(store, version->id), NULL,
                   VSO_STATE_PENDING, 0};
    vso_version_t *out;

    step.version->certificate = "new cert";
    step.version->chain = "new chain";
    step.version->origin = "ca-signed";
    step.version->not_after_sec = 4102444800;
    assert_ok(run(store, &step));
    assert_ok(set_state(store, step.version, VSO_STATE_ACTIVE));
    out = got(store, version->id);
    ck_assert_str_eq(out->certificate, "new cert");
    ck_assert_str_eq(out->chain, "new chain");
    ck_assert_str_eq(out->origin, "ca-signed");
    ck_assert_int_eq(out->not_after_sec, 4102444800);
    ck_assert_int_eq(out->state, VSO_STATE_ACTIVE);
    ck_assert_int_eq(out->generation, 3);
    assert_opens(store, version->id);
}
END_TEST

/** What turned last, of this entry; a key that was destroyed since is told. */
START_TEST(knows_what_turned_together)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *rsa =
        inserted(store, "server", "rsa-2048", VSO_STATE_ACTIVE);
    vso_version_t *ec = inserted(store, "server", "ec-p256", VSO_STATE_ACTIVE);
    apr_array_header_t *turned = NULL;

    inserted(store, "server", "ec-p256", VSO_STATE_PENDING);
    inserted(store, "other", "ec-p256", VSO_STATE_ACTIVE);
    assert_ok(vso_versions_turned(store, "server", &turned, res, pool));
    ck_assert_int_eq(turned->nelts, 1);
    ck_assert_int_eq(APR_ARRAY_IDX(turned, 0, vso_version_t *)->id, ec->id);

    assert_ok(set_state(store, rsa, VSO_STATE_PASSIVE));
    assert_ok(vso_versions_turned(store, "server", &turned, res, pool));
    ck_assert_int_eq(turned->nelts, 1);
    ck_assert_int_eq(APR_ARRAY_IDX(turned, 0, vso_version_t *)->id, rsa->id);

    assert_ok(set_state(store, rsa, VSO_STATE_RETIRED));
    assert_ok(vso_versions_turned(store, "server", &turned, res, pool));
    ck_assert_int_eq(turned->nelts, 1);
    ck_assert_int_eq(APR_ARRAY_IDX(turned, 0, vso_version_t *)->id, ec->id);
    assert_ok(vso_versions_turned(store, "nobody", &turned, res, pool));
    ck_assert_int_eq(turned->nelts, 0);
}
END_TEST

/** Key, id and number stay; the row has to be the one that was looked at. */
START_TEST(gives_a_version_another_chain)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *version =
        inserted(store, "server", "ec-p256", VSO_STATE_ACTIVE);
    step_t step = {SET_CHAIN, version, "issuers", VSO_STATE_ACTIVE, 0};
    apr_int64_t before = version->generation;
    vso_version_t *out;

    assert_ok(run(store, &step));
    out = got(store, version->id);
    ck_assert_str_eq(out->chain, "issuers");
    ck_assert_int_eq(out->generation, version->generation);
    ck_assert_int_gt(out->generation, before);
    ck_assert_int_eq(out->state, VSO_STATE_ACTIVE);
    assert_opens(store, version->id);

    step.version->fingerprint = "another";
    assert_refused(run(store, &step), VSO_P_STALE);
    step.version = got(store, version->id);
    step.version->state = VSO_STATE_PASSIVE;
    assert_refused(run(store, &step), VSO_P_STALE);
}
END_TEST

START_TEST(destroys_a_key_for_good)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_version_t *version =
        inserted(store, "one", "rsa-2048", VSO_STATE_PASSIVE);
    apr_array_header_t *list = NULL;

    assert_ok(
        vso_versions_by_fingerprint(store, "print-one", &list, res, pool));
    ck_assert_int_eq(list->nelts, 1);
    assert_ok(vso_versions_live(store, &list, res, pool));
    ck_assert_int_eq(list->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(list, 0, const char *), "print-one");

    assert_ok(set_state(store, version, VSO_STATE_RETIRED));
    ck_assert_str_eq(version->sealed_key, "");
    ck_assert_str_eq(plain_sql(path, "SELECT sealed_key FROM vmo_keystore"),
                     "");
    assert_shut(store, version->id, VSO_P_WRONG_STATE);
    assert_ok(
        vso_versions_by_fingerprint(store, "print-one", &list, res, pool));
    ck_assert_int_eq(list->nelts, 0);
    assert_ok(vso_versions_live(store, &list, res, pool));
    ck_assert_int_eq(list->nelts, 0);
    assert_refused(set_state(store, version, VSO_STATE_PASSIVE),
                   VSO_P_WRONG_STATE);
}
END_TEST

START_TEST(tells_entries_apart_by_generation)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_int64_t generation = -1;

    assert_ok(vso_versions_generation(store, "one", &generation, res, pool));
    ck_assert_int_eq(generation, 0);
    inserted(store, "one", "rsa-2048", VSO_STATE_PASSIVE);
    inserted(store, "two", "rsa-2048", VSO_STATE_PASSIVE);
    assert_ok(vso_versions_generation(store, "one", &generation, res, pool));
    ck_assert_int_eq(generation, 1);
    assert_ok(vso_versions_generation(store, "two", &generation, res, pool));
    ck_assert_int_eq(generation, 2);
}
END_TEST

START_TEST(does_not_open_a_row_that_was_edited)
{
    static const char *const edits[] = {
        "id = 77",
        "alias = 'other'",
        "version = 77",
        "key_fingerprint = 'other'",
        "sealed_key = (SELECT sealed_key FROM vmo_keystore WHERE id = 2)",
        "sealed_key = 'nonsense'",
    };
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_size_t i;

    inserted(store, "one", "rsa-2048", VSO_STATE_PASSIVE);
    inserted(store, "two", "rsa-2048", VSO_STATE_PASSIVE);
    plain_sql(path, "CREATE TABLE kept AS SELECT * FROM vmo_keystore");
    store = store_on(file_db(path, pool), "a");
    for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        plain_sql(path, apr_pstrcat(pool, "UPDATE vmo_keystore SET ", edits[i],
                                    " WHERE id = 1", NULL));
        assert_shut(store, i ? 1 : 77, VSO_P_DAMAGED);
        assert_opens(store, 2);
        plain_sql(path, "DELETE FROM vmo_keystore");
        plain_sql(path, "INSERT INTO vmo_keystore SELECT * FROM kept");
        assert_opens(store, 1);
    }
    plain_sql(path, "UPDATE vmo_keystore SET subject_text = 'edited'");
    assert_shut(store, 1, VSO_P_DAMAGED);
}
END_TEST

START_TEST(leaves_no_plain_key_in_the_files)
{
    static const char *const suffixes[] = {"", "-wal"};
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    char *data;
    int i;

    inserted(store, "one", "rsa-2048", VSO_STATE_PASSIVE);
    for (i = 0; i < 2; i++) {
        const char *name = apr_pstrcat(pool, path, suffixes[i], NULL);
        apr_size_t len;
        apr_file_t *file;
        apr_finfo_t info;

        ck_assert_int_eq(apr_stat(&info, name, APR_FINFO_SIZE, pool), 0);
        ck_assert_int_gt(info.size, 0);
        len = (apr_size_t)info.size;
        data = apr_palloc(pool, len);
        apr_file_open(&file, name, APR_READ, 0, pool);
        ck_assert_int_eq(apr_file_read_full(file, data, len, NULL), 0);
        apr_file_close(file);
        ck_assert_ptr_null(memmem(data, len, "canary-key", 10));
    }
}
END_TEST

START_TEST(reseals_under_the_first_master_key)
{
    const char *path = file_path();
    vso_store_t *old = store_on(file_db(path, pool), "a");
    vso_store_t *both;
    vso_keyring_t *next = ring_of("b");
    step_t step = {RESEAL, NULL, NULL, VSO_STATE_PASSIVE, 0};
    vso_secret_t *key = NULL;
    apr_int64_t id = inserted(old, "one", "rsa-2048", VSO_STATE_PASSIVE)->id;

    both = store_on(file_db(path, pool), "ba");
    assert_refused(vso_versions_open(next, got(both, id), &key, res, pool),
                   VSO_P_SEALED);
    step.version = got(both, id);
    assert_ok(run(both, &step));
    ck_assert_int_eq(step.done, 1);
    assert_ok(run(both, &step));
    ck_assert_int_eq(step.done, 0);
    assert_ok(vso_versions_open(next, got(both, id), &key, res, pool));
    ck_assert_str_eq((char *)key->data, "canary-key");
    assert_shut(old, id, VSO_P_SEALED);
}
END_TEST

START_TEST(does_not_reseal_what_was_edited)
{
    const char *path = file_path();
    vso_store_t *both;
    step_t step = {RESEAL, NULL, NULL, VSO_STATE_PASSIVE, 0};
    const char *before;
    apr_int64_t id = inserted(store_on(file_db(path, pool), "a"), "one",
                              "rsa-2048", VSO_STATE_PASSIVE)
                         ->id;

    plain_sql(path, "UPDATE vmo_keystore SET alias = 'other'");
    before = plain_sql(path, "SELECT sealed_key FROM vmo_keystore");
    both = store_on(file_db(path, pool), "ba");
    step.version = got(both, id);
    assert_refused(run(both, &step), VSO_P_DAMAGED);
    ck_assert_str_eq(plain_sql(path, "SELECT sealed_key FROM vmo_keystore"),
                     before);
}
END_TEST

START_TEST(never_restores_a_key_that_was_resealed_meanwhile)
{
    const char *path = file_path();
    vso_version_t *seen;
    vso_store_t *both;
    step_t step = {RESEAL, NULL, NULL, VSO_STATE_PASSIVE, 0};
    apr_int64_t id = inserted(store_on(file_db(path, pool), "a"), "one",
                              "rsa-2048", VSO_STATE_PASSIVE)
                         ->id;

    both = store_on(file_db(path, pool), "ba");
    seen = got(both, id);
    step.version = got(both, id);
    assert_ok(run(both, &step));
    assert_refused(set_state(both, seen, VSO_STATE_ACTIVE), VSO_P_STALE);
    ck_assert_str_eq(got(both, id)->sealed_key, step.version->sealed_key);
    step.version = seen;
    assert_refused(run(both, &step), VSO_P_STALE);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("versions");
    TCase *tc = unit_case(s, "versions");

    tcase_add_test(tc, keeps_every_column);
    tcase_add_test(tc, reads_absent_as_empty);
    tcase_add_test(tc, numbers_versions_by_entry);
    tcase_add_test(tc, numbers_nothing_after_an_edited_version);
    tcase_add_test(tc, knows_the_active_ones);
    tcase_add_test(tc, stores_one_active_version_per_algorithm);
    tcase_add_test(tc, stores_rsa_pss_beside_rsa);
    tcase_add_test(tc, refuses_a_state_that_has_passed);
    tcase_add_test(tc, gives_a_pending_version_its_certificate);
    tcase_add_test(tc, knows_what_turned_together);
    tcase_add_test(tc, gives_a_version_another_chain);
    tcase_add_test(tc, destroys_a_key_for_good);
    tcase_add_test(tc, tells_entries_apart_by_generation);
    tcase_add_test(tc, does_not_open_a_row_that_was_edited);
    if (!on_server()) {
        tcase_add_test(tc, leaves_no_plain_key_in_the_files);
    }
    tcase_add_test(tc, reseals_under_the_first_master_key);
    tcase_add_test(tc, does_not_reseal_what_was_edited);
    tcase_add_test(tc, never_restores_a_key_that_was_resealed_meanwhile);
    return s;
}
