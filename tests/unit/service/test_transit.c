/* SPDX-License-Identifier: Apache-2.0 */
#include "package_util.h"
#include "served_util.h"

#include "service/package/transit.h"
#include "service/package/trust.h"

#define SIGNED_SEC 1800000000

static const vso_blob_t *blob_of(bytes_t bytes)
{
    return vso_blob_memory(bytes.data, bytes.len, pool);
}

static bytes_t text(const char *chars)
{
    bytes_t bytes = {.data = apr_pstrdup(pool, chars), .len = strlen(chars)};

    return bytes;
}

static bytes_t cut(bytes_t bytes, apr_size_t from, apr_size_t to)
{
    bytes_t part = {bytes.data + from, to - from};

    return part;
}

static signer_t author(void)
{
    return make_signer("author", rsa_key(2048));
}

static bytes_t package(void)
{
    return zip_up(make_package(author(), EVP_md5()));
}

/** An archive of something else. */
static bytes_t other(void)
{
    apr_array_header_t *parts = make_parts();

    put_text(parts, "file", "content");
    return zip_up(parts);
}

static void create_key(const char *key)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;

    if (!replica) {
        node_setup();
    }
    spec.key = key;
    spec.beside = 1;
    assert_ok(vso_certificate_create(context, &spec, &version, &outcome, res));
}

static apr_status_t sign(vso_served_entry_t *entry, int cms_only, bytes_t bytes,
                         vso_transit_signed_t *done)
{
    vso_transit_signer_t signer = {entry, "server", cms_only, SIGNED_SEC, NULL};

    return vso_transit_sign(&signer, blob_of(bytes), done, res, pool, pool);
}

static void assert_signed(bytes_t bytes, int cms_only, const char *algorithm)
{
    vso_served_entry_t *entry = served_now("server");
    const vso_served_t *served;
    vso_transit_signed_t done = {0};
    vso_package_t *found;
    int i;

    for (i = 0; (served = vso_opened_at(entry, i)) &&
                strcmp(served->algorithm, algorithm);
         i++) {
    }
    ck_assert_ptr_nonnull(served);
    assert_ok(sign(entry, cms_only, bytes, &done));
    ck_assert_int_eq(done.is_package, 1);
    bytes = bytes_of(done.file);
    ck_assert_int_eq((apr_int64_t)bytes.len, done.size);
    found = verified(bytes);
    ck_assert_int_eq(X509_cmp(found->signer->cert, served->cert), 0);
    ck_assert_int_eq(found->signer->cms, 1);
    ck_assert_int_eq(found->signer->signing_time_sec, SIGNED_SEC);
}

START_TEST(signs_with_rsa_where_there_is_one)
{
    create_key("ec-p256");
    assert_signed(package(), 0, "EC");
    ck_assert(has_warning("no-orchestrator-signature"));
    vso_result_clear(res);
    create_key("rsa-2048");
    assert_signed(package(), 0, "RSA");
    assert_signed(package(), 1, "RSA");
    ck_assert_int_eq(res->warnings->nelts, 0);
}
END_TEST

START_TEST(signs_what_nobody_signed)
{
    apr_array_header_t *parts = make_elements(author());

    put_text(parts, "dunes-meta-inf", META);
    create_key("rsa-2048");
    assert_signed(zip_up(parts), 0, "RSA");
    assert_signed(zip_up(parts), 1, "RSA");
}
END_TEST

START_TEST(leaves_what_is_no_package)
{
    bytes_t files[] = {text(""), text("PK"), text("no archive"), other()};
    vso_transit_signed_t done = {0};
    apr_size_t i;

    for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
        assert_ok(sign(NULL, 0, files[i], &done));
        ck_assert_int_eq(done.is_package, 0);
        ck_assert_ptr_null(done.file);
    }
}
END_TEST

START_TEST(signs_nothing_that_does_not_hold)
{
    apr_array_header_t *parts = make_package(author(), EVP_md5());
    bytes_t good = package();
    bytes_t flipped = {apr_pmemdup(pool, good.data, good.len), good.len};
    vso_transit_signed_t done = {0};
    vso_served_entry_t *serving;

    assert_refused(sign(NULL, 0, good, &done), VSO_P_NO_SIGNER);
    create_key("rsa-2048");
    serving = served_now("server");
    assert_refused(sign(serving, 0, cut(good, 0, good.len - 9), &done),
                   VSO_P_NOT_SIGNED);
    assert_refused(sign(serving, 1, cut(good, 2, good.len), &done),
                   VSO_P_NOT_SIGNED);
    ((char *)flipped.data)[40] ^= 1;
    assert_refused(sign(serving, 0, flipped, &done), VSO_P_NOT_SIGNED);
    put_text(parts, "elements/script/data", SCRIPT_DATA " ");
    ck_assert_int_ne(sign(serving, 0, zip_up(parts), &done), APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem), "not-signed");
    ck_assert_str_eq(res->field, "elements/script/data");
    vso_result_clear(res);
    parts = make_package(author(), EVP_md5());
    drop(parts, "signatures/dunes-meta-inf");
    assert_refused(sign(serving, 1, zip_up(parts), &done), VSO_P_NOT_SIGNED);
    ck_assert_ptr_null(done.file);
}
END_TEST

static apr_status_t find_in(bytes_t body, const char *path, const char *type,
                            const char *disposition, int *pfound)
{
    vso_transit_upload_t upload = {blob_of(body), path, type, disposition};
    apr_array_header_t *packages = NULL;
    apr_status_t rv = vso_transit_find(&upload, &packages, res, pool);

    *pfound = packages ? packages->nelts : -1;
    return rv;
}

static bytes_t in_form(const char *name, bytes_t file)
{
    static const char end[] = "\r\n--b--\r\n";
    const char *head =
        apr_pstrcat(pool, "--b\r\nContent-Disposition: form-data; filename=\"",
                    name, "\"\r\n\r\n", NULL);
    bytes_t body = {NULL, strlen(head) + file.len + strlen(end)};
    char *data = apr_palloc(pool, body.len);

    memcpy(data, head, strlen(head));
    memcpy(data + strlen(head), file.data, file.len);
    memcpy(data + strlen(head) + file.len, end, strlen(end));
    body.data = data;
    return body;
}

#define FORM "multipart/form-data; boundary=b"

START_TEST(finds_packages_by_what_they_are)
{
    int found;

    assert_ok(find_in(package(), "/x", "text/plain", NULL, &found));
    ck_assert_int_eq(found, 1);
    assert_ok(find_in(package(), NULL, NULL, NULL, &found));
    ck_assert_int_eq(found, 1);
    assert_ok(find_in(in_form("x", package()), "/x", FORM, NULL, &found));
    ck_assert_int_eq(found, 1);
    assert_ok(find_in(other(), "/x", "application/zip", NULL, &found));
    ck_assert_int_eq(found, 0);
    assert_ok(find_in(text("{}"), "/x", "application/json", NULL, &found));
    ck_assert_int_eq(found, 0);
    assert_ok(find_in(in_form("", text("")), "/x", FORM, NULL, &found));
    ck_assert_int_eq(found, 0);
}
END_TEST

/** They are then refused as damaged. */
START_TEST(finds_packages_by_what_they_say)
{
    int found;

    assert_ok(find_in(text("no"), "/a.Package", NULL, NULL, &found));
    ck_assert_int_eq(found, 1);
    assert_ok(find_in(text("no"), "/x", NULL, "attachment; filename=a.package",
                      &found));
    ck_assert_int_eq(found, 1);
    assert_ok(find_in(in_form("a.package", other()), "/x", FORM, NULL, &found));
    ck_assert_int_eq(found, 1);
}
END_TEST

START_TEST(refuses_archives_that_do_not_open)
{
    bytes_t good = package();
    int found;

    assert_refused(
        find_in(cut(good, 0, good.len / 2), "/x", NULL, NULL, &found),
        VSO_P_BAD_ZIP);
    assert_refused(find_in(cut(good, 1, good.len), "/x", NULL, NULL, &found),
                   VSO_P_BAD_ZIP);
    assert_refused(
        find_in(in_form("x", cut(good, 1, good.len)), "/x", FORM, NULL, &found),
        VSO_P_BAD_ZIP);
    assert_refused(find_in(in_form("x", good), "/x",
                           "multipart/form-data; boundary=c", NULL, &found),
                   VSO_P_MALFORMED);
    assert_refused(
        find_in(in_form("x", good), "/x", "text/plain, " FORM, NULL, &found),
        VSO_P_MALFORMED);
    assert_ok(find_in(text("{}"), "/x", "text/plain; a=\",\"", NULL, &found));
}
END_TEST

START_TEST(passes_on_what_is_trusted)
{
    vso_trust_offer_t offer = {.source = "file", .vouches = -1};
    signer_t signer = author();
    bytes_t good = zip_up(make_package(signer, EVP_sha256()));
    apr_array_header_t *packages =
        apr_array_make(pool, 2, sizeof(const vso_blob_t *));
    const vso_review_t *report = NULL;
    vso_trust_item_t item;
    int added;

    APR_ARRAY_PUSH(packages, const vso_blob_t *) = blob_of(good);
    assert_refused(vso_transit_verify(context, packages, &report, res),
                   VSO_P_UNTRUSTED_SIGNER);
    ck_assert_ptr_nonnull(report);
    ck_assert_int_eq(vso_review_needs_trust(report), 1);
    offer.cert = signer.cert;
    assert_ok(vso_trust_accept(context, &offer, &item, &added, &outcome, res));
    report = NULL;
    assert_ok(vso_transit_verify(context, packages, &report, res));
    ck_assert_ptr_null(report);
    /* each of them counts */
    APR_ARRAY_PUSH(packages, const vso_blob_t *) =
        blob_of(cut(good, 0, good.len - 1));
    assert_refused(vso_transit_verify(context, packages, &report, res),
                   VSO_P_BAD_ZIP);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("passing");
    TCase *tc = service_case(s, "passing");

    tcase_add_test(tc, signs_with_rsa_where_there_is_one);
    tcase_add_test(tc, signs_what_nobody_signed);
    tcase_add_test(tc, leaves_what_is_no_package);
    tcase_add_test(tc, signs_nothing_that_does_not_hold);
    tcase_add_test(tc, finds_packages_by_what_they_are);
    tcase_add_test(tc, finds_packages_by_what_they_say);
    tcase_add_test(tc, refuses_archives_that_do_not_open);
    tcase_add_test(tc, passes_on_what_is_trusted);
    return s;
}
