/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "base/limits.h"
#include "x509/key.h"

/** A key of any OpenSSL algorithm; `value` sets one more parameter. */
static EVP_PKEY *key_of(const char *algorithm, const char *name,
                        const char *value)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    EVP_PKEY *pkey = NULL;

    EVP_PKEY_keygen_init(ctx);
    if (name) {
        ck_assert_int_eq(EVP_PKEY_CTX_ctrl_str(ctx, name, value), 1);
    }
    ck_assert_int_eq(EVP_PKEY_generate(ctx, &pkey), 1);
    EVP_PKEY_CTX_free(ctx);
    return vso_pkey_bind(pkey, pool);
}

START_TEST(makes_every_type)
{
    static const int bits[] = {2048, 3072, 4096, 256, 384};
    EVP_PKEY *pkey = NULL;

    assert_ok(vso_key_generate(vso_key_types[_i], &pkey, res, pool));
    ck_assert_int_eq(EVP_PKEY_get_bits(pkey), bits[_i]);
    ck_assert_int_eq(EVP_PKEY_is_a(pkey, _i < 3 ? "RSA" : "EC"), 1);
    ck_assert_str_eq(vso_key_type(pkey, pool), vso_key_types[_i]);
    ck_assert_ptr_null(vso_key_types[5]);
}
END_TEST

START_TEST(refuses_other_types)
{
    static const char *const bad[] = {"",         "rsa",       "rsa-1024",
                                      "RSA-2048", "rsa-2048 ", "ec-p521",
                                      "ed25519",  "ec",        NULL};
    EVP_PKEY *pkey = NULL;
    int i;

    for (i = 0; bad[i]; i++) {
        ck_assert_int_ne(vso_key_generate(bad[i], &pkey, res, pool), 0);
        ck_assert_str_eq(res->field, "key");
        ck_assert_int_eq(res->problem, VSO_P_INVALID);
        ck_assert_ptr_null(pkey);
        vso_result_clear(res);
    }
}
END_TEST

START_TEST(names_types_that_come_from_elsewhere)
{
    ck_assert_str_eq(vso_key_type(rsa_key(1024), pool), "rsa-1024");
    ck_assert_str_eq(
        vso_key_type(key_of("EC", "ec_paramgen_curve", "P-521"), pool),
        "ec-p521");
    ck_assert_str_eq(
        vso_key_type(key_of("EC", "ec_paramgen_curve", "secp256k1"), pool),
        "ec-secp256k1");
    ck_assert_str_eq(vso_key_type(key_of("ED25519", NULL, NULL), pool),
                     "ed25519");
    ck_assert_str_eq(vso_key_type(key_of("RSA-PSS", NULL, NULL), pool),
                     "rsa-pss-2048");
}
END_TEST

START_TEST(names_the_algorithm)
{
    ck_assert_str_eq(vso_key_algorithm("rsa-2048", pool), "RSA");
    ck_assert_str_eq(vso_key_algorithm("ec-p256", pool), "EC");
    ck_assert_str_eq(vso_key_algorithm("ed25519", pool), "ED25519");
    ck_assert_str_eq(vso_key_algorithm("rsa-pss-2048", pool), "RSA-PSS");
}
END_TEST

START_TEST(comes_back_from_its_bytes)
{
    EVP_PKEY *keys[] = {rsa_key(2048), ec_key(), key_of("ED25519", NULL, NULL)};
    int i;

    for (i = 0; i < 3; i++) {
        EVP_PKEY *back = NULL;
        vso_secret_t *der = NULL;

        assert_ok(vso_key_to_der(keys[i], &der, res, pool));
        assert_ok(vso_key_from_der(der, &back, res, pool));
        ck_assert_int_eq(EVP_PKEY_eq(keys[i], back), 1);
        ck_assert_str_eq(vso_key_fingerprint(keys[i], pool),
                         vso_key_fingerprint(back, pool));
    }
}
END_TEST

START_TEST(refuses_damaged_bytes)
{
    EVP_PKEY *pkey = NULL;
    vso_secret_t *der = NULL;
    vso_secret_t *longer;
    vso_secret_t *huge = vso_secret_make(VSO_MAX_KEY + 1, pool);
    apr_size_t len;

    assert_ok(vso_key_to_der(ec_key(), &der, res, pool));
    longer = vso_secret_make(der->len + 1, pool);
    memcpy(longer->data, der->data, der->len);
    assert_refused(vso_key_from_der(longer, &pkey, res, pool), VSO_P_DAMAGED);
    assert_refused(vso_key_from_der(huge, &pkey, res, pool), VSO_P_DAMAGED);
    for (len = 0; len < der->len; len++) {
        assert_refused(vso_key_from_der(vso_secret_copy(der->data, len, pool),
                                        &pkey, res, pool),
                       VSO_P_DAMAGED);
    }
    ck_assert_ptr_null(pkey);
}
END_TEST

/** The fingerprint as `openssl pkey -pubout -outform DER | sha256sum`. */
START_TEST(fingerprint_is_that_of_the_public_key)
{
    EVP_PKEY *pkey = rsa_key(2048);
    unsigned char *der = NULL;
    unsigned char md[32];
    int len = i2d_PUBKEY(pkey, &der);
    int i;

    EVP_Digest(der, (size_t)len, md, NULL, EVP_sha256(), NULL);
    OPENSSL_free(der);
    for (i = 0; i < 32; i++) {
        ck_assert_int_eq(
            strtol(
                apr_pstrndup(pool, vso_key_fingerprint(pkey, pool) + 2 * i, 2),
                NULL, 16),
            md[i]);
    }
}
END_TEST

START_TEST(fingerprint_ignores_how_the_point_is_written)
{
    EVP_PKEY *pkey = ec_key();
    const char *before = vso_key_fingerprint(pkey, pool);

    EVP_PKEY_set_utf8_string_param(pkey, "point-format", "compressed");
    ck_assert_str_eq(vso_key_fingerprint(pkey, pool), before);
    ck_assert_str_ne(vso_key_fingerprint(ec_key(), pool), before);
}
END_TEST

START_TEST(matches_its_certificate_only)
{
    EVP_PKEY *ec = ec_key();
    EVP_PKEY *rsa = rsa_key(2048);
    X509 *cert = make_cert(&(wish_t){.cn = "a", .key = ec});

    ck_assert_int_eq(vso_key_matches(ec, cert), 1);
    ck_assert_int_eq(vso_key_matches(ec_key(), cert), 0);
    ck_assert_int_eq(vso_key_matches(rsa, cert), 0);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("key");
    TCase *tc = unit_case(s, "key");

    tcase_add_loop_test(tc, makes_every_type, 0, 5);
    tcase_add_test(tc, refuses_other_types);
    tcase_add_test(tc, names_types_that_come_from_elsewhere);
    tcase_add_test(tc, names_the_algorithm);
    tcase_add_test(tc, comes_back_from_its_bytes);
    tcase_add_test(tc, refuses_damaged_bytes);
    tcase_add_test(tc, fingerprint_is_that_of_the_public_key);
    tcase_add_test(tc, fingerprint_ignores_how_the_point_is_written);
    tcase_add_test(tc, matches_its_certificate_only);
    return s;
}
