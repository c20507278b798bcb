/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "base/base64.h"
#include "base/limits.h"
#include "x509/cert.h"
#include "x509/one_cert.h"

static X509 *signer(const char *cn)
{
    wish_t wish = {.cn = cn, .key = ec_key()};

    return make_cert(&wish);
}

static vso_secret_t *secret(const char *text)
{
    return vso_secret_copy(text, strlen(text), pool);
}

static apr_status_t parse(const char *text, X509 **pcert)
{
    return vso_one_cert_parse(secret(text), "certificate", pcert, res, pool);
}

static void assert_read(const char *text, X509 *expected)
{
    X509 *cert = NULL;

    assert_ok(parse(text, &cert));
    ck_assert_int_eq(X509_cmp(cert, expected), 0);
}

static void assert_not_read(const char *text, vso_problem_e problem,
                            const char *says)
{
    X509 *cert = NULL;

    ck_assert_int_ne(parse(text, &cert), APR_SUCCESS);
    ck_assert_ptr_null(cert);
    ck_assert_str_eq(vso_problem_slug(res->problem), vso_problem_slug(problem));
    ck_assert_str_eq(res->field, "certificate");
    ck_assert_msg(strstr(res->detail, says) != NULL, "%s", res->detail);
    vso_result_clear(res);
}

static const char *base64(const char *text)
{
    return vso_base64_encode(text, strlen(text), pool);
}

static const char *der64(X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    const char *text = vso_base64_encode(der, (apr_size_t)len, pool);

    OPENSSL_free(der);
    return text;
}

START_TEST(reads_one_in_every_form)
{
    X509 *cert = signer("one");
    const char *pem = vso_cert_to_pem(cert, pool);

    assert_read(pem, cert);
    assert_read(apr_pstrcat(pool, "Bag Attributes - 1\r\n", pem, "bye\n", NULL),
                cert);
    assert_read(base64(pem), cert);
    assert_read(der64(cert), cert);
}
END_TEST

START_TEST(takes_no_more_than_one)
{
    const char *one = vso_cert_to_pem(signer("one"), pool);
    const char *two =
        apr_pstrcat(pool, one, vso_cert_to_pem(signer("two"), pool), NULL);

    assert_not_read(two, VSO_P_INVALID, "It holds 2 certificates");
    assert_not_read(base64(two), VSO_P_INVALID, "It holds 2 certificates");
}
END_TEST

START_TEST(refuses_what_is_none_in_words)
{
    const char *pem = vso_cert_to_pem(signer("one"), pool);
    const char *key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n"
                      "-----END EC PRIVATE KEY-----\n";
    const char *csr = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"
                      "-----END CERTIFICATE REQUEST-----\n";

    assert_not_read(apr_pstrcat(pool, pem, key, NULL), VSO_P_INVALID,
                    "private key");
    assert_not_read(base64(key), VSO_P_INVALID, "private key");
    assert_not_read(csr, VSO_P_INVALID, "\"CERTIFICATE REQUEST\"");
    assert_not_read("hello, world", VSO_P_MALFORMED, "neither PEM nor base64");
    assert_not_read("", VSO_P_INVALID, "0 certificates");
    assert_not_read(base64("nothing of the kind"), VSO_P_INVALID,
                    "0 certificates");
    assert_not_read("-----BEGIN CERTIFICATE-----\nAAAA", VSO_P_DAMAGED,
                    "no END line");
    assert_not_read("-----BEGIN CERTIFICATE-----\nAAAA\n"
                    "-----END CERTIFICATE-----\n",
                    VSO_P_DAMAGED, "does not parse");
}
END_TEST

START_TEST(refuses_der_that_is_something_else)
{
    X509 *cert = signer("one");
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    unsigned char *longer = apr_pcalloc(pool, (apr_size_t)len + 1);

    memcpy(longer, der, (apr_size_t)len);
    OPENSSL_free(der);
    assert_not_read(vso_base64_encode(longer, (apr_size_t)len + 1, pool),
                    VSO_P_DAMAGED, "Bytes follow");
    assert_not_read(vso_base64_encode(longer, (apr_size_t)len / 2, pool),
                    VSO_P_DAMAGED, "not a bag of several");
}
END_TEST

START_TEST(refuses_what_is_too_large_unread)
{
    char *text = apr_palloc(pool, 2 * VSO_MAX_REPLY + 2);

    memset(text, 'A', 2 * VSO_MAX_REPLY + 1);
    text[2 * VSO_MAX_REPLY + 1] = '\0';
    assert_not_read(text, VSO_P_TOO_LARGE, "larger than");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("single");
    TCase *tc = unit_case(s, "single");

    tcase_add_test(tc, reads_one_in_every_form);
    tcase_add_test(tc, takes_no_more_than_one);
    tcase_add_test(tc, refuses_what_is_none_in_words);
    tcase_add_test(tc, refuses_der_that_is_something_else);
    tcase_add_test(tc, refuses_what_is_too_large_unread);
    return s;
}
