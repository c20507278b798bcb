/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile_unit.h"

#include <openssl/sha.h>

#include "keyfile/jks_key.h"

#define JKS   0xFEEDFEEDu
#define JCEKS 0xCECECECEu

/** A file in the making: this test's own idea of the format. */
typedef struct {
    unsigned char data[64 * 1024];
    apr_size_t len;
} draft_t;

static void put(draft_t *d, const void *data, apr_size_t len)
{
    ck_assert_uint_le(d->len + len, sizeof(d->data));
    memcpy(d->data + d->len, data, len);
    d->len += len;
}

static void put_number(draft_t *d, apr_uint64_t value, int width)
{
    for (; width > 0; width--) {
        unsigned char c = (unsigned char)(value >> (width - 1) * 8);

        put(d, &c, 1);
    }
}

static void put_text(draft_t *d, const char *text)
{
    put_number(d, strlen(text), 2);
    put(d, text, strlen(text));
}

static void put_cert(draft_t *d, X509 *cert, const char *type)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);

    if (type) {
        put_text(d, type);
    }
    put_number(d, (apr_uint64_t)len, 4);
    put(d, der, (apr_size_t)len);
    OPENSSL_free(der);
}

static void put_entry(draft_t *d, unsigned int tag, const char *alias)
{
    put_number(d, tag, 4);
    put_text(d, alias);
    put_number(d, 1700000000000u, 8);
}

/** A private key with one certificate. */
static void put_key(draft_t *d, const char *alias, const pair_t *pair,
                    const vso_secret_t *sealed)
{
    put_entry(d, 1, alias);
    put_number(d, sealed->len, 4);
    put(d, sealed->data, sealed->len);
    put_number(d, 1, 4);
    put_cert(d, pair->cert, "X.509");
}

static draft_t *new_draft(unsigned int magic, unsigned int version,
                          unsigned int count)
{
    draft_t *d = apr_pcalloc(pool, sizeof(*d));

    put_number(d, magic, 4);
    put_number(d, version, 4);
    put_number(d, count, 4);
    return d;
}

/** The trailer for the password "secret". */
static void put_trailer(draft_t *d)
{
    static const char prefix[] = "\0s\0e\0c\0r\0e\0tMighty Aphrodite";
    unsigned char digest[SHA_DIGEST_LENGTH];
    unsigned char *all = apr_palloc(pool, sizeof(prefix) + d->len);

    memcpy(all, prefix, sizeof(prefix) - 1);
    memcpy(all + sizeof(prefix) - 1, d->data, d->len);
    SHA1(all, sizeof(prefix) - 1 + d->len, digest);
    put(d, digest, sizeof(digest));
}

static apr_status_t read_draft(draft_t *d, const char *alias,
                               vso_keyfile_t **pfile)
{
    put_trailer(d);
    return read_with(d->data, d->len, "secret", alias, pfile);
}

static vso_secret_t *sealed_jks(const pair_t *pair)
{
    return vso_jks_key_seal_jks(pair->pkey, secret("secret"), pool);
}

/** A JCEKS EncryptedPrivateKeyInfo that asks for this many iterations, given
 * as the bytes of a DER INTEGER. */
static vso_secret_t *asking_for(const char *number, apr_size_t len)
{
    draft_t *d = apr_pcalloc(pool, sizeof(*d));
    static const char algorithm[] = "\x06\x09\x2B\x06\x01\x04\x01\x2A\x02\x13"
                                    "\x01";
    unsigned char n = (unsigned char)len;

    put(d, "\x30", 1);
    put_number(d, 35u + n, 1);
    put(d, "\x30", 1);
    put_number(d, 25u + n, 1);
    put(d, algorithm, 11);
    put(d, "\x30", 1);
    put_number(d, 12u + n, 1);
    put(d, "\x04\x08saltSALT\x02", 11);
    put(d, &n, 1);
    put(d, number, len);
    put(d,
        "\x04\x08"
        "12345678",
        10);
    d->data[1] = (unsigned char)(d->len - 2);
    return vso_secret_copy(d->data, d->len, pool);
}

/** What keytool writes for an AES key, its contents replaced. */
static void put_secret_key(draft_t *d, const char *class_name)
{
    put(d, "\xAC\xED\0\5sr", 6);
    put_text(d, class_name);
    put(d, "\xCDW\xCAY\xE7\x30\xBBS\2\0\0xr", 13);
    put_text(d, "javax.crypto.SealedObject");
    put(d, ">6=\xA6\xC3\xB7Tp\2\0\4[", 12);
    put_text(d, "encodedParams");
    put(d, "t\0\2[B[", 6);
    put_text(d, "encryptedContent");
    put(d, "q\0~\0\2L", 6);
    put_text(d, "paramsAlg");
    put(d, "t", 1);
    put_text(d, "Ljava/lang/String;");
    put(d, "L", 1);
    put_text(d, "sealAlg");
    put(d, "q\0~\0\3xpur\0\2[B\xAC\xF3\x17\xF8\6\x08T\xE0\2\0\0xp", 26);
    put(d, "\0\0\0\5param", 9);
    put(d, "uq\0~\0\5\0\0\0\7content", 17);
    put(d, "t\0\3PBEt\0\3PBE", 12);
}

#define SEALED "com.sun.crypto.provider.SealedObjectForKeyProtector"

START_TEST(reads_version_1_and_2)
{
    pair_t pair = new_pair("server");
    const vso_secret_t *sealed = sealed_jks(&pair);
    unsigned int version;

    for (version = 1; version <= 2; version++) {
        draft_t *d = new_draft(JKS, version, 1);
        vso_keyfile_t *file = NULL;

        put_entry(d, 1, "server");
        put_number(d, sealed->len, 4);
        put(d, sealed->data, sealed->len);
        put_number(d, 1, 4);
        put_cert(d, pair.cert, version == 1 ? NULL : "X.509");
        assert_ok(read_draft(d, NULL, &file));
        assert_pair(file, &pair);
        ck_assert_str_eq(file->format, "jks");
        ck_assert_str_eq(entry_at(file, 0)->alias, "server");
        ck_assert_int_eq(entry_at(file, 0)->created_sec, 1700000000);
    }
}
END_TEST

START_TEST(refuses_other_versions)
{
    static const unsigned int versions[] = {0, 3, 0xFFFFFFFF};
    pair_t pair = new_pair("server");
    int i;

    for (i = 0; i < 3; i++) {
        draft_t *d = new_draft(JCEKS, versions[i], 1);
        vso_keyfile_t *file = NULL;

        put_key(d, "server", &pair, sealed_jks(&pair));
        assert_refused(read_draft(d, NULL, &file), VSO_P_UNSUPPORTED_FORMAT);
    }
}
END_TEST

START_TEST(reads_aliases_in_modified_utf8)
{
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JKS, 2, 1);
    vso_keyfile_t *file = NULL;

    /* a-umlaut, and an emoji as two surrogates of three bytes */
    put_key(d, "\xC3\xA4\xED\xA0\xBD\xED\xB8\x80", &pair, sealed_jks(&pair));
    assert_ok(read_draft(d, "\xC3\x84\xF0\x9F\x98\x80", &file));
    ck_assert_str_eq(entry_at(file, 0)->alias, "\xC3\xA4\xF0\x9F\x98\x80");
}
END_TEST

START_TEST(takes_a_surrogate_alone_for_no_character)
{
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JKS, 2, 1);
    vso_keyfile_t *file = NULL;

    put_key(d,
            "\xED\xA0\xBD"
            "a\xED\xB8\x80",
            &pair, sealed_jks(&pair));
    assert_ok(read_draft(d, NULL, &file));
    ck_assert_str_eq(entry_at(file, 0)->alias, "\xEF\xBF\xBD"
                                               "a\xEF\xBF\xBD");
}
END_TEST

START_TEST(refuses_aliases_that_are_no_text)
{
    static const char *const bad[] = {
        "\xC0\x80",         "\xC3",     "\xE2\x82",     "\x80",
        "\xF0\x9F\x98\x80", "\xC1\xA1", "\xE0\x81\xA1", NULL,
    };
    pair_t pair = new_pair("server");
    int i;

    for (i = 0; bad[i]; i++) {
        draft_t *d = new_draft(JKS, 2, 1);
        vso_keyfile_t *file = NULL;

        put_key(d, bad[i], &pair, sealed_jks(&pair));
        assert_refused(read_draft(d, NULL, &file), VSO_P_DAMAGED);
    }
}
END_TEST

START_TEST(lists_several_keys_and_opens_one)
{
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    draft_t *d = new_draft(JKS, 2, 2);
    vso_keyfile_t *file = NULL;

    put_key(d, "one", &one, sealed_jks(&one));
    put_key(d, "two", &two, sealed_jks(&two));
    assert_ok(read_draft(d, NULL, &file));
    ck_assert_int_eq(file->entries->nelts, 2);
    ck_assert_str_eq(entry_at(file, 0)->alias, "one");
    ck_assert_str_eq(entry_at(file, 1)->alias, "two");
    ck_assert_ptr_null(entry_at(file, 0)->pkey);
    ck_assert_int_eq(X509_cmp(entry_at(file, 1)->cert, two.cert), 0);

    assert_ok(read_with(d->data, d->len, "secret", "TWO", &file));
    assert_pair(file, &two);
    ck_assert_int_ne(read_with(d->data, d->len, "secret", "three", &file),
                     APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_INVALID);
    ck_assert_str_eq(res->field, "alias");
    ck_assert_ptr_nonnull(strstr(res->detail, "\"one\", \"two\""));
}
END_TEST

START_TEST(refuses_an_alias_that_stands_twice)
{
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JKS, 2, 2);
    vso_keyfile_t *file = NULL;

    put_key(d, "server", &pair, sealed_jks(&pair));
    put_key(d, "server", &pair, sealed_jks(&pair));
    assert_refused(read_draft(d, NULL, &file), VSO_P_DAMAGED);
}
END_TEST

/** Other programs than Java write such files. */
START_TEST(keeps_aliases_that_differ_in_case)
{
    static const char *const names[] = {"web", "Web", "WEB"};
    pair_t pairs[] = {new_pair("one"), new_pair("two"), new_pair("three")};
    draft_t *d = new_draft(JKS, 2, 3);
    vso_keyfile_t *file = NULL;
    int i;

    for (i = 0; i < 3; i++) {
        put_key(d, names[i], &pairs[i], sealed_jks(&pairs[i]));
    }
    assert_ok(read_draft(d, NULL, &file));
    ck_assert_int_eq(file->entries->nelts, 3);
    for (i = 0; i < 3; i++) {
        ck_assert_str_eq(entry_at(file, i)->alias, names[i]);
    }
    assert_ok(read_with(d->data, d->len, "secret", "Web", &file));
    assert_pair(file, &pairs[1]);
}
END_TEST

/** A private key with a chain of n certificates, X509 * each. */
static void put_chain(draft_t *d, const char *alias, const pair_t *pair, int n,
                      ...)
{
    vso_secret_t *sealed = sealed_jks(pair);
    va_list certs;

    put_entry(d, 1, alias);
    put_number(d, sealed->len, 4);
    put(d, sealed->data, sealed->len);
    put_number(d, (apr_uint64_t)n, 4);
    va_start(certs, n);
    for (; n > 0; n--) {
        put_cert(d, va_arg(certs, X509 *), "X.509");
    }
    va_end(certs);
}

START_TEST(reads_a_chain_in_any_order)
{
    pair_t ca = new_pair("ca");
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JKS, 2, 1);
    vso_keyfile_t *file = NULL;

    pair.cert = issued_cert(pair.pkey, "server", &ca, 1, 30);
    put_chain(d, "one", &pair, 2, ca.cert, pair.cert);
    assert_ok(read_draft(d, NULL, &file));
    assert_pair(file, &pair);
    ck_assert_int_eq(entry_at(file, 0)->chain->nelts, 1);
    assert_in_chain(entry_at(file, 0), ca.cert);
    ck_assert_int_eq(res->warnings->nelts, 0);
}
END_TEST

/** keytool -importcert under another alias: the entry is self-signed still. */
START_TEST(takes_the_certificate_of_the_ca)
{
    pair_t ca = new_pair("ca");
    pair_t pair = new_pair("server");
    X509 *own = pair.cert;
    draft_t *d = new_draft(JKS, 2, 3);
    vso_keyfile_t *file = NULL;

    pair.cert = issued_cert(pair.pkey, "server", &ca, 1, 30);
    put_chain(d, "one", &pair, 1, own);
    put_entry(d, 2, "ca");
    put_cert(d, ca.cert, "X.509");
    put_entry(d, 2, "reply");
    put_cert(d, pair.cert, "X.509");
    assert_ok(read_draft(d, NULL, &file));
    assert_pair(file, &pair);
    assert_in_chain(entry_at(file, 0), ca.cert);
    ck_assert(warned("several-certificates", "\"one\""));
    ck_assert(warned("several-certificates", "issued by \"CN=ca\""));
}
END_TEST

START_TEST(completes_a_chain_from_another_entry)
{
    pair_t ca = new_pair("ca");
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    draft_t *d = new_draft(JKS, 2, 2);
    vso_keyfile_t *file = NULL;

    one.cert = issued_cert(one.pkey, "one", &ca, 1, 30);
    put_chain(d, "one", &one, 1, one.cert);
    put_chain(d, "two", &two, 2, two.cert, ca.cert);
    assert_ok(read_draft(d, "one", &file));
    assert_pair(file, &one);
    assert_in_chain(entry_at(file, 0), ca.cert);
}
END_TEST

/** The same key under two aliases is one, unless each has a certificate. */
START_TEST(lists_a_key_once)
{
    pair_t ca = new_pair("ca");
    pair_t pair = new_pair("server");
    pair_t renewed = pair;
    draft_t *d = new_draft(JKS, 2, 2);
    vso_keyfile_t *file = NULL;

    put_chain(d, "one", &pair, 1, pair.cert);
    put_chain(d, "two", &pair, 1, pair.cert);
    assert_ok(read_draft(d, NULL, &file));
    assert_pair(file, &pair);
    ck_assert_str_eq(entry_at(file, 0)->alias, "one");
    assert_ok(read_with(d->data, d->len, "secret", "two", &file));
    assert_pair(file, &pair);

    pair.cert = issued_cert(pair.pkey, "old", &ca, 9, 30);
    renewed.cert = issued_cert(pair.pkey, "new", &ca, 1, 60);
    d = new_draft(JKS, 2, 2);
    put_chain(d, "one", &pair, 1, pair.cert);
    put_chain(d, "two", &renewed, 1, renewed.cert);
    assert_ok(read_draft(d, NULL, &file));
    ck_assert_int_eq(file->entries->nelts, 2);
    ck_assert_int_eq(X509_cmp(entry_at(file, 0)->cert, pair.cert), 0);
    ck_assert_int_eq(X509_cmp(entry_at(file, 1)->cert, renewed.cert), 0);
}
END_TEST

/** A key with a password of its own is offered with the certificate that the
 * file ties to it, and asks for that password once it is chosen. */
START_TEST(lists_keys_with_other_passwords)
{
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    draft_t *d = new_draft(JKS, 2, 2);
    vso_keyfile_t *file = NULL;

    put_key(d, "one", &one, sealed_jks(&one));
    put_key(d, "two", &two,
            vso_jks_key_seal_jks(two.pkey, secret("other"), pool));
    assert_ok(read_draft(d, NULL, &file));
    ck_assert_int_eq(file->entries->nelts, 2);
    ck_assert_int_eq(X509_cmp(entry_at(file, 1)->cert, two.cert), 0);
    ck_assert_ptr_null(entry_at(file, 0)->pkey);
    ck_assert_ptr_null(entry_at(file, 1)->pkey);
    ck_assert_int_eq(res->warnings->nelts, 0);
    assert_refused(read_with(d->data, d->len, "secret", "two", &file),
                   VSO_P_WRONG_PASSWORD);
}
END_TEST

START_TEST(says_that_there_are_only_secret_keys)
{
    pair_t ca = new_pair("ca");
    draft_t *d = new_draft(JCEKS, 2, 1);
    vso_keyfile_t *file = NULL;

    put_entry(d, 3, "hmac");
    put_secret_key(d, SEALED);
    ck_assert_int_ne(read_draft(d, NULL, &file), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_UNSUPPORTED_FORMAT);
    ck_assert_ptr_nonnull(strstr(res->detail, "only a secret key"));
    vso_result_clear(res);

    d = new_draft(JCEKS, 2, 3);
    put_entry(d, 3, "hmac");
    put_secret_key(d, SEALED);
    put_entry(d, 3, "aes");
    put_secret_key(d, SEALED);
    put_entry(d, 2, "ca");
    put_cert(d, ca.cert, "X.509");
    ck_assert_int_ne(read_draft(d, NULL, &file), APR_SUCCESS);
    ck_assert_ptr_nonnull(strstr(res->detail, "secret keys, certificates"));
    vso_result_clear(res);

    ck_assert_int_ne(read_draft(new_draft(JKS, 2, 0), NULL, &file),
                     APR_SUCCESS);
    ck_assert_ptr_nonnull(strstr(res->detail, "neither a key nor"));
}
END_TEST

START_TEST(asks_for_the_key_password)
{
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JKS, 2, 1);
    vso_keyfile_source_t source = {.password = secret("secret")};
    vso_keyfile_t *file = NULL;

    put_key(d, "server", &pair,
            vso_jks_key_seal_jks(pair.pkey, secret("other"), pool));
    ck_assert_int_ne(read_draft(d, NULL, &file), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_WRONG_PASSWORD);
    ck_assert_str_eq(res->field, "keyPassword");
    vso_result_clear(res);

    source.data = d->data;
    source.len = d->len;
    source.key_password = secret("wrong");
    assert_refused(vso_keyfile_read(&source, &file, res, pool),
                   VSO_P_WRONG_PASSWORD);
    source.key_password = secret("other");
    assert_ok(vso_keyfile_read(&source, &file, res, pool));
    assert_pair(file, &pair);
}
END_TEST

START_TEST(passes_over_secret_keys)
{
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JCEKS, 2, 3);
    vso_keyfile_t *file = NULL;

    put_entry(d, 3, "_dunessk_alias_");
    put_secret_key(d, SEALED);
    put_key(d, "_dunesrsa_alias_", &pair,
            vso_jks_key_seal_jceks(pair.pkey, secret("secret"), pool));
    put_entry(d, 3, "another");
    put_secret_key(d, "javax.crypto.SealedObject");
    assert_ok(read_draft(d, NULL, &file));
    assert_pair(file, &pair);
    ck_assert_str_eq(file->format, "jceks");
    ck_assert(warned("secret-key", "_dunessk_alias_"));
    ck_assert(warned("secret-key", "another"));
}
END_TEST

START_TEST(refuses_other_java_objects)
{
    draft_t *d = new_draft(JCEKS, 2, 1);
    vso_keyfile_t *file = NULL;

    put_entry(d, 3, "evil");
    put_secret_key(d, "java.util.PriorityQueue");
    assert_refused(read_draft(d, NULL, &file), VSO_P_DAMAGED);

    d = new_draft(JKS, 2, 1);
    put_entry(d, 3, "no secret keys in JKS");
    put_secret_key(d, SEALED);
    assert_refused(read_draft(d, NULL, &file), VSO_P_DAMAGED);
}
END_TEST

START_TEST(survives_any_change_in_a_java_object)
{
    draft_t *d = new_draft(JCEKS, 2, 1);
    apr_size_t start;
    apr_size_t end;
    apr_size_t i;

    put_entry(d, 3, "k");
    start = d->len;
    put_secret_key(d, SEALED);
    end = d->len;
    for (i = start * 8; i < end * 8; i++) {
        vso_keyfile_t *file = NULL;

        d->data[i / 8] ^= (unsigned char)(1u << i % 8);
        d->len = end;
        /* there is no private key in it: always refused */
        ck_assert_int_ne(read_draft(d, NULL, &file), APR_SUCCESS);
        vso_result_clear(res);
        d->data[i / 8] ^= (unsigned char)(1u << i % 8);
    }
    for (i = start; i < end; i++) {
        vso_keyfile_t *file = NULL;

        d->len = i;
        assert_refused(read_draft(d, NULL, &file), VSO_P_DAMAGED);
    }
}
END_TEST

START_TEST(uses_certificates_of_the_store_for_the_chain)
{
    pair_t pair = new_pair("server");
    pair_t ca = new_pair("ca");
    draft_t *d = new_draft(JKS, 2, 2);
    vso_keyfile_t *file = NULL;

    put_entry(d, 2, "ca");
    put_cert(d, ca.cert, "X.509");
    put_key(d, "server", &pair, sealed_jks(&pair));
    assert_ok(read_draft(d, NULL, &file));
    assert_pair(file, &pair);
    ck_assert_int_eq(entry_at(file, 0)->chain->nelts, 1);
}
END_TEST

START_TEST(says_when_there_is_no_private_key)
{
    pair_t ca = new_pair("ca");
    draft_t *d = new_draft(JKS, 2, 1);
    vso_keyfile_t *file = NULL;

    put_entry(d, 2, "ca");
    put_cert(d, ca.cert, "X.509");
    assert_refused(read_draft(d, NULL, &file), VSO_P_UNSUPPORTED_FORMAT);
}
END_TEST

START_TEST(refuses_a_certificate_of_another_key)
{
    pair_t pair = new_pair("server");
    pair_t other = new_pair("other");
    draft_t *d = new_draft(JKS, 2, 1);
    vso_keyfile_t *file = NULL;

    put_key(d, "server", &other, sealed_jks(&pair));
    assert_refused(read_draft(d, NULL, &file), VSO_P_KEY_MISMATCH);
}
END_TEST

START_TEST(refuses_huge_counts_and_lengths)
{
    pair_t pair = new_pair("server");
    const vso_secret_t *sealed = sealed_jks(&pair);
    draft_t *whole = new_draft(JKS, 2, 1);
    apr_size_t at;

    put_key(whole, "server", &pair, sealed);
    /* each aligned or not: count, alias, lengths of key, chain, certificate */
    for (at = 8; at + 4 <= whole->len; at++) {
        draft_t *d = apr_pmemdup(pool, whole, sizeof(*whole));
        vso_keyfile_t *file = NULL;

        memset(d->data + at, 0xFF, 4);
        if (read_draft(d, NULL, &file) == APR_SUCCESS) {
            /* the date, or some part of the certificate */
            ck_assert(EVP_PKEY_eq(entry_at(file, 0)->pkey, pair.pkey));
        }
        vso_result_clear(res);
    }
    memset(whole->data + 8, 0xFF, 4);
    assert_refused(read_draft(whole, NULL, &(vso_keyfile_t *){NULL}),
                   VSO_P_DAMAGED);
}
END_TEST

START_TEST(caps_entries_and_certificates)
{
    pair_t pair = new_pair("server");
    draft_t *d =
        new_draft(JKS, 2, VSO_MAX_KEYS_IN_FILE + VSO_MAX_CERTS_IN_FILE + 1);
    vso_keyfile_t *file = NULL;
    int i;

    d->len = sizeof(d->data) - SHA_DIGEST_LENGTH;
    assert_refused(read_draft(d, NULL, &file), VSO_P_TOO_LARGE);

    d = new_draft(JKS, 2, 1);
    put_entry(d, 1, "a");
    put_number(d, 0, 4);
    put_number(d, 0xFFFFFFFF, 4);
    for (i = 0; i <= VSO_MAX_CERTS_IN_FILE; i++) {
        put_text(d, "X.509");
        put_number(d, 0, 4);
    }
    assert_refused(read_draft(d, NULL, &file), VSO_P_TOO_LARGE);
    ck_assert_ptr_nonnull(pair.cert);
}
END_TEST

START_TEST(refuses_other_certificate_types)
{
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JKS, 2, 1);
    vso_keyfile_t *file = NULL;

    put_entry(d, 2, "a");
    put_cert(d, pair.cert, "PGP");
    assert_refused(read_draft(d, NULL, &file), VSO_P_UNSUPPORTED_FORMAT);
}
END_TEST

START_TEST(refuses_trailing_bytes)
{
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JKS, 2, 1);
    vso_keyfile_t *file = NULL;

    put_key(d, "server", &pair, sealed_jks(&pair));
    put(d, "x", 1);
    assert_refused(read_draft(d, NULL, &file), VSO_P_DAMAGED);

    d = new_draft(JKS, 2, 1);
    put_key(d, "server", &pair, sealed_jks(&pair));
    put_trailer(d);
    put(d, "x", 1);
    assert_refused(read_with(d->data, d->len, "secret", NULL, &file),
                   VSO_P_DAMAGED);
}
END_TEST

/** A JCEKS whose key asks for this many iterations. */
static apr_status_t read_asking_for(const char *number, apr_size_t len)
{
    pair_t pair = new_pair("server");
    draft_t *d = new_draft(JCEKS, 2, 1);
    vso_keyfile_t *file = NULL;

    put_key(d, "server", &pair, asking_for(number, len));
    return read_draft(d, NULL, &file);
}

START_TEST(checks_iterations_before_deriving)
{
    assert_refused(read_asking_for("\0", 1), VSO_P_DAMAGED);
    assert_refused(read_asking_for("\xFF", 1), VSO_P_DAMAGED);
    assert_refused(read_asking_for("\x80\0\0\0", 4), VSO_P_DAMAGED);
    assert_refused(read_asking_for("\x7F\xFF\xFF\xFF", 4), VSO_P_TOO_LARGE);
    assert_refused(read_asking_for("\x4C\x4B\x41", 3), VSO_P_TOO_LARGE);
    assert_refused(
        read_asking_for("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10),
        VSO_P_TOO_LARGE);
    assert_refused(read_asking_for("\1", 1), VSO_P_WRONG_PASSWORD);
}
END_TEST

START_TEST(refuses_every_cut)
{
    pair_t pair = new_pair("server");
    vso_secret_t *data;

    data = written("jks", &pair, NULL, PASSWORD);
    assert_all_cuts_refused(data, data->len, PASSWORD);
    data = written("jceks", &pair, NULL, PASSWORD);
    assert_all_cuts_refused(data, data->len, PASSWORD);
}
END_TEST

START_TEST(survives_every_flip)
{
    pair_t pair = new_pair("server");

    /* the trailer covers every bit */
    ck_assert_int_eq(
        try_all_flips(written("jks", &pair, NULL, PASSWORD), &pair, PASSWORD),
        0);
    ck_assert_int_eq(
        try_all_flips(written("jceks", &pair, NULL, PASSWORD), &pair, PASSWORD),
        0);
}
END_TEST

START_TEST(writes_jceks_with_ascii_passwords_only)
{
    pair_t pair = new_pair("server");
    vso_keyfile_sink_t sink = {.format = "jceks",
                               .pkey = pair.pkey,
                               .cert = pair.cert,
                               .password = secret("p\xC3\xA4ss")};
    vso_secret_t *data = NULL;

    sink.chain = apr_array_make(pool, 1, sizeof(X509 *));
    ck_assert_int_ne(vso_keyfile_write(&sink, &data, res, pool), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_INVALID);
    ck_assert_str_eq(res->field, "password");
    vso_result_clear(res);
    sink.format = "jks";
    assert_ok(vso_keyfile_write(&sink, &data, res, pool));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("jks");
    TCase *tc = unit_case(s, "jks");

    tcase_add_test(tc, reads_version_1_and_2);
    tcase_add_test(tc, refuses_other_versions);
    tcase_add_test(tc, reads_aliases_in_modified_utf8);
    tcase_add_test(tc, takes_a_surrogate_alone_for_no_character);
    tcase_add_test(tc, refuses_aliases_that_are_no_text);
    tcase_add_test(tc, lists_several_keys_and_opens_one);
    tcase_add_test(tc, refuses_an_alias_that_stands_twice);
    tcase_add_test(tc, keeps_aliases_that_differ_in_case);
    tcase_add_test(tc, reads_a_chain_in_any_order);
    tcase_add_test(tc, takes_the_certificate_of_the_ca);
    tcase_add_test(tc, completes_a_chain_from_another_entry);
    tcase_add_test(tc, lists_a_key_once);
    tcase_add_test(tc, lists_keys_with_other_passwords);
    tcase_add_test(tc, says_that_there_are_only_secret_keys);
    tcase_add_test(tc, asks_for_the_key_password);
    tcase_add_test(tc, passes_over_secret_keys);
    tcase_add_test(tc, refuses_other_java_objects);
    tcase_add_test(tc, survives_any_change_in_a_java_object);
    tcase_add_test(tc, uses_certificates_of_the_store_for_the_chain);
    tcase_add_test(tc, says_when_there_is_no_private_key);
    tcase_add_test(tc, refuses_a_certificate_of_another_key);
    tcase_add_test(tc, refuses_huge_counts_and_lengths);
    tcase_add_test(tc, caps_entries_and_certificates);
    tcase_add_test(tc, refuses_other_certificate_types);
    tcase_add_test(tc, refuses_trailing_bytes);
    tcase_add_test(tc, checks_iterations_before_deriving);
    tcase_add_test(tc, refuses_every_cut);
    tcase_add_test(tc, survives_every_flip);
    tcase_add_test(tc, writes_jceks_with_ascii_passwords_only);
    return s;
}
