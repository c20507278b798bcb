/* SPDX-License-Identifier: Apache-2.0 */
#include "package_service_util.h"

#include "base/hex.h"
#include "base/limits.h"

START_TEST(an_upload_waits_for_an_answer)
{
    bytes_t zip = zip_up(make_package(author(), EVP_sha256()));
    vso_import_row_t *row = NULL;
    vso_review_t *report = NULL;
    vso_review_t *again = NULL;
    apr_int64_t id = 0;

    assert_ok(try_upload(zip, &id, &report));
    ck_assert_int_eq(report->elements->nelts, 2);
    ck_assert_str_eq(report->package->name, NAME);
    ck_assert_int_eq(waiting(), 1);
    ck_assert_str_eq(last_of("package-upload")->outcome, "ok");
    assert_ok(vso_import_get(context, id, &row, &again, res));
    ck_assert_int_eq(row->size, (apr_int64_t)zip.len);
    ck_assert_str_eq(
        row->sha256,
        vso_hex_sha256((const unsigned char *)zip.data, zip.len, pool));
    ck_assert_str_eq(row->name, NAME);
    ck_assert_str_eq(row->created_by, "vmware");
    ck_assert_int_ge(row->expires_sec, row->created_sec + VSO_IMPORT_TTL_SEC);
    ck_assert_int_eq(again->elements->nelts, 2);
    ck_assert_ptr_null(element("flow"));
}
END_TEST

START_TEST(what_is_refused_leaves_no_row)
{
    apr_array_header_t *parts = make_package(author(), EVP_sha256());
    bytes_t zip = zip_up(parts);
    vso_review_t *report = NULL;
    apr_int64_t id;

    zip.len -= 9;
    assert_refused(try_upload(zip, &id, &report), VSO_P_BAD_ZIP);
    put_text(parts, "elements/flow/data", FLOW_DATA " ");
    assert_refused(try_upload(zip_up(parts), &id, &report),
                   VSO_P_BAD_SIGNATURE);
    ck_assert_ptr_null(report);
    ck_assert_int_eq(waiting(), 0);
    ck_assert_str_eq(last_of("package-upload")->outcome, "bad-signature");
}
END_TEST

START_TEST(a_package_cannot_have_the_name_of_uploads)
{
    signer_t signer = author();
    apr_array_header_t *parts = make_elements(signer);
    vso_review_t *report = NULL;
    apr_int64_t id;

    put_text(parts, "dunes-meta-inf",
             "<?xml version=\"1.0\"?><!DOCTYPE properties SYSTEM "
             "\"http://java.sun.com/dtd/properties.dtd\"><properties>"
             "<entry key=\"pkg-name\">imports</entry>"
             "<entry key=\"pkg-id\">1</entry></properties>");
    sign_all(parts, signer.pkey, EVP_sha256());
    assert_refused(try_upload(zip_up(parts), &id, &report), VSO_P_INVALID);
    ck_assert_int_eq(waiting(), 0);
}
END_TEST

START_TEST(an_upload_that_breaks_off_is_recorded)
{
    vso_upload_t *begun = NULL;

    assert_ok(vso_import_begin(context, &begun, res));
    assert_ok(vso_content_write(begun->writer, "PK", 2, res));
    vso_fail(res, VSO_P_MALFORMED, "body", "The body ended early.");
    assert_refused(vso_import_abort(context, begun, res), VSO_P_MALFORMED);
    ck_assert_int_eq(waiting(), 0);
    ck_assert_str_eq(last_of("package-upload")->outcome, "malformed");
}
END_TEST

START_TEST(bytes_that_were_changed_are_not_shown)
{
    apr_int64_t id = upload(zip_up(make_package(author(), EVP_sha256())));
    vso_import_row_t *row = NULL;
    vso_review_t *report = NULL;

    edit("UPDATE vmo_import SET size = size + 1");
    assert_refused(vso_import_get(context, id, &row, &report, res),
                   VSO_P_DAMAGED);
    edit("UPDATE vmo_import SET size = size - 1");
    assert_ok(vso_import_get(context, id, &row, &report, res));
    edit("UPDATE vmo_import SET name = 'x'");
    assert_refused(vso_import_get(context, id, &row, &report, res),
                   VSO_P_DAMAGED);
    id = upload(zip_up(make_package(author(), EVP_sha256())));
    edit("UPDATE vmo_package_chunk SET data = REPLACE(data, 'A', 'B')");
    assert_refused(vso_import_get(context, id, &row, &report, res),
                   VSO_P_DIGEST_MISMATCH);
}
END_TEST

START_TEST(a_cancelled_import_is_gone)
{
    apr_int64_t id = upload(zip_up(make_package(author(), EVP_sha256())));
    vso_import_row_t *row = NULL;
    vso_review_t *report = NULL;

    /* the header is about entries */
    context->if_match = "\"other\"";
    assert_ok(vso_import_cancel(context, id, &outcome, res));
    ck_assert_str_eq(last_of("package-cancel")->outcome, "ok");
    ck_assert_int_eq(waiting(), 0);
    assert_refused(vso_import_cancel(context, id, &outcome, res),
                   VSO_P_NOT_FOUND);
    assert_refused(vso_import_get(context, id, &row, &report, res),
                   VSO_P_NOT_FOUND);
}
END_TEST

START_TEST(a_sealed_keystore_takes_no_upload)
{
    vso_upload_t *begun = NULL;

    context = service_on(vso_store_db(context->store),
                         ring_of("ffffffffffffffffffffffffffffffff", NULL));
    assert_refused(vso_import_begin(context, &begun, res), VSO_P_SEALED);
    ck_assert_ptr_null(begun);
}
END_TEST

START_TEST(only_so_many_uploads_wait)
{
    vso_upload_t *begun = NULL;
    int i;

    for (i = 0; i < VSO_MAX_IMPORTS; i++) {
        context->actor = apr_psprintf(pool, "user%d", i);
        assert_ok(vso_import_begin(context, &begun, res));
    }
    assert_refused(vso_import_begin(context, &begun, res), VSO_P_SLOW_DOWN);
    ck_assert_str_eq(last_of("package-upload")->outcome, "slow-down");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("import");
    TCase *tc = service_case(s, "import");

    tcase_add_test(tc, an_upload_waits_for_an_answer);
    tcase_add_test(tc, what_is_refused_leaves_no_row);
    tcase_add_test(tc, a_package_cannot_have_the_name_of_uploads);
    tcase_add_test(tc, an_upload_that_breaks_off_is_recorded);
    tcase_add_test(tc, bytes_that_were_changed_are_not_shown);
    tcase_add_test(tc, a_cancelled_import_is_gone);
    tcase_add_test(tc, a_sealed_keystore_takes_no_upload);
    tcase_add_test(tc, only_so_many_uploads_wait);
    return s;
}
