/* SPDX-License-Identifier: Apache-2.0 */
#include "package_util.h"

#include "base/limits.h"
#include "package/cms.h"

#define P7S      VSO_PACKAGE_P7S
#define MANIFEST VSO_PACKAGE_MANIFEST
#define TEXT     "a manifest\n"
#define FLAGS    (CMS_DETACHED | CMS_BINARY)

static apr_status_t verify(bytes_t der, vso_package_signer_t **psigner)
{
    apr_status_t rv = vso_cms_verify(der.data, der.len, TEXT, strlen(TEXT),
                                     psigner, res, pool);

    ck_assert_uint_eq(ERR_peek_error(), 0);
    return rv;
}

static void assert_no(bytes_t der, const char *part)
{
    vso_package_signer_t *signer = NULL;

    ck_assert_msg(verify(der, &signer) != APR_SUCCESS, "accepted, not: %s",
                  part);
    ck_assert_ptr_null(signer);
    ck_assert_str_eq(vso_problem_slug(res->problem), "bad-signature");
    ck_assert_str_eq(res->field, P7S);
    assert_shows(res->detail, part);
    vso_result_clear(res);
}

static bytes_t to_der(CMS_ContentInfo *cms)
{
    BIO *bio = BIO_new(BIO_s_mem());

    ck_assert_ptr_nonnull(cms);
    ck_assert_int_eq(i2d_CMS_bio(bio, cms), 1);
    CMS_ContentInfo_free(cms);
    return take_bio(bio);
}

/** A signature as OpenSSL makes it, by one or two signers. */
static bytes_t made(signer_t a, const signer_t *b, const EVP_MD *md,
                    unsigned int flags, bytes_t data)
{
    BIO *in = BIO_new_mem_buf(data.data, (int)data.len);
    CMS_ContentInfo *cms =
        CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);

    ck_assert_ptr_nonnull(CMS_add1_signer(cms, a.cert, a.pkey, md, flags));
    if (b) {
        ck_assert_ptr_nonnull(
            CMS_add1_signer(cms, b->cert, b->pkey, md, flags));
    }
    ck_assert_int_eq(CMS_final(cms, in, NULL, flags), 1);
    BIO_free(in);
    return to_der(cms);
}

static bytes_t text(void)
{
    bytes_t bytes = {TEXT, strlen(TEXT)};

    return bytes;
}

START_TEST(verifies_what_openssl_makes)
{
    signer_t by = make_signer("by", ec_key());
    vso_package_signer_t *signer = NULL;
    const char *folder = make_folder();

    assert_ok(verify(made(by, NULL, EVP_sha512(), FLAGS, text()), &signer));
    ck_assert_int_eq(X509_cmp(signer->cert, by.cert), 0);
    ck_assert_str_eq(signer->digest, "sha512");
    save(folder, "data", TEXT, strlen(TEXT));
    save_cert(folder, "cert", by.cert);
    save_key(folder, "key", by.pkey);
    ck_assert_int_eq(
        run_openssl(folder, "cms -sign -binary -in data -signer cert -inkey "
                            "key -md sha256 -outform DER -out p7s"),
        0);
    assert_ok(verify(fetch(folder, "p7s"), &signer));
    ck_assert_str_eq(signer->digest, "sha256");
    ck_assert_int_gt(signer->signing_time_sec, time(NULL) - 60);
    ck_assert_int_le(signer->signing_time_sec, time(NULL));
}
END_TEST

START_TEST(refuses_what_is_less)
{
    signer_t by = make_signer("by", ec_key());
    signer_t two = make_signer("two", ec_key());
    bytes_t good = made(by, NULL, EVP_sha256(), FLAGS, text());
    bytes_t other = {"another\n", 8};
    char *longer = apr_pcalloc(pool, good.len + 1);
    bytes_t trailing = {longer, good.len + 1};

    assert_no(made(by, &two, EVP_sha256(), FLAGS, text()), "one signer");
    assert_no(made(by, NULL, EVP_sha1(), FLAGS, text()), "SHA-256");
    assert_no(made(by, NULL, EVP_sha256(), FLAGS | CMS_NOCERTS, text()),
              "certificate");
    assert_no(made(by, NULL, EVP_sha256(), FLAGS | CMS_NOATTR, text()),
              "attribute");
    assert_no(made(by, NULL, EVP_sha256(), CMS_BINARY, text()), "detached");
    assert_no(made(by, NULL, EVP_sha256(), FLAGS, other), "does not hold");
    memcpy(longer, good.data, good.len);
    assert_no(trailing, "bytes follow");
    assert_no(bag_of(certs_of(by.cert, NULL), 0), "");
    assert_no(other, "does not parse");
    assert_no(made(make_signer("weak", rsa_key(1000)), NULL, EVP_sha256(),
                   FLAGS, text()),
              "too short");
}
END_TEST

/** A certificate of the same issuer and serial number with another key. */
START_TEST(refuses_swapped_certificates)
{
    signer_t by = make_signer("by", ec_key());
    signer_t forged = {ec_key(), vso_x509_bind(X509_dup(by.cert), pool)};
    bytes_t der = made(by, NULL, EVP_sha256(), FLAGS | CMS_NOCERTS, text());
    const unsigned char *at = (const unsigned char *)der.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);

    X509_set_pubkey(forged.cert, forged.pkey);
    X509_sign(forged.cert, forged.pkey, EVP_sha256());
    CMS_add1_cert(cms, forged.cert);
    assert_no(to_der(cms), "does not hold");
}
END_TEST

START_TEST(refuses_many_certificates)
{
    signer_t by = make_signer("by", ec_key());
    bytes_t der = made(by, NULL, EVP_sha256(), FLAGS, text());
    const unsigned char *at = (const unsigned char *)der.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
    char *big = apr_pcalloc(pool, VSO_MAX_P7S + 1);
    bytes_t large = {big, VSO_MAX_P7S + 1};
    vso_package_signer_t *signer = NULL;
    int i;

    for (i = 0; i < VSO_MAX_CHAIN + 1; i++) {
        CMS_add1_cert(cms, make_signer("more", by.pkey).cert);
    }
    assert_no(to_der(cms), "more certificates");
    assert_refused(verify(large, &signer), VSO_P_TOO_LARGE);
}
END_TEST

/** Any bit that counts; what is left are attributes nobody signs. */
START_TEST(refuses_changed_bytes)
{
    signer_t by = make_signer("by", ec_key());
    bytes_t der = made(by, NULL, EVP_sha256(), FLAGS, text());
    char *copy = apr_pmemdup(pool, der.data, der.len);
    bytes_t changed = {copy, der.len};
    vso_package_signer_t *signer = NULL;
    apr_size_t i;

    for (i = 0; i < der.len; i++) {
        copy[i] = (char)(copy[i] ^ 4);
        if (verify(changed, &signer) == APR_SUCCESS) {
            ck_assert_int_eq(
                EVP_PKEY_eq(X509_get0_pubkey(signer->cert), by.pkey), 1);
        }
        vso_result_clear(res);
        copy[i] = (char)(copy[i] ^ 4);
    }
    for (changed.len = 0; changed.len < der.len; changed.len++) {
        assert_no(changed, "");
    }
}
END_TEST

/** A package with CMS alone, whose manifest reads as given. */
static apr_array_header_t *with_manifest(const apr_array_header_t *good,
                                         signer_t by, const char *manifest)
{
    apr_array_header_t *parts = apr_array_copy(pool, good);
    bytes_t bytes = {manifest, strlen(manifest)};
    bytes_t p7s = made(by, NULL, EVP_sha256(), FLAGS, bytes);

    put_text(parts, MANIFEST, manifest);
    put_part(parts, P7S, p7s.data, p7s.len);
    return parts;
}

static apr_array_header_t *cms_package(signer_t by, const char **pmanifest)
{
    vso_package_key_t key = {
        .pkey = by.pkey, .cert = by.cert, .now_sec = 1900000000};
    apr_table_t *meta = apr_table_make(pool, 2);
    apr_file_t *out = spool();
    apr_array_header_t *parts;

    apr_table_set(meta, "pkg-name", "org.example.library");
    apr_table_set(meta, "pkg-id", "1234");
    assert_ok(
        vso_sign_package(make_elements(make_signer("author", rsa_key(1024))),
                         meta, &key, out, res, pool));
    parts = unzip(bytes_of(out));
    *pmanifest = content_of(parts, MANIFEST).data;
    vso_result_clear(res);
    return parts;
}

START_TEST(compares_the_manifest)
{
    signer_t by = make_signer("by", ec_key());
    const char *manifest = NULL;
    apr_array_header_t *good = cms_package(by, &manifest);
    const char *first = apr_pstrmemdup(
        pool, manifest, (apr_size_t)(strchr(manifest, '\n') + 1 - manifest));
    const char *rest = manifest + strlen(first);
    const char *digest = apr_pstrmemdup(pool, manifest, 64);
    const char *path = "certificates/CN=author.cer";
    char *turned = apr_pstrdup(pool, manifest);

    verified(zip_up(with_manifest(good, by, manifest)));
    vso_result_clear(res);
    assert_bad(with_manifest(good, by, rest), path, "added after");
    assert_bad(with_manifest(good, by, ""), path, "added after");
    assert_bad(
        with_manifest(good, by,
                      apr_pstrcat(pool, manifest, digest, " 3 zzz\n", NULL)),
        "zzz", "removed after");
    assert_bad(
        with_manifest(good, by, apr_pstrcat(pool, first, manifest, NULL)), path,
        "removed after");
    turned[0] = turned[0] == 'a' ? 'b' : 'a';
    assert_bad(with_manifest(good, by, turned), path, "not the file");
    turned[0] = 'A';
    assert_bad(with_manifest(good, by, turned), MANIFEST, "Line 1");
    assert_bad(with_manifest(good, by, apr_pstrcat(pool, "\n", manifest, NULL)),
               MANIFEST, "Line 1");
    assert_bad(
        with_manifest(good, by,
                      apr_pstrmemdup(pool, manifest, strlen(manifest) - 1)),
        MANIFEST, "Line ");
    assert_bad(
        with_manifest(good, by, apr_pstrcat(pool, manifest, "more\n", NULL)),
        MANIFEST, "Line ");
}
END_TEST

START_TEST(cms_covers_all_files)
{
    signer_t by = make_signer("by", ec_key());
    const char *manifest = NULL;
    apr_array_header_t *good = cms_package(by, &manifest);
    apr_array_header_t *parts = apr_array_copy(pool, good);

    put_text(parts, "elements/flow/data", SCRIPT_DATA);
    assert_bad(parts, "elements/flow/data", "not the file");
    parts = apr_array_copy(pool, good);
    put_text(parts, "elements/flow/tags", META);
    assert_bad(parts, "elements/flow/tags", "added after");
    parts = apr_array_copy(pool, good);
    drop(parts, "elements/flow/content-signature");
    assert_bad(parts, "elements/flow/content-signature", "removed after");
    parts = apr_array_copy(pool, good);
    drop(parts, P7S);
    assert_bad(parts, P7S, "only one of");
    parts = apr_array_copy(pool, good);
    drop(parts, MANIFEST);
    assert_bad(parts, MANIFEST, "only one of");
}
END_TEST

/** Where signatures/ stand beside it, they have to hold, too. */
START_TEST(does_not_pass_over_raw_signatures)
{
    signer_t by = make_signer("by", ec_key());
    signer_t first = make_signer("author", rsa_key(1024));
    vso_package_key_t key = {
        .pkey = by.pkey, .cert = by.cert, .now_sec = 1900000000};
    apr_array_header_t *parts = make_package(first, EVP_md5());
    apr_file_t *out = spool();

    assert_ok(vso_sign_again(read_zip(zip_up(parts)), 1, &key, out, res, pool));
    parts = unzip(bytes_of(out));
    verified(zip_up(parts));
    put_part(parts, "signatures/elements/flow/data",
             content_of(parts, "signatures/elements/flow/info").data, 128);
    assert_bad(parts, "elements/flow/data", "does not hold");
    drop(parts, "signatures/elements/flow/data");
    assert_bad(parts, "elements/flow/data", "not signed");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("cms");
    TCase *tc = unit_case(s, "signature");

    tcase_add_test(tc, verifies_what_openssl_makes);
    tcase_add_test(tc, refuses_what_is_less);
    tcase_add_test(tc, refuses_swapped_certificates);
    tcase_add_test(tc, refuses_many_certificates);
    tcase_add_test(tc, refuses_changed_bytes);
    tc = unit_case(s, "manifest");
    tcase_add_test(tc, compares_the_manifest);
    tcase_add_test(tc, cms_covers_all_files);
    tcase_add_test(tc, does_not_pass_over_raw_signatures);
    return s;
}
