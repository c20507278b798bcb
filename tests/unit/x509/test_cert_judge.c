/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "x509/cert.h"
#include "x509/client_support.h"

static apr_int64_t now_sec(void)
{
    return (apr_int64_t)time(NULL);
}

/** Judge, and have exactly these warnings, blanks between them. */
static void assert_warned(X509 *leaf, const apr_array_header_t *chain,
                          const apr_array_header_t *hosts, const char *expected)
{
    apr_array_header_t *slugs = apr_array_make(pool, 4, sizeof(const char *));
    int i;

    vso_cert_judge(leaf, chain, hosts, now_sec(), res);
    for (i = 0; i < res->warnings->nelts; i++) {
        APR_ARRAY_PUSH(slugs, const char *) =
            APR_ARRAY_IDX(res->warnings, i, vso_warning_t).slug;
    }
    ck_assert_str_eq(apr_array_pstrcat(pool, slugs, ' '), expected);
    vso_result_clear(res);
}

START_TEST(good_ones_warn_of_nothing)
{
    pki_t pki = make_pki();
    X509 *own = make_cert(
        &(wish_t){.cn = "a", .key = rsa_key(2048), .sans = "DNS:a.example"});
    apr_array_header_t *hosts = texts_of("www.example.org", NULL);

    assert_warned(pki.leaf, certs_of(pki.mid, pki.root, NULL), hosts, "");
    assert_warned(pki.leaf, certs_of(pki.mid, NULL), NULL, "");
    assert_warned(own, NULL, NULL, "");
    assert_warned(own, certs_of(NULL, NULL), texts_of("a.example", NULL), "");
}
END_TEST

START_TEST(warns_of_dates)
{
    X509 *cert = make_cert(&(wish_t){.cn = "a",
                                     .key = ec_key(),
                                     .from_days = -9,
                                     .until_days = -2,
                                     .sans = "DNS:a"});

    assert_warned(cert, NULL, NULL, "expired");
    cert = make_cert(
        &(wish_t){.cn = "a", .key = ec_key(), .from_days = 2, .sans = "DNS:a"});
    assert_warned(cert, NULL, NULL, "not-yet-valid");
}
END_TEST

START_TEST(warns_of_weakness)
{
    X509 *cert =
        make_cert(&(wish_t){.cn = "a", .key = rsa_key(1024), .sans = "DNS:a"});

    assert_warned(cert, NULL, NULL, "weak-key");
    cert = make_cert(&(wish_t){
        .cn = "a", .key = rsa_key(2048), .md = EVP_sha1(), .sans = "DNS:a"});
    assert_warned(cert, NULL, NULL, "weak-signature");
    cert = make_cert(&(wish_t){
        .cn = "a", .key = rsa_key(2048), .md = EVP_md5(), .sans = "DNS:a"});
    assert_warned(cert, NULL, NULL, "weak-signature");
}
END_TEST

START_TEST(warns_of_names)
{
    X509 *bare = make_cert(&(wish_t){.cn = "a.example", .key = ec_key()});
    X509 *mail = make_cert(
        &(wish_t){.cn = "a", .key = ec_key(), .sans = "email:a@b.example"});
    X509 *cert = make_cert(
        &(wish_t){.cn = "a", .key = ec_key(), .sans = "DNS:a.example"});

    assert_warned(bare, NULL, texts_of("a.example", NULL), "no-san");
    assert_warned(mail, NULL, NULL, "no-san");
    assert_warned(cert, NULL, texts_of("a.example", "b.example", NULL),
                  "name-mismatch");
    assert_warned(bare, NULL, texts_of("b.example", NULL),
                  "no-san name-mismatch");
}
END_TEST

START_TEST(warns_of_a_gap)
{
    pki_t pki = make_pki();

    assert_warned(pki.leaf, NULL, NULL, "chain-incomplete");
    assert_warned(pki.leaf, certs_of(NULL, NULL), NULL, "chain-incomplete");
    assert_warned(pki.leaf, certs_of(pki.root, NULL), NULL, "chain-incomplete");
    assert_warned(pki.leaf, certs_of(pki.mid, pki.leaf, NULL), NULL,
                  "chain-incomplete");
}
END_TEST

START_TEST(warns_of_issuers)
{
    EVP_PKEY *root_key = rsa_key(2048);
    EVP_PKEY *mid_key = ec_key();
    wish_t mid_wish = {.cn = "Issuing", .key = mid_key, .signer = root_key};
    wish_t leaf_wish = {
        .cn = "a", .key = ec_key(), .signer = mid_key, .sans = "DNS:a"};
    X509 *root = make_cert(
        &(wish_t){.cn = "Root", .key = root_key, .ca = 1, .md = EVP_sha1()});
    X509 *mid;

    mid_wish.issuer = root;
    leaf_wish.issuer = mid = make_cert(&mid_wish);
    assert_warned(make_cert(&leaf_wish), certs_of(mid, root, NULL), NULL,
                  "issuer-not-ca");
    mid_wish.ca = 1;
    mid_wish.key_usage = "digitalSignature";
    leaf_wish.issuer = mid = make_cert(&mid_wish);
    assert_warned(make_cert(&leaf_wish), certs_of(mid, root, NULL), NULL,
                  "issuer-not-ca");
    mid_wish.key_usage = "keyCertSign";
    mid_wish.md = EVP_sha1();
    leaf_wish.issuer = mid = make_cert(&mid_wish);
    assert_warned(make_cert(&leaf_wish), certs_of(mid, root, NULL), NULL,
                  "weak-signature");
    mid_wish.md = NULL;
    mid_wish.from_days = -9;
    mid_wish.until_days = -2;
    leaf_wish.issuer = mid = make_cert(&mid_wish);
    assert_warned(make_cert(&leaf_wish), certs_of(mid, NULL), NULL, "expired");
}
END_TEST

/* Roots of version 1 are older than the extension that marks a CA. */
START_TEST(takes_old_roots)
{
    EVP_PKEY *root_key = ec_key();
    X509 *root =
        make_cert(&(wish_t){.cn = "Root", .key = root_key, .plain = 1});
    X509 *leaf = make_cert(&(wish_t){.cn = "a",
                                     .key = ec_key(),
                                     .issuer = root,
                                     .signer = root_key,
                                     .plain = 1});

    assert_warned(leaf, certs_of(root, NULL), NULL, "no-san");
}
END_TEST

START_TEST(warns_of_other_usage)
{
    wish_t wish = {.cn = "a", .key = ec_key(), .sans = "DNS:a"};

    wish.eku = "clientAuth,emailProtection";
    assert_warned(make_cert(&wish), NULL, NULL, "no-server-auth");
    wish.eku = "clientAuth,serverAuth";
    assert_warned(make_cert(&wish), NULL, NULL, "");
    wish.eku = "anyExtendedKeyUsage";
    assert_warned(make_cert(&wish), NULL, NULL, "");
}
END_TEST

START_TEST(warns_of_key_usage)
{
    wish_t wish = {.cn = "a", .sans = "DNS:a"};

    wish.key = ec_key();
    wish.key_usage = "critical,digitalSignature";
    assert_warned(make_cert(&wish), NULL, NULL, "");
    wish.key_usage = "keyAgreement";
    assert_warned(make_cert(&wish), NULL, NULL, "key-usage");
    wish.key = rsa_key(2048);
    wish.key_usage = "critical,digitalSignature,keyEncipherment";
    assert_warned(make_cert(&wish), NULL, NULL, "");
    wish.key_usage = "keyEncipherment";
    vso_cert_judge(make_cert(&wish), NULL, NULL, now_sec(), res);
    assert_shows(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).detail,
                 "TLS 1.2 without forward secrecy");
    vso_result_clear(res);
    wish.key_usage = "dataEncipherment";
    assert_warned(make_cert(&wish), NULL, NULL, "key-usage");
}
END_TEST

START_TEST(warns_of_a_ca_as_leaf)
{
    wish_t wish = {.cn = "a", .key = ec_key(), .sans = "DNS:a", .ca = 1};

    assert_warned(make_cert(&wish), NULL, NULL, "ca-as-leaf");
}
END_TEST

START_TEST(warns_of_critical_extensions)
{
    pki_t pki = make_pki();
    wish_t leaf = {.cn = "a", .key = ec_key(), .sans = "DNS:a"};
    wish_t mid = {.cn = "Issuing",
                  .key = pki.mid_key,
                  .issuer = pki.root,
                  .signer = pki.root_key,
                  .ca = 1};

    leaf.odd = "DER:0500";
    assert_warned(make_cert(&leaf), NULL, NULL, "");
    leaf.odd = "critical,DER:0500";
    vso_cert_judge(make_cert(&leaf), NULL, NULL, now_sec(), res);
    ck_assert_int_eq(res->warnings->nelts, 1);
    assert_shows(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).detail,
                 "critical extension 1.2.3.4");
    vso_result_clear(res);
    mid.odd = "critical,DER:0500";
    assert_warned(pki.leaf, certs_of(make_cert(&mid), NULL), NULL,
                  "critical-extension");
}
END_TEST

START_TEST(warns_of_path_length)
{
    static const struct {
        const char *root;
        const char *mid;
        const char *expected;
    } cases[] = {
        {"CA:TRUE,pathlen:1", "CA:TRUE,pathlen:0", ""},
        {"CA:TRUE", "CA:TRUE", ""},
        {"CA:TRUE,pathlen:0", "CA:TRUE", "path-length"},
    };
    pki_t pki = make_pki();
    apr_size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        X509 *root = make_cert(&(wish_t){
            .cn = "Root", .key = pki.root_key, .constraints = cases[i].root});
        X509 *mid = make_cert(&(wish_t){.cn = "Issuing",
                                        .key = pki.mid_key,
                                        .issuer = root,
                                        .signer = pki.root_key,
                                        .constraints = cases[i].mid});

        assert_warned(pki.leaf, certs_of(mid, root, NULL), NULL,
                      cases[i].expected);
    }
}
END_TEST

/** A CA that issued itself a new certificate does not count (RFC 5280, 6.1.4
 * (l)). */
START_TEST(counts_no_self_issued_ca)
{
    EVP_PKEY *root_key = ec_key();
    EVP_PKEY *new_key = ec_key();
    X509 *root = make_cert(&(wish_t){
        .cn = "Root", .key = root_key, .constraints = "CA:TRUE,pathlen:0"});
    X509 *renewed = make_cert(&(wish_t){.cn = "Root",
                                        .key = new_key,
                                        .issuer = root,
                                        .signer = root_key,
                                        .ca = 1});
    X509 *leaf = make_cert(&(wish_t){.cn = "a",
                                     .key = ec_key(),
                                     .issuer = renewed,
                                     .signer = new_key,
                                     .sans = "DNS:a"});

    assert_warned(leaf, certs_of(renewed, root, NULL), NULL, "");
}
END_TEST

START_TEST(names_clients_by_key_type)
{
    static const struct {
        const char *type;
        const char *lacking;
    } types[] = {
        {"rsa-2048", NULL},
        {"rsa-4096", NULL},
        {"ec-p256", NULL},
        {"ec-p384", NULL},
        {"ec-p521", "Chromium"},
        {"ec-brainpoolp256r1", "Chromium"},
        {"ec-secp256k1", "Chromium"},
        {"ed25519", "Firefox"},
        {"ed448", "Chromium"},
        {"rsa-pss-2048", "Firefox"},
    };
    apr_size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        vso_client_support_judge(types[i].type, res);
        if (!types[i].lacking) {
            ck_assert_int_eq(res->warnings->nelts, 0);
            continue;
        }
        ck_assert_msg(res->warnings->nelts == 1, "%s", types[i].type);
        ck_assert_str_eq(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).slug,
                         "client-support");
        assert_shows(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).detail,
                     types[i].lacking);
        vso_result_clear(res);
    }
}
END_TEST

/** The CA's certificate was renewed with its key, and the leaf names the one
 * of before: OpenSSL does not take the new one for its issuer. */
START_TEST(warns_of_another_certificate_of_the_ca)
{
    pki_t pki = make_pki();
    wish_t again = {.cn = "Issuing",
                    .key = pki.mid_key,
                    .issuer = pki.root,
                    .signer = pki.root_key,
                    .ca = 1};
    X509 *leaf = make_cert(&(wish_t){.cn = "a",
                                     .key = ec_key(),
                                     .issuer = pki.mid,
                                     .signer = pki.mid_key,
                                     .sans = "DNS:a",
                                     .aki = "keyid,issuer:always"});

    assert_warned(leaf, certs_of(pki.mid, pki.root, NULL), NULL, "");
    assert_warned(leaf, certs_of(make_cert(&again), pki.root, NULL), NULL,
                  "authority-key-id");
}
END_TEST

START_TEST(refuses_parameters_that_are_written_out)
{
    EVP_PKEY *odd = explicit_key();
    EVP_PKEY *fine = ec_key();
    X509 *leaf = make_cert(&(wish_t){.cn = "a", .key = odd, .sans = "DNS:a"});
    X509 *ca = make_cert(&(wish_t){.cn = "CA", .key = odd, .ca = 1});
    X509 *below = make_cert(&(wish_t){
        .cn = "b", .key = fine, .issuer = ca, .signer = odd, .sans = "DNS:b"});

    ck_assert_int_eq(vso_client_support_is_explicit(leaf), 1);
    ck_assert_int_eq(vso_client_support_is_explicit(below), 0);
    assert_warned(leaf, NULL, NULL, "client-support");
    assert_warned(below, certs_of(ca, NULL), NULL, "client-support");
    ck_assert_int_ne(vso_client_support_check(odd, leaf, NULL, "reply", res),
                     APR_SUCCESS);
    ck_assert_str_eq(res->field, "reply");
    assert_shows(res->detail, "instead of naming the curve");
    vso_result_clear(res);
    assert_refused(
        vso_client_support_check(fine, below, certs_of(ca, NULL), NULL, res),
        VSO_P_NOT_SERVABLE);
    /* a private key that a certificate was not made for yet */
    assert_refused(vso_client_support_check(odd, below, NULL, NULL, res),
                   VSO_P_NOT_SERVABLE);
    assert_ok(vso_client_support_check(fine, below, NULL, NULL, res));
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(says_which_one)
{
    pki_t pki = make_pki();

    vso_cert_judge(pki.leaf, NULL, texts_of("b.example", NULL),
                   now_sec() + 400 * DAY, res);
    ck_assert_int_eq(res->warnings->nelts, 3);
    assert_shows(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).detail,
                 "The certificate expired on 20");
    assert_shows(APR_ARRAY_IDX(res->warnings, 1, vso_warning_t).detail,
                 "\"b.example\"");
    assert_shows(APR_ARRAY_IDX(res->warnings, 2, vso_warning_t).detail,
                 "\"CN=Issuing\"");
    ck_assert_int_eq(res->problem, VSO_P_NONE);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("judge");
    TCase *tc = unit_case(s, "judge");

    tcase_add_test(tc, good_ones_warn_of_nothing);
    tcase_add_test(tc, warns_of_dates);
    tcase_add_test(tc, warns_of_weakness);
    tcase_add_test(tc, warns_of_names);
    tcase_add_test(tc, warns_of_a_gap);
    tcase_add_test(tc, warns_of_issuers);
    tcase_add_test(tc, takes_old_roots);
    tcase_add_test(tc, warns_of_other_usage);
    tcase_add_test(tc, warns_of_key_usage);
    tcase_add_test(tc, warns_of_a_ca_as_leaf);
    tcase_add_test(tc, warns_of_critical_extensions);
    tcase_add_test(tc, warns_of_path_length);
    tcase_add_test(tc, counts_no_self_issued_ca);
    tcase_add_test(tc, names_clients_by_key_type);
    tcase_add_test(tc, refuses_parameters_that_are_written_out);
    tcase_add_test(tc, warns_of_another_certificate_of_the_ca);
    tcase_add_test(tc, says_which_one);
    return s;
}
