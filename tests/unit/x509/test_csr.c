/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "x509/csr.h"
#include "x509/key.h"
#include "x509/san.h"

static const char *request(EVP_PKEY *pkey, const apr_array_header_t *sans)
{
    vso_subject_t subject = {.common_name = "www.example.org",
                             .organization = "B\xc3\xbcro",
                             .country = "DE"};
    const char *pem = NULL;
    X509_NAME *name;

    name = vso_subject_to_name(&subject);
    assert_ok(vso_csr_create(pkey, name, sans, &pem, res, pool));
    X509_NAME_free(name);
    return pem;
}

/** The request as `openssl req -text -verify` reads and shows it. */
static const char *shown(const char *pem, EVP_PKEY *pkey)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    BIO *out = BIO_new(BIO_s_mem());
    X509_REQ *req = PEM_read_bio_X509_REQ(in, NULL, NULL, NULL);

    ck_assert_ptr_nonnull(req);
    ck_assert_int_eq(X509_REQ_verify(req, pkey), 1);
    X509_REQ_print(out, req);
    X509_REQ_free(req);
    BIO_free(in);
    return take_bio(out).data;
}

static const struct {
    const char *type;
    const char *usage;
    const char *signature;
} kinds[] = {
    {"rsa-2048", "Digital Signature, Key Encipherment\n",
     "sha256WithRSAEncryption"},
    {"ec-p256", "Digital Signature, Key Agreement\n", "ecdsa-with-SHA256"},
    {"ec-p384", "Digital Signature, Key Agreement\n", "ecdsa-with-SHA384"},
};

START_TEST(asks_for_what_a_server_needs)
{
    EVP_PKEY *pkey = NULL;
    const char *text;
    const char *pem;

    assert_ok(vso_key_generate(kinds[_i].type, &pkey, res, pool));
    pem = request(pkey, texts_of("DNS:www.example.org", "IP:192.0.2.1", NULL));
    ck_assert_int_eq(strncmp(pem, "-----BEGIN CERTIFICATE REQUEST-----\n", 36),
                     0);
    text = shown(pem, pkey);
    assert_shows(text, "Version: 1 (0x0)");
    assert_shows(text, "C=DE, O=B\\xC3\\xBCro, CN=www.example.org\n");
    assert_shows(text, "DNS:www.example.org, IP Address:192.0.2.1\n");
    assert_shows(text, kinds[_i].usage);
    assert_shows(text, "TLS Web Server Authentication\n");
    assert_shows(text, kinds[_i].signature);
}
END_TEST

START_TEST(asks_for_no_san_where_there_is_none)
{
    EVP_PKEY *pkey = ec_key();
    const char *text = shown(request(pkey, texts_of(NULL, NULL)), pkey);

    ck_assert_ptr_null(strstr(text, "Subject Alternative Name"));
    assert_shows(text, "TLS Web Server Authentication\n");
}
END_TEST

START_TEST(is_never_made_for_a_curve_that_is_written_out)
{
    EVP_PKEY *pkey = explicit_key();
    const char *pem = NULL;
    X509 *cert = make_cert(&(wish_t){.cn = "a", .key = pkey});

    assert_refused(vso_csr_from_cert(pkey, cert, &pem, res, pool),
                   VSO_P_NOT_SERVABLE);
    ck_assert_ptr_null(pem);
}
END_TEST

START_TEST(repeats_a_certificate)
{
    EVP_PKEY *pkey = ec_key();
    X509 *cert = make_cert(&(wish_t){.cn = "K\xc3\xb6ln",
                                     .key = pkey,
                                     .sans = "DNS:*.a.example,IP:2001:db8::1,"
                                             "email:a@example.org"});
    const char *pem = NULL;
    apr_array_header_t *sans;
    X509_REQ *req = NULL;

    assert_ok(vso_csr_from_cert(pkey, cert, &pem, res, pool));
    assert_ok(vso_csr_parse(pem, &req, res, pool));
    ck_assert_int_eq(X509_NAME_cmp(X509_REQ_get_subject_name(req),
                                   X509_get_subject_name(cert)),
                     0);
    sans = vso_sans_of_req(req, pool);
    ck_assert_str_eq(apr_array_pstrcat(pool, sans, ' '),
                     "DNS:*.a.example IP:2001:db8::1");
}
END_TEST

START_TEST(comes_back)
{
    EVP_PKEY *pkey = ec_key();
    const char *pem =
        request(pkey, texts_of("DNS:a.example", "DNS:b.example", NULL));
    X509_REQ *req = NULL;

    assert_ok(vso_csr_parse(pem, &req, res, pool));
    ck_assert_str_eq(apr_array_pstrcat(pool, vso_sans_of_req(req, pool), ' '),
                     "DNS:a.example DNS:b.example");
    ck_assert_str_eq(vso_key_fingerprint(X509_REQ_get0_pubkey(req), pool),
                     vso_key_fingerprint(pkey, pool));
    assert_ok(
        vso_csr_parse(request(pkey, texts_of(NULL, NULL)), &req, res, pool));
    ck_assert_int_eq(vso_sans_of_req(req, pool)->nelts, 0);
}
END_TEST

/** A request whose signature another key made. */
static const char *forged(void)
{
    X509_REQ *req = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());

    X509_REQ_set_pubkey(req, ec_key());
    X509_REQ_sign(req, ec_key(), EVP_sha256());
    PEM_write_bio_X509_REQ(bio, req);
    X509_REQ_free(req);
    return take_bio(bio).data;
}

START_TEST(refuses_what_is_damaged)
{
    const char *pem = request(ec_key(), texts_of("DNS:a.example", NULL));
    X509_REQ *req = NULL;

    assert_refused(vso_csr_parse(forged(), &req, res, pool), VSO_P_DAMAGED);
    assert_refused(vso_csr_parse("", &req, res, pool), VSO_P_DAMAGED);
    assert_refused(vso_csr_parse(apr_pstrndup(pool, pem, strlen(pem) / 2), &req,
                                 res, pool),
                   VSO_P_DAMAGED);
    ck_assert_ptr_null(req);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("csr");
    TCase *tc = unit_case(s, "csr");

    tcase_add_loop_test(tc, asks_for_what_a_server_needs, 0,
                        sizeof(kinds) / sizeof(kinds[0]));
    tcase_add_test(tc, asks_for_no_san_where_there_is_none);
    tcase_add_test(tc, is_never_made_for_a_curve_that_is_written_out);
    tcase_add_test(tc, repeats_a_certificate);
    tcase_add_test(tc, comes_back);
    tcase_add_test(tc, refuses_what_is_damaged);
    return s;
}
