/* SPDX-License-Identifier: Apache-2.0 */
#include "openssl_util.h"

#include "base/limits.h"
#include "package/envelope.h"

#define NAME  "elements/1/data.p7m"
#define PLAIN "<workflow version=\"1.0\"/>"
#define TAIL  18 /* the tag: 04 10 and 16 bytes */

static vso_envelope_key_t *make_key(const char *cn, EVP_PKEY *pkey,
                                    const char *usage)
{
    vso_envelope_key_t *key = apr_pcalloc(pool, sizeof(*key));

    key->pkey = pkey;
    key->cert = make_cert(&(wish_t){.cn = cn, .key = pkey, .key_usage = usage});
    return key;
}

static vso_envelope_key_t *rsa(const char *cn)
{
    return make_key(cn, rsa_key(2048), "digitalSignature,keyEncipherment");
}

static vso_envelope_key_t *ec(const char *cn)
{
    return make_key(cn, ec_key(), "digitalSignature,keyAgreement");
}

static apr_array_header_t *keys_of(const vso_envelope_key_t *a,
                                   const vso_envelope_key_t *b)
{
    apr_array_header_t *keys =
        apr_array_make(pool, 2, sizeof(const vso_envelope_key_t *));

    APR_ARRAY_PUSH(keys, const vso_envelope_key_t *) = a;
    if (b) {
        APR_ARRAY_PUSH(keys, const vso_envelope_key_t *) = b;
    }
    return keys;
}

static const vso_envelope_file_t *file_of(const char *data, apr_size_t len)
{
    vso_envelope_file_t *file = apr_palloc(pool, sizeof(*file));

    file->data = data;
    file->len = len;
    file->name = NAME;
    return file;
}

static bytes_t seal(const char *data, apr_size_t len,
                    const apr_array_header_t *recipients)
{
    const unsigned char *der = NULL;
    bytes_t bytes;

    assert_ok(vso_envelope_seal(file_of(data, len), recipients, &der,
                                &bytes.len, res, pool));
    ck_assert_uint_eq(ERR_peek_error(), 0);
    bytes.data = (const char *)der;
    return bytes;
}

static apr_status_t open_it(bytes_t sealed, const vso_envelope_key_t *key,
                            vso_secret_t **pplain)
{
    apr_status_t rv =
        vso_envelope_open(file_of(sealed.data, sealed.len), keys_of(key, NULL),
                          pplain, NULL, res, pool);

    ck_assert_uint_eq(ERR_peek_error(), 0);
    return rv;
}

static void assert_opens(bytes_t sealed, const vso_envelope_key_t *key,
                         const char *data, apr_size_t len)
{
    vso_secret_t *plain = NULL;

    assert_ok(open_it(sealed, key, &plain));
    ck_assert_uint_eq(plain->len, len);
    ck_assert_mem_eq(plain->data, data, len);
}

/** @return what was said */
static const char *assert_shut(bytes_t sealed, const vso_envelope_key_t *key,
                               vso_problem_e expected, const char *part)
{
    vso_secret_t *plain = NULL;
    const char *detail;

    ck_assert_int_ne(open_it(sealed, key, &plain), APR_SUCCESS);
    ck_assert_ptr_null(plain);
    detail = res->detail;
    ck_assert_str_eq(vso_problem_slug(res->problem),
                     vso_problem_slug(expected));
    ck_assert_str_eq(res->field, NAME);
    assert_shows(detail, part);
    vso_result_clear(res);
    return detail;
}

START_TEST(each_recipient_opens)
{
    vso_envelope_key_t *a = rsa("a");
    vso_envelope_key_t *b = ec("b");
    vso_envelope_key_t *c =
        make_key("c", vso_pkey_bind(EVP_EC_gen("P-384"), pool), "keyAgreement");
    bytes_t sealed =
        seal(PLAIN, strlen(PLAIN), certs_of(a->cert, b->cert, c->cert, NULL));

    assert_opens(sealed, a, PLAIN, strlen(PLAIN));
    assert_opens(sealed, b, PLAIN, strlen(PLAIN));
    assert_opens(sealed, c, PLAIN, strlen(PLAIN));
}
END_TEST

START_TEST(says_which_key_opened)
{
    vso_envelope_key_t *a = rsa("a");
    vso_envelope_key_t *b = ec("b");
    bytes_t sealed = seal(PLAIN, strlen(PLAIN), certs_of(b->cert, NULL));
    const vso_envelope_key_t *used = NULL;
    apr_array_header_t *fitting = NULL;
    vso_secret_t *plain = NULL;

    b->version_id = 7;
    assert_ok(vso_envelope_open(file_of(sealed.data, sealed.len), keys_of(a, b),
                                &plain, &used, res, pool));
    ck_assert_int_eq((int)used->version_id, 7);
    assert_ok(vso_envelope_keys(file_of(sealed.data, sealed.len), keys_of(a, b),
                                &fitting, res, pool));
    ck_assert_int_eq(fitting->nelts, 1);
    ck_assert_ptr_eq(APR_ARRAY_IDX(fitting, 0, const vso_envelope_key_t *), b);
}
END_TEST

START_TEST(takes_any_size_up_to_the_cap)
{
    vso_envelope_key_t *key = rsa("a");
    char *big = apr_pcalloc(pool, VSO_MAX_ENCRYPTED + 1);
    const unsigned char *der;
    apr_size_t len;

    memset(big, 'x', VSO_MAX_ENCRYPTED);
    assert_opens(seal("", 0, certs_of(key->cert, NULL)), key, "", 0);
    assert_opens(seal(big, VSO_MAX_ENCRYPTED, certs_of(key->cert, NULL)), key,
                 big, VSO_MAX_ENCRYPTED);
    assert_refused(vso_envelope_seal(file_of(big, VSO_MAX_ENCRYPTED + 1),
                                     certs_of(key->cert, NULL), &der, &len, res,
                                     pool),
                   VSO_P_TOO_LARGE);
}
END_TEST

START_TEST(names_the_recipients)
{
    vso_envelope_key_t *a = rsa("alice");
    vso_envelope_key_t *b = ec("bob");
    bytes_t sealed =
        seal(PLAIN, strlen(PLAIN), certs_of(a->cert, b->cert, NULL));
    const char *detail = assert_shut(sealed, rsa("alice"), VSO_P_NO_RECIPIENT,
                                     "issuer \"CN=alice\", serial ");

    assert_shows(detail, "No key here opens \"" NAME "\"; it was encrypted");
    assert_shows(detail, "; issuer \"CN=bob\", serial ");
}
END_TEST

START_TEST(refuses_recipients_that_cannot_read)
{
    const unsigned char *der;
    apr_size_t len;
    EVP_PKEY *ed =
        vso_pkey_bind(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), pool);
    X509 *bad[] = {
        make_key("r", rsa_key(2048), "digitalSignature")->cert,
        make_key("e", ec_key(), "digitalSignature,keyEncipherment")->cert,
        make_key("s", rsa_key(512), NULL)->cert,
    };
    X509 *edwards = vso_x509_bind(X509_dup(bad[0]), pool);
    apr_size_t i;

    for (i = 0; i < 3; i++) {
        ck_assert_int_ne(vso_envelope_seal(file_of(PLAIN, 3),
                                           certs_of(bad[i], NULL), &der, &len,
                                           res, pool),
                         APR_SUCCESS);
        ck_assert_str_eq(res->field, "recipients");
        ck_assert_int_eq(res->problem, VSO_P_INVALID);
        vso_result_clear(res);
    }
    X509_set_pubkey(edwards, ed);
    assert_refused(vso_envelope_seal(file_of(PLAIN, 3), certs_of(edwards, NULL),
                                     &der, &len, res, pool),
                   VSO_P_INVALID);
    assert_refused(vso_envelope_seal(file_of(PLAIN, 3), certs_of(NULL, NULL),
                                     &der, &len, res, pool),
                   VSO_P_INVALID);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(openssl_opens_ours)
{
    const char *folder = make_folder();
    vso_envelope_key_t *keys[] = {rsa("a"), ec("b")};
    bytes_t sealed = seal(PLAIN, strlen(PLAIN),
                          certs_of(keys[0]->cert, keys[1]->cert, NULL));
    bytes_t plain;
    int i;

    save(folder, "sealed", sealed.data, sealed.len);
    for (i = 0; i < 2; i++) {
        save_cert(folder, "cert", keys[i]->cert);
        save_key(folder, "key", keys[i]->pkey);
        ck_assert_int_eq(
            run_openssl(folder, "cms -decrypt -inform DER -in sealed -recip "
                                "cert -inkey key -out plain"),
            0);
        plain = fetch(folder, "plain");
        ck_assert_uint_eq(plain.len, strlen(PLAIN));
        ck_assert_mem_eq(plain.data, PLAIN, plain.len);
    }
    ck_assert_int_eq(run_openssl(folder, "asn1parse -inform DER -in sealed"),
                     0);
    assert_shows(fetch(folder, "out.txt").data, "aes-256-gcm");
    assert_shows(fetch(folder, "out.txt").data, "rsaesOaep");
    assert_shows(fetch(folder, "out.txt").data,
                 "dhSinglePass-stdDH-sha256kdf-scheme");
}
END_TEST

START_TEST(opens_what_openssl_makes)
{
    static const struct {
        int of_ec;
        const char *options;
        vso_problem_e refused;
    } made[] = {
        {0,
         "-aes-256-gcm -recip cert -keyopt rsa_padding_mode:oaep "
         "-keyopt rsa_oaep_md:sha256",
         VSO_P_NONE},
        {0, "-aes-128-gcm -recip cert -keyopt rsa_padding_mode:oaep",
         VSO_P_NONE},
        {0, "-aes-256-gcm -keyid -recip cert -keyopt rsa_padding_mode:oaep",
         VSO_P_NONE},
        {1, "-aes-256-gcm -recip cert", VSO_P_NONE},
        {1, "-aes-256-gcm -keyid -recip cert -keyopt ecdh_kdf_md:sha384",
         VSO_P_NONE},
        {0, "-aes-256-gcm -recip cert", VSO_P_DAMAGED},
        {0, "-aes-256-cbc -recip cert -keyopt rsa_padding_mode:oaep",
         VSO_P_DAMAGED},
    };
    const char *folder = make_folder();
    vso_envelope_key_t *keys[] = {rsa("a"), ec("b")};
    apr_size_t i;

    save(folder, "plain", PLAIN, strlen(PLAIN));
    for (i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        vso_envelope_key_t *key = keys[made[i].of_ec];

        save_cert(folder, "cert", key->cert);
        ck_assert_int_eq(
            run_openssl(folder, apr_pstrcat(pool,
                                            "cms -encrypt -binary -outform DER "
                                            "-in plain -out sealed ",
                                            made[i].options, NULL)),
            0);
        if (made[i].refused) {
            assert_shut(fetch(folder, "sealed"), key, made[i].refused, "");
        }
        else {
            assert_opens(fetch(folder, "sealed"), key, PLAIN, strlen(PLAIN));
        }
    }
}
END_TEST

/** What fails with a key must not tell why. */
START_TEST(wrong_key_and_changed_bytes_sound_the_same)
{
    vso_envelope_key_t *key = rsa("a");
    bytes_t sealed = seal(PLAIN, strlen(PLAIN), certs_of(key->cert, NULL));
    char *copy = apr_pmemdup(pool, sealed.data, sealed.len);
    vso_envelope_key_t other = {rsa_key(2048), key->cert, 0};
    vso_envelope_key_t crossed = {ec_key(), key->cert, 0};
    const char *said =
        assert_shut(sealed, &other, VSO_P_DAMAGED, "cannot be decrypted");
    bytes_t changed = {copy, sealed.len};

    ck_assert_str_eq(assert_shut(sealed, &crossed, VSO_P_DAMAGED, ""), said);
    copy[sealed.len - 1] ^= 1; /* the tag */
    ck_assert_str_eq(assert_shut(changed, key, VSO_P_DAMAGED, ""), said);
    copy[sealed.len - 1] ^= 1;
    copy[sealed.len - TAIL - 1] ^= 1; /* the content */
    ck_assert_str_eq(assert_shut(changed, key, VSO_P_DAMAGED, ""), said);
}
END_TEST

/** No bit of what decides can be changed, and nothing can be cut off. */
START_TEST(stays_shut_when_changed)
{
    vso_envelope_key_t *key = ec("a");
    bytes_t sealed = seal(PLAIN, strlen(PLAIN), certs_of(key->cert, NULL));
    char *copy = apr_pmemdup(pool, sealed.data, sealed.len);
    bytes_t changed = {copy, sealed.len};
    vso_secret_t *plain = NULL;
    int opened = 0;
    apr_size_t i;

    for (i = 0; i < 8 * sealed.len; i++) {
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        if (open_it(changed, key, &plain) == APR_SUCCESS) {
            ck_assert_uint_eq(plain->len, strlen(PLAIN));
            ck_assert_mem_eq(plain->data, PLAIN, plain->len);
            opened++;
        }
        vso_result_clear(res);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
    }
    /* version numbers, and bits of BER's other spellings of the same */
    ck_assert_int_le(opened, 4 * 8);
    for (changed.len = 0; changed.len < sealed.len; changed.len++) {
        assert_shut(changed, key, VSO_P_DAMAGED, NAME);
    }
}
END_TEST

/** Take n from the lengths of the outer three headers. */
static void shorten(unsigned char *der, int n)
{
    static const int tags[] = {0x30, 0xa0, 0x30};
    int at = 0;
    int len;
    int i;

    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(der[at], tags[i]);
        ck_assert_int_eq(der[at + 1], 0x82);
        len = der[at + 2] * 256 + der[at + 3] - n;
        der[at + 2] = (unsigned char)(len / 256);
        der[at + 3] = (unsigned char)(len % 256);
        at += i == 0 ? 4 + 13 : 4; /* the content type's OID */
    }
}

START_TEST(refuses_weak_authentication)
{
    static const unsigned char gcm[] = {0x60, 0x86, 0x48, 0x01, 0x65,
                                        0x03, 0x04, 0x01, 46};
    vso_envelope_key_t *key = rsa("a");
    bytes_t sealed = seal(PLAIN, strlen(PLAIN), certs_of(key->cert, NULL));
    unsigned char *copy = apr_pmemdup(pool, sealed.data, sealed.len);
    bytes_t changed = {(const char *)copy, sealed.len};
    apr_size_t at = 0;

    while (memcmp(copy + at, gcm, sizeof(gcm)) != 0) {
        ck_assert_uint_lt(++at, sealed.len - sizeof(gcm));
    }
    copy[at + 8] = 42; /* aes256-CBC, which has no tag */
    assert_shut(changed, key, VSO_P_DAMAGED, "another cipher than AES-GCM");
    copy[at + 8] = 46;

    copy[sealed.len - TAIL] = 0x24; /* BER: one of 14 bytes, in a piece */
    memcpy(copy + sealed.len - TAIL + 2, "\x04\x0e", 2);
    assert_shut(changed, key, VSO_P_DAMAGED, "authentication tag");
    copy[sealed.len - TAIL] = 0x04;

    copy[sealed.len - TAIL + 1] = 1; /* a tag of one byte */
    shorten(copy, 15);
    changed.len -= 15;
    assert_shut(changed, key, VSO_P_DAMAGED, "authentication tag");
}
END_TEST

/** What of a recipient may be in a file, before OpenSSL is given it. */
typedef struct {
    int of_ec;
    const char *options; /**< of openssl cms -encrypt */
    const char *from;    /**< bytes, hex */
    const char *to;      /**< as many */
    const char *said;
} turned_t;

static bytes_t turned(const char *folder, const turned_t *one)
{
    bytes_t sealed;
    unsigned char *copy;
    unsigned char *from;
    unsigned char *to;
    apr_size_t at = 0;
    long len = 0;

    ck_assert_int_eq(
        run_openssl(folder, apr_pstrcat(pool,
                                        "cms -encrypt -binary -outform DER -in "
                                        "plain -out sealed ",
                                        one->options, NULL)),
        0);
    sealed = fetch(folder, "sealed");
    copy = apr_pmemdup(pool, sealed.data, sealed.len);
    from = OPENSSL_hexstr2buf(one->from, &len);
    to = OPENSSL_hexstr2buf(one->to, &len);
    while (memcmp(copy + at, from, (size_t)len) != 0) {
        ck_assert_uint_lt(++at, sealed.len - (apr_size_t)len);
    }
    memcpy(copy + at, to, (size_t)len);
    OPENSSL_free(from);
    OPENSSL_free(to);
    sealed.data = (const char *)copy;
    return sealed;
}

/** OpenSSL 3.0.19 writes past a heap block for the first three. */
START_TEST(refuses_other_algorithms_of_recipients)
{
    static const char *const oaep =
        "-aes-256-gcm -recip cert -keyopt rsa_padding_mode:oaep -keyopt "
        "rsa_oaep_md:sha256";
    const turned_t all[] = {
        /* id-aesNNN-wrap-pad */
        {1, "-aes-128-gcm cert", "60864801650304010530", "60864801650304010830",
         "another key wrap"},
        {1, "-aes-192-gcm cert", "608648016503040119", "60864801650304011c",
         "another key wrap"},
        {1, "-aes-256-gcm cert", "60864801650304012d", "608648016503040130",
         "another key wrap"},
        /* the first byte of aes256-GCM is the same as that of aes256-CBC */
        {1, "-aes-256-gcm cert", "60864801650304012d", "60864801650304012a",
         "another key wrap"},
        /* a wrap of 16 bytes for a cipher with 32; its octets too short */
        {1, "-aes-128-gcm cert", "060960864801650304010630",
         "060960864801650304012e30", "wrapped key"},
        /* dhSinglePass-stdDH-sha1kdf, as mqvSinglePass-sha1kdf */
        {1, "-aes-256-gcm cert", "2b81051086483f0002", "2b81051086483f0010",
         "another key agreement"},
        /* rsaesOaep as id-RSASSA-PSS, SHA-256 as MD5's place, id-mgf1 */
        {0, oaep, "2a864886f70d010107", "2a864886f70d01010a",
         "another encryption of its key"},
        {0, oaep, "0609608648016503040201", "060960864801650304020a",
         "other parameters of OAEP"},
        {0, oaep, "2a864886f70d010108", "2a864886f70d010109",
         "other parameters of OAEP"},
        /* the public key of the sender: id-ecPublicKey as something else */
        {1, "-aes-256-gcm cert", "a14f300906072a8648ce3d0201",
         "a14f300906072a8648ce3d0202", "key of its sender"},
    };
    const char *folder = make_folder();
    vso_envelope_key_t *keys[] = {rsa("a"), ec("b")};
    apr_size_t i;

    save(folder, "plain", PLAIN, strlen(PLAIN));
    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        save_cert(folder, "cert", keys[all[i].of_ec]->cert);
        assert_shut(turned(folder, &all[i]), keys[all[i].of_ec], VSO_P_DAMAGED,
                    all[i].said);
    }
}
END_TEST

START_TEST(refuses_other_files)
{
    vso_envelope_key_t *key = rsa("a");
    char *big = apr_pcalloc(pool, VSO_MAX_ENVELOPE + 1);
    bytes_t text = {PLAIN, strlen(PLAIN)};
    bytes_t empty = {"", 0};
    bytes_t large = {big, VSO_MAX_ENVELOPE + 1};
    bytes_t bag = bag_of(certs_of(key->cert, NULL), 0);

    assert_shut(text, key, VSO_P_DAMAGED, "no CMS");
    assert_shut(empty, key, VSO_P_DAMAGED, "no CMS");
    assert_shut(large, key, VSO_P_TOO_LARGE, "larger");
    assert_shut(bag, key, VSO_P_DAMAGED, "no AuthEnvelopedData");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("envelope");
    TCase *tc = unit_case(s, "envelope");

    tcase_add_test(tc, each_recipient_opens);
    tcase_add_test(tc, says_which_key_opened);
    tcase_add_test(tc, takes_any_size_up_to_the_cap);
    tcase_add_test(tc, names_the_recipients);
    tcase_add_test(tc, refuses_recipients_that_cannot_read);
    tcase_add_test(tc, openssl_opens_ours);
    tcase_add_test(tc, opens_what_openssl_makes);
    tcase_add_test(tc, wrong_key_and_changed_bytes_sound_the_same);
    tcase_add_test(tc, stays_shut_when_changed);
    tcase_add_test(tc, refuses_weak_authentication);
    tcase_add_test(tc, refuses_other_algorithms_of_recipients);
    tcase_add_test(tc, refuses_other_files);
    return s;
}
