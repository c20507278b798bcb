/* SPDX-License-Identifier: Apache-2.0 */
#include "service_util.h"

#define OLD_KEY "0123456789abcdef0123456789abcdef"
#define NEW_KEY "fedcba9876543210fedcba9876543210"

static vso_secret_t *password(const char *text)
{
    return vso_secret_copy(text, strlen(text), pool);
}

static vso_secret_t *exported(void)
{
    vso_secret_t *file = NULL;

    assert_ok(vso_keystore_export(svc, 0, "pkcs12", password("secret"), &file));
    return file;
}

static vso_import_spec_t import_of(const vso_secret_t *file)
{
    vso_import_spec_t spec = {0};

    spec.data = file->data;
    spec.len = file->len;
    spec.password = password("secret");
    return spec;
}

START_TEST(goes_out_and_in)
{
    vso_version_t *first = create(0);
    vso_import_spec_t spec = import_of(exported());
    vso_import_outcome_t outcome;

    svc->alias = "other";
    spec.preview = 1;
    assert_ok(vso_keystore_import(svc, &spec, &outcome));
    ck_assert_str_eq(outcome.file->format, "pkcs12");
    ck_assert_int_eq(outcome.file->entries->nelts, 1);
    ck_assert_ptr_null(svc->serving ? strstr(svc->serving, "\"other\"") : NULL);

    spec.preview = 0;
    assert_ok(vso_keystore_import(svc, &spec, &outcome));
    ck_assert_str_eq(outcome.version->fingerprint, first->fingerprint);
    ck_assert_str_eq(outcome.version->origin, "imported");
    ck_assert_int_eq(found(outcome.version->id)->state, VSO_STATE_ACTIVE);
    ck_assert_ptr_nonnull(strstr(svc->serving, "\"other\""));
}
END_TEST

START_TEST(import_follows_the_guide)
{
    vso_secret_t *file;
    vso_import_spec_t spec;
    vso_import_outcome_t outcome;
    vso_version_t *first = create(0);

    file = exported();
    spec = import_of(file);
    assert_refused(vso_keystore_import(svc, &spec, &outcome),
                   VSO_P_CERTIFICATE_EXISTS);
    spec.replace = 1;
    assert_refused(vso_keystore_import(svc, &spec, &outcome),
                   VSO_P_CERTIFICATE_EXISTS);
    svc->alias = "other";
    create(0);
    assert_ok(vso_keystore_import(svc, &spec, &outcome));
    ck_assert_str_eq(outcome.version->fingerprint, first->fingerprint);

    svc->alias = "third";
    create(0);
    spec.replace = 0;
    spec.passive = 1;
    assert_ok(vso_keystore_import(svc, &spec, &outcome));
    ck_assert_int_eq(found(outcome.version->id)->state, VSO_STATE_PASSIVE);
}
END_TEST

START_TEST(wrong_passwords_are_slowed_down)
{
    vso_import_spec_t spec;
    vso_import_outcome_t outcome;
    int i;

    create(0);
    spec = import_of(exported());
    svc->alias = "other";
    spec.password = password("guess");
    for (i = 0; i < 5; i++) {
        assert_refused(vso_keystore_import(svc, &spec, &outcome),
                       VSO_P_WRONG_PASSWORD);
    }
    spec.password = password("secret");
    assert_refused(vso_keystore_import(svc, &spec, &outcome), VSO_P_SLOW_DOWN);
    svc->actor = "somebody";
    assert_ok(vso_keystore_import(svc, &spec, &outcome));
}
END_TEST

START_TEST(reseal_leaves_the_old_master_key_useless)
{
    vso_db_t *db = vso_store_db(svc->store);
    vso_version_t *version = create(0);
    vso_context_t *first = svc;
    vso_secret_t *key;
    int count = 0;

    svc = service_on(db, ring_of(NEW_KEY, OLD_KEY));
    assert_ok(vso_keystore_reseal(svc, &count));
    ck_assert_int_eq(count, 1);
    assert_ok(vso_keystore_reseal(svc, &count));
    ck_assert_int_eq(count, 0);

    svc = service_on(db, ring_of(NEW_KEY, NULL));
    ck_assert_ptr_null(vso_store_sealed(svc->store));
    assert_ok(vso_versions_open(vso_store_keyring(svc->store),
                                found(version->id), &key, res, pool));
    svc = service_on(db, ring);
    ck_assert_ptr_nonnull(vso_store_sealed(svc->store));
    assert_refused(vso_versions_open(ring, found(version->id), &key, res, pool),
                   VSO_P_SEALED);
    svc = first;
}
END_TEST

START_TEST(a_wrong_master_key_writes_nothing)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;
    vso_state_t before = {0};
    vso_state_t after = {0};
    vso_panel_t panel;

    create(0);
    assert_ok(vso_state_read(svc->store, &before, res, pool));
    svc = service_on(vso_store_db(svc->store), ring_of(NEW_KEY, NULL));
    assert_ok(vso_certificate_panel(svc, &panel));
    ck_assert_ptr_nonnull(panel.actions[5].reason);
    spec.replace = 1;
    assert_refused(vso_certificate_create(svc, &spec, &version), VSO_P_SEALED);
    assert_ok(vso_state_read(svc->store, &after, res, pool));
    ck_assert_int_eq(before.generation, after.generation);
    ck_assert_int_eq(before.audit_seq, after.audit_seq);
}
END_TEST

START_TEST(an_older_database_is_accepted_on_purpose_only)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;
    vso_state_t state = {0};

    create(0);
    assert_refused(vso_keystore_accept_restore(svc), VSO_P_WRONG_STATE);
    assert_ok(vso_state_read(svc->store, &state, res, pool));
    svc->served_keystore = state.keystore_id;
    svc->served_generation = state.generation + 10;
    spec.replace = 1;
    assert_refused(vso_certificate_create(svc, &spec, &version),
                   VSO_P_RESTORED);
    assert_ok(vso_keystore_accept_restore(svc));
    ck_assert_int_gt(svc->generation, svc->served_generation);
    svc->served_generation = svc->generation;
    create(1);
}
END_TEST

START_TEST(another_keystore_counts_as_a_restore)
{
    create(0);
    svc->served_keystore = "0000";
    svc->served_generation = 1;
    assert_ok(vso_keystore_accept_restore(svc));
}
END_TEST

START_TEST(the_audit_trail_stays_whole)
{
    vso_audit_verdict_t verdict = {0};
    vso_import_spec_t spec;
    vso_import_outcome_t outcome;

    create(0);
    spec = import_of(exported());
    assert_refused(vso_keystore_import(svc, &spec, &outcome),
                   VSO_P_CERTIFICATE_EXISTS);
    create(1);
    assert_ok(vso_audit_verify(svc->store, &verdict, res, pool));
    ck_assert_int_eq(verdict.intact, 1);
    ck_assert_int_eq(verdict.rows, 4);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("keystore");
    TCase *tc = service_case(s, "keystore");

    tcase_add_test(tc, goes_out_and_in);
    tcase_add_test(tc, import_follows_the_guide);
    tcase_add_test(tc, wrong_passwords_are_slowed_down);
    tcase_add_test(tc, reseal_leaves_the_old_master_key_useless);
    tcase_add_test(tc, a_wrong_master_key_writes_nothing);
    tcase_add_test(tc, an_older_database_is_accepted_on_purpose_only);
    tcase_add_test(tc, another_keystore_counts_as_a_restore);
    tcase_add_test(tc, the_audit_trail_stays_whole);
    return s;
}
