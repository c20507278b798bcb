/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "keyfile_unit.h"

#include "keyfile/text.h"

static const char *const formats[] = {"pkcs12", "jceks", "jks", "pem", NULL};

START_TEST(lists_what_can_be_written)
{
    int i;

    for (i = 0; formats[i]; i++) {
        ck_assert_str_eq(vso_keyfile_formats()[i], formats[i]);
    }
    ck_assert_ptr_null(vso_keyfile_formats()[i]);
}
END_TEST

START_TEST(reads_back_what_it_wrote)
{
    pair_t pair = new_pair("server");
    pair_t ca = new_pair("intermediate");
    pair_t root = new_pair("root");
    apr_array_header_t *chain = apr_array_make(pool, 2, sizeof(X509 *));
    int i;

    APR_ARRAY_PUSH(chain, X509 *) = ca.cert;
    APR_ARRAY_PUSH(chain, X509 *) = root.cert;
    for (i = 0; formats[i]; i++) {
        vso_secret_t *data = written(formats[i], &pair, chain, PASSWORD);
        const vso_keyfile_entry_t *entry;
        vso_keyfile_t *file = NULL;

        assert_ok(read_with(data->data, data->len, PASSWORD, NULL, &file));
        assert_pair(file, &pair);
        entry = entry_at(file, 0);
        ck_assert_str_eq(file->format, formats[i]);
        ck_assert_str_eq(entry->alias,
                         strcmp(formats[i], "pem") ? VSO_KEYFILE_ALIAS : "");
        ck_assert_int_eq(entry->chain->nelts, 2);
        ck_assert_int_eq(
            X509_cmp(APR_ARRAY_IDX(entry->chain, 0, X509 *), ca.cert), 0);
        ck_assert_int_eq(
            X509_cmp(APR_ARRAY_IDX(entry->chain, 1, X509 *), root.cert), 0);
        ck_assert_int_eq(res->warnings->nelts, 0);
    }
}
END_TEST

START_TEST(refuses_a_wrong_password)
{
    pair_t pair = new_pair("server");
    int i;

    for (i = 0; formats[i]; i++) {
        vso_secret_t *data = written(formats[i], &pair, NULL, PASSWORD);
        vso_keyfile_t *file = NULL;

        ck_assert_int_ne(
            read_with(data->data, data->len, "hunter2", NULL, &file),
            APR_SUCCESS);
        ck_assert_int_eq(res->problem, VSO_P_WRONG_PASSWORD);
        ck_assert_str_eq(res->field, "password");
        ck_assert_ptr_null(strstr(res->detail, "hunter2"));
        ck_assert_ptr_null(file);
        vso_result_clear(res);
    }
}
END_TEST

START_TEST(never_writes_the_key_in_the_clear)
{
    pair_t pair = new_pair("server");
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(pair.pkey, &der);
    int i;

    for (i = 0; formats[i]; i++) {
        vso_secret_t *data = written(formats[i], &pair, NULL, PASSWORD);

        ck_assert_ptr_null(memmem(data->data, data->len, der + 7, 32));
        ck_assert_ptr_null(
            memmem(data->data, data->len, PASSWORD, strlen(PASSWORD)));
    }
    ck_assert_int_gt(len, 39);
    OPENSSL_free(der);
}
END_TEST

START_TEST(checks_passwords_first)
{
    static const unsigned char file[] = {0xFE, 0xED, 0xFE, 0xED};
    vso_keyfile_source_t source = {.data = file, .len = sizeof(file)};
    vso_keyfile_t *out = NULL;

    source.password = vso_secret_copy("a\0b", 3, pool);
    assert_refused(vso_keyfile_read(&source, &out, res, pool), VSO_P_INVALID);
    source.password = secret("\xFF\xFE");
    assert_refused(vso_keyfile_read(&source, &out, res, pool), VSO_P_INVALID);
    source.password = vso_secret_make(VSO_MAX_PASSWORD + 1, pool);
    memset(source.password->data, 'a', source.password->len);
    assert_refused(vso_keyfile_read(&source, &out, res, pool), VSO_P_INVALID);

    source.password = secret("");
    source.key_password = vso_secret_copy("\0", 1, pool);
    ck_assert_int_ne(vso_keyfile_read(&source, &out, res, pool), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_INVALID);
    ck_assert_str_eq(res->field, "keyPassword");
}
END_TEST

START_TEST(refuses_a_file_over_the_limit)
{
    unsigned char *data = apr_pcalloc(pool, VSO_MAX_KEYSTORE + 1);
    vso_keyfile_t *file = NULL;

    assert_refused(read_with(data, VSO_MAX_KEYSTORE + 1, "", NULL, &file),
                   VSO_P_TOO_LARGE);
}
END_TEST

START_TEST(writes_with_a_password_only)
{
    pair_t pair = new_pair("server");
    vso_keyfile_sink_t sink = {.format = "pkcs12",
                               .pkey = pair.pkey,
                               .cert = pair.cert,
                               .password = secret("")};
    vso_secret_t *data = NULL;

    sink.chain = apr_array_make(pool, 1, sizeof(X509 *));
    assert_refused(vso_keyfile_write(&sink, &data, res, pool), VSO_P_INVALID);
    sink.password = vso_secret_copy("a\0b", 3, pool);
    assert_refused(vso_keyfile_write(&sink, &data, res, pool), VSO_P_INVALID);
    sink.password = secret(PASSWORD);
    sink.format = "zip";
    ck_assert_int_ne(vso_keyfile_write(&sink, &data, res, pool), APR_SUCCESS);
    ck_assert_str_eq(res->field, "format");
    ck_assert_ptr_null(data);
}
END_TEST

/** Refused as a format, in a sentence that names what it is. */
static void assert_named(const void *data, apr_size_t len, const char *name)
{
    vso_keyfile_t *file = NULL;

    ck_assert_int_ne(read_with(data, len, PASSWORD, NULL, &file), APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem), "unsupported-format");
    ck_assert_msg(strstr(res->detail, name) != NULL, "\"%s\" not in \"%s\"",
                  name, res->detail);
    vso_result_clear(res);
}

static void assert_text_named(const char *text, const char *name)
{
    assert_named(text, strlen(text), name);
}

START_TEST(names_common_mistakes)
{
    assert_named("", 0, "empty");
    assert_text_named("\r\n <!DOCTYPE html><html>", "HTML");
    assert_named("PK\x03\x04rest", 8, "zip");
    assert_named("\xFF\xFE-\0-\0", 6, "UTF-16");
    assert_text_named("-----BEGIN OPENSSH PRIVATE KEY-----\n", "SSH key");
    assert_text_named("-----BEGIN PGP MESSAGE-----\n", "PGP");
    assert_text_named("-----BEGIN PKCS7-----\nMA==\n", "PKCS#7");
    assert_text_named("hello, world", "no keystore file that is known");
    assert_named("\x30\x82\x01\x00\x05", 5, "cut short: 5 of 260 bytes");
    assert_named("\x30\x81\x80" /* SEQUENCE of 128 zeros */
                 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                 131, "may be damaged");
    assert_named("\0\0\0\0\0\0\0\0", 8, "no keystore file that is known");
}
END_TEST

/** Formats that keys come in and that are not read. */
START_TEST(names_other_formats)
{
    static const char salted[] = "\0\0\0\2\0\0\0\x14"
                                 "01234567890123456789\0\0\5\xA7";
    pair_t pair = new_pair("server");
    char store[40] = "";
    unsigned char *pvk = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    EVP_PKEY *rsa = vso_pkey_bind(EVP_RSA_gen(1024), pool);
    char *data;
    long len;

    ck_assert_int_gt(i2b_PVK_bio(bio, rsa, 0, NULL, NULL), 0);
    len = BIO_get_mem_data(bio, &data);
    pvk = apr_pmemdup(pool, data, (apr_size_t)len);
    BIO_free(bio);
    assert_named(pvk, (apr_size_t)len, "PVK file");

    memcpy(store, salted, sizeof(salted) - 1);
    memcpy(store + 32, "\1\0\3one", 6);
    assert_named(store, 40, "BKS keystore");
    memcpy(store + 32, "\x93\x1F\xAA\x01", 4);
    assert_named(store, 40, "UBER keystore");
    assert_text_named("PuTTY-User-Key-File-3: ssh-rsa\n", "PuTTY");
    assert_text_named("{\"data\": {\"private_key\": \"MIIE\"}}",
                      "JSON document");
    assert_text_named("apiVersion: v1\nkind: Secret\ndata: {}\n",
                      "Kubernetes Secret");
    assert_named("SQLite format 3\0", 16, "NSS");
    assert_text_named("-----BEGIN TRUSTED CERTIFICATE-----\n",
                      "\"trusted\" form");
    assert_text_named("-----BEGIN SM2 PRIVATE KEY-----\n",
                      "private key in a form");

    /* one key that is not read, beside a certificate: not "no key" */
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, pair.cert);
    assert_text_named(apr_pstrcat(pool, bio_text(bio),
                                  "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                                  "-----END OPENSSH PRIVATE KEY-----\n",
                                  NULL),
                      "ssh-keygen -p -m PEM");
}
END_TEST

/** SEQUENCE { like an EncryptedPrivateKeyInfo, SEQUENCE { a MAC } }. */
START_TEST(names_bcfks)
{
    pair_t pair = new_pair("server");
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned char all[1024] = {0x30, 0x82};
    char *data;
    long len;

    i2d_PKCS8PrivateKey_bio(bio, pair.pkey, EVP_aes_256_cbc(), PASSWORD,
                            (int)strlen(PASSWORD), NULL, NULL);
    len = BIO_get_mem_data(bio, &data);
    ck_assert_int_lt(len, 1000);
    memcpy(all + 4, data, (size_t)len);
    BIO_free(bio);
    memcpy(all + 4 + len, "\x30\x03\x02\x01\x01", 5);
    all[2] = (unsigned char)((len + 5) >> 8);
    all[3] = (unsigned char)(len + 5);
    assert_named(all, (apr_size_t)len + 9, "BCFKS keystore");
}
END_TEST

START_TEST(names_mistakes_in_der_and_pem)
{
    pair_t pair = new_pair("server");
    X509_REQ *req = X509_to_X509_REQ(pair.cert, pair.pkey, EVP_sha256());
    unsigned char *der = NULL;
    BIO *bio;
    int len;

    len = i2d_X509(pair.cert, &der);
    assert_named(der, (apr_size_t)len, "certificate without");
    OPENSSL_clear_free(der, (size_t)len);
    der = NULL;
    len = i2d_X509_REQ(req, &der);
    assert_named(der, (apr_size_t)len, "signing request");
    OPENSSL_clear_free(der, (size_t)len);
    der = NULL;
    len = i2d_PUBKEY(pair.pkey, &der);
    assert_named(der, (apr_size_t)len, "public key");
    OPENSSL_clear_free(der, (size_t)len);
    der = NULL;
    len = i2d_PrivateKey(pair.pkey, &der);
    assert_named(der, (apr_size_t)len, "private key without");
    OPENSSL_clear_free(der, (size_t)len);

    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, pair.cert);
    assert_text_named(bio_text(bio), "certificate without");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_REQ(bio, req);
    assert_text_named(bio_text(bio), "signing request");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, pair.pkey);
    assert_text_named(bio_text(bio), "public key");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, pair.pkey, NULL, NULL, 0, NULL, NULL);
    assert_text_named(bio_text(bio), "without a certificate");
    X509_REQ_free(req);
}
END_TEST

START_TEST(names_a_base64_copy)
{
    static const char *const inside[] = {"PKCS#12", "JCEKS", "JKS", "PEM"};
    pair_t pair = new_pair("server");
    int i;

    for (i = 0; formats[i]; i++) {
        vso_secret_t *data = written(formats[i], &pair, NULL, PASSWORD);
        char *text = apr_palloc(pool, data->len * 2);

        EVP_EncodeBlock((unsigned char *)text, data->data, (int)data->len);
        assert_text_named(text, "base64 copy");
        assert_text_named(text, inside[i]);
    }
}
END_TEST

START_TEST(compares_aliases_as_java_does)
{
    ck_assert(vso_text_same_alias("_DunesRSA_Alias_", "_dunesrsa_alias_"));
    ck_assert(vso_text_same_alias("\xC3\x84RGER", "\xC3\xA4rger"));
    ck_assert(vso_text_same_alias("\xCE\x91\xCE\xA9", "\xCE\xB1\xCF\x89"));
    ck_assert(vso_text_same_alias("\xD0\x96", "\xD0\xB6"));
    ck_assert(vso_text_same_alias("\xC5\x81", "\xC5\x82"));
    ck_assert(vso_text_same_alias("", ""));
    ck_assert(!vso_text_same_alias("a", "ab"));
    ck_assert(!vso_text_same_alias("ab", "a"));
    ck_assert(!vso_text_same_alias("a", "b"));
    ck_assert(!vso_text_same_alias("\xC3\x97", "\xC3\xB7"));
}
END_TEST

START_TEST(takes_strict_utf8_only)
{
    static const char *const bad[] = {
        "\x80",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x80\x80",
        "\xED\xA0\x80",
        "\xC3",
        "\xF4\x90\x80\x80",
        "\xF8\x88\x80\x80",
        "\xE2\x82",
        "a\xC3"
        "b",
        NULL,
    };
    int i;

    for (i = 0; bad[i]; i++) {
        ck_assert(
            !vso_utf8_valid((const unsigned char *)bad[i], strlen(bad[i])));
    }
    ck_assert(vso_utf8_valid(
        (const unsigned char *)"a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10));
}
END_TEST

START_TEST(widens_passwords_as_java_does)
{
    vso_secret_t *wide =
        vso_text_utf16be(secret("a\xC3\xA4\xF0\x9F\x98\x80"), pool);

    ck_assert_uint_eq(wide->len, 8);
    ck_assert_mem_eq(wide->data, "\0a\0\xE4\xD8\x3D\xDE\x00", 8);
    ck_assert_uint_eq(vso_text_utf16be(secret(""), pool)->len, 0);
}
END_TEST

START_TEST(spells_passwords_as_others_do)
{
    apr_array_header_t *list;

    list = vso_text_spellings(secret("plain"), pool);
    ck_assert_int_eq(list->nelts, 1);
    list = vso_text_spellings(secret(""), pool);
    ck_assert_int_eq(list->nelts, 2);
    ck_assert_ptr_null(APR_ARRAY_IDX(list, 1, vso_secret_t *)->data);
    list = vso_text_spellings(secret("\xC3\xA4"), pool);
    ck_assert_int_eq(list->nelts, 3);
    ck_assert_mem_eq(APR_ARRAY_IDX(list, 1, vso_secret_t *)->data, "\xE4", 2);
    ck_assert_mem_eq(APR_ARRAY_IDX(list, 2, vso_secret_t *)->data,
                     "\xC3\x83\xC2\xA4", 5);
    list = vso_text_spellings(secret("\xCF\x80"), pool);
    ck_assert_int_eq(list->nelts, 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("keyfile");
    TCase *tc = unit_case(s, "keyfile");

    tcase_add_test(tc, lists_what_can_be_written);
    tcase_add_test(tc, reads_back_what_it_wrote);
    tcase_add_test(tc, refuses_a_wrong_password);
    tcase_add_test(tc, never_writes_the_key_in_the_clear);
    tcase_add_test(tc, checks_passwords_first);
    tcase_add_test(tc, refuses_a_file_over_the_limit);
    tcase_add_test(tc, writes_with_a_password_only);
    tcase_add_test(tc, names_common_mistakes);
    tcase_add_test(tc, names_other_formats);
    tcase_add_test(tc, names_bcfks);
    tcase_add_test(tc, names_mistakes_in_der_and_pem);
    tcase_add_test(tc, names_a_base64_copy);
    tc = unit_case(s, "text");
    tcase_add_test(tc, compares_aliases_as_java_does);
    tcase_add_test(tc, takes_strict_utf8_only);
    tcase_add_test(tc, widens_passwords_as_java_does);
    tcase_add_test(tc, spells_passwords_as_others_do);
    return s;
}
