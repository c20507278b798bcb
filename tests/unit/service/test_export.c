/* SPDX-License-Identifier: Apache-2.0 */
#include "package_service_util.h"

static vso_export_spec_t plain_spec(void)
{
    vso_export_spec_t spec = {
        .encrypt = -1, .view = 1, .repackage = 1, .edit = 1, .history = 1};

    spec.recipients = apr_array_make(pool, 2, sizeof(X509 *));
    return spec;
}

static apr_status_t try_export(const vso_export_spec_t *spec, bytes_t *pzip)
{
    vso_exported_t exported = {0};
    apr_status_t rv =
        vso_export_run(context, NAME, spec, &exported, &outcome, res, pool);

    if (rv == APR_SUCCESS) {
        *pzip = bytes_of(exported.file);
        ck_assert_int_eq(exported.size, (apr_int64_t)pzip->len);
    }
    return rv;
}

static bytes_t export(const vso_export_spec_t *spec)
{
    bytes_t zip = {NULL, 0};

    assert_ok(try_export(spec, &zip));
    return zip;
}

static void assert_same(const apr_array_header_t *a,
                        const apr_array_header_t *b, const char *name)
{
    bytes_t one = content_of(a, name);
    bytes_t other = content_of(b, name);

    ck_assert_uint_eq(one.len, other.len);
    ck_assert_mem_eq(one.data, other.data, one.len);
}

START_TEST(elements_go_out_as_they_came)
{
    vso_version_t *version = create_key("rsa-2048");
    vso_export_spec_t spec = plain_spec();
    apr_array_header_t *came = make_package(author(), EVP_sha256());
    const vso_package_t *package;
    apr_array_header_t *went;
    bytes_t zip;
    int i;

    import_all(zip_up(came));
    zip = export(&spec);
    went = unzip(zip);
    for (i = 0; i < came->nelts; i++) {
        const char *name = APR_ARRAY_IDX(came, i, vso_zip_part_t).name;

        if (!strncmp(name, "elements/", 9) ||
            !strncmp(name, "certificates/", 13)) {
            assert_same(came, went, name);
        }
    }
    package = verified(zip);
    ck_assert_str_eq(package->name, NAME);
    ck_assert_int_eq(X509_cmp(package->signer->cert, cert_of(version)), 0);
    ck_assert_str_eq(package->raw_digest, "sha256");
    ck_assert_str_eq(last_of("package-export")->outcome, "ok");
    ck_assert_int_eq(last_of("package-export")->event.version_id, version->id);
}
END_TEST

START_TEST(the_digest_is_as_it_came_or_as_wanted)
{
    vso_export_spec_t spec = plain_spec();

    create_key("rsa-2048");
    import_all(zip_up(make_package(author(), EVP_sha1())));
    ck_assert_str_eq(verified(export(&spec))->raw_digest, "sha1");
    spec.digest = "sha256";
    ck_assert_str_eq(verified(export(&spec))->raw_digest, "sha256");
}
END_TEST

START_TEST(recipients_and_we_can_open_it)
{
    vso_export_spec_t spec = plain_spec();
    signer_t friend = make_signer("friend", rsa_key(2048));
    apr_array_header_t *went;
    vso_review_t *report = NULL;
    apr_int64_t id = 0;
    bytes_t zip;

    create_key("rsa-2048");
    import_all(zip_up(make_package(author(), EVP_sha256())));
    friend.cert = make_cert(&(wish_t){
        .cn = "friend", .key = friend.pkey, .key_usage = "keyEncipherment"});
    spec.recipients = certs_of(friend.cert, NULL);
    spec.encrypt = 0;
    assert_refused(try_export(&spec, &zip), VSO_P_INVALID);
    spec.encrypt = -1;
    zip = export(&spec);
    went = unzip(zip);
    ck_assert_ptr_null(find(went, "elements/flow/data"));
    ck_assert_ptr_nonnull(find(went, "elements/flow/data.p7m"));
    ck_assert_ptr_nonnull(find(went, "elements/flow/info"));
    assert_shows(last_of("package-export")->event.detail,
                 "encrypted for 2 certificates");
    assert_ok(try_upload(zip, &id, &report));
    ck_assert_str_eq(
        APR_ARRAY_IDX(report->elements, 0, vso_review_element_t *)->needs,
        apr_psprintf(pool, " %s ",
                     found(last_of("package-export")->event.version_id)
                         ->key_fingerprint));
}
END_TEST

START_TEST(what_came_encrypted_goes_out_so)
{
    vso_export_spec_t spec = plain_spec();
    signer_t signer = author();
    apr_array_header_t *went;

    import_all(packed(sealed_elements(signer, cert_of(create_key("rsa-2048"))),
                      signer, EVP_sha256()));
    went = unzip(export(&spec));
    ck_assert_ptr_nonnull(find(went, "elements/flow/data.p7m"));
    ck_assert_ptr_nonnull(find(went, "elements/script/data.p7m"));
    spec.encrypt = 0;
    went = unzip(export(&spec));
    assert_bytes(content_of(went, "elements/flow/data"), FLOW_DATA);
    assert_bytes(content_of(went, "elements/script/data"), SCRIPT_DATA);
}
END_TEST

START_TEST(without_the_right_nothing_is_decrypted)
{
    vso_export_spec_t spec = plain_spec();
    signer_t signer = author();
    apr_array_header_t *came =
        sealed_elements(signer, cert_of(create_key("rsa-2048")));
    bytes_t zip;

    import_all(packed(came, signer, EVP_sha256()));
    context->may_export = 0;
    assert_same(came, unzip(export(&spec)), "elements/flow/data.p7m");
    spec.encrypt = 0;
    assert_refused(try_export(&spec, &zip), VSO_P_FORBIDDEN);
    ck_assert_str_eq(last_of("package-export")->outcome, "forbidden");
    ck_assert(begins(last_of("package-export")->event.detail, NAME ": "));
    spec.encrypt = 1;
    spec.view = 0;
    assert_refused(try_export(&spec, &zip), VSO_P_FORBIDDEN);
    spec.view = 1;
    spec.recipients = certs_of(cert_of(create_key("rsa-2048")), NULL);
    assert_refused(try_export(&spec, &zip), VSO_P_FORBIDDEN);
}
END_TEST

START_TEST(a_lost_key_opens_nothing)
{
    vso_export_spec_t spec = plain_spec();
    vso_version_t *old = create_key("rsa-2048");
    signer_t signer = author();
    vso_destroyed_t destroyed;
    bytes_t zip;

    import_all(
        packed(sealed_elements(signer, cert_of(old)), signer, EVP_sha256()));
    create_key("rsa-2048");
    /* passive keys open, too */
    export(&spec);
    assert_refused(destroy_key(old->id, 0, 0, &destroyed),
                   VSO_P_PACKAGE_NEEDS_KEY);
    assert_ok(destroy_key(old->id, 1, 0, &destroyed));
    assert_refused(try_export(&spec, &zip), VSO_P_NO_RECIPIENT);
    ck_assert_str_eq(last_of("package-export")->outcome, "no-recipient");
    ck_assert_int_gt(last_of("package-export")->event.version_id, old->id);
}
END_TEST

START_TEST(only_versions_with_keys_sign)
{
    vso_certificate_spec_t wanted = ec_spec;
    vso_export_spec_t spec = plain_spec();
    vso_version_t *pending = NULL;
    vso_version_t *first;
    bytes_t zip;

    import_all(zip_up(make_package(author(), EVP_sha256())));
    assert_refused(try_export(&spec, &zip), VSO_P_NO_CERTIFICATE);
    first = create_key("rsa-2048");
    assert_ok(
        vso_certificate_request(context, &wanted, &pending, &outcome, res));
    spec.version_id = pending->id;
    assert_refused(try_export(&spec, &zip), VSO_P_WRONG_STATE);
    create_key("rsa-2048");
    spec.version_id = first->id;
    ck_assert_int_eq(
        X509_cmp(verified(export(&spec))->signer->cert, cert_of(first)), 0);
}
END_TEST

START_TEST(unknown_packages_are_not_found)
{
    vso_export_spec_t spec = plain_spec();
    bytes_t zip;

    create_key("rsa-2048");
    assert_refused(try_export(&spec, &zip), VSO_P_NOT_FOUND);
    ck_assert_str_eq(last_of("package-export")->outcome, "not-found");
    ck_assert(begins(last_of("package-export")->event.detail, NAME ": "));
}
END_TEST

START_TEST(edited_content_does_not_go_out)
{
    vso_export_spec_t spec = plain_spec();
    bytes_t zip;

    create_key("rsa-2048");
    import_all(zip_up(make_package(author(), EVP_sha256())));
    edit("UPDATE vmo_package_element SET files = "
         "REPLACE(files, '\"offset\":0', '\"offset\":1')");
    assert_refused(try_export(&spec, &zip), VSO_P_DAMAGED);
    edit("UPDATE vmo_package_element SET files = "
         "REPLACE(files, '\"offset\":1', '\"offset\":99999')");
    assert_refused(try_export(&spec, &zip), VSO_P_DAMAGED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("export");
    TCase *tc = service_case(s, "export");

    tcase_add_test(tc, elements_go_out_as_they_came);
    tcase_add_test(tc, the_digest_is_as_it_came_or_as_wanted);
    tcase_add_test(tc, recipients_and_we_can_open_it);
    tcase_add_test(tc, what_came_encrypted_goes_out_so);
    tcase_add_test(tc, without_the_right_nothing_is_decrypted);
    tcase_add_test(tc, a_lost_key_opens_nothing);
    tcase_add_test(tc, only_versions_with_keys_sign);
    tcase_add_test(tc, unknown_packages_are_not_found);
    tcase_add_test(tc, edited_content_does_not_go_out);
    return s;
}
