/* SPDX-License-Identifier: Apache-2.0 */
#include "service_util.h"

#include "base/limits.h"
#include "service/certificate/entry_removal.h"
#include "store/entries.h"
#include "store/nodes.h"

static vso_entry_removal_t removal;

static apr_status_t end(const char *entry, int force)
{
    context->entry = entry;
    return vso_entry_removal_run(context, force, &removal, &outcome, res);
}

/** Active, passive and pending ones. */
static void fill(const char *entry)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;

    context->entry = entry;
    create(0);
    create(1);
    assert_ok(vso_certificate_request(context, &spec, &version, &outcome, res));
}

static void no_hosts(void)
{
    context->hosts = apr_array_make(pool, 1, sizeof(const char *));
}

START_TEST(destroys_all_keys_of_an_entry)
{
    apr_array_header_t *rows = NULL;
    apr_array_header_t *versions = NULL;
    vso_entry_t *entry = NULL;
    int i;

    no_hosts();
    fill("one");
    fill("two");
    assert_ok(end("one", 0));
    ck_assert_int_eq(removal.keys, 3);
    assert_ok(vso_entry_versions_page(context, NULL, 0, 500, &versions, res));
    ck_assert_int_eq(versions->nelts, 3);
    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(APR_ARRAY_IDX(versions, i, vso_version_t *)->state,
                         VSO_STATE_RETIRED);
    }
    assert_ok(vso_entries_get(context->store, "one", &entry, res, pool));
    ck_assert_str_eq(entry->active, "");
    ck_assert_int_eq(entry->pending, 0);
    assert_ok(vso_entries_get(context->store, "two", &entry, res, pool));
    ck_assert_str_eq(entry->active, "5");
    assert_ok(vso_audit_list(context->store, 0, 4, &rows, res, pool));
    for (i = 0; i < 4; i++) {
        const vso_audit_row_t *row = &APR_ARRAY_IDX(rows, i, vso_audit_row_t);

        ck_assert_str_eq(row->event.action, i ? "destroy" : "destroy-entry");
        ck_assert_str_eq(row->event.entry, "one");
        ck_assert_int_eq(row->event.version_id != 0, i > 0);
    }
    assert_refused(end("one", 1), VSO_P_WRONG_STATE);
    assert_refused(end("none", 1), VSO_P_NOT_FOUND);
}
END_TEST

#define MANY (VSO_MAX_PAGE + 3)

static apr_status_t insert_many(vso_change_t *change, void *baton,
                                vso_audit_event_t *event, vso_result_t *result,
                                apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_copy("key", 3, p);
    int i;

    (void)baton;
    (void)event;
    for (i = 0; i < MANY; i++) {
        vso_version_t version = {.entry = "one",
                                 .state = VSO_STATE_PASSIVE,
                                 .key_type = "ec-p256",
                                 .key_fingerprint =
                                     apr_psprintf(p, "print-%d", i)};

        assert_ok(vso_versions_insert(change, &version, key, result, p));
    }
    return APR_SUCCESS;
}

START_TEST(takes_more_versions_than_a_page_has)
{
    vso_audit_event_t event;

    no_hosts();
    vso_context_event(context, &event, "test");
    assert_ok(vso_change_run(context->store, &event, insert_many, NULL, NULL,
                             res, pool));
    assert_ok(end("one", 0));
    ck_assert_int_eq(removal.keys, MANY);
}
END_TEST

START_TEST(leaves_what_a_virtual_host_serves)
{
    vso_node_t node = {.node = "one",
                       .instance = "i",
                       .version = "",
                       .served = "",
                       .configured = "one www.example.org"};
    int taken;

    fill("one");
    assert_refused(end("one", 0), VSO_P_ENTRY_SERVED); /* this node's own */
    no_hosts();
    assert_ok(vso_node_beat(context->store, &node, 1, &taken, res, pool));
    assert_refused(end("one", 0), VSO_P_ENTRY_SERVED);
    node.configured = "";
    node.by_name = 1;
    assert_ok(vso_node_beat(context->store, &node, 1, &taken, res, pool));
    assert_refused(end("one", 0), VSO_P_ENTRY_SERVED);
    ck_assert_int_eq(found(1)->state, VSO_STATE_PASSIVE);
    assert_ok(end("one", 1));
    ck_assert_int_eq(found(2)->state, VSO_STATE_RETIRED);
}
END_TEST

START_TEST(leaves_other_entries_their_keys)
{
    vso_secret_t *file = NULL;
    vso_keystore_imported_t imported;
    vso_import_spec_t spec = {.passive = 1};

    no_hosts();
    context->entry = "one";
    create(0);
    spec.password = vso_secret_copy("a long secret", 13, pool);
    assert_ok(vso_keystore_export(context, 0, "pkcs12", spec.password, &file,
                                  &outcome, res));
    spec.data = file->data;
    spec.len = file->len;
    context->entry = "two";
    assert_ok(vso_keystore_import(context, &spec, &imported, &outcome, res));
    assert_refused(end("one", 0), VSO_P_KEY_IN_USE);
    ck_assert_int_eq(removal.others->nelts, 1);
    ck_assert_int_eq(found(1)->state, VSO_STATE_ACTIVE);
    assert_ok(end("one", 1));
    ck_assert_int_eq(found(1)->state, VSO_STATE_RETIRED);
    ck_assert_int_eq(found(imported.version->id)->state, VSO_STATE_PASSIVE);
    ck_assert_str_ne(found(imported.version->id)->sealed_key, "");
}
END_TEST

static int warned(const char *slug)
{
    int i;

    for (i = 0; i < res->warnings->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(res->warnings, i, vso_warning_t).slug,
                    slug)) {
            return 1;
        }
    }
    return 0;
}

START_TEST(a_new_entry_that_nobody_serves_is_told)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;

    context->entry = "served";
    create(0);
    ck_assert_int_eq(warned("not-served"), 0);
    no_hosts();
    context->entry = "mistyped";
    assert_ok(vso_certificate_request(context, &spec, &version, &outcome, res));
    ck_assert_int_eq(warned("not-served"), 1);
    apr_array_clear(res->warnings);
    create(0);
    ck_assert_int_eq(warned("not-served"), 0); /* it was told */
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("entry removal");
    TCase *tc = service_case(s, "entry removal");

    tcase_add_test(tc, destroys_all_keys_of_an_entry);
    tcase_add_test(tc, takes_more_versions_than_a_page_has);
    tcase_add_test(tc, leaves_what_a_virtual_host_serves);
    tcase_add_test(tc, leaves_other_entries_their_keys);
    tcase_add_test(tc, a_new_entry_that_nobody_serves_is_told);
    return s;
}
