/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile_unit.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

static const char *cert_pem(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_X509(bio, cert);
    return bio_text(bio);
}

/** Unencrypted PKCS#8. */
static const char *key_pem(EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);
    return bio_text(bio);
}

static const char *traditional_pem(EVP_PKEY *pkey, const EVP_CIPHER *cipher)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_PrivateKey_traditional(
        bio, pkey, cipher, cipher ? (const unsigned char *)PASSWORD : NULL,
        cipher ? (int)strlen(PASSWORD) : 0, NULL, NULL);
    return bio_text(bio);
}

static apr_status_t read_text(const char *text, const char *alias,
                              vso_keyfile_t **pfile)
{
    return read_with(text, strlen(text), PASSWORD, alias, pfile);
}

static const char *joined(const char *a, const char *b)
{
    return apr_pstrcat(pool, a, b, NULL);
}

START_TEST(reads_key_and_certificate_in_any_order)
{
    pair_t pair = new_pair("server");
    pair_t ca = new_pair("ca");
    const char *key = key_pem(pair.pkey);
    const char *cert = cert_pem(pair.cert);
    const char *other = cert_pem(ca.cert);
    const char *const texts[] = {
        apr_pstrcat(pool, key, cert, other, NULL),
        apr_pstrcat(pool, other, key, cert, NULL),
        apr_pstrcat(pool, "subject=x\r\n", other, "\n\ntext\n", cert, key,
                    "end", NULL),
    };
    int i;

    for (i = 0; i < 3; i++) {
        vso_keyfile_t *file = NULL;

        assert_ok(read_text(texts[i], NULL, &file));
        assert_pair(file, &pair);
        ck_assert_int_eq(entry_at(file, 0)->chain->nelts, 1);
        ck_assert(warned("unencrypted-key", "not encrypted"));
    }
}
END_TEST

START_TEST(reads_traditional_keys)
{
    pair_t pair = new_pair("server");
    const char *cert = cert_pem(pair.cert);
    vso_keyfile_t *file = NULL;
    const char *text;

    text = joined(traditional_pem(pair.pkey, NULL), cert);
    ck_assert_ptr_nonnull(strstr(text, "BEGIN EC PRIVATE KEY"));
    assert_ok(read_text(text, NULL, &file));
    assert_pair(file, &pair);
    ck_assert(warned("unencrypted-key", "not encrypted"));
    vso_result_clear(res);

    text = joined(traditional_pem(pair.pkey, EVP_aes_256_cbc()), cert);
    ck_assert_ptr_nonnull(strstr(text, "Proc-Type: 4,ENCRYPTED"));
    assert_ok(read_text(text, NULL, &file));
    assert_pair(file, &pair);
    ck_assert_int_eq(res->warnings->nelts, 0);
    assert_refused(read_with(text, strlen(text), "wrong", NULL, &file),
                   VSO_P_WRONG_PASSWORD);

    text = joined("-----BEGIN RSA PRIVATE KEY-----\n"
                  "Proc-Type: 4,ENCRYPTED\nDEK-Info: ROT-13,00\n\nAAAA\n"
                  "-----END RSA PRIVATE KEY-----\n",
                  cert);
    assert_refused(read_text(text, NULL, &file), VSO_P_UNSUPPORTED_FORMAT);
}
END_TEST

START_TEST(takes_the_newest_certificate_of_a_key)
{
    pair_t pair = new_pair("server");
    const char *old = cert_pem(new_cert(pair.pkey, "server", 30));
    vso_keyfile_t *file = NULL;

    assert_ok(read_text(
        apr_pstrcat(pool, old, cert_pem(pair.cert), key_pem(pair.pkey), NULL),
        NULL, &file));
    assert_pair(file, &pair);
    assert_ok(read_text(
        apr_pstrcat(pool, cert_pem(pair.cert), old, key_pem(pair.pkey), NULL),
        NULL, &file));
    assert_pair(file, &pair);
}
END_TEST

/** A key and a PKCS#7 block, as some CAs' pages give them, in one file. */
START_TEST(reads_a_key_and_a_bag)
{
    pair_t ca = new_pair("ca");
    pair_t pair = new_pair("server");
    PKCS7 *bag = PKCS7_new();
    BIO *bio = BIO_new(BIO_s_mem());
    vso_keyfile_t *file = NULL;
    const char *text;

    pair.cert = issued_cert(pair.pkey, "server", &ca, 1, 30);
    PKCS7_set_type(bag, NID_pkcs7_signed);
    PKCS7_content_new(bag, NID_pkcs7_data);
    PKCS7_set_detached(bag, 1);
    PKCS7_add_certificate(bag, ca.cert);
    PKCS7_add_certificate(bag, pair.cert);
    PEM_write_bio_PKCS7(bio, bag);
    PKCS7_free(bag);
    text = joined(key_pem(pair.pkey), bio_text(bio));
    assert_ok(read_text(text, NULL, &file));
    assert_pair(file, &pair);
    assert_in_chain(entry_at(file, 0), ca.cert);
}
END_TEST

START_TEST(takes_the_same_key_once)
{
    pair_t pair = new_pair("server");
    const char *key = key_pem(pair.pkey);
    const char *cert = cert_pem(pair.cert);
    vso_keyfile_t *file = NULL;

    assert_ok(
        read_text(apr_pstrcat(pool, key, cert, key, cert, NULL), NULL, &file));
    assert_pair(file, &pair);
    ck_assert_int_eq(entry_at(file, 0)->chain->nelts, 0);
}
END_TEST

static const char *unknown_pem(int curve)
{
    vso_secret_t *der = unknown_key_der(curve);
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio(bio, PEM_STRING_X509, "", der->data, (long)der->len);
    return bio_text(bio);
}

START_TEST(says_what_is_not_used)
{
    pair_t pair = new_pair("server");
    const char *own = joined(key_pem(pair.pkey), cert_pem(pair.cert));
    vso_keyfile_t *file = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    const char *trusted;
    const char *text;
    int i;

    PEM_write_bio_X509_AUX(bio, pair.cert);
    trusted = bio_text(bio);
    assert_ok(read_text(joined(own, trusted), NULL, &file));
    ck_assert(warned("not-used", "`openssl x509`"));
    ck_assert_int_ne(
        read_text(joined(key_pem(pair.pkey), trusted), NULL, &file),
        APR_SUCCESS);
    ck_assert_ptr_nonnull(strstr(res->detail, "\"trusted\" form"));
    vso_result_clear(res);

    text = apr_pstrcat(pool, unknown_pem(0), own, unknown_pem(1), NULL);
    assert_ok(read_text(text, NULL, &file));
    assert_pair(file, &pair);
    ck_assert(warned("not-used", "not known"));
    vso_result_clear(res);

    /* a few are named, the others are not; the same sentence stands once */
    for (i = 0, text = own; i < 20; i++) {
        text = apr_psprintf(pool,
                            "%s-----BEGIN B%d-----\nAAAA\n-----END "
                            "B%d-----\n%s",
                            text, i, i, unknown_pem(0));
    }
    assert_ok(read_text(text, NULL, &file));
    ck_assert_int_eq(res->warnings->nelts, 1 + 5 + 1);
}
END_TEST

START_TEST(counts_keys_without_names)
{
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    const char *text = apr_pstrcat(pool, key_pem(one.pkey), cert_pem(two.cert),
                                   key_pem(two.pkey), cert_pem(one.cert), NULL);
    vso_keyfile_t *file = NULL;

    assert_ok(read_text(text, NULL, &file));
    ck_assert_int_eq(file->entries->nelts, 2);
    ck_assert_str_eq(entry_at(file, 0)->alias, "1");
    ck_assert_str_eq(entry_at(file, 1)->alias, "2");
    ck_assert_int_eq(X509_cmp(entry_at(file, 0)->cert, one.cert), 0);
    ck_assert_ptr_null(entry_at(file, 0)->pkey);
    assert_ok(read_text(text, "2", &file));
    assert_pair(file, &two);
}
END_TEST

START_TEST(leaves_out_keys_without_certificate)
{
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    vso_keyfile_t *file = NULL;

    assert_ok(read_text(apr_pstrcat(pool, key_pem(one.pkey), key_pem(two.pkey),
                                    cert_pem(two.cert), NULL),
                        NULL, &file));
    assert_pair(file, &two);
    ck_assert(warned("key-not-listed", "\"1\""));
}
END_TEST

START_TEST(refuses_a_certificate_of_another_key)
{
    pair_t pair = new_pair("server");
    pair_t other = new_pair("other");
    vso_keyfile_t *file = NULL;

    assert_refused(read_text(joined(key_pem(pair.pkey), cert_pem(other.cert)),
                             NULL, &file),
                   VSO_P_KEY_MISMATCH);
}
END_TEST

START_TEST(refuses_too_many_keys)
{
    pair_t pair = new_pair("server");
    const char *key = key_pem(pair.pkey);
    const char *text = cert_pem(pair.cert);
    vso_keyfile_t *file = NULL;
    int i;

    for (i = 0; i <= VSO_MAX_KEYS_IN_FILE; i++) {
        text = joined(text, key);
    }
    assert_refused(read_text(text, NULL, &file), VSO_P_TOO_LARGE);
}
END_TEST

START_TEST(refuses_keys_that_serve_nothing)
{
    EVP_PKEY *pkey =
        vso_pkey_bind(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), pool);
    pair_t pair = new_pair("server");
    vso_keyfile_t *file = NULL;

    assert_refused(
        read_text(joined(key_pem(pkey), cert_pem(pair.cert)), NULL, &file),
        VSO_P_UNSUPPORTED_FORMAT);
}
END_TEST

/** A PBES2 or PBES1 key whose algorithm is spoilt by `spoil`. */
typedef void spoil_fn(X509_ALGOR *algorithm, const char *number);

static const char *spoilt_pem(const pair_t *pair, int scheme, spoil_fn *spoil,
                              const char *number)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pair->pkey);
    X509_ALGOR *algorithm =
        scheme == NID_pbes2 ? PKCS5_pbe2_set(EVP_aes_128_cbc(), 2, NULL, 8)
        : scheme == NID_id_scrypt
            ? PKCS5_pbe2_set_scrypt(EVP_aes_128_cbc(), NULL, 8, NULL, 2, 1, 1)
            : PKCS5_pbe_set(scheme, 2, NULL, 8);
    X509_SIG *sig = PKCS8_set0_pbe_ex(PASSWORD, (int)strlen(PASSWORD), info,
                                      algorithm, old_programs(), NULL);
    BIO *bio = BIO_new(BIO_s_mem());

    ck_assert_ptr_nonnull(sig);
    if (spoil) {
        spoil(algorithm, number);
    }
    PEM_write_bio_PKCS8(bio, sig);
    X509_SIG_free(sig);
    PKCS8_PRIV_KEY_INFO_free(info);
    return joined(bio_text(bio), cert_pem(pair->cert));
}

static void set_number(ASN1_INTEGER *integer, const char *number)
{
    BIGNUM *value = NULL;

    ck_assert(BN_dec2bn(&value, number));
    BN_to_ASN1_INTEGER(value, integer);
    BN_free(value);
}

static void repack(X509_ALGOR *algorithm, const ASN1_ITEM *item, void *param)
{
    ASN1_TYPE_pack_sequence(item, param, &algorithm->parameter);
    ASN1_item_free(param, item);
}

static void spoil_pbes1(X509_ALGOR *algorithm, const char *number)
{
    PBEPARAM *param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM),
                                                algorithm->parameter);

    set_number(param->iter, number);
    repack(algorithm, ASN1_ITEM_rptr(PBEPARAM), param);
}

static void spoil_pbkdf2(X509_ALGOR *algorithm, const char *number)
{
    PBE2PARAM *pbes2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
                                                 algorithm->parameter);
    PBKDF2PARAM *param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
                                                   pbes2->keyfunc->parameter);

    set_number(param->iter, number);
    repack(pbes2->keyfunc, ASN1_ITEM_rptr(PBKDF2PARAM), param);
    repack(algorithm, ASN1_ITEM_rptr(PBE2PARAM), pbes2);
}

/** number: which of the three, and its value */
static void spoil_scrypt(X509_ALGOR *algorithm, const char *number)
{
    PBE2PARAM *pbes2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
                                                 algorithm->parameter);
    SCRYPT_PARAMS *param = ASN1_TYPE_unpack_sequence(
        ASN1_ITEM_rptr(SCRYPT_PARAMS), pbes2->keyfunc->parameter);

    set_number(*number == 'N'   ? param->costParameter
               : *number == 'r' ? param->blockSize
                                : param->parallelizationParameter,
               number + 1);
    repack(pbes2->keyfunc, ASN1_ITEM_rptr(SCRYPT_PARAMS), param);
    repack(algorithm, ASN1_ITEM_rptr(PBE2PARAM), pbes2);
}

static void spoil_kdf(X509_ALGOR *algorithm, const char *oid)
{
    PBE2PARAM *pbes2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
                                                 algorithm->parameter);

    ASN1_OBJECT_free(pbes2->keyfunc->algorithm);
    pbes2->keyfunc->algorithm = OBJ_txt2obj(oid, 1);
    repack(algorithm, ASN1_ITEM_rptr(PBE2PARAM), pbes2);
}

static void spoil_cipher(X509_ALGOR *algorithm, const char *oid)
{
    PBE2PARAM *pbes2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
                                                 algorithm->parameter);

    ASN1_OBJECT_free(pbes2->encryption->algorithm);
    pbes2->encryption->algorithm = OBJ_txt2obj(oid, 1);
    repack(algorithm, ASN1_ITEM_rptr(PBE2PARAM), pbes2);
}

static void spoil_parameter(X509_ALGOR *algorithm, const char *unused)
{
    (void)unused;
    ASN1_TYPE_set(algorithm->parameter, V_ASN1_NULL, NULL);
}

START_TEST(reads_every_scheme)
{
    static const int schemes[] = {
        NID_pbes2,
        NID_id_scrypt,
        NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
        NID_pbe_WithSHA1And128BitRC2_CBC,
        NID_pbe_WithSHA1And40BitRC2_CBC,
        NID_pbe_WithSHA1And128BitRC4,
        NID_pbeWithMD5AndDES_CBC,
        NID_pbeWithSHA1AndRC2_CBC,
    };
    pair_t pair = new_pair("server");
    const char *texts[8];
    int i;

    for (i = 0; i < 8; i++) {
        texts[i] = spoilt_pem(&pair, schemes[i], NULL, NULL);
    }
    for (i = 0; i < 8; i++) {
        vso_keyfile_t *file = NULL;

        assert_ok(read_text(texts[i], NULL, &file));
        assert_pair(file, &pair);
        ck_assert_int_eq(res->warnings->nelts, 0);
    }
    assert_no_old_ciphers();
}
END_TEST

START_TEST(checks_counts_before_deriving)
{
    static const struct {
        int scheme;
        spoil_fn *spoil;
        const char *number;
        vso_problem_e problem;
    } cases[] = {
        {NID_pbes2, spoil_pbkdf2, "0", VSO_P_DAMAGED},
        {NID_pbes2, spoil_pbkdf2, "-1", VSO_P_DAMAGED},
        {NID_pbes2, spoil_pbkdf2, "-99999999999999999999", VSO_P_DAMAGED},
        {NID_pbes2, spoil_pbkdf2, "2147483647", VSO_P_TOO_LARGE},
        {NID_pbes2, spoil_pbkdf2, "5000001", VSO_P_TOO_LARGE},
        {NID_pbes2, spoil_pbkdf2, "99999999999999999999", VSO_P_TOO_LARGE},
        {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, spoil_pbes1, "0",
         VSO_P_DAMAGED},
        {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, spoil_pbes1, "-5",
         VSO_P_DAMAGED},
        {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, spoil_pbes1, "2147483647",
         VSO_P_TOO_LARGE},
        {NID_id_scrypt, spoil_scrypt, "N0", VSO_P_DAMAGED},
        {NID_id_scrypt, spoil_scrypt, "r-1", VSO_P_DAMAGED},
        {NID_id_scrypt, spoil_scrypt, "N1073741824", VSO_P_TOO_LARGE},
        {NID_id_scrypt, spoil_scrypt, "r1073741824", VSO_P_TOO_LARGE},
        {NID_id_scrypt, spoil_scrypt, "p1073741824", VSO_P_TOO_LARGE},
        {NID_id_scrypt, spoil_scrypt, "p99999999999999999999", VSO_P_TOO_LARGE},
        {NID_pbes2, spoil_kdf, "1.2.3.4", VSO_P_UNSUPPORTED_FORMAT},
        {NID_pbes2, spoil_cipher, "1.2.3.4", VSO_P_UNSUPPORTED_FORMAT},
        /* AES-128-GCM: PBES2 has no place for its tag */
        {NID_pbes2, spoil_cipher, "2.16.840.1.101.3.4.1.6",
         VSO_P_UNSUPPORTED_FORMAT},
        {NID_pbes2, spoil_parameter, NULL, VSO_P_DAMAGED},
        {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, spoil_parameter, NULL,
         VSO_P_DAMAGED},
        {NID_id_scrypt, spoil_parameter, NULL, VSO_P_DAMAGED},
    };
    pair_t pair = new_pair("server");
    apr_size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        vso_keyfile_t *file = NULL;
        const char *text =
            spoilt_pem(&pair, cases[i].scheme, cases[i].spoil, cases[i].number);

        assert_refused(read_text(text, NULL, &file), cases[i].problem);
    }
}
END_TEST

START_TEST(charges_all_keys_of_a_file)
{
    pair_t pair = new_pair("server");
    const char *text = "";
    vso_keyfile_t *file = NULL;
    int i;

    /* each alone is allowed; a listing would have to open all of them */
    for (i = 0; i < 5; i++) {
        text = joined(
            spoilt_pem(&pair, NID_id_scrypt, spoil_scrypt, "N4194304"), text);
    }
    ck_assert_int_ne(read_text(text, NULL, &file), APR_SUCCESS);
    ck_assert(warned("key-not-listed", "\"5\""));
    ck_assert(warned("key-not-listed", "iterations in all"));
}
END_TEST

START_TEST(refuses_damaged_blocks)
{
    pair_t pair = new_pair("server");
    const char *key = key_pem(pair.pkey);
    const char *cert = cert_pem(pair.cert);
    vso_keyfile_t *file = NULL;

    assert_refused(
        read_text(joined(key, apr_pstrmemdup(pool, cert, 200)), NULL, &file),
        VSO_P_DAMAGED);
    assert_refused(read_text(joined("-----BEGIN PRIVATE KEY-----\nAAAA\n"
                                    "-----END PRIVATE KEY-----\n",
                                    cert),
                             NULL, &file),
                   VSO_P_DAMAGED);
    assert_refused(read_text(joined("-----BEGIN EC PRIVATE KEY-----\nMAA=\n"
                                    "-----END EC PRIVATE KEY-----\n",
                                    cert),
                             NULL, &file),
                   VSO_P_DAMAGED);
    assert_refused(read_text(joined("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                    "MAA=\n"
                                    "-----END ENCRYPTED PRIVATE KEY-----\n",
                                    cert),
                             NULL, &file),
                   VSO_P_DAMAGED);
    assert_refused(read_text(joined(key, "-----BEGIN CERTIFICATE-----\nMAA=\n"
                                         "-----END CERTIFICATE-----\n"),
                             NULL, &file),
                   VSO_P_DAMAGED);
}
END_TEST

START_TEST(refuses_an_rsa_key_with_a_wrong_number)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_D,
        OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
        OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,
        NULL,
    };
    pair_t pair;
    int i;

    pair.pkey = vso_pkey_bind(EVP_RSA_gen(1024), pool);
    pair.cert = new_cert(pair.pkey, "server", 0);
    for (i = 0; names[i]; i++) {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
        vso_keyfile_t *file = NULL;
        OSSL_PARAM *params = NULL;
        EVP_PKEY *spoilt = NULL;
        OSSL_PARAM *one;

        ck_assert(EVP_PKEY_todata(pair.pkey, EVP_PKEY_KEYPAIR, &params));
        one = OSSL_PARAM_locate(params, names[i]);
        ((unsigned char *)one->data)[3] ^= 4;
        ck_assert(EVP_PKEY_fromdata_init(ctx) > 0 &&
                  EVP_PKEY_fromdata(ctx, &spoilt, EVP_PKEY_KEYPAIR, params));
        assert_refused(read_text(joined(key_pem(spoilt), cert_pem(pair.cert)),
                                 NULL, &file),
                       VSO_P_DAMAGED);
        EVP_PKEY_free(spoilt);
        EVP_PKEY_CTX_free(ctx);
        OSSL_PARAM_free(params);
    }
}
END_TEST

START_TEST(refuses_every_cut)
{
    pair_t pair = new_pair("server");
    const char *text =
        joined(traditional_pem(pair.pkey, NULL), cert_pem(pair.cert));

    /* the last character is a line's end, which nothing needs */
    assert_all_cuts_refused(secret(text), strlen(text) - 1, PASSWORD);
}
END_TEST

START_TEST(never_reads_another_key_after_a_flip)
{
    pair_t pair = new_pair("server");

    try_all_flips(
        secret(joined(traditional_pem(pair.pkey, NULL), cert_pem(pair.cert))),
        &pair, PASSWORD);
    try_all_flips(secret(joined(traditional_pem(pair.pkey, EVP_aes_128_cbc()),
                                cert_pem(pair.cert))),
                  &pair, PASSWORD);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pem");
    TCase *tc = unit_case(s, "pem");

    tcase_add_test(tc, reads_key_and_certificate_in_any_order);
    tcase_add_test(tc, reads_traditional_keys);
    tcase_add_test(tc, takes_the_newest_certificate_of_a_key);
    tcase_add_test(tc, reads_a_key_and_a_bag);
    tcase_add_test(tc, takes_the_same_key_once);
    tcase_add_test(tc, says_what_is_not_used);
    tcase_add_test(tc, counts_keys_without_names);
    tcase_add_test(tc, leaves_out_keys_without_certificate);
    tcase_add_test(tc, refuses_a_certificate_of_another_key);
    tcase_add_test(tc, refuses_too_many_keys);
    tcase_add_test(tc, refuses_keys_that_serve_nothing);
    tcase_add_test(tc, reads_every_scheme);
    tcase_add_test(tc, checks_counts_before_deriving);
    tcase_add_test(tc, charges_all_keys_of_a_file);
    tcase_add_test(tc, refuses_damaged_blocks);
    tcase_add_test(tc, refuses_an_rsa_key_with_a_wrong_number);
    tcase_add_test(tc, refuses_every_cut);
    tcase_add_test(tc, never_reads_another_key_after_a_flip);
    return s;
}
