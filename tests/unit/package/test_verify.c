/* SPDX-License-Identifier: Apache-2.0 */
#include "package_util.h"

#include "package/verify_content.h"

#define SCRIPT_PATH "elements/script/data"
#define FLOW_PATH   "elements/flow/data"

static signer_t author(void)
{
    return make_signer("author", rsa_key(2048));
}

static vso_signature_e content_state(const vso_package_t *package,
                                     const char *id)
{
    vso_element_t *element = vso_package_element(package, id);

    ck_assert_ptr_nonnull(element);
    return element->content_signature;
}

/** Each real package is signed by one certificate with MD5; authors are found
 * where they can be. */
START_TEST(verifies_real_packages)
{
    int scripts = 0;
    int i;
    int j;

    if (access(REAL_PACKAGES, R_OK) != 0) {
        return;
    }
    for (i = 0; real_packages[i]; i++) {
        vso_package_t *package = verified(read_path(
            apr_pstrcat(pool, REAL_PACKAGES, real_packages[i], NULL)));

        ck_assert_int_eq(package->signature, VSO_SIGNATURE_WEAK);
        ck_assert_str_eq(package->signer->digest, "md5");
        ck_assert_int_eq(package->signer->cms, 0);
        ck_assert(has_warning("weak-signature"));
        vso_verify_content_warn(package, res);
        ck_assert(!has_warning("content-signature"));
        for (j = 0; j < package->elements->nelts; j++) {
            vso_element_t *element =
                APR_ARRAY_IDX(package->elements, j, vso_element_t *);

            ck_assert_int_eq(element->signature, VSO_SIGNATURE_WEAK);
            ck_assert_ptr_nonnull(element->author);
            if (!strcmp(element->type, "ScriptModule")) {
                ck_assert_int_eq(element->content_signature,
                                 VSO_SIGNATURE_WEAK);
                scripts++;
            }
        }
        for (j = 0; j < package->files->nelts; j++) {
            ck_assert_ptr_nonnull(
                APR_ARRAY_IDX(package->files, j, vso_package_file_t *)->sha256);
        }
    }
    ck_assert_int_eq(scripts, 18);
}
END_TEST

START_TEST(tells_digests_apart)
{
    signer_t by = author();
    const EVP_MD *md[] = {EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_sha384(),
                          EVP_sha512()};
    const char *names[] = {"md5", "sha1", "sha256", "sha384", "sha512"};
    int i;

    for (i = 0; i < 5; i++) {
        vso_package_t *package = verified(zip_up(make_package(by, md[i])));

        ck_assert_str_eq(package->signer->digest, names[i]);
        ck_assert_str_eq(package->raw_digest, names[i]);
        ck_assert_int_eq(package->signature,
                         i < 2 ? VSO_SIGNATURE_WEAK : VSO_SIGNATURE_VALID);
        ck_assert_int_eq(has_warning("weak-signature"), i < 2);
        ck_assert_int_eq(X509_cmp(package->signer->cert, by.cert), 0);
        vso_result_clear(res);
    }
}
END_TEST

START_TEST(weakest_digest_counts)
{
    signer_t by = author();
    apr_array_header_t *parts = make_package(by, EVP_sha256());
    vso_package_t *package;

    sign_part(parts, FLOW_PATH, by.pkey, EVP_sha1());
    package = verified(zip_up(parts));
    ck_assert_int_eq(package->signature, VSO_SIGNATURE_WEAK);
    ck_assert_str_eq(package->signer->digest, "sha1");
    sign_part(parts, SCRIPT_PATH, by.pkey, EVP_md5());
    ck_assert_str_eq(verified(zip_up(parts))->signer->digest, "md5");
    sign_part(parts, SCRIPT_PATH, by.pkey, EVP_sha512());
    ck_assert_str_eq(verified(zip_up(parts))->signer->digest, "sha1");
    sign_part(parts, SCRIPT_PATH, by.pkey, EVP_sha224());
    assert_bad(parts, SCRIPT_PATH, "over none of the digests");
}
END_TEST

START_TEST(refuses_changed_files)
{
    static const char *const names[] = {"dunes-meta-inf", "elements/flow/info",
                                        SCRIPT_PATH, FLOW_PATH,
                                        "elements/flow/content-signature"};
    signer_t by = author();
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        apr_array_header_t *parts = make_package(by, EVP_md5());
        bytes_t old = content_of(parts, names[i]);
        /* A signature may hold a zero byte: no text. */
        char *longer = apr_palloc(pool, old.len + 1);

        memcpy(longer, old.data, old.len);
        longer[old.len] = '\n';
        put_part(parts, names[i], longer, old.len + 1);
        assert_bad(parts, names[i], "changed after it was signed");
    }
}
END_TEST

/** A strong digest is not only recognised: it is compared. */
START_TEST(refuses_files_changed_under_any_digest)
{
    const EVP_MD *md[] = {EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
    signer_t by = author();
    apr_size_t i;

    for (i = 0; i < sizeof(md) / sizeof(md[0]); i++) {
        apr_array_header_t *parts = make_package(by, md[i]);

        put_text(parts, FLOW_PATH, FLOW_DATA " ");
        assert_bad(parts, FLOW_PATH, "changed after it was signed");
    }
}
END_TEST

START_TEST(refuses_moved_signatures)
{
    apr_array_header_t *parts = make_package(author(), EVP_md5());
    bytes_t script = content_of(parts, "signatures/" SCRIPT_PATH);
    bytes_t flow = content_of(parts, "signatures/" FLOW_PATH);

    put_part(parts, "signatures/" SCRIPT_PATH, flow.data, flow.len);
    put_part(parts, "signatures/" FLOW_PATH, script.data, script.len);
    assert_bad(parts, SCRIPT_PATH, "does not hold");
}
END_TEST

START_TEST(refuses_moved_elements)
{
    apr_array_header_t *parts = make_package(author(), EVP_md5());

    put_text(parts, FLOW_PATH, SCRIPT_DATA);
    assert_bad(parts, FLOW_PATH, "does not hold");
}
END_TEST

START_TEST(refuses_extra_files)
{
    signer_t by = author();
    apr_array_header_t *parts = make_package(by, EVP_md5());

    put_text(parts, "elements/new/info", INFO("new", "Workflow", ""));
    put_text(parts, "elements/new/data", FLOW_DATA);
    put_text(parts, "elements/new/categories", CATEGORIES);
    assert_bad(parts, "elements/new/info", "added after");
    parts = make_package(by, EVP_md5());
    put_cert(parts, "CN=other", author().cert);
    assert_bad(parts, "certificates/CN=other.cer", "not signed");
}
END_TEST

START_TEST(refuses_removed_files)
{
    signer_t by = author();
    apr_array_header_t *parts = make_package(by, EVP_md5());

    drop(parts, "elements/flow/categories");
    assert_bad(parts, "signatures/elements/flow/categories", "removed after");
    parts = make_package(by, EVP_md5());
    drop(parts, "signatures/" FLOW_PATH);
    assert_bad(parts, FLOW_PATH, "not signed");
    put_text(parts, "signatures/signatures/" FLOW_PATH, "x");
    drop(parts, "elements/flow/categories");
    ck_assert_int_ne(vso_verify_package(read_zip(zip_up(parts)), res, pool),
                     APR_SUCCESS);
}
END_TEST

START_TEST(refuses_unsigned_packages)
{
    signer_t by = author();
    apr_array_header_t *parts = make_elements(by);

    put_text(parts, "dunes-meta-inf", META);
    assert_bad(parts, "signatures", "not signed at all");
}
END_TEST

START_TEST(refuses_swapped_certificates)
{
    signer_t by = author();
    signer_t namesake = author();
    apr_array_header_t *parts = make_package(by, EVP_md5());

    put_cert(parts, "CN=author", namesake.cert);
    assert_bad(parts, "elements/script/info", "does not hold");
    sign_part(parts, "certificates/CN=author.cer", namesake.pkey, EVP_md5());
    ck_assert_int_ne(vso_verify_package(read_zip(zip_up(parts)), res, pool),
                     APR_SUCCESS);
}
END_TEST

/** Who signs under another's name is still another. */
START_TEST(goes_by_certificate_not_by_name)
{
    signer_t by = author();
    signer_t namesake = author();
    apr_array_header_t *parts = make_elements(by);
    vso_package_t *package;

    put_text(parts, "dunes-meta-inf", META);
    put_cert(parts, "CN=somebody", namesake.cert);
    sign_all(parts, namesake.pkey, EVP_sha256());
    package = verified(zip_up(parts));
    ck_assert_int_eq(X509_cmp(package->signer->cert, namesake.cert), 0);
    ck_assert_int_eq(package->signer->chain->nelts, 1);
    ck_assert_int_eq(
        X509_cmp(vso_package_element(package, "script")->author, by.cert), 0);
}
END_TEST

START_TEST(refuses_two_signers)
{
    signer_t by = author();
    signer_t other = make_signer("other", rsa_key(2048));
    apr_array_header_t *parts = make_elements(by);

    put_text(parts, "dunes-meta-inf", META);
    put_cert(parts, "CN=other", other.cert);
    sign_all(parts, by.pkey, EVP_md5());
    sign_part(parts, SCRIPT_PATH, other.pkey, EVP_md5());
    assert_bad(parts, SCRIPT_PATH, "one signer");
}
END_TEST

START_TEST(refuses_short_keys)
{
    assert_bad(make_package(make_signer("author", rsa_key(512)), EVP_md5()),
               "certificates/CN=author.cer", "512 bits");
    ck_assert_int_eq(
        verified(zip_up(make_package(make_signer("author", rsa_key(1024)),
                                     EVP_sha256())))
            ->signature,
        VSO_SIGNATURE_VALID);
}
END_TEST

START_TEST(refuses_broken_signatures)
{
    signer_t by = author();
    apr_array_header_t *parts = make_package(by, EVP_md5());
    const char *name = "signatures/" FLOW_PATH;
    bytes_t sig = content_of(parts, name);

    put_part(parts, name, sig.data, sig.len - 1);
    assert_bad(parts, FLOW_PATH, "does not hold");
    put_part(parts, name, sig.data, 0);
    assert_bad(parts, FLOW_PATH, "does not hold");
    put_part(parts, name, apr_pcalloc(pool, 3001), 3000);
    assert_bad(parts, FLOW_PATH, "does not hold");
}
END_TEST

/** A DigestInfo with bytes behind it, or without its NULL, is no signature:
 * with a low exponent anybody can make one. */
START_TEST(refuses_forged_padding)
{
    signer_t by = author();
    apr_array_header_t *parts = make_package(by, EVP_sha256());
    bytes_t data = content_of(parts, FLOW_PATH);
    static const char prefix[] = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65"
                                 "\x03\x04\x02\x01\x05\x00\x04\x20";
    unsigned char block[256];
    unsigned char sig[256];
    apr_size_t len = sizeof(sig);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(by.pkey, NULL);

    memset(block, 0xA5, sizeof(block));
    memset(block, 0xFF, 11);
    memcpy(block, "\0\1", 2);
    block[10] = 0;
    memcpy(block + 11, prefix, 19);
    SHA256((const unsigned char *)data.data, data.len, block + 30);
    ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING);
    ck_assert_int_eq(EVP_PKEY_sign(ctx, sig, &len, block, sizeof(block)), 1);
    EVP_PKEY_CTX_free(ctx);
    put_part(parts, "signatures/" FLOW_PATH, sig, len);
    assert_bad(parts, FLOW_PATH, "does not hold");
}
END_TEST

START_TEST(finds_authors)
{
    signer_t by = author();
    signer_t other = make_signer("other", rsa_key(2048));
    apr_array_header_t *parts = make_elements(by);
    vso_package_t *package;
    bytes_t sig;

    put_text(parts, "dunes-meta-inf", META);
    put_cert(parts, "CN=other", other.cert);
    /* as the SDK signs: the bytes of data */
    sig = raw_sign(other.pkey, EVP_sha256(), content_of(parts, FLOW_PATH));
    put_part(parts, "elements/flow/content-signature", sig.data, sig.len);
    sign_all(parts, other.pkey, EVP_sha256());
    package = verified(zip_up(parts));
    ck_assert_int_eq(content_state(package, "script"), VSO_SIGNATURE_WEAK);
    ck_assert_int_eq(content_state(package, "flow"), VSO_SIGNATURE_VALID);
    ck_assert_int_eq(
        X509_cmp(vso_package_element(package, "script")->author, by.cert), 0);
    ck_assert_int_eq(
        X509_cmp(vso_package_element(package, "flow")->author, other.cert), 0);
}
END_TEST

START_TEST(judges_content_signatures)
{
    signer_t by = author();
    apr_array_header_t *parts = make_elements(by);
    bytes_t sig = content_of(parts, "elements/flow/content-signature");
    vso_package_t *package = verified(zip_up(make_package(by, EVP_sha256())));

    ck_assert_int_eq(content_state(package, "flow"), VSO_SIGNATURE_UNCHECKED);
    ck_assert_int_eq(
        X509_cmp(vso_package_element(package, "flow")->author, by.cert), 0);
    ck_assert_int_eq(vso_package_element(package, "flow")->unchecked,
                     VSO_UNCHECKED_FORM);
    vso_verify_content_warn(package, res);
    ck_assert_int_eq(res->warnings->nelts, 0);

    /* by the author, over neither script nor data: nobody can say why */
    put_text(parts, "dunes-meta-inf", META);
    put_part(parts, "elements/script/content-signature", sig.data, sig.len);
    drop(parts, "elements/flow/content-signature");
    sign_all(parts, by.pkey, EVP_sha256());
    package = verified(zip_up(parts));
    ck_assert_int_eq(content_state(package, "flow"), VSO_SIGNATURE_UNSIGNED);
    ck_assert_int_eq(content_state(package, "script"), VSO_SIGNATURE_UNCHECKED);
    vso_verify_content_warn(package, res);
    ck_assert(!has_warning("content-signature"));
    ck_assert_int_eq(warning_count("content-signature-unchecked"), 1);
}
END_TEST

/** What the last warning says. */
static const char *last_detail(void)
{
    return APR_ARRAY_IDX(res->warnings, res->warnings->nelts - 1, vso_warning_t)
        .detail;
}

/** Elements with content-signatures of one key, and certificates of another:
 * what is proven, and what is not. */
START_TEST(calls_invalid_what_is_proven_to_be)
{
    signer_t by = author();
    signer_t lost = make_signer("lost", rsa_key(2048));
    apr_array_header_t *parts = make_elements(by);
    bytes_t sig =
        raw_sign(lost.pkey, EVP_md5(), content_of(parts, SCRIPT_PATH));
    vso_package_t *package;

    /* CN=author is named and there, and this is not by that key */
    put_text(parts, "dunes-meta-inf", META);
    put_part(parts, "elements/script/content-signature", sig.data, sig.len);
    put_part(parts, "elements/flow/content-signature", sig.data, sig.len);
    sign_all(parts, by.pkey, EVP_sha256());
    package = verified(zip_up(parts));
    ck_assert_int_eq(content_state(package, "script"), VSO_SIGNATURE_INVALID);
    vso_verify_content_warn(package, res);
    ck_assert_int_eq(warning_count("content-signature"), 2);
    ck_assert_int_eq(res->warnings->nelts, 1);
    vso_result_clear(res);

    /* the one that is named is not there */
    put_text(parts, "elements/script/info",
             INFO("script", "ScriptModule", "CN=lost"));
    put_text(parts, "elements/flow/info", INFO("flow", "Workflow", "CN=lost"));
    sign_part(parts, "elements/script/info", by.pkey, EVP_sha256());
    sign_part(parts, "elements/flow/info", by.pkey, EVP_sha256());
    package = verified(zip_up(parts));
    ck_assert_int_eq(content_state(package, "script"), VSO_SIGNATURE_UNCHECKED);
    ck_assert_ptr_null(vso_package_element(package, "script")->author);
    vso_verify_content_warn(package, res);
    ck_assert_int_eq(warning_count("content-signature-unchecked"), 2);
    ck_assert_int_eq(res->warnings->nelts, 1);
    /* what there is none of is not spoken of */
    ck_assert_ptr_nonnull(strstr(last_detail(), "certificate is not in"));
    ck_assert_ptr_null(strstr(last_detail(), "somebody changed it"));
}
END_TEST

/** What its author signed with a strong digest is judged by that. */
START_TEST(finds_the_digest_of_authors)
{
    const EVP_MD *md[] = {EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
    signer_t by = author();
    bytes_t script = {SCRIPT_TEXT, strlen(SCRIPT_TEXT)};
    apr_size_t i;

    for (i = 0; i < sizeof(md) / sizeof(md[0]); i++) {
        apr_array_header_t *parts = make_elements(by);
        bytes_t sig = raw_sign(by.pkey, md[i], script);
        vso_package_t *package;

        put_text(parts, "dunes-meta-inf", META);
        put_part(parts, "elements/script/content-signature", sig.data, sig.len);
        sig = raw_sign(by.pkey, md[i], content_of(parts, FLOW_PATH));
        put_part(parts, "elements/flow/content-signature", sig.data, sig.len);
        sign_all(parts, by.pkey, EVP_md5());
        package = verified(zip_up(parts));
        ck_assert_int_eq(content_state(package, "script"),
                         i ? VSO_SIGNATURE_VALID : VSO_SIGNATURE_WEAK);
        ck_assert_int_eq(content_state(package, "flow"),
                         i ? VSO_SIGNATURE_VALID : VSO_SIGNATURE_WEAK);
    }
}
END_TEST

static apr_status_t load_part(void *baton, const char *name, char **pdata,
                              apr_size_t *plen, vso_result_t *unused,
                              apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "elements/script/", name, NULL);

    (void)unused;
    *pdata = NULL;
    *plen = 0;
    if (find(baton, path)) {
        bytes_t bytes = content_of(baton, path);

        *pdata = apr_pstrmemdup(p, bytes.data, bytes.len);
        *plen = bytes.len;
    }
    return APR_SUCCESS;
}

START_TEST(judges_opened_elements)
{
    signer_t by = author();
    apr_array_header_t *parts = make_package(by, EVP_md5());
    vso_package_t *package = read_zip(zip_up(parts));
    vso_element_t *script = vso_package_element(package, "script");

    assert_ok(vso_verify_content_of_element(script, package->certs, load_part,
                                            parts, res, pool));
    ck_assert_int_eq(script->content_signature, VSO_SIGNATURE_WEAK);
    ck_assert_int_eq(X509_cmp(script->author, by.cert), 0);
    put_text(parts, SCRIPT_PATH, FLOW_DATA);
    assert_ok(vso_verify_content_of_element(script, package->certs, load_part,
                                            parts, res, pool));
    ck_assert_int_ne(script->content_signature, VSO_SIGNATURE_WEAK);
    drop(parts, "elements/script/content-signature");
    assert_ok(vso_verify_content_of_element(script, package->certs, load_part,
                                            parts, res, pool));
    ck_assert_int_eq(script->content_signature, VSO_SIGNATURE_UNSIGNED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("verify");
    TCase *tc = unit_case(s, "signatures");

    tcase_add_test(tc, verifies_real_packages);
    tcase_add_test(tc, tells_digests_apart);
    tcase_add_test(tc, weakest_digest_counts);
    tcase_add_test(tc, refuses_changed_files);
    tcase_add_test(tc, refuses_files_changed_under_any_digest);
    tcase_add_test(tc, refuses_moved_signatures);
    tcase_add_test(tc, refuses_moved_elements);
    tcase_add_test(tc, refuses_extra_files);
    tcase_add_test(tc, refuses_removed_files);
    tcase_add_test(tc, refuses_unsigned_packages);
    tcase_add_test(tc, refuses_swapped_certificates);
    tcase_add_test(tc, goes_by_certificate_not_by_name);
    tcase_add_test(tc, refuses_two_signers);
    tcase_add_test(tc, refuses_short_keys);
    tcase_add_test(tc, refuses_broken_signatures);
    tcase_add_test(tc, refuses_forged_padding);
    tc = unit_case(s, "content");
    tcase_add_test(tc, finds_authors);
    tcase_add_test(tc, judges_content_signatures);
    tcase_add_test(tc, calls_invalid_what_is_proven_to_be);
    tcase_add_test(tc, finds_the_digest_of_authors);
    tcase_add_test(tc, judges_opened_elements);
    return s;
}
