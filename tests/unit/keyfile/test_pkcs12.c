/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile_unit.h"

#include <openssl/err.h>

#define LATIN1_UTF8 "p\xC3\xA4ssword" /* a-umlaut */

static vso_secret_t *encoded(PKCS12 *p12)
{
    unsigned char *der = NULL;
    int len = i2d_PKCS12(p12, &der);
    vso_secret_t *data = vso_secret_copy(der, (apr_size_t)len, pool);

    OPENSSL_free(der);
    PKCS12_free(p12);
    return data;
}

/** What OpenSSL's own call makes, with few iterations. */
static PKCS12 *created(const char *password, const pair_t *pair, int key_nid,
                       int cert_nid)
{
    PKCS12 *p12 =
        PKCS12_create_ex(password, "Server", pair->pkey, pair->cert, NULL,
                         key_nid, cert_nid, 2, 2, 0, old_programs(), NULL);

    ck_assert_ptr_nonnull(p12);
    return p12;
}

static apr_status_t read_data(const vso_secret_t *data, const char *password,
                              vso_keyfile_t **pfile)
{
    return read_with(data->data, data->len, password, NULL, pfile);
}

static PKCS12_SAFEBAG *key_bag(const pair_t *pair, const char *name,
                               const char *id)
{
    PKCS12_SAFEBAG *bag =
        PKCS12_SAFEBAG_create0_p8inf(EVP_PKEY2PKCS8(pair->pkey));

    if (name) {
        PKCS12_add_friendlyname_utf8(bag, name, -1);
    }
    if (id) {
        PKCS12_add_localkeyid(bag, (unsigned char *)id, (int)strlen(id));
    }
    return bag;
}

static PKCS12_SAFEBAG *cert_bag(X509 *cert, const char *id)
{
    PKCS12_SAFEBAG *bag = PKCS12_SAFEBAG_create_cert(cert);

    if (id) {
        PKCS12_add_localkeyid(bag, (unsigned char *)id, (int)strlen(id));
    }
    return bag;
}

/** A file without MAC or encryption around these bags, which it frees. */
static vso_secret_t *plain_file(PKCS12_SAFEBAG **bags, int n)
{
    STACK_OF(PKCS12_SAFEBAG) *stack = sk_PKCS12_SAFEBAG_new_null();
    STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
    PKCS12 *p12;
    int i;

    for (i = 0; i < n; i++) {
        sk_PKCS12_SAFEBAG_push(stack, bags[i]);
    }
    sk_PKCS7_push(safes, PKCS12_pack_p7data(stack));
    p12 = PKCS12_add_safes(safes, NID_pkcs7_data);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(stack, PKCS12_SAFEBAG_free);
    return encoded(p12);
}

START_TEST(reads_every_scheme)
{
    static const int schemes[][2] = {
        {NID_aes_256_cbc, NID_aes_256_cbc},
        {NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
         NID_pbe_WithSHA1And40BitRC2_CBC},
        {NID_pbe_WithSHA1And128BitRC4, NID_pbe_WithSHA1And128BitRC2_CBC},
        {NID_aes_128_cbc, NID_pbe_WithSHA1And40BitRC2_CBC},
        {-1, -1},
    };
    static const char *const passwords[] = {
        "",
        "1",
        LATIN1_UTF8,
        "\xCF\x80\xCE\xB1\xCF\x83\xCF\x83",
        "\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
        NULL,
    };
    pair_t pair = new_pair("server");
    vso_secret_t *files[5][5];
    int i;
    int j;

    for (i = 0; i < 5; i++) {
        for (j = 0; passwords[j]; j++) {
            files[i][j] = encoded(
                created(passwords[j], &pair, schemes[i][0], schemes[i][1]));
        }
    }
    for (i = 0; i < 5; i++) {
        for (j = 0; passwords[j]; j++) {
            vso_keyfile_t *file = NULL;

            assert_ok(read_data(files[i][j], passwords[j], &file));
            assert_pair(file, &pair);
            ck_assert_str_eq(entry_at(file, 0)->alias, "Server");
        }
    }
    assert_no_old_ciphers();
}
END_TEST

START_TEST(reads_passwords_of_old_programs)
{
    pair_t pair = new_pair("server");
    int des3 = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    vso_keyfile_t *file = NULL;
    vso_secret_t *data;

    /* OpenSSL 1.0 in a UTF-8 terminal: each byte is a character */
    data = encoded(created("p\xC3\x83\xC2\xA4ssword", &pair, des3, des3));
    assert_ok(read_data(data, LATIN1_UTF8, &file));
    /* any OpenSSL in a Latin-1 terminal, PBKDF2 */
    data = encoded(
        created("p\xE4ssword", &pair, NID_aes_128_cbc, NID_aes_128_cbc));
    assert_ok(read_data(data, LATIN1_UTF8, &file));
    /* no password at all, which is not the empty one */
    data = encoded(created(NULL, &pair, des3, des3));
    assert_ok(read_data(data, "", &file));
    assert_pair(file, &pair);
}
END_TEST

START_TEST(reads_without_integrity)
{
    pair_t pair = new_pair("server");
    vso_keyfile_t *file = NULL;
    vso_secret_t *data = encoded(PKCS12_create(
        PASSWORD, "x", pair.pkey, pair.cert, NULL, 0, 0, 2, -1, 0));

    assert_ok(read_data(data, PASSWORD, &file));
    assert_pair(file, &pair);
    assert_refused(read_data(data, "wrong", &file), VSO_P_WRONG_PASSWORD);
}
END_TEST

START_TEST(reads_with_a_password_for_the_key)
{
    pair_t pair = new_pair("server");
    PKCS12 *p12 = created("contents", &pair, 0, 0);
    vso_keyfile_source_t source = {.password = secret("integrity")};
    vso_keyfile_t *file = NULL;
    vso_secret_t *data;

    ck_assert(PKCS12_set_mac(p12, "integrity", -1, NULL, 0, 2, EVP_sha256()));
    data = encoded(p12);
    source.data = data->data;
    source.len = data->len;
    assert_refused(vso_keyfile_read(&source, &file, res, pool),
                   VSO_P_WRONG_PASSWORD);
    source.key_password = secret("contents");
    assert_ok(vso_keyfile_read(&source, &file, res, pool));
    assert_pair(file, &pair);
}
END_TEST

START_TEST(pairs_by_local_key_id_then_by_key)
{
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    X509 *renewed = new_cert(one.pkey, "renewed", 30);
    PKCS12_SAFEBAG *bags[] = {
        cert_bag(two.cert, NULL),   cert_bag(one.cert, NULL),
        key_bag(&one, "one", "id"), cert_bag(renewed, "id"),
        key_bag(&two, "two", NULL),
    };
    vso_secret_t *data = plain_file(bags, 5);
    vso_keyfile_t *file = NULL;

    assert_ok(read_data(data, "", &file));
    ck_assert_int_eq(file->entries->nelts, 2);
    ck_assert_int_eq(X509_cmp(entry_at(file, 0)->cert, renewed), 0);
    ck_assert_int_eq(X509_cmp(entry_at(file, 1)->cert, two.cert), 0);
    ck_assert_int_eq(entry_at(file, 0)->chain->nelts, 2);
    assert_ok(read_with(data->data, data->len, "", "Two", &file));
    assert_pair(file, &two);
    ck_assert(warned("unencrypted-key", "not encrypted"));
}
END_TEST

START_TEST(does_not_trust_a_local_key_id)
{
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    PKCS12_SAFEBAG *bags[] = {cert_bag(two.cert, "id"),
                              cert_bag(one.cert, NULL),
                              key_bag(&one, "one", "id")};
    PKCS12_SAFEBAG *other[] = {cert_bag(two.cert, "id"),
                               key_bag(&one, "one", "id")};
    vso_keyfile_t *file = NULL;

    assert_ok(read_data(plain_file(bags, 3), "", &file));
    assert_pair(file, &one);
    assert_refused(read_data(plain_file(other, 2), "", &file),
                   VSO_P_KEY_MISMATCH);
}
END_TEST

START_TEST(tells_keys_of_one_name_apart)
{
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    pair_t three = new_pair("three");
    pair_t four = new_pair("four");
    PKCS12_SAFEBAG *bags[] = {
        key_bag(&one, "same", "1"),  key_bag(&two, "SAME", "2"),
        key_bag(&three, NULL, "3"),  cert_bag(one.cert, "1"),
        cert_bag(two.cert, "2"),     cert_bag(three.cert, "3"),
        key_bag(&four, "same", "4"), cert_bag(four.cert, "4"),
    };
    vso_secret_t *data = plain_file(bags, 8);
    vso_keyfile_t *file = NULL;

    assert_ok(read_data(data, "", &file));
    ck_assert_str_eq(entry_at(file, 0)->alias, "same");
    ck_assert_str_eq(entry_at(file, 1)->alias, "SAME");
    ck_assert_str_eq(entry_at(file, 2)->alias, "3");
    ck_assert_str_eq(entry_at(file, 3)->alias, "same (2)");
    assert_ok(read_with(data->data, data->len, "", "SAME", &file));
    assert_pair(file, &two);
    assert_ok(read_with(data->data, data->len, "", "same", &file));
    assert_pair(file, &one);
    assert_ok(read_with(data->data, data->len, "", "Same (2)", &file));
    assert_pair(file, &four);
    /* which of the two? */
    assert_refused(read_with(data->data, data->len, "", "Same", &file),
                   VSO_P_INVALID);
}
END_TEST

/** Programs have crossed the ids: the key decides, in the list as well. */
START_TEST(lists_what_would_be_imported)
{
    pair_t one = new_pair("one");
    pair_t two = new_pair("two");
    PKCS12_SAFEBAG *bags[] = {key_bag(&one, "one", "1"),
                              key_bag(&two, "two", "2"),
                              cert_bag(one.cert, "2"), cert_bag(two.cert, "1")};
    vso_secret_t *data = plain_file(bags, 4);
    vso_keyfile_t *file = NULL;

    assert_ok(read_data(data, "", &file));
    ck_assert_int_eq(file->entries->nelts, 2);
    ck_assert_int_eq(X509_cmp(entry_at(file, 0)->cert, one.cert), 0);
    ck_assert_int_eq(X509_cmp(entry_at(file, 1)->cert, two.cert), 0);
    assert_ok(read_with(data->data, data->len, "", "one", &file));
    assert_pair(file, &one);
}
END_TEST

START_TEST(takes_the_renewed_of_one_id)
{
    pair_t ca = new_pair("ca");
    pair_t pair = new_pair("server");
    X509 *old = issued_cert(pair.pkey, "server", &ca, 400, -30);
    X509 *early = issued_cert(pair.pkey, "server", &ca, -3, 400);
    PKCS12_SAFEBAG *bags[] = {key_bag(&pair, "one", "id"), cert_bag(old, "id"),
                              cert_bag(early, "id"), cert_bag(ca.cert, NULL),
                              NULL};
    vso_keyfile_t *file = NULL;

    pair.cert = issued_cert(pair.pkey, "server", &ca, 2, 300);
    bags[4] = cert_bag(pair.cert, "id");
    assert_ok(read_data(plain_file(bags, 5), "", &file));
    assert_pair(file, &pair);
    assert_in_chain(entry_at(file, 0), ca.cert);
    ck_assert(warned("several-certificates", "3 certificates"));
    ck_assert(warned("several-certificates", "issued by \"CN=ca\""));
}
END_TEST

static PKCS12_SAFEBAG *bag_of_der(const vso_secret_t *der)
{
    const unsigned char *at = der->data;
    X509 *cert = d2i_X509(NULL, &at, (long)der->len);
    PKCS12_SAFEBAG *bag = cert_bag(cert, NULL);

    X509_free(cert);
    return bag;
}

START_TEST(passes_over_certificates_of_unknown_keys)
{
    pair_t pair = new_pair("server");
    PKCS12_SAFEBAG *bags[] = {
        bag_of_der(unknown_key_der(0)), key_bag(&pair, "one", NULL),
        cert_bag(pair.cert, NULL), bag_of_der(unknown_key_der(1))};
    PKCS12_SAFEBAG *alone[] = {bag_of_der(unknown_key_der(0)),
                               key_bag(&pair, "one", NULL)};
    vso_keyfile_t *file = NULL;

    assert_ok(read_data(plain_file(bags, 4), "", &file));
    assert_pair(file, &pair);
    ck_assert_int_eq(entry_at(file, 0)->chain->nelts, 0);
    ck_assert(warned("not-used", "1.2.840.10045.2.123"));
    ck_assert(warned("not-used", "CN=foreign"));
    ck_assert_int_ne(read_data(plain_file(alone, 2), "", &file), APR_SUCCESS);
    ck_assert_ptr_nonnull(strstr(res->detail, "algorithm is unknown"));
}
END_TEST

/** PFX { 3, ContentInfo { data } , MAC }: the data itself is missing. */
START_TEST(names_a_file_without_content)
{
    static const unsigned char bare[] =
        "\x30\x3B\x02\x01\x03\x30\x0B\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01"
        "\x07\x01\x30\x29\x30\x1F\x30\x07\x06\x05\x2B\x0E\x03\x02\x1A\x04"
        "\x14"
        "01234567890123456789"
        "\x04\x03"
        "abc"
        "\x02\x01\x01";
    vso_keyfile_t *file = NULL;

    ck_assert_int_ne(read_with(bare, sizeof(bare) - 1, "x", NULL, &file),
                     APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem), "damaged");
    ck_assert_ptr_nonnull(strstr(res->detail, "no content"));
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(says_how_much_is_missing)
{
    pair_t pair = new_pair("server");
    vso_secret_t *data = written("pkcs12", &pair, NULL, PASSWORD);
    vso_keyfile_t *file = NULL;

    ck_assert_int_ne(
        read_with(data->data, data->len - 200, PASSWORD, NULL, &file),
        APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem), "damaged");
    ck_assert_ptr_nonnull(strstr(
        res->detail, apr_psprintf(pool, "cut short, %d of %d bytes",
                                  (int)data->len - 200, (int)data->len)));
}
END_TEST

START_TEST(reads_pkcs12_in_pem_armour)
{
    pair_t pair = new_pair("server");
    vso_secret_t *data = written("pkcs12", &pair, NULL, PASSWORD);
    BIO *bio = BIO_new(BIO_s_mem());
    vso_keyfile_t *file = NULL;
    const char *text;

    PEM_write_bio(bio, "PKCS12", "", data->data, (long)data->len);
    text = bio_text(bio);
    assert_ok(read_with(text, strlen(text), PASSWORD, NULL, &file));
    assert_pair(file, &pair);
    ck_assert_str_eq(file->format, "pkcs12");
    assert_refused(read_with(text, strlen(text), "wrong", NULL, &file),
                   VSO_P_WRONG_PASSWORD);
    assert_refused(read_with(text, strlen(text) - 40, PASSWORD, NULL, &file),
                   VSO_P_DAMAGED);
}
END_TEST

START_TEST(reads_the_date_that_java_writes)
{
    pair_t pair = new_pair("server");
    PKCS12_SAFEBAG *bags[] = {key_bag(&pair, "a", "Time 1700000000123"),
                              cert_bag(pair.cert, "Time 1700000000123")};
    PKCS12_SAFEBAG *late[] = {key_bag(&pair, "a", "Time 9999999999999999999"),
                              cert_bag(pair.cert, NULL)};
    vso_keyfile_t *file = NULL;

    assert_ok(read_data(plain_file(bags, 2), "", &file));
    ck_assert_int_eq(entry_at(file, 0)->created_sec, 1700000000);
    assert_ok(read_data(plain_file(late, 2), "", &file));
    ck_assert_int_eq(entry_at(file, 0)->created_sec, 0);
}
END_TEST

/** Set the MAC's count; the MAC itself is then wrong. */
static vso_secret_t *asking_for(const pair_t *pair, const char *number)
{
    PKCS12 *p12 = created(PASSWORD, pair, 0, 0);
    const ASN1_INTEGER *iterations;
    BIGNUM *value = NULL;

    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
    BN_dec2bn(&value, number);
    BN_to_ASN1_INTEGER(value, (ASN1_INTEGER *)(apr_uintptr_t)iterations);
    BN_free(value);
    return encoded(p12);
}

START_TEST(checks_mac_iterations_before_deriving)
{
    pair_t pair = new_pair("server");
    vso_keyfile_t *file = NULL;

    assert_refused(read_data(asking_for(&pair, "0"), PASSWORD, &file),
                   VSO_P_DAMAGED);
    assert_refused(read_data(asking_for(&pair, "-1"), PASSWORD, &file),
                   VSO_P_DAMAGED);
    assert_refused(read_data(asking_for(&pair, "2147483647"), PASSWORD, &file),
                   VSO_P_TOO_LARGE);
    assert_refused(read_data(asking_for(&pair, "5000001"), PASSWORD, &file),
                   VSO_P_TOO_LARGE);
    assert_refused(
        read_data(asking_for(&pair, "123456789012345678901234567890"), PASSWORD,
                  &file),
        VSO_P_TOO_LARGE);
}
END_TEST

START_TEST(checks_safe_iterations_before_deriving)
{
    static const char *const numbers[] = {"0", "-1", "2147483647"};
    static const vso_problem_e problems[] = {VSO_P_DAMAGED, VSO_P_DAMAGED,
                                             VSO_P_TOO_LARGE};
    pair_t pair = new_pair("server");
    int i;

    for (i = 0; i < 3; i++) {
        STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
        STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
        vso_keyfile_t *file = NULL;
        X509_ALGOR *algorithm;
        BIGNUM *value = NULL;
        PBEPARAM *param;
        PKCS7 *safe;

        sk_PKCS12_SAFEBAG_push(bags, cert_bag(pair.cert, NULL));
        safe = PKCS12_pack_p7encdata(NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                                     PASSWORD, -1, NULL, 0, 2, bags);
        algorithm = safe->d.encrypted->enc_data->algorithm;
        param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM),
                                          algorithm->parameter);
        BN_dec2bn(&value, numbers[i]);
        BN_to_ASN1_INTEGER(value, param->iter);
        BN_free(value);
        ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBEPARAM), param,
                                &algorithm->parameter);
        PBEPARAM_free(param);
        sk_PKCS7_push(safes, safe);
        assert_refused(
            read_data(encoded(PKCS12_add_safes(safes, 0)), PASSWORD, &file),
            problems[i]);
        sk_PKCS7_pop_free(safes, PKCS7_free);
        sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    }
}
END_TEST

/** DER: tag, length in two bytes, contents. */
static vso_secret_t *tlv(unsigned int tag, const vso_secret_t *contents)
{
    vso_secret_t *out = vso_secret_make(contents->len + 4, pool);

    out->data[0] = (unsigned char)tag;
    out->data[1] = 0x82;
    out->data[2] = (unsigned char)(contents->len >> 8);
    out->data[3] = (unsigned char)contents->len;
    memcpy(out->data + 4, contents->data, contents->len);
    return out;
}

static vso_secret_t *behind(const char *head, apr_size_t len,
                            const vso_secret_t *tail)
{
    vso_secret_t *out = vso_secret_make(len + tail->len, pool);

    memcpy(out->data, head, len);
    memcpy(out->data + len, tail->data, tail->len);
    return out;
}

/** A file of safeContentsBags in each other (RFC 7292, 4.2.6), the innermost
 * empty. */
static vso_secret_t *nested(int depth)
{
    static const char bag_oid[] =
        "\x06\x0B*\x86H\x86\xF7\x0D\x01\x0C\x0A\x01\x06";
    static const char data_oid[] = "\x06\x09*\x86H\x86\xF7\x0D\x01\x07\x01";
    /* not by tlv: some OpenSSLs take no long form of a length 0 */
    vso_secret_t *safe = behind("\x30\x00", 2, vso_secret_make(0, pool));

    for (; depth > 0; depth--) {
        safe = tlv(0x30, tlv(0x30, behind(bag_oid, 13, tlv(0xA0, safe))));
    }
    safe = tlv(0x30, behind(data_oid, 11, tlv(0xA0, tlv(0x04, safe))));
    safe = tlv(0x30, safe);
    safe = tlv(0x30, behind(data_oid, 11, tlv(0xA0, tlv(0x04, safe))));
    return tlv(0x30, behind("\x02\x01\x03", 3, safe));
}

START_TEST(follows_bags_in_bags_a_few_levels)
{
    vso_keyfile_t *file = NULL;

    /* read, but there is no key in it */
    assert_refused(read_data(nested(4), "", &file), VSO_P_UNSUPPORTED_FORMAT);
    assert_refused(read_data(nested(5), "", &file), VSO_P_DAMAGED);
    assert_refused(read_data(nested(1000), "", &file), VSO_P_DAMAGED);
}
END_TEST

/* Object identifiers in DER. */
#define OID_DATA      "\x06\x09*\x86H\x86\xF7\x0D\x01\x07\x01"
#define OID_ENVELOPED "\x06\x09*\x86H\x86\xF7\x0D\x01\x07\x03"
#define OID_ENCRYPTED "\x06\x09*\x86H\x86\xF7\x0D\x01\x07\x06"
#define OID_BAG       "\x06\x0B*\x86H\x86\xF7\x0D\x01\x0C\x0A\x01"
#define OID_X509      "\x06\x0A*\x86H\x86\xF7\x0D\x01\x09\x16\x01"
#define PBE_SHA1_3DES                                                          \
    "\x30\x1C\x06\x0A*\x86H\x86\xF7\x0D\x01\x0C\x01\x03"                       \
    "\x30\x0E\x04\x08saltsalt\x02\x02\x08\x00"

/** A file with a right MAC around an AuthenticatedSafe. */
static vso_secret_t *with_mac(const vso_secret_t *safes)
{
    vso_secret_t *pfx = tlv(0xA0, tlv(0x04, safes));
    const unsigned char *at;
    PKCS12 *p12;

    pfx = tlv(0x30, behind(OID_DATA, sizeof(OID_DATA) - 1, pfx));
    pfx = tlv(0x30, behind("\x02\x01\x03", 3, pfx));
    at = pfx->data;
    p12 = d2i_PKCS12(NULL, &at, (long)pfx->len);
    ck_assert_ptr_nonnull(p12);
    ck_assert_int_eq(
        PKCS12_set_mac(p12, PASSWORD, -1, NULL, 0, 1, EVP_sha256()), 1);
    return encoded(p12);
}

/** Members that RFC 7292 and RFC 2315 leave out or OpenSSL takes as NULL, in
 * files whose MAC is right (CVE-2024-0727 and its like). */
static const struct {
    const char *der;
    apr_size_t len;
    int in_data; /**< SafeContents, else ContentInfo */
    vso_problem_e problem;
} without_members[] = {
#define SHAPE(der, in_data, problem)                                           \
    {                                                                          \
        der, sizeof(der) - 1, in_data, problem                                 \
    }
    /* ContentInfo */
    SHAPE("\x30\x0B" OID_DATA, 0, VSO_P_DAMAGED),
    SHAPE("\x30\x0B" OID_ENCRYPTED, 0, VSO_P_DAMAGED),
    SHAPE("\x30\x0B" OID_ENVELOPED, 0, VSO_P_UNSUPPORTED_FORMAT),
    SHAPE("\x30\x3D" OID_ENCRYPTED
          "\xA0\x30\x30\x2E\x02\x01\x00\x30\x29" OID_DATA PBE_SHA1_3DES,
          0, VSO_P_DAMAGED),
    SHAPE("\x30\x0F" OID_DATA "\xA0\x02\x04\x00", 0, VSO_P_DAMAGED),
    /* SafeBag */
    SHAPE("\x30\x02\x30\x00", 1, VSO_P_DAMAGED),
    SHAPE("\x30\x0F\x30\x0D" OID_BAG "\x01", 1, VSO_P_DAMAGED),
    SHAPE("\x30\x0F\x30\x0D" OID_BAG "\x02", 1, VSO_P_DAMAGED),
    SHAPE("\x30\x0F\x30\x0D" OID_BAG "\x03", 1, VSO_P_DAMAGED),
    SHAPE("\x30\x0F\x30\x0D" OID_BAG "\x06", 1, VSO_P_DAMAGED),
    SHAPE("\x30\x1F\x30\x1D" OID_BAG "\x03\xA0\x0E\x30\x0C" OID_X509, 1,
          VSO_P_DAMAGED),
#undef SHAPE
};

START_TEST(refuses_missing_members_behind_a_right_mac)
{
    vso_secret_t *der =
        vso_secret_copy(without_members[_i].der, without_members[_i].len, pool);
    vso_keyfile_t *file = NULL;

    if (without_members[_i].in_data) {
        der = tlv(0x30, behind(OID_DATA, sizeof(OID_DATA) - 1,
                               tlv(0xA0, tlv(0x04, der))));
    }
    der = with_mac(tlv(0x30, der));
    /* the MAC is what tells */
    assert_refused(read_data(der, "another", &file), VSO_P_WRONG_PASSWORD);
    vso_result_clear(res);
    ck_assert_int_ne(read_data(der, PASSWORD, &file), APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem),
                     vso_problem_slug(without_members[_i].problem));
    ck_assert_ptr_null(file);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(reads_indefinite_lengths)
{
    pair_t pair = new_pair("server");
    vso_secret_t *der = encoded(created(PASSWORD, &pair, 0, 0));
    vso_secret_t *ber = vso_secret_make(der->len, pool);
    vso_keyfile_t *file = NULL;

    /* BER: SEQUENCE without a length, two zeroes at its end */
    ck_assert_mem_eq(der->data, "\x30\x82", 2);
    memcpy(ber->data, "\x30\x80", 2);
    memcpy(ber->data + 2, der->data + 4, der->len - 4);
    assert_ok(read_data(ber, PASSWORD, &file));
    assert_pair(file, &pair);
    ber->len--;
    assert_refused(read_data(ber, PASSWORD, &file), VSO_P_DAMAGED);
}
END_TEST

START_TEST(refuses_trailing_bytes)
{
    pair_t pair = new_pair("server");
    vso_secret_t *data = encoded(created(PASSWORD, &pair, 0, 0));
    vso_secret_t *longer = vso_secret_make(data->len + 1, pool);
    vso_keyfile_t *file = NULL;

    memcpy(longer->data, data->data, data->len);
    assert_refused(read_data(longer, PASSWORD, &file), VSO_P_DAMAGED);
}
END_TEST

START_TEST(tells_damage_from_a_wrong_password)
{
    pair_t pair = new_pair("server");
    vso_secret_t *data = encoded(created(PASSWORD, &pair, 0, 0));
    vso_keyfile_t *file = NULL;

    /* the structure is broken, whatever the password */
    assert_refused(read_with(data->data, data->len / 2, PASSWORD, NULL, &file),
                   VSO_P_DAMAGED);
    /* a byte inside: nobody can tell */
    data->data[data->len / 2] ^= 1;
    assert_refused(read_data(data, PASSWORD, &file), VSO_P_WRONG_PASSWORD);
}
END_TEST

START_TEST(refuses_an_unknown_mac)
{
    pair_t pair = new_pair("server");
    PKCS12 *p12 = created(PASSWORD, &pair, 0, 0);
    const X509_ALGOR *algorithm;
    vso_keyfile_t *file = NULL;

    /* PBMAC1 (RFC 9579) */
    PKCS12_get0_mac(NULL, &algorithm, NULL, NULL, p12);
    X509_ALGOR_set0((X509_ALGOR *)(apr_uintptr_t)algorithm,
                    OBJ_nid2obj(NID_pbmac1), V_ASN1_NULL, NULL);
    ck_assert_int_ne(read_data(encoded(p12), PASSWORD, &file), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_UNSUPPORTED_FORMAT);
    ck_assert_ptr_nonnull(strstr(res->detail, "PBMAC1"));
}
END_TEST

START_TEST(refuses_every_cut)
{
    pair_t pair = new_pair("server");
    vso_secret_t *data = encoded(created(PASSWORD, &pair, 0, 0));

    assert_all_cuts_refused(data, data->len, PASSWORD);
}
END_TEST

START_TEST(never_reads_another_key_after_a_flip)
{
    pair_t pair = new_pair("server");
    PKCS12 *bare = PKCS12_create(PASSWORD, NULL, pair.pkey, pair.cert, NULL, 0,
                                 -1, 2, -1, 0);

    /* with a MAC no bit of the contents can change unseen */
    ck_assert_int_lt(
        try_all_flips(encoded(created(PASSWORD, &pair, 0, 0)), &pair, PASSWORD),
        64);
    try_all_flips(encoded(bare), &pair, PASSWORD);
}
END_TEST

START_TEST(writes_what_others_call_strong)
{
    pair_t pair = new_pair("server");
    vso_secret_t *data = written("pkcs12", &pair, NULL, PASSWORD);
    const unsigned char *end = data->data;
    const ASN1_OCTET_STRING *salt;
    const ASN1_INTEGER *iterations;
    const X509_ALGOR *algorithm;
    EVP_PKEY *pkey = NULL;
    X509 *cert = NULL;
    PKCS12 *p12 = d2i_PKCS12(NULL, &end, (long)data->len);

    ck_assert_ptr_nonnull(p12);
    PKCS12_get0_mac(NULL, &algorithm, &salt, &iterations, p12);
    ck_assert_int_eq(OBJ_obj2nid(algorithm->algorithm), NID_sha256);
    ck_assert_int_eq(ASN1_INTEGER_get(iterations), 600000);
    ck_assert_int_ge(ASN1_STRING_length(salt), 16);
    ck_assert(PKCS12_parse(p12, PASSWORD, &pkey, &cert, NULL));
    ck_assert_int_eq(EVP_PKEY_eq(pkey, pair.pkey), 1);
    ck_assert_int_eq(X509_cmp(cert, pair.cert), 0);
    EVP_PKEY_free(pkey);
    X509_free(cert);
    PKCS12_free(p12);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pkcs12");
    TCase *tc = unit_case(s, "pkcs12");

    tcase_add_test(tc, reads_every_scheme);
    tcase_add_test(tc, reads_passwords_of_old_programs);
    tcase_add_test(tc, reads_without_integrity);
    tcase_add_test(tc, reads_with_a_password_for_the_key);
    tcase_add_test(tc, pairs_by_local_key_id_then_by_key);
    tcase_add_test(tc, does_not_trust_a_local_key_id);
    tcase_add_test(tc, lists_what_would_be_imported);
    tcase_add_test(tc, takes_the_renewed_of_one_id);
    tcase_add_test(tc, passes_over_certificates_of_unknown_keys);
    tcase_add_test(tc, names_a_file_without_content);
    tcase_add_test(tc, says_how_much_is_missing);
    tcase_add_test(tc, reads_pkcs12_in_pem_armour);
    tcase_add_test(tc, tells_keys_of_one_name_apart);
    tcase_add_test(tc, reads_the_date_that_java_writes);
    tcase_add_test(tc, checks_mac_iterations_before_deriving);
    tcase_add_test(tc, checks_safe_iterations_before_deriving);
    tcase_add_test(tc, follows_bags_in_bags_a_few_levels);
    tcase_add_loop_test(
        tc, refuses_missing_members_behind_a_right_mac, 0,
        (int)(sizeof(without_members) / sizeof(*without_members)));
    tcase_add_test(tc, reads_indefinite_lengths);
    tcase_add_test(tc, refuses_trailing_bytes);
    tcase_add_test(tc, tells_damage_from_a_wrong_password);
    tcase_add_test(tc, refuses_an_unknown_mac);
    tcase_add_test(tc, refuses_every_cut);
    tcase_add_test(tc, never_reads_another_key_after_a_flip);
    tcase_add_test(tc, writes_what_others_call_strong);
    return s;
}
