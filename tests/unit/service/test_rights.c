/* SPDX-License-Identifier: Apache-2.0 */
#include "package_service_util.h"

#include "service/package/rights.h"

static const char *flow_with(const char *rights)
{
    return apr_pstrcat(pool, "<?xml version=\"1.0\"?><workflow version=\"1\"",
                       rights ? " allowed-operations=\"" : "",
                       rights ? rights : "", rights ? "\"" : "",
                       "><display-name>x</display-name></workflow>", NULL);
}

/** Import "flow" with this data; sealed where there is a recipient. */
static void import_flow(const char *data, X509 *recipient)
{
    signer_t signer = author();
    apr_array_header_t *parts = make_elements(signer);

    drop(parts, "elements/flow/content-signature");
    if (data) {
        put_text(parts, "elements/flow/data", data);
    }
    else {
        drop(parts, "elements/flow/data");
    }
    if (recipient) {
        seal_part(parts, "elements/flow/data", recipient);
    }
    import_all(packed(parts, signer, EVP_sha256()));
}

static apr_status_t check(const char *id)
{
    return vso_rights_check_repackage(context, vso_decrypt_create(context),
                                      element(id), res, pool);
}

START_TEST(whoever_says_nothing_allows_it)
{
    import_flow(flow_with(NULL), NULL);
    assert_ok(check("flow"));
    assert_ok(check("script"));
    import_flow(flow_with("vef"), NULL);
    assert_ok(check("flow"));
    import_flow(NULL, NULL);
    assert_ok(check("flow"));
}
END_TEST

/** As on import: what cannot be looked into says nothing. */
START_TEST(what_is_no_xml_says_nothing)
{
    signer_t signer = author();
    apr_array_header_t *parts = make_elements(signer);

    put_text(parts, "elements/script/info", INFO("thing", "Thing", "CN=a"));
    put_text(parts, "elements/script/data", "allowed-operations=\"v\"");
    import_all(packed(parts, signer, EVP_sha256()));
    assert_ok(check("thing"));
}
END_TEST

START_TEST(a_right_that_was_taken_is_respected)
{
    import_flow(flow_with("ve"), NULL);
    assert_refused(check("flow"), VSO_P_INVALID);
    import_flow(flow_with(""), NULL);
    assert_refused(check("flow"), VSO_P_INVALID);
    assert_ok(check("script"));
}
END_TEST

START_TEST(rights_of_encrypted_elements_are_read)
{
    vso_version_t *version = create_key("rsa-2048");
    vso_destroyed_t destroyed;

    import_flow(flow_with("vef"), cert_of(version));
    assert_ok(check("flow"));
    import_flow(flow_with("v"), cert_of(version));
    assert_refused(check("flow"), VSO_P_INVALID);
    create_key("rsa-2048");
    assert_ok(destroy_key(version->id, 1, 0, &destroyed));
    assert_refused(check("flow"), VSO_P_NO_RECIPIENT);
}
END_TEST

START_TEST(edited_rows_are_refused)
{
    import_flow(flow_with("vef"), NULL);
    edit("UPDATE vmo_package_element SET files = "
         "REPLACE(files, '\"size\":', '\"size\":99')");
    assert_refused(check("flow"), VSO_P_DAMAGED);
    edit("UPDATE vmo_package_element SET files = 'none'");
    assert_refused(check("flow"), VSO_P_DAMAGED);
}
END_TEST

/** A package that is made here takes what may be taken. */
START_TEST(packages_are_made_of_what_allows_it)
{
    vso_package_row_t *row = NULL;

    import_flow(flow_with("ve"), NULL);
    assert_refused(
        make_stored("org.example.own", texts_of("script", "flow", NULL), &row),
        VSO_P_INVALID);
    ck_assert_str_eq(last_of("package-create")->outcome, "invalid");
    ck_assert(
        begins(last_of("package-create")->event.detail, "org.example.own: "));
    assert_ok(make_stored("org.example.own", texts_of("script", NULL), &row));
    ck_assert_int_eq(row->elements, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("rights");
    TCase *tc = service_case(s, "rights");

    tcase_add_test(tc, whoever_says_nothing_allows_it);
    tcase_add_test(tc, what_is_no_xml_says_nothing);
    tcase_add_test(tc, a_right_that_was_taken_is_respected);
    tcase_add_test(tc, rights_of_encrypted_elements_are_read);
    tcase_add_test(tc, edited_rows_are_refused);
    tcase_add_test(tc, packages_are_made_of_what_allows_it);
    return s;
}
