/* SPDX-License-Identifier: Apache-2.0 */
#include "served_util.h"

#define OLD_KEY "0123456789abcdef0123456789abcdef"
#define NEW_KEY "fedcba9876543210fedcba9876543210"

static vso_secret_t *password(const char *text)
{
    return vso_secret_copy(text, strlen(text), pool);
}

static vso_secret_t *exported(void)
{
    vso_secret_t *file = NULL;

    assert_ok(vso_keystore_export(
        context, 0, "pkcs12", password("a long secret"), &file, &outcome, res));
    return file;
}

static vso_import_spec_t import_of(const vso_secret_t *file)
{
    vso_import_spec_t spec = {0};

    spec.data = file->data;
    spec.len = file->len;
    spec.password = password("a long secret");
    return spec;
}

START_TEST(goes_out_and_in)
{
    vso_version_t *first = create(0);
    vso_import_spec_t spec = import_of(exported());
    vso_keystore_imported_t imported;

    context->entry = "other";
    spec.preview = 1;
    assert_ok(vso_keystore_import(context, &spec, &imported, &outcome, res));
    ck_assert_str_eq(imported.file->format, "pkcs12");
    ck_assert_int_eq(imported.file->entries->nelts, 1);
    node_setup();
    ck_assert_ptr_null(served_now("other"));

    spec.preview = 0;
    assert_ok(vso_keystore_import(context, &spec, &imported, &outcome, res));
    ck_assert_str_eq(imported.version->fingerprint, first->fingerprint);
    ck_assert_str_eq(imported.version->origin, "imported");
    ck_assert_int_eq(found(imported.version->id)->state, VSO_STATE_ACTIVE);
    publish();
    ck_assert_ptr_nonnull(served_now("other"));
}
END_TEST

/** Of a security module only the public half is there. */
START_TEST(a_key_that_does_not_come_out_is_not_adopted)
{
    vso_version_t *first = create(0);
    vso_keyfile_entry_t held = {.alias = "www.example.org",
                                .chain =
                                    apr_array_make(pool, 1, sizeof(X509 *))};
    vso_import_spec_t spec = {.held = &held};
    vso_keystore_imported_t imported;

    assert_ok(vso_cert_parse(first->certificate, strlen(first->certificate),
                             &held.cert, res, pool));
    held.pkey = X509_get0_pubkey(held.cert);
    context->entry = "other";
    assert_refused(
        vso_keystore_import(context, &spec, &imported, &outcome, res),
        VSO_P_KEY_NOT_EXPORTABLE);
    ck_assert_str_eq(last_outcome(), "key-not-exportable");
}
END_TEST

START_TEST(import_follows_the_guide)
{
    vso_secret_t *file;
    vso_import_spec_t spec;
    vso_keystore_imported_t imported;
    vso_version_t *first = create(0);

    file = exported();
    spec = import_of(file);
    assert_refused(
        vso_keystore_import(context, &spec, &imported, &outcome, res),
        VSO_P_CERTIFICATE_EXISTS);
    spec.replace = 1;
    assert_refused(
        vso_keystore_import(context, &spec, &imported, &outcome, res),
        VSO_P_CERTIFICATE_EXISTS);
    context->entry = "other";
    create(0);
    assert_ok(vso_keystore_import(context, &spec, &imported, &outcome, res));
    ck_assert_str_eq(imported.version->fingerprint, first->fingerprint);

    context->entry = "third";
    create(0);
    spec.replace = 0;
    spec.passive = 1;
    assert_ok(vso_keystore_import(context, &spec, &imported, &outcome, res));
    ck_assert_int_eq(found(imported.version->id)->state, VSO_STATE_PASSIVE);
}
END_TEST

START_TEST(wrong_passwords_are_slowed_down)
{
    vso_import_spec_t spec;
    vso_keystore_imported_t imported;
    int i;

    create(0);
    spec = import_of(exported());
    context->entry = "other";
    spec.password = password("guess");
    for (i = 0; i < 5; i++) {
        assert_refused(
            vso_keystore_import(context, &spec, &imported, &outcome, res),
            VSO_P_WRONG_PASSWORD);
    }
    spec.password = password("a long secret");
    assert_refused(
        vso_keystore_import(context, &spec, &imported, &outcome, res),
        VSO_P_SLOW_DOWN);
    context->actor = "somebody";
    assert_ok(vso_keystore_import(context, &spec, &imported, &outcome, res));
}
END_TEST

START_TEST(reseal_leaves_the_old_master_key_useless)
{
    vso_db_t *db = vso_store_db(context->store);
    vso_version_t *version = create(0);
    vso_context_t *first = context;
    vso_secret_t *key;
    int count = 0;

    context = service_on(db, ring_of(NEW_KEY, OLD_KEY));
    assert_ok(vso_keystore_reseal(context, &count, &outcome, res));
    ck_assert_int_eq(count, 1);
    assert_ok(vso_keystore_reseal(context, &count, &outcome, res));
    ck_assert_int_eq(count, 0);

    context = service_on(db, ring_of(NEW_KEY, NULL));
    ck_assert_ptr_null(vso_store_sealed(context->store));
    assert_ok(vso_versions_open(vso_store_keyring(context->store),
                                found(version->id), &key, res, pool));
    context = service_on(db, ring);
    ck_assert_ptr_nonnull(vso_store_sealed(context->store));
    assert_refused(vso_versions_open(ring, found(version->id), &key, res, pool),
                   VSO_P_SEALED);
    context = first;
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
    assert_ok(vso_store_read_state(context->store, &before, res, pool));
    context = service_on(vso_store_db(context->store), ring_of(NEW_KEY, NULL));
    assert_ok(vso_certificate_panel(context, &panel, res));
    ck_assert_ptr_nonnull(panel.actions[5].reason);
    ck_assert_int_eq(panel.actions[5].problem, VSO_P_SEALED);
    spec.replace = 1;
    assert_refused(
        vso_certificate_create(context, &spec, &version, &outcome, res),
        VSO_P_SEALED);
    assert_ok(vso_store_read_state(context->store, &after, res, pool));
    ck_assert_int_eq(before.generation, after.generation);
    ck_assert_int_eq(before.audit_seq, after.audit_seq);
}
END_TEST

START_TEST(an_older_database_is_accepted_on_purpose_only)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_replica_head_t served = {0};
    vso_version_t *version = NULL;
    vso_state_t state = {0};
    const char *before;

    create(0);
    assert_refused(vso_keystore_accept_restore(context, &outcome, res),
                   VSO_P_WRONG_STATE);
    assert_ok(vso_store_read_state(context->store, &state, res, pool));
    served.keystore_id = state.keystore_id;
    served.lineage = state.lineage;
    served.generation = state.generation + 10;
    context->served = &served;
    spec.replace = 1;
    assert_refused(
        vso_certificate_create(context, &spec, &version, &outcome, res),
        VSO_P_RESTORED);
    before = state.lineage;
    assert_ok(vso_keystore_accept_restore(context, &outcome, res));
    ck_assert_int_gt(outcome.generation, served.generation);
    ck_assert_ptr_nonnull(outcome.changes);
    assert_ok(vso_store_read_state(context->store, &state, res, pool));
    ck_assert_str_ne(state.lineage, before);
    ck_assert_int_eq(state.serving_generation, outcome.generation);
    served.lineage = state.lineage;
    served.generation = outcome.generation;
    create(1);
}
END_TEST

/** Is it the change that was made last that changed what is served? */
static void assert_serves(int serves)
{
    vso_state_t state = {0};

    assert_ok(vso_store_read_state(context->store, &state, res, pool));
    ck_assert_int_eq(state.serving_generation == state.generation, serves);
}

START_TEST(knows_which_changes_serve)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_keystore_imported_t imported;
    vso_import_spec_t import;
    vso_version_t *version = NULL;
    vso_destroyed_t destroyed = {0};
    int count;

    assert_serves(1); /* nothing, and that is what is served */
    create(0);
    assert_serves(1);
    assert_ok(vso_certificate_request(context, &spec, &version, &outcome, res));
    assert_serves(0);
    import = import_of(exported());
    assert_serves(0);
    import.passive = 1;
    context->entry = "other";
    assert_ok(vso_keystore_import(context, &import, &imported, &outcome, res));
    assert_serves(0);
    assert_ok(vso_keystore_reseal(context, &count, &outcome, res));
    assert_serves(1);
    context->entry = "server";
    assert_ok(destroy_key(version->id, 1, 1, &destroyed));
    assert_serves(1);
}
END_TEST

START_TEST(another_keystore_counts_as_a_restore)
{
    const vso_replica_head_t served = {
        .keystore_id = "0000", .lineage = "", .generation = 1};

    create(0);
    context->served = &served;
    assert_ok(vso_keystore_accept_restore(context, &outcome, res));
}
END_TEST

START_TEST(the_audit_trail_stays_whole)
{
    vso_audit_verdict_t verdict = {0};
    vso_import_spec_t spec;
    vso_keystore_imported_t imported;

    create(0);
    spec = import_of(exported());
    assert_refused(
        vso_keystore_import(context, &spec, &imported, &outcome, res),
        VSO_P_CERTIFICATE_EXISTS);
    create(1);
    assert_ok(vso_audit_verify(context->store, &verdict, res, pool));
    ck_assert_int_eq(verdict.intact, 1);
    ck_assert_int_eq(verdict.rows, 4);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("keystore");
    TCase *tc = service_case(s, "keystore");

    tcase_add_test(tc, goes_out_and_in);
    tcase_add_test(tc, a_key_that_does_not_come_out_is_not_adopted);
    tcase_add_test(tc, import_follows_the_guide);
    tcase_add_test(tc, wrong_passwords_are_slowed_down);
    tcase_add_test(tc, reseal_leaves_the_old_master_key_useless);
    tcase_add_test(tc, a_wrong_master_key_writes_nothing);
    tcase_add_test(tc, an_older_database_is_accepted_on_purpose_only);
    tcase_add_test(tc, another_keystore_counts_as_a_restore);
    tcase_add_test(tc, knows_which_changes_serve);
    tcase_add_test(tc, the_audit_trail_stays_whole);
    return s;
}
