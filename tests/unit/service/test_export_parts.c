/* SPDX-License-Identifier: Apache-2.0 */
#include "package_service_util.h"

#include "service/package/export_parts.h"

static vso_export_parts_spec_t all_rights(void)
{
    vso_export_parts_spec_t spec = {.view = 1,
                                    .repackage = 1,
                                    .edit = 1,
                                    .history = 1,
                                    .sealed = VSO_SEALED_OPEN};

    return spec;
}

static apr_array_header_t *collect(const vso_export_parts_spec_t *spec,
                                   const vso_package_row_t *row)
{
    apr_array_header_t *parts = NULL;

    assert_ok(vso_export_parts_collect(context, spec, row->id, &parts, res));
    return parts;
}

static void put_element(apr_array_header_t *parts, const char *folder,
                        const char *type, const char *data)
{
    put_text(parts, apr_pstrcat(pool, "elements/", folder, "/info", NULL),
             apr_pstrcat(pool,
                         "<?xml version=\"1.0\"?><!DOCTYPE properties SYSTEM "
                         "\"http://java.sun.com/dtd/properties.dtd\">"
                         "<properties><entry key=\"id\">",
                         folder, "</entry><entry key=\"type\">", type,
                         "</entry></properties>", NULL));
    put_text(parts, apr_pstrcat(pool, "elements/", folder, "/data", NULL),
             data);
}

START_TEST(rights_are_taken_from_the_data)
{
    vso_export_parts_spec_t spec = all_rights();
    vso_package_row_t *row =
        import_all(zip_up(make_package(author(), EVP_sha256())));
    apr_array_header_t *parts;
    bytes_t data;

    parts = collect(&spec, row);
    assert_bytes(content_of(parts, "elements/flow/data"), FLOW_DATA);
    ck_assert_ptr_nonnull(find(parts, "elements/flow/content-signature"));
    spec.edit = 0;
    parts = collect(&spec, row);
    data = content_of(parts, "elements/flow/data");
    assert_shows(apr_pstrmemdup(pool, data.data, data.len),
                 "allowed-operations=\"vf\"");
    ck_assert_ptr_null(find(parts, "elements/flow/content-signature"));
    ck_assert_ptr_null(find(parts, "elements/script/content-signature"));
    /* they were the reason for the author's certificate */
    ck_assert_ptr_null(find(parts, "certificates/CN=author.cer"));
    ck_assert_int_eq(warning_count("content-signature-dropped"), 2);
    ck_assert_int_eq(warning_count("rights-not-set"), -1);
}
END_TEST

START_TEST(rights_are_never_added)
{
    vso_export_parts_spec_t spec = all_rights();
    signer_t signer = author();
    apr_array_header_t *parts = make_parts();
    bytes_t data;

    put_cert(parts, "CN=author", signer.cert);
    put_element(parts, "a", "Workflow",
                "<workflow allowed-operations=\"e\"></workflow>");
    put_element(parts, "b", "Thing", "not XML");
    spec.view = 0;
    parts = collect(&spec, import_all(packed(parts, signer, EVP_sha256())));
    data = content_of(parts, "elements/a/data");
    assert_shows(apr_pstrmemdup(pool, data.data, data.len),
                 "allowed-operations=\"e\"");
    assert_bytes(content_of(parts, "elements/b/data"), "not XML");
    ck_assert_int_eq(warning_count("rights-not-set"), 1);
}
END_TEST

START_TEST(history_goes_along_or_stays)
{
    vso_export_parts_spec_t spec = all_rights();
    signer_t signer = author();
    apr_array_header_t *parts = make_elements(signer);
    vso_package_row_t *row;

    put_text(parts, "elements/flow/version-history", "<history/>");
    row = import_all(packed(parts, signer, EVP_sha256()));
    ck_assert_ptr_nonnull(
        find(collect(&spec, row), "elements/flow/version-history"));
    spec.history = 0;
    parts = collect(&spec, row);
    ck_assert_ptr_null(find(parts, "elements/flow/version-history"));
    ck_assert_ptr_nonnull(find(parts, "elements/flow/data"));
}
END_TEST

/** Elements of two packages can have one folder, and two authors one name. */
START_TEST(what_came_apart_does_not_collide)
{
    vso_export_parts_spec_t spec = all_rights();
    signer_t one = author();
    signer_t other = author();
    apr_array_header_t *parts = make_elements(one);
    vso_package_row_t *row = NULL;
    int folders = 0;
    int certs = 0;
    int i;

    import_all(packed(parts, one, EVP_sha256()));
    assert_ok(make_stored("org.example.first", texts_of("script", "flow", NULL),
                          &row));
    parts = make_elements(other);
    drop(parts, "elements/flow/info");
    drop(parts, "elements/flow/data");
    drop(parts, "elements/flow/categories");
    drop(parts, "elements/flow/content-signature");
    put_text(parts, "elements/script/info",
             INFO("another", "ScriptModule", "CN=author"));
    import_all(packed(parts, other, EVP_sha256()));
    assert_ok(make_stored("org.example.both",
                          texts_of("script", "another", NULL), &row));
    parts = collect(&spec, row);
    for (i = 0; i < parts->nelts; i++) {
        const char *name = APR_ARRAY_IDX(parts, i, vso_zip_part_t).name;
        int j;

        folders +=
            strlen(name) > 5 && !strcmp(name + strlen(name) - 5, "/info");
        certs += !strncmp(name, "certificates/", 13);
        for (j = 0; j < i; j++) {
            ck_assert_str_ne(name,
                             APR_ARRAY_IDX(parts, j, vso_zip_part_t).name);
        }
    }
    ck_assert_int_eq(folders, 2);
    ck_assert_int_eq(certs, 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("export_parts");
    TCase *tc = service_case(s, "export_parts");

    tcase_add_test(tc, rights_are_taken_from_the_data);
    tcase_add_test(tc, rights_are_never_added);
    tcase_add_test(tc, history_goes_along_or_stays);
    tcase_add_test(tc, what_came_apart_does_not_collide);
    return s;
}
