/* SPDX-License-Identifier: Apache-2.0 */
#include "package_service_util.h"

#define TAGS_OLD "<tags><tag name='old' global='true'/></tags>"
#define TAGS_NEW "<tags><tag name='new' global='true'/></tags>"

static const vso_trusted_t *listed(X509 *cert)
{
    vso_trusted_t *row = NULL;

    assert_ok(vso_trust_find(context->store, vso_cert_fingerprint(cert, pool),
                             &row, res, pool));
    return row;
}

START_TEST(a_stranger_needs_a_word_about_trust)
{
    signer_t signer = author();
    apr_int64_t id = upload(zip_up(make_package(signer, EVP_sha256())));
    vso_imported_t done;

    assert_refused(confirm(id, VSO_TRUST_ASK, NULL, &done),
                   VSO_P_UNTRUSTED_SIGNER);
    ck_assert_ptr_nonnull(done.report);
    ck_assert_ptr_null(element("flow"));
    ck_assert_str_eq(last_of("package-import")->outcome, "untrusted-signer");
    ck_assert(begins(last_of("package-import")->event.detail, NAME ": "));
    ck_assert_int_eq(waiting(), 1);
    assert_ok(confirm(id, VSO_TRUST_ONCE, NULL, &done));
    ck_assert_int_eq(done.imported, 2);
    ck_assert_int_eq(done.skipped, 0);
    ck_assert_int_eq(done.trusted->nelts, 0);
    ck_assert_str_eq(done.package->trust, "once");
    ck_assert_str_eq(done.package->signature, "valid");
    ck_assert_str_eq(element("flow")->trust, "once");
    ck_assert_ptr_null(listed(signer.cert));
    ck_assert_int_eq(waiting(), 0);
}
END_TEST

START_TEST(a_provider_is_trusted_from_then_on)
{
    signer_t signer = author();
    bytes_t zip = zip_up(make_package(signer, EVP_sha256()));
    vso_imported_t done;

    assert_ok(confirm(upload(zip), VSO_TRUST_PROVIDER, NULL, &done));
    ck_assert_int_eq(done.trusted->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(done.trusted, 0, const char *),
                     vso_cert_fingerprint(signer.cert, pool));
    ck_assert_str_eq(listed(signer.cert)->source, NAME);
    ck_assert_str_eq(done.package->trust, "provider");
    assert_shows(last_of("package-import")->event.detail,
                 "trusted from now on");
    assert_ok(confirm(upload(zip), VSO_TRUST_ASK, NULL, &done));
    ck_assert_int_eq(done.trusted->nelts, 0);
    ck_assert_str_eq(done.package->trust, "table");
}
END_TEST

/** Both the package's signer and the element's author are asked about. */
START_TEST(authors_become_providers_too)
{
    vso_trust_offer_t offer = {.source = "file", .vouches = -1};
    signer_t writer = author();
    signer_t packer = make_signer("packer", rsa_key(2048));
    apr_array_header_t *parts = make_elements(writer);
    vso_imported_t done;
    vso_trust_item_t item;
    apr_int64_t id;
    int added;

    put_cert(parts, "CN=packer", packer.cert);
    id = upload(packed(parts, packer, EVP_sha256()));
    offer.cert = packer.cert;
    assert_ok(vso_trust_accept(context, &offer, &item, &added, &outcome, res));
    assert_refused(confirm(id, VSO_TRUST_ASK, NULL, &done),
                   VSO_P_UNTRUSTED_SIGNER);
    assert_ok(confirm(id, VSO_TRUST_PROVIDER, NULL, &done));
    ck_assert_int_eq(done.trusted->nelts, 1);
    ck_assert_ptr_nonnull(listed(writer.cert));
    ck_assert_str_eq(element("script")->author,
                     vso_cert_fingerprint(writer.cert, pool));
    ck_assert_str_eq(element("script")->signer,
                     vso_cert_fingerprint(packer.cert, pool));
}
END_TEST

START_TEST(another_digest_than_shown_is_refused)
{
    apr_int64_t id = upload(zip_up(make_package(author(), EVP_sha256())));
    vso_choice_t choice = {.trust = VSO_TRUST_ONCE, .sha256 = "00"};
    vso_imported_t done = {0};

    assert_refused(
        vso_import_confirm(context, id, &choice, &done, &outcome, res),
        VSO_P_DIGEST_MISMATCH);
    ck_assert_str_eq(last_of("package-import")->outcome, "digest-mismatch");
    ck_assert_ptr_null(element("flow"));
    ck_assert_int_eq(waiting(), 1);
}
END_TEST

START_TEST(an_import_is_confirmed_once)
{
    bytes_t zip = zip_up(make_package(author(), EVP_sha256()));
    apr_int64_t id = upload(zip);
    vso_choice_t choice = {.trust = VSO_TRUST_ONCE};
    vso_imported_t done = {0};

    choice.sha256 = staged(id)->sha256;
    assert_ok(vso_import_confirm(context, id, &choice, &done, &outcome, res));
    assert_refused(
        vso_import_confirm(context, id, &choice, &done, &outcome, res),
        VSO_P_NOT_FOUND);
    ck_assert_str_eq(last_of("package-import")->outcome, "not-found");
}
END_TEST

START_TEST(elements_are_chosen_by_id)
{
    bytes_t zip = zip_up(make_package(author(), EVP_sha256()));
    apr_int64_t id = upload(zip);
    vso_imported_t done;

    assert_refused(
        confirm(id, VSO_TRUST_ONCE, texts_of("flow", "nobody", NULL), &done),
        VSO_P_INVALID);
    assert_refused(confirm(id, VSO_TRUST_ONCE, texts_of(NULL, NULL), &done),
                   VSO_P_INVALID);
    ck_assert_ptr_null(element("flow"));
    assert_ok(confirm(id, VSO_TRUST_ONCE, texts_of("flow", NULL), &done));
    ck_assert_int_eq(done.imported, 1);
    ck_assert_int_eq(done.skipped, 1);
    ck_assert_int_eq(done.package->elements, 1);
    ck_assert_ptr_null(element("script"));
    assert_bytes(stored_file("flow", "data"), FLOW_DATA);
    /* what is stored stays a member, chosen or not */
    assert_ok(
        confirm(upload(zip), VSO_TRUST_ONCE, texts_of("script", NULL), &done));
    ck_assert_int_eq(done.package->elements, 2);
    assert_bytes(stored_file("script", "data"), SCRIPT_DATA);
}
END_TEST

static bytes_t with_flow(signer_t signer, const char *version)
{
    apr_array_header_t *parts = make_elements(signer);

    drop(parts, "elements/flow/content-signature");
    put_text(parts, "elements/flow/data",
             apr_pstrcat(pool, "<?xml version=\"1.0\"?><workflow version=\"",
                         version,
                         "\"><display-name><![CDATA[Flow]]></display-name>"
                         "</workflow>",
                         NULL));
    return packed(parts, signer, EVP_sha256());
}

START_TEST(what_became_newer_meanwhile_is_told)
{
    signer_t signer = author();
    apr_int64_t older = upload(with_flow(signer, "1.9"));
    apr_int64_t newer = upload(with_flow(signer, "1.10"));
    vso_imported_t done;

    assert_ok(confirm(newer, VSO_TRUST_ONCE, NULL, &done));
    ck_assert(!has_warning("stored-newer"));
    ck_assert_str_eq(element("flow")->version, "1.10");
    assert_ok(confirm(older, VSO_TRUST_ONCE, NULL, &done));
    ck_assert_int_eq(warning_count("stored-newer"), 1);
    ck_assert_str_eq(element("flow")->version, "1.9");
}
END_TEST

START_TEST(a_weak_signature_is_kept_in_mind)
{
    vso_package_row_t *row =
        import_all(zip_up(make_package(author(), EVP_md5())));

    ck_assert_str_eq(row->signature, "weak");
    ck_assert_str_eq(row->digest, "md5");
    assert_shows(last_of("package-import")->event.detail, "weak signature");
    row = import_all(zip_up(make_package(author(), EVP_sha256())));
    ck_assert_str_eq(row->signature, "valid");
    ck_assert_ptr_null(
        strstr(last_of("package-import")->event.detail, "weak signature"));
}
END_TEST

static bytes_t with_tags(signer_t signer, const char *tags)
{
    apr_array_header_t *parts = make_elements(signer);

    if (tags) {
        put_text(parts, "elements/flow/tags", tags);
    }
    return packed(parts, signer, EVP_sha256());
}

static void import_tags(bytes_t zip, vso_import_tags_e tags)
{
    apr_int64_t id = upload(zip);
    vso_choice_t choice = {.trust = VSO_TRUST_ONCE, .tags = tags};
    vso_imported_t done = {0};

    choice.sha256 = staged(id)->sha256;
    assert_ok(vso_import_confirm(context, id, &choice, &done, &outcome, res));
}

START_TEST(tags_stay_or_come_along_or_go)
{
    signer_t signer = author();

    import_all(with_tags(signer, TAGS_OLD));
    assert_bytes(stored_file("flow", "tags"), TAGS_OLD);
    assert_shows(element("flow")->tags, "old");
    import_tags(with_tags(signer, TAGS_NEW), VSO_TAGS_KEEP);
    assert_bytes(stored_file("flow", "tags"), TAGS_OLD);
    assert_shows(element("flow")->tags, "old");
    import_tags(with_tags(signer, TAGS_NEW), VSO_TAGS_OVERWRITE);
    assert_bytes(stored_file("flow", "tags"), TAGS_NEW);
    assert_shows(element("flow")->tags, "new");
    import_tags(with_tags(signer, TAGS_OLD), VSO_TAGS_OMIT);
    ck_assert_ptr_null(strstr(element("flow")->files, "tags"));
    ck_assert_str_eq(element("flow")->tags, "");
    /* kept are none, as none are stored */
    import_tags(with_tags(signer, TAGS_NEW), VSO_TAGS_KEEP);
    ck_assert_ptr_null(strstr(element("flow")->files, "tags"));
}
END_TEST

START_TEST(encrypted_tags_cannot_be_kept)
{
    X509 *own = cert_of(create_key("rsa-2048"));
    signer_t signer = author();
    apr_array_header_t *parts = make_elements(signer);

    put_text(parts, "elements/flow/tags", TAGS_OLD);
    seal_part(parts, "elements/flow/tags", own);
    import_all(packed(parts, signer, EVP_sha256()));
    import_tags(with_tags(signer, TAGS_NEW), VSO_TAGS_KEEP);
    ck_assert_int_eq(warning_count("tags-replaced"), 1);
    assert_bytes(stored_file("flow", "tags"), TAGS_NEW);
}
END_TEST

START_TEST(encrypted_elements_need_a_key)
{
    vso_version_t *version = create_key("rsa-2048");
    signer_t signer = author();
    X509 *stranger = make_cert(&(wish_t){.cn = "stranger",
                                         .key = rsa_key(2048),
                                         .key_usage = "keyEncipherment"});
    vso_package_row_t *row;
    vso_review_t *report = NULL;
    apr_int64_t id;

    row = import_all(packed(sealed_elements(signer, cert_of(version)), signer,
                            EVP_sha256()));
    ck_assert_int_eq(row->encrypted, 1);
    ck_assert_str_eq(element("flow")->needs,
                     apr_psprintf(pool, " %s ", version->key_fingerprint));
    ck_assert_str_eq(element("flow")->version, "2.0.1");
    ck_assert_str_eq(element("script")->needs, "");
    assert_refused(try_upload(packed(sealed_elements(signer, stranger), signer,
                                     EVP_sha256()),
                              &id, &report),
                   VSO_P_NO_RECIPIENT);
}
END_TEST

/** Small contents share a transaction, large ones have one each. */
START_TEST(contents_of_any_size_are_stored)
{
    static const apr_size_t sizes[] = {10, 400000, 700000, 100000, 1500000, 20};
    signer_t signer = author();
    apr_array_header_t *parts = make_parts();
    char *data = apr_palloc(pool, 1500000);
    apr_size_t i;

    for (i = 0; i < 1500000; i++) {
        data[i] = (char)('a' + i % 23);
    }
    put_cert(parts, "CN=author", signer.cert);
    for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        const char *folder = apr_psprintf(pool, "elements/e%d", (int)i);

        put_text(parts, apr_pstrcat(pool, folder, "/info", NULL),
                 apr_psprintf(pool,
                              "<?xml version=\"1.0\"?><!DOCTYPE properties "
                              "SYSTEM "
                              "\"http://java.sun.com/dtd/properties.dtd\">"
                              "<properties><entry key=\"id\">e%d</entry>"
                              "<entry key=\"type\">Thing</entry></properties>",
                              (int)i));
        put_part(parts, apr_pstrcat(pool, folder, "/data", NULL), data + i,
                 sizes[i]);
    }
    import_all(packed(parts, signer, EVP_sha256()));
    for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        bytes_t got = stored_file(apr_psprintf(pool, "e%d", (int)i), "data");

        ck_assert_uint_eq(got.len, sizes[i]);
        ck_assert_mem_eq(got.data, data + i, sizes[i]);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("import_confirm");
    TCase *tc = service_case(s, "import_confirm");

    tcase_add_test(tc, a_stranger_needs_a_word_about_trust);
    tcase_add_test(tc, a_provider_is_trusted_from_then_on);
    tcase_add_test(tc, authors_become_providers_too);
    tcase_add_test(tc, another_digest_than_shown_is_refused);
    tcase_add_test(tc, an_import_is_confirmed_once);
    tcase_add_test(tc, elements_are_chosen_by_id);
    tcase_add_test(tc, what_became_newer_meanwhile_is_told);
    tcase_add_test(tc, a_weak_signature_is_kept_in_mind);
    tcase_add_test(tc, tags_stay_or_come_along_or_go);
    tcase_add_test(tc, encrypted_tags_cannot_be_kept);
    tcase_add_test(tc, encrypted_elements_need_a_key);
    tcase_add_test(tc, contents_of_any_size_are_stored);
    return s;
}
