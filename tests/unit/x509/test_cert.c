/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "base/base64.h"
#include "base/limits.h"
#include "x509/cert.h"
#include "x509/key.h"

static apr_int64_t now_sec(void)
{
    return (apr_int64_t)time(NULL);
}

static X509 *self_signed(EVP_PKEY *pkey, const apr_array_header_t *sans,
                         int days)
{
    vso_subject_t subject = {.common_name = "www.example.org",
                             .organization = "B\xc3\xbcro",
                             .country = "DE"};
    vso_cert_spec_t spec = {pkey, &subject, sans, days, now_sec()};
    X509 *cert = NULL;

    assert_ok(vso_cert_self_sign(&spec, &cert, res, pool));
    return cert;
}

/** The certificate as `openssl x509 -text` shows it. */
static const char *shown(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    X509_print(bio, cert);
    return take_bio(bio).data;
}

/* What each key type gets: its usage and its signature. */
static const struct {
    const char *type;
    const char *usage;
    const char *signature;
} kinds[] = {
    {"rsa-2048", "Digital Signature, Key Encipherment\n",
     "sha256WithRSAEncryption"},
    {"rsa-3072", "Digital Signature, Key Encipherment\n",
     "sha256WithRSAEncryption"},
    {"ec-p256", "Digital Signature, Key Agreement\n", "ecdsa-with-SHA256"},
    {"ec-p384", "Digital Signature, Key Agreement\n", "ecdsa-with-SHA384"},
};

START_TEST(makes_a_server_certificate)
{
    EVP_PKEY *pkey = NULL;
    const char *text;
    X509 *cert;

    assert_ok(vso_key_generate(kinds[_i].type, &pkey, res, pool));
    cert = self_signed(
        pkey, texts_of("DNS:www.example.org", "IP:2001:db8::1", NULL), 365);
    text = shown(cert);
    assert_shows(text, "Version: 3 (0x2)");
    assert_shows(text, "Basic Constraints: critical\n                CA:FALSE");
    assert_shows(text, apr_pstrcat(pool,
                                   "Key Usage: critical\n"
                                   "                ",
                                   kinds[_i].usage, NULL));
    assert_shows(text, "TLS Web Server Authentication\n");
    assert_shows(text, "X509v3 Subject Key Identifier");
    assert_shows(text,
                 "DNS:www.example.org, IP Address:2001:DB8:0:0:0:0:0:1\n");
    assert_shows(text, kinds[_i].signature);
    ck_assert_int_eq(X509_verify(cert, pkey), 1);
    ck_assert_int_eq(vso_key_matches(pkey, cert), 1);
    /* good for what it is for */
    ck_assert_int_eq(X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0), 1);
}
END_TEST

START_TEST(begins_an_hour_back)
{
    X509 *cert = self_signed(ec_key(), texts_of(NULL, NULL), 10);
    vso_cert_info_t *info = vso_cert_info(cert, pool);
    apr_int64_t now = now_sec();

    ck_assert_int_le(info->not_before_sec, now - 3600);
    ck_assert_int_gt(info->not_before_sec, now - 3600 - 60);
    ck_assert_int_eq(info->not_after_sec - info->not_before_sec,
                     10 * DAY + 3600);
    ck_assert_int_eq(info->sans->nelts, 0);
    ck_assert_ptr_null(strstr(shown(cert), "Subject Alternative Name"));
}
END_TEST

START_TEST(serials_are_random_and_positive)
{
    const char *last = "";
    int longest = 0;
    int i;

    for (i = 0; i < 40; i++) {
        X509 *cert = self_signed(ec_key(), texts_of(NULL, NULL), 1);
        BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
        const char *serial = vso_cert_info(cert, pool)->serial;

        ck_assert_int_eq(BN_is_negative(number), 0);
        ck_assert_int_le(BN_num_bits(number), 128);
        longest = BN_num_bits(number) > longest ? BN_num_bits(number) : longest;
        BN_free(number);
        ck_assert_str_ne(serial, last);
        last = serial;
    }
    ck_assert_int_gt(longest, 120);
}
END_TEST

START_TEST(describes)
{
    pki_t pki = make_pki();
    vso_cert_info_t *info = vso_cert_info(pki.leaf, pool);

    ck_assert_str_eq(info->subject_text, "CN=www.example.org");
    ck_assert_str_eq(info->issuer_text, "CN=Issuing");
    ck_assert_str_eq(info->subject->common_name, "www.example.org");
    ck_assert_str_eq(info->issuer->common_name, "Issuing");
    ck_assert_str_eq(info->key_type, "ec-p256");
    ck_assert_str_eq(info->key_fingerprint,
                     vso_key_fingerprint(pki.leaf_key, pool));
    ck_assert_str_eq(info->signature_algorithm, "ecdsa-with-SHA256");
    ck_assert_uint_eq(strlen(info->fingerprint), 64);
    ck_assert_str_eq(info->fingerprint, vso_cert_fingerprint(pki.leaf, pool));
    ck_assert_str_eq(APR_ARRAY_IDX(info->sans, 0, const char *),
                     "DNS:www.example.org");
    ck_assert_int_eq(info->self_signed, 0);
    ck_assert_int_eq(info->is_ca, 0);
    info = vso_cert_info(pki.root, pool);
    ck_assert_int_eq(info->self_signed, 1);
    ck_assert_int_eq(info->is_ca, 1);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(describes_the_serial_and_dates)
{
    X509 *cert = make_cert(&(wish_t){.cn = "a", .key = ec_key()});
    vso_cert_info_t *info;

    ASN1_INTEGER_set(X509_get_serialNumber(cert), 0x0ABC);
    ASN1_TIME_set_string(X509_getm_notBefore(cert), "19690101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(cert), "99991231235959Z");
    info = vso_cert_info(cert, pool);
    ck_assert_str_eq(info->serial, "abc");
    ck_assert_int_eq(info->not_before_sec, -365 * DAY);
    ck_assert_int_eq(info->not_after_sec, 253402300799);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 0);
    ck_assert_str_eq(vso_cert_info(cert, pool)->serial, "0");
}
END_TEST

START_TEST(same_name_is_not_self_signed)
{
    X509 *old = make_cert(&(wish_t){.cn = "CA", .key = ec_key(), .ca = 1});
    EVP_PKEY *old_key = ec_key();
    X509 *rolled;

    rolled = make_cert(&(wish_t){.cn = "CA",
                                 .key = ec_key(),
                                 .issuer = old,
                                 .signer = old_key,
                                 .plain = 1});
    ck_assert_int_eq(vso_cert_info(rolled, pool)->self_signed, 0);
}
END_TEST

START_TEST(reads_pem_and_der)
{
    X509 *made = make_cert(&(wish_t){.cn = "a", .key = ec_key()});
    const char *pem = pem_of(made);
    bytes_t der = der_of(made);
    X509 *cert = NULL;
    const char *around;

    assert_ok(vso_cert_parse(der.data, der.len, &cert, res, pool));
    ck_assert_int_eq(X509_cmp(cert, made), 0);
    assert_ok(vso_cert_parse(pem, strlen(pem), &cert, res, pool));
    ck_assert_int_eq(X509_cmp(cert, made), 0);
    ck_assert_str_eq(vso_cert_to_pem(cert, pool), pem);
    around = apr_pstrcat(pool, "\xEF\xBB\xBFsubject=CN = a\r\n", pem, "\r\nbye",
                         NULL);
    assert_ok(vso_cert_parse(around, strlen(around), &cert, res, pool));
}
END_TEST

START_TEST(refuses_every_cut)
{
    bytes_t der = der_of(make_cert(&(wish_t){.cn = "a", .key = ec_key()}));
    X509 *cert = NULL;
    apr_size_t len;

    for (len = 0; len < der.len; len++) {
        assert_refused(vso_cert_parse(der.data, len, &cert, res, pool),
                       VSO_P_DAMAGED);
    }
    ck_assert_ptr_null(cert);
}
END_TEST

START_TEST(refuses_what_follows)
{
    X509 *made = make_cert(&(wish_t){.cn = "a", .key = ec_key()});
    const char *two = apr_pstrcat(pool, pem_of(made), pem_of(made), NULL);
    bytes_t der = der_of(made);
    char *longer = apr_pcalloc(pool, der.len + 1);
    const char *inside;
    X509 *cert = NULL;

    memcpy(longer, der.data, der.len);
    assert_refused(vso_cert_parse(longer, der.len + 1, &cert, res, pool),
                   VSO_P_DAMAGED);
    inside = apr_pstrcat(pool, "-----BEGIN CERTIFICATE-----\n",
                         vso_base64_encode(longer, der.len + 1, pool),
                         "\n-----END CERTIFICATE-----\n", NULL);
    assert_refused(vso_cert_parse(inside, strlen(inside), &cert, res, pool),
                   VSO_P_DAMAGED);
    assert_refused(vso_cert_parse(two, strlen(two), &cert, res, pool),
                   VSO_P_DAMAGED);
}
END_TEST

START_TEST(refuses_other_pem)
{
    static const char *const bad[] = {
        "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END X509 CRL-----\n",
        "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "no certificate",
        "",
    };
    X509 *cert = NULL;
    apr_size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(vso_cert_parse(bad[i], strlen(bad[i]), &cert, res, pool),
                       VSO_P_DAMAGED);
    }
    ck_assert_ptr_null(cert);
}
END_TEST

/** A certificate whose DER has about this many bytes. */
static X509 *big_cert(int bytes)
{
    char *comment = apr_palloc(pool, (apr_size_t)bytes + 1);
    X509 *cert = vso_x509_bind(X509_new(), pool);
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    EVP_PKEY *pkey = ec_key();

    memset(comment, 'x', (size_t)bytes);
    X509_set_version(cert, X509_VERSION_3);
    X509_set_pubkey(cert, pkey);
    ASN1_TIME_set(X509_getm_notBefore(cert), time(NULL));
    ASN1_TIME_set(X509_getm_notAfter(cert), time(NULL));
    ASN1_STRING_set(text, comment, bytes);
    X509_add1_ext_i2d(cert, NID_netscape_comment, text, 0, 0);
    ASN1_IA5STRING_free(text);
    X509_sign(cert, pkey, EVP_sha256());
    return cert;
}

START_TEST(holds_the_cap)
{
    X509 *fits = big_cert(VSO_MAX_CERT - 1024);
    X509 *big = big_cert(VSO_MAX_CERT);
    const char *pem = pem_of(fits);
    X509 *cert = NULL;

    assert_ok(
        vso_cert_parse(der_of(fits).data, der_of(fits).len, &cert, res, pool));
    assert_ok(vso_cert_parse(pem, strlen(pem), &cert, res, pool));
    assert_refused(
        vso_cert_parse(der_of(big).data, der_of(big).len, &cert, res, pool),
        VSO_P_TOO_LARGE);
    pem = pem_of(big);
    assert_refused(vso_cert_parse(pem, strlen(pem), &cert, res, pool),
                   VSO_P_TOO_LARGE);
    assert_refused(vso_cert_parse(apr_pcalloc(pool, 3 * VSO_MAX_CERT),
                                  3 * VSO_MAX_CERT, &cert, res, pool),
                   VSO_P_TOO_LARGE);
}
END_TEST

/** The certificate with the n-th occurrence of some bytes replaced. */
static bytes_t patched(X509 *cert, const char *from, const char *to,
                       apr_size_t len)
{
    bytes_t der = der_of(cert);
    char *data = apr_pmemdup(pool, der.data, der.len);
    char *at = memmem(data, der.len, from, len);

    ck_assert_ptr_nonnull(at);
    memcpy(at, to, len);
    der.data = data;
    return der;
}

START_TEST(refuses_what_would_fail_later)
{
    X509 *made = make_cert(&(wish_t){.cn = "a", .key = ec_key()});
    bytes_t version =
        patched(made, "\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x07", 5);
    bytes_t date = patched(made, "\x17\x0d", "\x17\x0d", 2);
    bytes_t point = patched(made, "\x03\x42\x00\x04", "\x03\x42\x00\x05", 4);
    X509 *cert = NULL;

    assert_refused(vso_cert_parse(version.data, version.len, &cert, res, pool),
                   VSO_P_DAMAGED);
    memset((char *)memmem(date.data, date.len, "\x17\x0d", 2) + 2, '9', 4);
    assert_refused(vso_cert_parse(date.data, date.len, &cert, res, pool),
                   VSO_P_DAMAGED);
    assert_refused(vso_cert_parse(point.data, point.len, &cert, res, pool),
                   VSO_P_DAMAGED);
    ck_assert_ptr_null(cert);
}
END_TEST

/** As a PKCS#12 file may bring it along, where OpenSSL reads certificates. */
START_TEST(describes_one_whose_key_cannot_be_read)
{
    X509 *made = make_cert(&(wish_t){.cn = "a", .key = ec_key()});
    bytes_t der = patched(made, "\x03\x42\x00\x04", "\x03\x42\x00\x05", 4);
    const unsigned char *at = (const unsigned char *)der.data;
    X509 *cert = vso_x509_bind(d2i_X509(NULL, &at, (long)der.len), pool);
    vso_cert_info_t *info;

    ck_assert_ptr_nonnull(cert);
    info = vso_cert_info(cert, pool);
    ck_assert_str_eq(info->key_type, "unknown");
    ck_assert_str_eq(info->key_fingerprint, "");
    ck_assert_int_eq(info->self_signed, 0);
    vso_cert_judge(cert, certs_of(cert, NULL), NULL, now_sec(), res);
    ck_assert_int_eq(vso_key_matches(ec_key(), cert), 0);
}
END_TEST

START_TEST(der_that_holds_pem_is_der)
{
    X509 *made = make_cert(
        &(wish_t){.cn = "\n-----BEGIN CERTIFICATE-----\nx", .key = ec_key()});
    bytes_t der = der_of(made);
    X509 *cert = NULL;

    assert_ok(vso_cert_parse(der.data, der.len, &cert, res, pool));
    ck_assert_int_eq(X509_cmp(cert, made), 0);
}
END_TEST

START_TEST(reads_what_it_writes)
{
    pki_t pki = make_pki();
    const char *pem = vso_certs_to_pem(certs_of(pki.mid, pki.root, NULL), pool);
    apr_array_header_t *certs = NULL;

    assert_ok(vso_certs_parse_pem(pem, &certs, res, pool));
    ck_assert_int_eq(certs->nelts, 2);
    ck_assert_int_eq(X509_cmp(APR_ARRAY_IDX(certs, 1, X509 *), pki.root), 0);
    ck_assert_str_eq(vso_certs_to_pem(certs, pool), pem);
    assert_ok(vso_certs_parse_pem("", &certs, res, pool));
    ck_assert_int_eq(certs->nelts, 0);
    ck_assert_str_eq(vso_certs_to_pem(certs, pool), "");
    assert_refused(
        vso_certs_parse_pem(apr_pstrndup(pool, pem, strlen(pem) - 40), &certs,
                            res, pool),
        VSO_P_DAMAGED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("cert");
    TCase *tc = unit_case(s, "cert");

    tcase_add_loop_test(tc, makes_a_server_certificate, 0,
                        sizeof(kinds) / sizeof(kinds[0]));
    tcase_add_test(tc, begins_an_hour_back);
    tcase_add_test(tc, serials_are_random_and_positive);
    tcase_add_test(tc, describes);
    tcase_add_test(tc, describes_the_serial_and_dates);
    tcase_add_test(tc, same_name_is_not_self_signed);
    tcase_add_test(tc, reads_pem_and_der);
    tcase_add_test(tc, refuses_every_cut);
    tcase_add_test(tc, refuses_what_follows);
    tcase_add_test(tc, refuses_other_pem);
    tcase_add_test(tc, holds_the_cap);
    tcase_add_test(tc, refuses_what_would_fail_later);
    tcase_add_test(tc, describes_one_whose_key_cannot_be_read);
    tcase_add_test(tc, der_that_holds_pem_is_der);
    tcase_add_test(tc, reads_what_it_writes);
    return s;
}
