/* SPDX-License-Identifier: Apache-2.0 */
#include "package_util.h"

#include "package/properties.h"
#include "x509/cert.h"

#define NOW ((apr_int64_t)1900000000)

#define P7S      VSO_PACKAGE_P7S
#define MANIFEST VSO_PACKAGE_MANIFEST

static vso_package_key_t key_of(signer_t signer, apr_int64_t now_sec)
{
    vso_package_key_t key = {.pkey = signer.pkey,
                             .cert = signer.cert,
                             .chain = certs_of(NULL, NULL),
                             .now_sec = now_sec};

    return key;
}

static signer_t us(void)
{
    return make_signer("us", rsa_key(2048));
}

static signer_t author(void)
{
    return make_signer("author", rsa_key(2048));
}

static apr_table_t *meta(void)
{
    apr_table_t *table = NULL;

    assert_ok(vso_properties_parse(META, strlen(META), "dunes-meta-inf", &table,
                                   res, pool));
    return table;
}

static bytes_t written_with(const apr_array_header_t *parts, signer_t signer,
                            const char *digest, apr_int64_t now_sec)
{
    vso_package_key_t key = key_of(signer, now_sec);
    apr_file_t *out = spool();

    key.digest = digest;
    assert_ok(vso_sign_package(parts, meta(), &key, out, res, pool));
    ck_assert_uint_eq(ERR_peek_error(), 0);
    return bytes_of(out);
}

static bytes_t written(const apr_array_header_t *parts, signer_t signer,
                       apr_int64_t now_sec)
{
    return written_with(parts, signer, NULL, now_sec);
}

static bytes_t resigned(bytes_t zip, signer_t signer, int cms_only)
{
    vso_package_key_t key = key_of(signer, NOW);
    apr_file_t *out = spool();

    assert_ok(vso_sign_again(read_zip(zip), cms_only, &key, out, res, pool));
    return bytes_of(out);
}

static void assert_signer(const vso_package_t *package, signer_t signer)
{
    ck_assert_int_eq(X509_cmp(package->signer->cert, signer.cert), 0);
    ck_assert_int_eq(package->signer->cms, 1);
    ck_assert_int_eq(package->signature, VSO_SIGNATURE_VALID);
    ck_assert_int_eq(package->signer->signing_time_sec, NOW);
}

/** Every file below a folder is the same in both. @return how many */
static int assert_same(const apr_array_header_t *a, const apr_array_header_t *b,
                       const char *folder)
{
    int same = 0;
    int i;

    for (i = 0; i < a->nelts; i++) {
        const char *name = APR_ARRAY_IDX(a, i, vso_zip_part_t).name;
        bytes_t left;
        bytes_t right;

        if (strncmp(name, folder, strlen(folder))) {
            continue;
        }
        left = content_of(a, name);
        right = content_of(b, name);
        ck_assert_msg(left.len == right.len &&
                          !memcmp(left.data, right.data, left.len),
                      "%s differs", name);
        same++;
    }
    return same;
}

/** openssl and python look at a package. @param digest  of signatures/; NULL:
 * there are none */
static void judge(bytes_t zip, signer_t signer, const char *digest)
{
    const char *folder = make_folder();
    apr_array_header_t *parts = unzip(zip);
    bytes_t bytes;
    int sigs = 0;
    int i;

    save(folder, "zip", zip.data, zip.len);
    ck_assert_int_eq(shell(apr_psprintf(pool,
                                        "cd %s && python3 -m zipfile -t zip "
                                        ">/dev/null",
                                        folder)),
                     0);
    save_cert(folder, "cert", signer.cert);
    ck_assert_int_eq(
        run_openssl(folder, "x509 -in cert -noout -pubkey -out pub"), 0);
    for (i = 0; i < parts->nelts; i++) {
        const char *name = APR_ARRAY_IDX(parts, i, vso_zip_part_t).name;

        if (strncmp(name, "signatures/", 11)) {
            ck_assert(!digest || find(parts, apr_pstrcat(pool, "signatures/",
                                                         name, NULL)) != NULL);
            continue;
        }
        bytes = content_of(parts, name);
        save(folder, "sig", bytes.data, bytes.len);
        bytes = content_of(parts, name + 11);
        save(folder, "data", bytes.data, bytes.len);
        ck_assert_int_eq(
            run_openssl(folder,
                        apr_psprintf(pool,
                                     "dgst -%s -verify pub -signature sig data",
                                     digest ? digest : "md5")),
            0);
        sigs++;
    }
    ck_assert_int_eq(sigs > 0, digest != NULL);
    bytes = content_of(parts, P7S);
    save(folder, "p7s", bytes.data, bytes.len);
    bytes = content_of(parts, MANIFEST);
    save(folder, "manifest", bytes.data, bytes.len);
    ck_assert_int_eq(run_openssl(folder, "cms -verify -binary -inform DER -in "
                                         "p7s -content manifest -CAfile cert "
                                         "-purpose any -out signed"),
                     0);
    ck_assert_int_eq(shell(apr_psprintf(
                         pool,
                         "cd %s && cmp -s manifest signed && python3 -m "
                         "zipfile -e zip x && cd x && awk '{d=$1; sub(/^[^ ]+ "
                         "[^ ]+ /,\"\"); print d \"  \" $0}' ../manifest | "
                         "sha256sum -c --quiet --strict",
                         folder)),
                     0);
}

START_TEST(writes_what_others_verify)
{
    signer_t by = us();
    bytes_t zip = written(make_elements(author()), by, NOW);
    vso_package_t *package = verified(zip);

    judge(zip, by, "md5");
    assert_signer(package, by);
    ck_assert_str_eq(package->signer->digest, "sha256");
    ck_assert_str_eq(package->raw_digest, "md5");
    ck_assert_str_eq(package->name, "org.example.library");
    ck_assert_str_eq(package->signer_text, "CN=us");
    ck_assert_int_eq(res->warnings->nelts, 0);
}
END_TEST

START_TEST(writes_with_an_ec_key)
{
    signer_t by = make_signer("us", ec_key());
    bytes_t zip = written(make_elements(author()), by, NOW);

    ck_assert(has_warning("no-orchestrator-signature"));
    vso_result_clear(res);
    judge(zip, by, NULL);
    assert_signer(verified(zip), by);
    ck_assert_ptr_null(verified(zip)->raw_digest);
    by = make_signer("us", vso_pkey_bind(EVP_EC_gen("P-384"), pool));
    zip = written(make_elements(author()), by, NOW);
    vso_result_clear(res);
    ck_assert_str_eq(verified(zip)->signer->digest, "sha384");
}
END_TEST

START_TEST(writes_the_digest_that_is_asked_for)
{
    static const char *const names[] = {"md5", "sha1", "sha256", "sha384",
                                        "sha512"};
    signer_t by = us();
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bytes_t zip = written_with(make_elements(author()), by, names[i], NOW);

        judge(zip, by, names[i]);
        ck_assert_str_eq(verified(zip)->raw_digest, names[i]);
    }
}
END_TEST

START_TEST(same_content_gives_same_bytes)
{
    signer_t by = us();
    apr_array_header_t *parts = make_elements(author());
    apr_array_header_t *turned = make_parts();
    bytes_t one = written(parts, by, NOW);
    bytes_t two;
    apr_array_header_t *a;
    apr_array_header_t *b;
    int i;

    for (i = parts->nelts - 1; i >= 0; i--) {
        APR_ARRAY_PUSH(turned, vso_zip_part_t) =
            APR_ARRAY_IDX(parts, i, vso_zip_part_t);
    }
    two = written(turned, by, NOW);
    ck_assert_uint_eq(one.len, two.len);
    ck_assert_mem_eq(one.data, two.data, one.len);

    a = unzip(one);
    b = unzip(written(parts, by, NOW + 60));
    ck_assert_int_eq(a->nelts, b->nelts);
    for (i = 0; i < a->nelts; i++) {
        const char *name = APR_ARRAY_IDX(a, i, vso_zip_part_t).name;
        bytes_t left = content_of(a, name);
        bytes_t right = content_of(b, name);

        ck_assert_str_eq(name, APR_ARRAY_IDX(b, i, vso_zip_part_t).name);
        ck_assert_int_eq(
            left.len == right.len && !memcmp(left.data, right.data, left.len),
            strcmp(name, P7S) != 0 && strcmp(name, "signatures/" P7S) != 0);
    }
}
END_TEST

START_TEST(keeps_certificates_apart)
{
    signer_t by = us();
    signer_t namesake = us();
    apr_array_header_t *parts = make_elements(author());
    vso_package_t *package;

    put_cert(parts, "CN=us", namesake.cert);
    package = verified(written(parts, by, NOW));
    assert_signer(package, by);
    ck_assert_int_eq(package->certs->nelts, 3);
    ck_assert_msg(!strncmp(package->signer_text, "CN=us ", 6), "%s",
                  package->signer_text);
    put_cert(parts, "CN=us", by.cert);
    package = verified(written(parts, by, NOW));
    ck_assert_int_eq(package->certs->nelts, 2);
    ck_assert_str_eq(package->signer_text, "CN=us");
}
END_TEST

START_TEST(makes_safe_file_names)
{
    static const char *const names[] = {"a/b\\c:d*?\"<>|", "..", "\xC3\xA4",
                                        "a\x01 b"};
    signer_t longest;
    char name[65];
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        signer_t by = make_signer(names[i], rsa_key(1024));

        assert_signer(verified(written(make_elements(author()), by, NOW)), by);
    }
    memset(name, 'x', 64);
    name[64] = '\0';
    longest = make_signer(name, rsa_key(1024));
    assert_signer(verified(written(make_elements(author()), longest, NOW)),
                  longest);
}
END_TEST

START_TEST(brings_the_chain_along)
{
    pki_t pki = make_pki();
    signer_t by = {pki.leaf_key, pki.leaf};
    vso_package_key_t key = key_of(by, NOW);
    apr_file_t *out = spool();
    vso_package_t *package;
    int found = 0;
    int i;

    key.chain = certs_of(pki.leaf, pki.mid, pki.root, NULL);
    assert_ok(vso_sign_package(make_elements(author()), meta(), &key, out, res,
                               pool));
    package = verified(bytes_of(out));
    assert_signer(package, by);
    for (i = 0; i < package->signer->chain->nelts; i++) {
        X509 *cert = APR_ARRAY_IDX(package->signer->chain, i, X509 *);

        found += !X509_cmp(cert, pki.mid) || !X509_cmp(cert, pki.root);
    }
    ck_assert_int_eq(found, 2);
}
END_TEST

START_TEST(refuses_other_keys)
{
    signer_t by = us();
    vso_package_key_t crossed = {
        .pkey = rsa_key(1024), .cert = by.cert, .now_sec = NOW};
    signer_t weak = make_signer("weak", rsa_key(512));
    vso_package_key_t short_key = key_of(weak, NOW);
    apr_array_header_t *parts = make_elements(author());
    EVP_PKEY *ed =
        vso_pkey_bind(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), pool);
    vso_package_key_t edwards = {.pkey = ed,
                                 .cert = vso_x509_bind(X509_dup(by.cert), pool),
                                 .now_sec = NOW};

    X509_set_pubkey(edwards.cert, ed);
    assert_refused(
        vso_sign_package(parts, meta(), &crossed, spool(), res, pool),
        VSO_P_KEY_MISMATCH);
    assert_refused(
        vso_sign_package(parts, meta(), &short_key, spool(), res, pool),
        VSO_P_INVALID);
    assert_refused(
        vso_sign_package(parts, meta(), &edwards, spool(), res, pool),
        VSO_P_INVALID);
}
END_TEST

/** What Orchestrator would see: the package without META-INF. */
static bytes_t without_cms(bytes_t zip)
{
    apr_array_header_t *parts = unzip(zip);
    int i;

    for (i = parts->nelts - 1; i >= 0; i--) {
        const char *name = APR_ARRAY_IDX(parts, i, vso_zip_part_t).name;

        if (strstr(name, "META-INF/")) {
            drop(parts, name);
        }
    }
    return zip_up(parts);
}

START_TEST(round_trip_of_real_packages)
{
    signer_t by = us();
    int i;
    int j;

    if (access(REAL_PACKAGES, R_OK) != 0) {
        return;
    }
    for (i = 0; real_packages[i]; i++) {
        bytes_t zip =
            read_path(apr_pstrcat(pool, REAL_PACKAGES, real_packages[i], NULL));
        vso_package_t *before = verified(zip);
        bytes_t ours = resigned(zip, by, 0);
        vso_package_t *after = verified(ours);

        judge(ours, by, "md5");
        assert_signer(after, by);
        ck_assert_int_gt(assert_same(unzip(zip), unzip(ours), "elements/"), 3);
        ck_assert_int_gt(assert_same(unzip(zip), unzip(ours), "certificates/"),
                         0);
        ck_assert_int_eq(before->elements->nelts, after->elements->nelts);
        for (j = 0; j < before->elements->nelts; j++) {
            vso_element_t *old =
                APR_ARRAY_IDX(before->elements, j, vso_element_t *);
            vso_element_t *new = vso_package_element(after, old->id);

            ck_assert_int_eq(old->content_signature, new->content_signature);
            ck_assert_int_eq(X509_cmp(old->author, new->author), 0);
            ck_assert_int_eq(new->signature, VSO_SIGNATURE_VALID);
        }
    }
}
END_TEST

START_TEST(cms_only_leaves_the_earlier_signature)
{
    signer_t first = author();
    signer_t by = us();
    bytes_t zip = zip_up(make_package(first, EVP_md5()));
    bytes_t ours = resigned(zip, by, 1);
    vso_package_t *package = verified(ours);

    assert_signer(package, by);
    ck_assert(!has_warning("weak-signature"));
    ck_assert_int_gt(assert_same(unzip(zip), unzip(ours), ""), 15);
    ck_assert_int_eq(unzip(ours)->nelts, unzip(zip)->nelts + 2);
    package = verified(without_cms(ours));
    ck_assert_int_eq(X509_cmp(package->signer->cert, first.cert), 0);
    ck_assert_int_eq(package->signer->cms, 0);
}
END_TEST

/** Ours on theirs on ours: no signature of a file that is gone stays. */
START_TEST(signs_what_was_signed_before)
{
    signer_t by = us();
    signer_t other = make_signer("other", ec_key());
    bytes_t zip = written(make_elements(author()), by, NOW - 60);
    bytes_t again = resigned(zip, other, 1);
    vso_package_t *package = verified(again);

    assert_signer(package, other);
    ck_assert_int_eq(
        X509_cmp(verified(without_cms(again))->signer->cert, by.cert), 0);
    assert_signer(verified(resigned(again, by, 0)), by);
    judge(resigned(again, by, 0), by, "md5");
    vso_result_clear(res);
    assert_signer(verified(resigned(again, other, 0)), other);
    ck_assert(has_warning("no-orchestrator-signature"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sign");
    TCase *tc = unit_case(s, "write");

    tcase_add_test(tc, writes_what_others_verify);
    tcase_add_test(tc, writes_with_an_ec_key);
    tcase_add_test(tc, writes_the_digest_that_is_asked_for);
    tcase_add_test(tc, same_content_gives_same_bytes);
    tcase_add_test(tc, keeps_certificates_apart);
    tcase_add_test(tc, makes_safe_file_names);
    tcase_add_test(tc, brings_the_chain_along);
    tcase_add_test(tc, refuses_other_keys);
    tc = unit_case(s, "resign");
    tcase_add_test(tc, round_trip_of_real_packages);
    tcase_add_test(tc, cms_only_leaves_the_earlier_signature);
    tcase_add_test(tc, signs_what_was_signed_before);
    return s;
}
