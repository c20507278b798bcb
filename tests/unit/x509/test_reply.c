/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include <openssl/pkcs12.h>

#include "base/base64.h"
#include "base/limits.h"
#include "x509/key.h"
#include "x509/reply.h"

static bytes_t text(const char *data)
{
    bytes_t bytes = {data, strlen(data)};

    return bytes;
}

/** The reply holds these certificates in this order. */
static void assert_reads(bytes_t reply, const apr_array_header_t *expected)
{
    apr_array_header_t *certs = NULL;
    int i;

    assert_ok(vso_reply_parse(reply.data, reply.len, &certs, res, pool));
    ck_assert_int_eq(certs->nelts, expected->nelts);
    for (i = 0; i < certs->nelts; i++) {
        ck_assert_int_eq(X509_cmp(APR_ARRAY_IDX(certs, i, X509 *),
                                  APR_ARRAY_IDX(expected, i, X509 *)),
                         0);
    }
    ck_assert_uint_eq(ERR_peek_error(), 0);
}

/** The reply is refused, and the detail holds this. */
static void assert_says(bytes_t reply, vso_problem_e problem, const char *part)
{
    apr_array_header_t *certs = NULL;

    ck_assert_int_ne(vso_reply_parse(reply.data, reply.len, &certs, res, pool),
                     APR_SUCCESS);
    ck_assert_ptr_null(certs);
    ck_assert_str_eq(vso_problem_slug(res->problem), vso_problem_slug(problem));
    ck_assert_str_eq(res->field, "reply");
    assert_shows(res->detail, part);
    vso_result_clear(res);
}

/** The text with CRLF line ends. */
static const char *crlf(const char *lines)
{
    char *out = apr_palloc(pool, 2 * strlen(lines) + 1);
    char *to = out;

    for (; *lines; lines++) {
        if (*lines == '\n') {
            *to++ = '\r';
        }
        *to++ = *lines;
    }
    *to = '\0';
    return out;
}

/** Base64 of the bytes, in lines as mail programs make them. */
static const char *base64_lines(bytes_t bytes)
{
    const char *all = vso_base64_encode(bytes.data, bytes.len, pool);
    const char *lines = "";

    for (; *all; all += strnlen(all, 76)) {
        lines = apr_psprintf(pool, "%s%.76s\r\n", lines, all);
    }
    return lines;
}

START_TEST(reads_pem_in_any_order)
{
    pki_t pki = make_pki();
    const char *leaf = pem_of(pki.leaf);
    const char *mid = pem_of(pki.mid);
    const char *root = pem_of(pki.root);

    assert_reads(text(leaf), certs_of(pki.leaf, NULL));
    assert_reads(text(apr_pstrcat(pool, leaf, mid, NULL)),
                 certs_of(pki.leaf, pki.mid, NULL));
    assert_reads(text(apr_pstrcat(pool, root, leaf, mid, NULL)),
                 certs_of(pki.root, pki.leaf, pki.mid, NULL));
    assert_reads(text(apr_pstrcat(pool, mid, leaf, mid, leaf, NULL)),
                 certs_of(pki.mid, pki.leaf, NULL));
}
END_TEST

START_TEST(reads_pem_with_things_around)
{
    pki_t pki = make_pki();
    const char *leaf = pem_of(pki.leaf);
    const char *mid = pem_of(pki.mid);
    const char *mail =
        apr_pstrcat(pool, "Dear admin <you@example.org>,\n\nhere it is:\n\n",
                    leaf, "\n -- and the issuer --\nsubject=CN = Issuing\n",
                    mid, "-----\nBye\n", NULL);
    const char *marked = apr_pstrcat(pool, "\xEF\xBB\xBF", leaf, NULL);
    const char *unended = apr_pstrndup(pool, leaf, strlen(leaf) - 1);
    const char *x509 = apr_pstrcat(pool, "-----BEGIN X509 CERTIFICATE-----\n",
                                   base64_lines(der_of(pki.leaf)),
                                   "-----END X509 CERTIFICATE-----", NULL);
    apr_array_header_t *both = certs_of(pki.leaf, pki.mid, NULL);

    assert_reads(text(mail), both);
    assert_reads(text(crlf(mail)), both);
    assert_reads(text(marked), certs_of(pki.leaf, NULL));
    /* files put together by `copy /b`, each with its own mark */
    assert_reads(text(apr_pstrcat(pool, marked, "\xEF\xBB\xBF", mid, NULL)),
                 both);
    assert_reads(text(crlf(marked)), certs_of(pki.leaf, NULL));
    assert_reads(text(unended), certs_of(pki.leaf, NULL));
    assert_reads(text(x509), certs_of(pki.leaf, NULL));
}
END_TEST

START_TEST(reads_past_bytes_that_are_no_text)
{
    pki_t pki = make_pki();
    const char *pem = pem_of(pki.leaf);
    char *data = apr_pcalloc(pool, strlen(pem) + 10);
    bytes_t reply = {data, strlen(pem) + 10};

    memcpy(data, "a\0b\xff\n", 5);
    memcpy(data + 5, pem, strlen(pem));
    assert_reads(reply, certs_of(pki.leaf, NULL));
}
END_TEST

START_TEST(reads_der_and_bare_base64)
{
    pki_t pki = make_pki();
    bytes_t der = der_of(pki.leaf);

    assert_reads(der, certs_of(pki.leaf, NULL));
    assert_reads(text(base64_lines(der)), certs_of(pki.leaf, NULL));
    assert_reads(text(vso_base64_encode(der.data, der.len, pool)),
                 certs_of(pki.leaf, NULL));
}
END_TEST

START_TEST(reads_pkcs7)
{
    pki_t pki = make_pki();
    apr_array_header_t *all = certs_of(pki.leaf, pki.mid, pki.root, NULL);
    apr_array_header_t *some = certs_of(pki.leaf, pki.mid, NULL);
    apr_array_header_t *found = NULL;
    bytes_t bag = bag_of(all, 0);

    /* in DER a SET is sorted: the order is not that of the CA */
    assert_ok(vso_reply_parse(bag.data, bag.len, &found, res, pool));
    ck_assert_int_eq(found->nelts, 3);
    assert_reads(bag, found);
    assert_reads(bag_of(all, 1), found);
    assert_reads(text(crlf(bag_of(all, 1).data)), found);
    assert_reads(text(base64_lines(bag)), found);
    bag = bag_of(some, 0);
    assert_ok(vso_reply_parse(bag.data, bag.len, &found, res, pool));
    ck_assert_int_eq(found->nelts, 2);
}
END_TEST

/** Windows writes indefinite lengths. */
START_TEST(reads_pkcs7_in_ber)
{
    pki_t pki = make_pki();
    bytes_t der = bag_of(certs_of(pki.leaf, pki.mid, NULL), 0);
    char *data = apr_pmemdup(pool, der.data, der.len);
    apr_array_header_t *found = NULL;

    /* 30 82 LL LL ... becomes 30 80 ... 00 00 */
    ck_assert_int_eq((unsigned char)data[1], 0x82);
    data[1] = (char)0x80;
    memmove(data + 2, data + 4, der.len - 4);
    memset(data + der.len - 2, 0, 2);
    assert_ok(vso_reply_parse(data, der.len, &found, res, pool));
    ck_assert_int_eq(found->nelts, 2);
}
END_TEST

START_TEST(passes_over_what_came_along)
{
    static const char csr[] = "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
                              "-----END CERTIFICATE REQUEST-----\n";
    static const char key[] = "-----BEGIN PRIVATE KEY-----\nMAA=\n"
                              "-----END PRIVATE KEY-----\n";
    pki_t pki = make_pki();
    const char *leaf = pem_of(pki.leaf);

    assert_reads(text(apr_pstrcat(pool, csr, leaf, NULL)),
                 certs_of(pki.leaf, NULL));
    assert_reads(text(apr_pstrcat(pool, leaf, csr, NULL)),
                 certs_of(pki.leaf, NULL));
    assert_says(text(apr_pstrcat(pool, leaf, key, NULL)),
                VSO_P_UNSUPPORTED_FORMAT, "private key");
}
END_TEST

START_TEST(reads_a_bag_that_is_called_certificate)
{
    pki_t pki = make_pki();
    bytes_t bag = bag_of(certs_of(pki.leaf, NULL), 0);

    assert_reads(text(apr_pstrcat(pool, "-----BEGIN CERTIFICATE-----\n",
                                  base64_lines(bag),
                                  "-----END CERTIFICATE-----\n", NULL)),
                 certs_of(pki.leaf, NULL));
}
END_TEST

START_TEST(names_mistakes_in_pem)
{
    static const struct {
        const char *label;
        const char *part;
    } mistakes[] = {
        {"CERTIFICATE REQUEST", "signing request"},
        {"NEW CERTIFICATE REQUEST", "signing request"},
        {"PRIVATE KEY", "private key"},
        {"RSA PRIVATE KEY", "private key"},
        {"EC PRIVATE KEY", "private key"},
        {"ENCRYPTED PRIVATE KEY", "private key"},
        {"PUBLIC KEY", "public key"},
        {"X509 CRL", "revocation list"},
        {"TRUSTED CERTIFICATE", "openssl x509"},
        {"PGP MESSAGE", "\"PGP MESSAGE\""},
    };
    apr_size_t i;

    for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        assert_says(text(apr_pstrcat(pool, "-----BEGIN ", mistakes[i].label,
                                     "-----\nMAA=\n-----END ",
                                     mistakes[i].label, "-----\n", NULL)),
                    VSO_P_UNSUPPORTED_FORMAT, mistakes[i].part);
    }
}
END_TEST

static bytes_t request_der(EVP_PKEY *pkey)
{
    X509_REQ *req = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());

    X509_REQ_set_pubkey(req, pkey);
    X509_REQ_sign(req, pkey, EVP_sha256());
    i2d_X509_REQ_bio(bio, req);
    X509_REQ_free(req);
    return take_bio(bio);
}

static bytes_t pkcs12_der(const pki_t *pki)
{
    PKCS12 *file = PKCS12_create("secret", "x", pki->leaf_key, pki->leaf, NULL,
                                 0, 0, 1, 1, 0);
    BIO *bio = BIO_new(BIO_s_mem());

    ck_assert_ptr_nonnull(file);
    i2d_PKCS12_bio(bio, file);
    PKCS12_free(file);
    return take_bio(bio);
}

START_TEST(names_mistakes_in_der)
{
    pki_t pki = make_pki();
    BIO *keys[] = {BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()),
                   BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
    bytes_t p12 = pkcs12_der(&pki);

    i2d_PKCS8PrivateKey_bio(keys[0], pki.leaf_key, NULL, NULL, 0, NULL, NULL);
    i2d_PKCS8PrivateKey_bio(keys[1], pki.leaf_key, EVP_aes_256_cbc(), "secret",
                            6, NULL, NULL);
    i2d_PrivateKey_bio(keys[2], rsa_key(1024));
    i2d_PUBKEY_bio(keys[3], rsa_key(1024));
    assert_says(request_der(rsa_key(1024)), VSO_P_UNSUPPORTED_FORMAT,
                "signing request");
    assert_says(p12, VSO_P_UNSUPPORTED_FORMAT, "PKCS#12");
    assert_says(text(base64_lines(p12)), VSO_P_UNSUPPORTED_FORMAT, "PKCS#12");
    assert_says(take_bio(keys[0]), VSO_P_UNSUPPORTED_FORMAT, "private key");
    assert_says(take_bio(keys[1]), VSO_P_UNSUPPORTED_FORMAT, "private key");
    assert_says(take_bio(keys[2]), VSO_P_UNSUPPORTED_FORMAT, "private key");
    assert_says(take_bio(keys[3]), VSO_P_UNSUPPORTED_FORMAT, "public key");
}
END_TEST

START_TEST(names_other_mistakes)
{
    static const char jks[] = "\xFE\xED\xFE\xED\0\0\0\2<";
    static const char jceks[] = "\xCE\xCE\xCE\xCE\0\0\0\2<";
    static const char utf16[] = "\xFF\xFE-\0-\0";
    bytes_t none = {"", 0};
    bytes_t zeros = {apr_pcalloc(pool, 100), 100};

    assert_says(none, VSO_P_UNSUPPORTED_FORMAT, "empty");
    assert_says(text(" \r\n\t"), VSO_P_UNSUPPORTED_FORMAT, "empty");
    assert_says(text("\n<!DOCTYPE html><html></html>"),
                VSO_P_UNSUPPORTED_FORMAT, "HTML");
    assert_says(text("\xEF\xBB\xBF<?xml version='1.0'?>"),
                VSO_P_UNSUPPORTED_FORMAT, "HTML");
    assert_says((bytes_t){jks, sizeof(jks)}, VSO_P_UNSUPPORTED_FORMAT,
                "Java keystore");
    assert_says((bytes_t){jceks, sizeof(jceks)}, VSO_P_UNSUPPORTED_FORMAT,
                "Java keystore");
    assert_says((bytes_t){utf16, sizeof(utf16)}, VSO_P_UNSUPPORTED_FORMAT,
                "UTF-16");
    assert_says(text("PK\x03\x04"), VSO_P_UNSUPPORTED_FORMAT, "zip");
    assert_says(text("Your request was refused."), VSO_P_UNSUPPORTED_FORMAT,
                "no certificate");
    assert_says(text("-----BEGIN CERTIFICATE"), VSO_P_UNSUPPORTED_FORMAT,
                "no certificate");
    assert_says(zeros, VSO_P_UNSUPPORTED_FORMAT, "no certificate");
    assert_says(bag_of(certs_of(NULL, NULL), 1), VSO_P_UNSUPPORTED_FORMAT,
                "no certificates");
}
END_TEST

START_TEST(says_which_block_is_cut)
{
    pki_t pki = make_pki();
    const char *leaf = pem_of(pki.leaf);
    const char *mid = pem_of(pki.mid);
    apr_size_t len = strlen(mid);
    apr_size_t cut;

    /* anywhere behind the BEGIN line of the second block */
    for (cut = len - 2; cut > 28; cut--) {
        assert_says(
            text(apr_pstrcat(pool, leaf, apr_pstrndup(pool, mid, cut), NULL)),
            VSO_P_DAMAGED, "block 2");
    }
    assert_says(
        text(apr_pstrcat(pool, apr_pstrndup(pool, leaf, 200), "\n", mid, NULL)),
        VSO_P_DAMAGED, "block 1");
}
END_TEST

START_TEST(says_what_is_damaged)
{
    pki_t pki = make_pki();
    bytes_t der = der_of(pki.leaf);
    bytes_t bag = bag_of(certs_of(pki.leaf, pki.mid, NULL), 0);
    const char *pem = pem_of(pki.leaf);
    char *wrong = apr_pstrdup(pool, pem);
    apr_size_t len;

    for (len = 2; len < der.len; len++) {
        assert_says((bytes_t){der.data, len}, VSO_P_DAMAGED, "Certificate 1");
    }
    for (len = 2; len < bag.len; len += 7) {
        assert_says((bytes_t){bag.data, len}, VSO_P_DAMAGED, "");
    }
    wrong[100] = '!';
    assert_says(text(wrong), VSO_P_DAMAGED, "block 1");
    memcpy(wrong, pem, strlen(pem));
    memmove(wrong + 100, wrong + 104, strlen(wrong + 104) + 1);
    assert_says(text(wrong), VSO_P_DAMAGED, "block 1");
}
END_TEST

/** A certificate in a bag is read as strictly as one alone. */
START_TEST(looks_into_the_bag)
{
    pki_t pki = make_pki();
    bytes_t bag = bag_of(certs_of(pki.leaf, NULL), 0);
    char *data = apr_pmemdup(pool, bag.data, bag.len);
    char *point = memmem(data, bag.len, "\x03\x42\x00\x04", 4);

    point[3] = 5; /* no point on a curve is written so */
    assert_says((bytes_t){data, bag.len}, VSO_P_DAMAGED, "number 1");
}
END_TEST

START_TEST(passes_over_keys_that_nobody_knows)
{
    pki_t pki = make_pki();
    const char *foreign = apr_pstrcat(pool, "-----BEGIN CERTIFICATE-----\n",
                                      base64_lines(unknown_key(pki.root)),
                                      "-----END CERTIFICATE-----\n", NULL);
    const vso_warning_t *warning;

    assert_reads(text(apr_pstrcat(pool, foreign, pem_of(pki.leaf), NULL)),
                 certs_of(pki.leaf, NULL));
    ck_assert_int_eq(res->warnings->nelts, 1);
    warning = &APR_ARRAY_IDX(res->warnings, 0, vso_warning_t);
    ck_assert_str_eq(warning->slug, "not-used");
    assert_shows(warning->detail, "PEM block 1: ");
    assert_shows(warning->detail, "1.2.840.10045.2.123");
    assert_says(text(foreign), VSO_P_UNSUPPORTED_FORMAT, "not known");
    assert_says(unknown_key(pki.leaf), VSO_P_UNSUPPORTED_FORMAT, "not known");
}
END_TEST

START_TEST(never_quotes_a_key)
{
    apr_array_header_t *certs = NULL;
    const char *key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n"
                      "-----END PRIVATE KEY-----\n";

    ck_assert_int_ne(vso_reply_parse(key, strlen(key), &certs, res, pool), 0);
    ck_assert_ptr_null(strstr(res->detail, "c2VjcmV0"));
}
END_TEST

START_TEST(holds_the_caps)
{
    bytes_t big = {apr_pcalloc(pool, VSO_MAX_REPLY + 1), VSO_MAX_REPLY + 1};
    pki_t pki = make_pki();
    const char *pem = pem_of(pki.leaf);
    char *full = apr_palloc(pool, VSO_MAX_REPLY + 1);

    assert_says(big, VSO_P_TOO_LARGE, "larger than");
    memset(full, '\n', VSO_MAX_REPLY);
    full[VSO_MAX_REPLY] = '\0';
    memcpy(full + VSO_MAX_REPLY - strlen(pem), pem, strlen(pem));
    assert_reads(text(full), certs_of(pki.leaf, NULL));
}
END_TEST

START_TEST(counts_the_certificates)
{
    apr_array_header_t *certs = apr_array_make(pool, 600, sizeof(X509 *));
    EVP_PKEY *key = ec_key();
    apr_array_header_t *found = NULL;
    bytes_t bag;
    int i;

    for (i = 0; i < VSO_MAX_CERTS_IN_FILE; i++) {
        APR_ARRAY_PUSH(certs, X509 *) =
            make_cert(&(wish_t){.cn = "a", .key = key, .plain = 1});
    }
    bag = bag_of(certs, 0);
    assert_ok(vso_reply_parse(bag.data, bag.len, &found, res, pool));
    ck_assert_int_eq(found->nelts, VSO_MAX_CERTS_IN_FILE);
    APR_ARRAY_PUSH(certs, X509 *) =
        make_cert(&(wish_t){.cn = "a", .key = key, .plain = 1});
    assert_says(bag_of(certs, 0), VSO_P_TOO_LARGE, "more than 512");
}
END_TEST

START_TEST(picks_the_newest_of_the_key)
{
    EVP_PKEY *key = ec_key();
    X509 *old = make_cert(&(wish_t){.cn = "a", .key = key, .from_days = -9});
    X509 *new = make_cert(&(wish_t){.cn = "a", .key = key, .from_days = -2});
    X509 *other = make_cert(&(wish_t){.cn = "a", .key = ec_key()});
    const char *print = vso_key_fingerprint(key, pool);

    ck_assert_ptr_eq(
        vso_reply_pick(certs_of(other, old, new, NULL), print, pool), new);
    ck_assert_ptr_eq(vso_reply_pick(certs_of(new, old, NULL), print, pool),
                     new);
    ck_assert_ptr_null(vso_reply_pick(certs_of(other, NULL), print, pool));
    ck_assert_ptr_null(vso_reply_pick(certs_of(NULL, NULL), print, pool));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("reply");
    TCase *tc = unit_case(s, "reply");

    tcase_add_test(tc, reads_pem_in_any_order);
    tcase_add_test(tc, reads_pem_with_things_around);
    tcase_add_test(tc, reads_past_bytes_that_are_no_text);
    tcase_add_test(tc, reads_der_and_bare_base64);
    tcase_add_test(tc, reads_pkcs7);
    tcase_add_test(tc, reads_pkcs7_in_ber);
    tcase_add_test(tc, passes_over_what_came_along);
    tcase_add_test(tc, reads_a_bag_that_is_called_certificate);
    tcase_add_test(tc, names_mistakes_in_pem);
    tcase_add_test(tc, names_mistakes_in_der);
    tcase_add_test(tc, names_other_mistakes);
    tcase_add_test(tc, says_which_block_is_cut);
    tcase_add_test(tc, says_what_is_damaged);
    tcase_add_test(tc, looks_into_the_bag);
    tcase_add_test(tc, passes_over_keys_that_nobody_knows);
    tcase_add_test(tc, never_quotes_a_key);
    tcase_add_test(tc, holds_the_caps);
    tcase_add_test(tc, counts_the_certificates);
    tcase_add_test(tc, picks_the_newest_of_the_key);
    return s;
}
