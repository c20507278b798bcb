/* SPDX-License-Identifier: Apache-2.0 */
#include "served_util.h"

#include "store/packages.h"

START_TEST(rolls_back_and_forward)
{
    vso_version_t *first = create(0);
    vso_version_t *second = create(1);
    vso_version_t *moved = NULL;

    assert_ok(
        vso_entry_versions_activate(context, first->id, &moved, &outcome, res));
    ck_assert_int_eq(moved->id, first->id);
    ck_assert_int_eq(found(second->id)->state, VSO_STATE_PASSIVE);
    assert_ok(vso_entry_versions_activate(context, second->id, &moved, &outcome,
                                          res));
    ck_assert_int_eq(found(first->id)->state, VSO_STATE_PASSIVE);
    assert_refused(
        vso_entry_versions_activate(context, second->id, &moved, &outcome, res),
        VSO_P_WRONG_STATE);
    assert_refused(
        vso_entry_versions_activate(context, 999, &moved, &outcome, res),
        VSO_P_NOT_FOUND);
}
END_TEST

/** A keystore of before: nothing says what turned together. */
START_TEST(rolls_back_what_was_not_recorded)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *first = create(0);
    vso_version_t *second = create(1);
    vso_version_t *rsa = NULL;
    vso_version_t *back = NULL;

    assert_ok(vso_db_run(vso_store_db(context->store),
                         "DELETE FROM vmo_activation", res, pool));
    assert_ok(vso_entry_versions_rollback(context, &back, &outcome, res));
    ck_assert_int_eq(back->id, first->id);
    ck_assert_int_eq(found(second->id)->state, VSO_STATE_PASSIVE);

    spec.key = "rsa-2048";
    spec.beside = 1;
    assert_ok(vso_certificate_create(context, &spec, &rsa, &outcome, res));
    assert_ok(vso_db_run(vso_store_db(context->store),
                         "DELETE FROM vmo_activation", res, pool));
    assert_refused(vso_entry_versions_rollback(context, &back, &outcome, res),
                   VSO_P_NO_CERTIFICATE);
    ck_assert_int_eq(found(rsa->id)->state, VSO_STATE_ACTIVE);
}
END_TEST

START_TEST(tries_without_a_change)
{
    vso_certificate_spec_t none = {0};
    vso_version_t *first = create(0);
    vso_version_t *second = create(1);
    vso_version_t *pending = NULL;
    vso_material_t material;
    const vso_trial_outcome_t *newest;

    assert_ok(vso_preview_try(context, first->id, &material, res));
    ck_assert_int_gt(material.outcomes->nelts, 0);
    newest = &APR_ARRAY_IDX(material.outcomes, material.outcomes->nelts - 1,
                            vso_trial_outcome_t);
    ck_assert_str_eq(newest->protocol, "TLSv1.3");
    ck_assert(newest->works);
    ck_assert_int_eq(found(first->id)->state, VSO_STATE_PASSIVE);
    ck_assert_int_eq(found(second->id)->state, VSO_STATE_ACTIVE);
    assert_ok(vso_certificate_request(context, &none, &pending, &outcome, res));
    assert_refused(vso_preview_try(context, pending->id, &material, res),
                   VSO_P_WRONG_STATE);
    assert_refused(vso_preview_try(context, 999, &material, res),
                   VSO_P_NOT_FOUND);
}
END_TEST

START_TEST(destroys_what_is_not_needed)
{
    vso_destroyed_t destroyed;
    vso_certificate_spec_t none = {0};
    vso_version_t *first = create(0);
    vso_version_t *second = create(1);
    vso_version_t *pending = NULL;
    vso_version_t *gone = NULL;
    vso_secret_t *key;

    assert_refused(destroy_key(second->id, 0, 0, &destroyed),
                   VSO_P_WRONG_STATE);
    node_setup();
    ck_assert_ptr_nonnull(served_now("server"));
    ck_assert_int_eq(key_lives(first, "server"), 1);
    assert_ok(destroy_key(first->id, 0, 0, &destroyed));
    ck_assert_int_eq(found(first->id)->state, VSO_STATE_RETIRED);
    ck_assert_str_eq(found(first->id)->sealed_key, "");
    ck_assert_str_ne(found(first->id)->certificate, "");
    assert_refused(vso_versions_open(ring, found(first->id), &key, res, pool),
                   VSO_P_WRONG_STATE);
    assert_refused(
        vso_entry_versions_activate(context, first->id, &gone, &outcome, res),
        VSO_P_WRONG_STATE);
    publish();
    ck_assert_int_eq(key_lives(first, "server"), 0);
    ck_assert_int_eq(key_lives(second, "server"), 1);

    assert_ok(vso_certificate_request(context, &none, &pending, &outcome, res));
    assert_ok(destroy_key(pending->id, 0, 0, &destroyed));
    ck_assert_int_eq(found(second->id)->state, VSO_STATE_ACTIVE);
}
END_TEST

START_TEST(keeps_a_key_that_another_version_uses)
{
    vso_destroyed_t destroyed;
    vso_version_t *first = create(0);
    vso_keystore_imported_t imported;
    vso_import_spec_t spec = {0};
    vso_secret_t *file;

    spec.password = vso_secret_copy("a long secret", 13, pool);
    assert_ok(vso_keystore_export(context, 0, NULL, spec.password, &file,
                                  &outcome, res));
    spec.data = file->data;
    spec.len = file->len;
    context->entry = "other";
    assert_ok(vso_keystore_import(context, &spec, &imported, &outcome, res));
    context->entry = "server";
    create(1);
    assert_refused(destroy_key(first->id, 0, 0, &destroyed), VSO_P_KEY_IN_USE);
    /* active in the other entry: never */
    assert_refused(destroy_key(first->id, 1, 1, &destroyed), VSO_P_KEY_IN_USE);
    ck_assert_int_eq(destroyed.others->nelts, 1);
}
END_TEST

/** All rows of a key at once, in whatever entry, each with its audit row. */
START_TEST(destroys_a_key_with_all_versions_that_share_it)
{
    vso_certificate_spec_t none = {0};
    vso_version_t *first = create(0);
    vso_version_t *pending = NULL;
    vso_keystore_imported_t imported;
    vso_import_spec_t spec = {.passive = 1};
    apr_array_header_t *rows = NULL;
    vso_destroyed_t destroyed;
    vso_secret_t *file;

    spec.password = vso_secret_copy("a long secret", 13, pool);
    assert_ok(vso_keystore_export(context, 0, NULL, spec.password, &file,
                                  &outcome, res));
    assert_ok(vso_certificate_request(context, &none, &pending, &outcome, res));
    spec.data = file->data;
    spec.len = file->len;
    context->entry = "other";
    assert_ok(vso_keystore_import(context, &spec, &imported, &outcome, res));
    context->entry = "server";
    assert_refused(destroy_key(pending->id, 0, 1, &destroyed),
                   VSO_P_KEY_IN_USE);
    create(1);

    assert_refused(destroy_key(first->id, 0, 0, &destroyed), VSO_P_KEY_IN_USE);
    ck_assert_int_eq(destroyed.others->nelts, 2);
    ck_assert_int_eq(found(pending->id)->state, VSO_STATE_PENDING);
    node_setup();
    served_now("server");
    ck_assert_int_eq(key_lives(first, NULL), 1);
    assert_ok(destroy_key(first->id, 0, 1, &destroyed));
    ck_assert_int_eq(destroyed.others->nelts, 2);
    ck_assert_str_eq(found(first->id)->sealed_key, "");
    ck_assert_str_eq(found(pending->id)->sealed_key, "");
    ck_assert_str_eq(found(imported.version->id)->sealed_key, "");
    publish();
    ck_assert_int_eq(key_lives(first, NULL), 0);
    assert_ok(vso_audit_list(context->store, 0, 3, &rows, res, pool));
    ck_assert_int_eq(APR_ARRAY_IDX(rows, 0, vso_audit_row_t).event.version_id,
                     first->id);
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 1, vso_audit_row_t).event.action,
                     "destroy");
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 2, vso_audit_row_t).outcome, "ok");
}
END_TEST

/** A package with one element that the keys in `needs` open. */
typedef struct {
    const char *name;
    const char *needs;
} encrypted_t;

static apr_status_t put_encrypted(vso_change_t *change, void *baton,
                                  vso_audit_event_t *event,
                                  vso_result_t *result, apr_pool_t *p)
{
    const encrypted_t *what = baton;
    vso_package_row_t row = {.name = what->name, .encrypted = 1};
    vso_element_row_t element = {.element_id = what->name,
                                 .needs = what->needs};

    (void)event;
    if (vso_packages_put(change, &row, NULL, result, p) != APR_SUCCESS ||
        vso_elements_put(change, &element, result, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_packages_add_member(change, row.id, element.id, result, p);
}

static void store_encrypted(const char *name, const char *needs)
{
    encrypted_t what = {name, needs};
    vso_audit_event_t event;

    vso_context_event(context, &event, "test");
    assert_ok(vso_change_run(context->store, &event, put_encrypted, &what, NULL,
                             res, pool));
}

START_TEST(warns_before_packages_become_unreadable)
{
    vso_destroyed_t destroyed;
    vso_version_t *first = create(0);
    vso_version_t *second = create(1);
    apr_array_header_t *rows = NULL;

    store_encrypted("lost",
                    apr_pstrcat(pool, " ", first->key_fingerprint, " ", NULL));
    store_encrypted("both", apr_pstrcat(pool, " ", first->key_fingerprint, " ",
                                        second->key_fingerprint, " ", NULL));
    ck_assert_int_ne(destroy_key(first->id, 0, 0, &destroyed), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_PACKAGE_NEEDS_KEY);
    ck_assert_ptr_nonnull(strstr(res->detail, "lost"));
    ck_assert_str_eq(apr_array_pstrcat(pool, destroyed.packages, ' '), "lost");
    vso_result_clear(res);
    ck_assert_str_ne(found(first->id)->sealed_key, "");

    assert_ok(destroy_key(first->id, 1, 0, &destroyed));
    ck_assert_str_eq(found(first->id)->sealed_key, "");
    assert_ok(vso_audit_list(context->store, 0, 1, &rows, res, pool));
    ck_assert_ptr_nonnull(
        strstr(APR_ARRAY_IDX(rows, 0, vso_audit_row_t).event.detail,
               "no key is left for packages lost"));
}
END_TEST

START_TEST(takes_one_algorithm_out_of_service)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *ec = create(0);
    vso_version_t *rsa = NULL;
    vso_version_t *moved = NULL;

    assert_refused(
        vso_entry_versions_deactivate(context, ec->id, &moved, &outcome, res),
        VSO_P_WRONG_STATE);
    spec.key = "rsa-2048";
    spec.beside = 1;
    assert_ok(vso_certificate_create(context, &spec, &rsa, &outcome, res));
    assert_ok(
        vso_entry_versions_deactivate(context, ec->id, &moved, &outcome, res));
    ck_assert_int_eq(found(ec->id)->state, VSO_STATE_PASSIVE);
    ck_assert_int_eq(found(rsa->id)->state, VSO_STATE_ACTIVE);
}
END_TEST

START_TEST(a_stale_tag_is_refused)
{
    vso_version_t *first = create(0);
    vso_version_t *second = NULL;
    vso_version_t *moved = NULL;
    const char *entry_tag;
    const char *version_tag;

    assert_ok(vso_context_etag(context, &entry_tag, res));
    second = create(1);
    version_tag = vso_context_version_etag(found(first->id), pool);
    context->if_match = entry_tag;
    assert_refused(
        vso_entry_versions_activate(context, first->id, &moved, &outcome, res),
        VSO_P_STALE);
    ck_assert_str_eq(last_outcome(), "stale");
    context->if_match = apr_pstrcat(pool, "\"other\", ", version_tag, NULL);
    assert_ok(
        vso_entry_versions_activate(context, first->id, &moved, &outcome, res));
    context->if_match = "*";
    assert_ok(vso_entry_versions_activate(context, second->id, &moved, &outcome,
                                          res));
}
END_TEST

START_TEST(belongs_to_its_entry)
{
    vso_destroyed_t destroyed;
    vso_version_t *first = create(0);
    vso_version_t *version = NULL;

    context->entry = "other";
    assert_refused(vso_entry_versions_find(context, first->id, &version, res),
                   VSO_P_NOT_FOUND);
    assert_refused(destroy_key(first->id, 0, 0, &destroyed), VSO_P_NOT_FOUND);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("versions");
    TCase *tc = service_case(s, "versions");

    tcase_add_test(tc, rolls_back_and_forward);
    tcase_add_test(tc, rolls_back_what_was_not_recorded);
    tcase_add_test(tc, tries_without_a_change);
    tcase_add_test(tc, destroys_what_is_not_needed);
    tcase_add_test(tc, keeps_a_key_that_another_version_uses);
    tcase_add_test(tc, destroys_a_key_with_all_versions_that_share_it);
    tcase_add_test(tc, warns_before_packages_become_unreadable);
    tcase_add_test(tc, takes_one_algorithm_out_of_service);
    tcase_add_test(tc, a_stale_tag_is_refused);
    tcase_add_test(tc, belongs_to_its_entry);
    return s;
}
