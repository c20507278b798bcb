/* SPDX-License-Identifier: Apache-2.0 */
#include "served_util.h"

#include <openssl/pem.h>

#include "x509/key.h"

START_TEST(an_empty_keystore_offers_create_and_import)
{
    vso_panel_t panel;
    const char *pem;

    assert_ok(vso_certificate_panel(context, &panel, res));
    ck_assert_ptr_null(panel.active);
    ck_assert_int_eq(panel.pending->nelts, 0);
    ck_assert_ptr_null(panel.actions[0].reason);
    ck_assert_ptr_null(panel.actions[1].reason);
    ck_assert_ptr_nonnull(panel.actions[2].reason);
    ck_assert_int_eq(panel.actions[1].problem, VSO_P_NONE);
    ck_assert_int_eq(panel.actions[2].problem, VSO_P_NO_CERTIFICATE);
    assert_refused(vso_certificate_csr(context, &pem, res),
                   VSO_P_NO_CERTIFICATE);
}
END_TEST

/** The problem that each action of the page would be refused with. */
static void assert_offered(const char *name, vso_problem_e expected)
{
    vso_panel_t panel;
    int i;

    assert_ok(vso_certificate_panel(context, &panel, res));
    for (i = 0; i < VSO_ACTIONS && strcmp(panel.actions[i].name, name); i++) {
    }
    ck_assert_int_lt(i, VSO_ACTIONS);
    ck_assert_int_eq(panel.actions[i].problem, expected);
    ck_assert_int_eq(panel.actions[i].reason != NULL, expected != VSO_P_NONE);
}

START_TEST(actions_say_what_is_in_their_way)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;

    assert_offered("create", VSO_P_NONE);
    assert_offered("import", VSO_P_NONE);
    assert_offered("export", VSO_P_NO_CERTIFICATE);
    assert_offered("csr", VSO_P_NO_CERTIFICATE);
    assert_offered("reply", VSO_P_NO_CERTIFICATE);
    assert_offered("replace", VSO_P_NO_CERTIFICATE);
    assert_ok(vso_certificate_request(context, &spec, &version, &outcome, res));
    assert_offered("reply", VSO_P_NONE);
    assert_offered("replace", VSO_P_NO_CERTIFICATE);
    create(0);
    assert_offered("create", VSO_P_CERTIFICATE_EXISTS);
    assert_offered("import", VSO_P_CERTIFICATE_EXISTS);
    assert_offered("export", VSO_P_NONE);
    assert_offered("csr", VSO_P_NONE);
    assert_offered("replace", VSO_P_NONE);
    context->may_manage = 0;
    assert_offered("create", VSO_P_FORBIDDEN);
    assert_offered("reply", VSO_P_FORBIDDEN);
    assert_offered("export", VSO_P_NONE);
    assert_offered("csr", VSO_P_NONE);
    context->may_export = 0;
    assert_offered("export", VSO_P_FORBIDDEN);
    context = service_on(vso_store_db(context->store),
                         ring_of("ffffffffffffffffffffffffffffffff", NULL));
    assert_offered("csr", VSO_P_SEALED);
    assert_offered("replace", VSO_P_SEALED);
}
END_TEST

START_TEST(a_created_certificate_is_active_and_published)
{
    vso_version_t *version = create(0);
    const vso_served_t *served;
    vso_replica_head_t head;
    vso_served_entry_t *entry;
    vso_panel_t panel;

    ck_assert_str_eq(version->subject_text, "CN=www.example.org,C=CH");
    ck_assert_str_eq(version->sans, "DNS:www.example.org");
    ck_assert_int_eq(version->self_signed, 1);
    assert_ok(vso_certificate_panel(context, &panel, res));
    ck_assert_int_eq(panel.active->id, version->id);
    ck_assert_ptr_nonnull(panel.actions[0].reason);
    ck_assert_int_eq(panel.actions[0].problem, VSO_P_CERTIFICATE_EXISTS);
    node_setup();
    publish();
    entry = vso_opened_get(opened, "server");
    ck_assert_ptr_nonnull(entry);
    served = vso_opened_at(entry, 0);
    ck_assert_str_eq(served->fingerprint, version->fingerprint);
    ck_assert_int_eq(X509_check_private_key(served->cert, served->pkey), 1);
    vso_opened_unref(entry);
    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_int_eq(head.entries, 1);
    ck_assert_str_eq(last_outcome(), "ok");
}
END_TEST

START_TEST(create_is_refused_while_there_is_one)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *first = create(0);
    vso_version_t *second = NULL;

    assert_refused(
        vso_certificate_create(context, &spec, &second, &outcome, res),
        VSO_P_CERTIFICATE_EXISTS);
    ck_assert_ptr_null(second);
    ck_assert_str_eq(last_outcome(), "certificate-exists");
    ck_assert_int_eq(found(first->id)->state, VSO_STATE_ACTIVE);
}
END_TEST

START_TEST(replace_turns_the_old_one_passive)
{
    vso_version_t *first = create(0);
    vso_version_t *second = create(1);

    ck_assert_int_eq(found(first->id)->state, VSO_STATE_PASSIVE);
    ck_assert_int_eq(found(second->id)->state, VSO_STATE_ACTIVE);
    ck_assert_str_ne(first->key_fingerprint, second->key_fingerprint);
}
END_TEST

START_TEST(rsa_and_ec_stand_side_by_side)
{
    vso_version_t *ec = create(0);
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *rsa = NULL;
    vso_panel_t panel;

    spec.key = "rsa-2048";
    spec.beside = 1;
    assert_ok(vso_certificate_create(context, &spec, &rsa, &outcome, res));
    assert_ok(vso_certificate_panel(context, &panel, res));
    ck_assert_int_eq(panel.active->id, rsa->id);
    ck_assert_int_eq(panel.also->id, ec->id);
}
END_TEST

START_TEST(bad_values_name_the_member)
{
    static const struct {
        const char *country;
        const char *key;
        int days;
        const char *field;
    } bad[] = {{"XX", "ec-p256", 30, "subject.country"},
               {"CH", "rsa-1024", 30, "key"},
               {"CH", "ec-p256", 0, "days"},
               {"CH", "ec-p256", 99999, "days"}};
    vso_version_t *version = NULL;
    apr_size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        vso_certificate_spec_t spec = ec_spec;

        spec.subject.country = bad[i].country;
        spec.key = bad[i].key;
        spec.days = bad[i].days;
        ck_assert_int_ne(
            vso_certificate_create(context, &spec, &version, &outcome, res),
            APR_SUCCESS);
        ck_assert_str_eq(vso_problem_slug(res->problem), "invalid");
        ck_assert_str_eq(res->field, bad[i].field);
        vso_result_clear(res);
        ck_assert_str_eq(last_outcome(), "invalid");
    }
}
END_TEST

START_TEST(a_request_leaves_what_is_served)
{
    vso_certificate_spec_t spec = {0};
    vso_version_t *active = create(0);
    vso_version_t *same_key = NULL;
    vso_version_t *new_key = NULL;
    vso_panel_t panel;
    const char *pem;

    assert_ok(
        vso_certificate_request(context, &spec, &same_key, &outcome, res));
    spec.key = "ec-p384";
    assert_ok(vso_certificate_request(context, &spec, &new_key, &outcome, res));
    ck_assert_str_eq(same_key->key_fingerprint, active->key_fingerprint);
    ck_assert_str_ne(new_key->key_fingerprint, active->key_fingerprint);
    assert_ok(vso_certificate_panel(context, &panel, res));
    ck_assert_int_eq(panel.active->id, active->id);
    ck_assert_int_eq(panel.pending->nelts, 2);
    assert_ok(vso_entry_versions_csr(context, new_key->id, &pem, res));
    ck_assert_str_eq(pem, new_key->csr);
}
END_TEST

START_TEST(a_request_for_nothing_needs_a_subject)
{
    vso_certificate_spec_t spec = {0};
    vso_version_t *version = NULL;

    assert_refused(
        vso_certificate_request(context, &spec, &version, &outcome, res),
        VSO_P_INVALID);
    spec.subject.common_name = "www.example.org";
    spec.has_subject = 1;
    spec.key = "ec-p256";
    assert_ok(vso_certificate_request(context, &spec, &version, &outcome, res));
    ck_assert_int_eq(version->state, VSO_STATE_PENDING);
}
END_TEST

START_TEST(the_reply_makes_a_pending_version_active)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_reply_taken_t taken = {0};
    vso_version_t *pending = NULL;
    vso_version_t *before = create(0);
    vso_material_t material = {0};
    vso_secret_t *der;
    vso_cert_spec_t cert = {0};
    vso_subject_t *subject;
    apr_array_header_t *none = apr_array_make(pool, 1, sizeof(char *));
    X509 *x509;
    const char *pem;

    spec.key = "ec-p384";
    assert_ok(vso_certificate_request(context, &spec, &pending, &outcome, res));
    assert_ok(vso_versions_open(ring, pending, &der, res, pool));
    assert_ok(vso_key_from_der(der, &material.pkey, res, pool));
    assert_ok(vso_subject_check(&spec.subject, &subject, res, pool));
    cert.pkey = material.pkey;
    cert.subject = subject;
    cert.sans = none;
    cert.days = 10;
    cert.now_sec = apr_time_sec(apr_time_now());
    assert_ok(vso_cert_self_sign(&cert, &x509, res, pool));
    pem = vso_cert_to_pem(x509, pool);

    assert_ok(vso_certificate_reply(context, pem, strlen(pem), 1, &taken,
                                    &outcome, res));
    ck_assert_int_eq(taken.pairs_with->id, pending->id);
    ck_assert_int_eq(found(pending->id)->state, VSO_STATE_PENDING);
    ck_assert_int_ge(taken.material.outcomes->nelts, 1);

    assert_ok(vso_certificate_reply(context, pem, strlen(pem), 0, &taken,
                                    &outcome, res));
    ck_assert_int_eq(found(pending->id)->state, VSO_STATE_ACTIVE);
    ck_assert_int_eq(found(before->id)->state, VSO_STATE_PASSIVE);

    assert_refused(vso_certificate_reply(context, pem, strlen(pem), 0, &taken,
                                         &outcome, res),
                   VSO_P_CERTIFICATE_EXISTS);
}
END_TEST

START_TEST(a_reply_for_another_key_is_refused)
{
    vso_reply_taken_t taken = {0};
    vso_version_t *version = create(0);
    const char *pem = apr_pstrdup(pool, version->certificate);

    context->entry = "other";
    assert_refused(vso_certificate_reply(context, pem, strlen(pem), 0, &taken,
                                         &outcome, res),
                   VSO_P_NO_CERTIFICATE);
    create(0);
    assert_refused(vso_certificate_reply(context, pem, strlen(pem), 0, &taken,
                                         &outcome, res),
                   VSO_P_KEY_MISMATCH);
    ck_assert_str_eq(last_outcome(), "key-mismatch");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("certificate");
    TCase *tc = service_case(s, "certificate");

    tcase_add_test(tc, an_empty_keystore_offers_create_and_import);
    tcase_add_test(tc, actions_say_what_is_in_their_way);
    tcase_add_test(tc, a_created_certificate_is_active_and_published);
    tcase_add_test(tc, create_is_refused_while_there_is_one);
    tcase_add_test(tc, replace_turns_the_old_one_passive);
    tcase_add_test(tc, rsa_and_ec_stand_side_by_side);
    tcase_add_test(tc, bad_values_name_the_member);
    tcase_add_test(tc, a_request_leaves_what_is_served);
    tcase_add_test(tc, a_request_for_nothing_needs_a_subject);
    tcase_add_test(tc, the_reply_makes_a_pending_version_active);
    tcase_add_test(tc, a_reply_for_another_key_is_refused);
    return s;
}
