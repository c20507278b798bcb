/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include <openssl/ocsp.h>

#include "x509/ocsp.h"

/* What a response is to be like; what is 0 or NULL is as it should be. */
typedef struct {
    X509 *about;      /**< default: the leaf */
    X509 *signer;     /**< default: the leaf's issuer */
    EVP_PKEY *key;    /**< the signer's */
    int status;       /**< V_OCSP_CERTSTATUS_... */
    int from_sec;     /**< from now on; default: an hour ago */
    int until_sec;    /**< default: in an hour; -1: without */
    int outer_status; /**< OCSP_RESPONSE_STATUS_... */
} answer_t;

static pki_t pki;

static const unsigned char *response(const answer_t *answer, apr_size_t *plen)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    X509 *about = answer->about ? answer->about : pki.leaf;
    X509 *signer = answer->signer ? answer->signer : pki.mid;
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, about, pki.mid);
    int from_sec = answer->from_sec ? answer->from_sec : -3600;
    int until_sec = answer->until_sec ? answer->until_sec : 3600;
    int revoked = answer->status == V_OCSP_CERTSTATUS_REVOKED;
    ASN1_TIME *this = X509_gmtime_adj(NULL, from_sec);
    ASN1_TIME *next = until_sec == -1 ? NULL : X509_gmtime_adj(NULL, until_sec);
    OCSP_RESPONSE *whole;
    unsigned char *der = NULL;
    unsigned char *copy;
    int len;

    ck_assert_ptr_nonnull(OCSP_basic_add1_status(
        basic, id, answer->status, 0, revoked ? this : NULL, this, next));
    ck_assert_int_eq(OCSP_basic_sign(basic, signer,
                                     answer->key ? answer->key : pki.mid_key,
                                     EVP_sha256(), NULL, 0),
                     1);
    whole = OCSP_response_create(answer->outer_status, basic);
    len = i2d_OCSP_RESPONSE(whole, &der);
    ck_assert_int_gt(len, 0);
    copy = apr_pmemdup(pool, der, (apr_size_t)len);
    *plen = (apr_size_t)len;
    OPENSSL_free(der);
    OCSP_RESPONSE_free(whole);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(this);
    ASN1_TIME_free(next);
    return copy;
}

static apr_int64_t next_sec;
static int revoked;

/** Check it as at shift_sec from now. */
static apr_status_t check_at(const answer_t *answer, int shift_sec)
{
    vso_ocsp_subject_t subject = {pki.leaf, pki.mid, time(NULL) + shift_sec};
    apr_size_t len;
    const unsigned char *der = response(answer, &len);

    vso_result_clear(res);
    next_sec = 0;
    revoked = -1;
    return vso_ocsp_check(&subject, der, len, &next_sec, &revoked, res, pool);
}

static void refuses(const answer_t *answer, int shift_sec, const char *says)
{
    ck_assert_int_ne(check_at(answer, shift_sec), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_INVALID);
    ck_assert_msg(strstr(res->detail, says) != NULL, "%s", res->detail);
    ck_assert_int_eq(next_sec, 0);
    ck_assert_int_eq(revoked, -1);
}

static void prepare(void)
{
    pki = make_pki();
}

START_TEST(finds_the_first_plain_address)
{
    X509 *leaf;

    prepare();
    ck_assert_ptr_null(vso_ocsp_url(pki.leaf, pool));
    leaf = make_cert(&(wish_t){.cn = "a", .key = pki.leaf_key});
    put(leaf, leaf, NID_info_access,
        "caIssuers;URI:http://ca.example.org/,"
        "OCSP;URI:ldap://a.example.org/,OCSP;URI:https://b.example.org/,"
        "OCSP;URI:http://c.example.org/x");
    ck_assert_str_eq(vso_ocsp_url(leaf, pool), "http://c.example.org/x");
}
END_TEST

/** A certificate whose responder is at this address. */
static X509 *with_address(const char *url)
{
    X509 *cert = make_cert(&(wish_t){.cn = "a", .key = pki.leaf_key});
    ACCESS_DESCRIPTION *access = ACCESS_DESCRIPTION_new();
    AUTHORITY_INFO_ACCESS *all = sk_ACCESS_DESCRIPTION_new_null();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();

    ASN1_STRING_set(text, url, (int)strlen(url));
    ASN1_OBJECT_free(access->method);
    access->method = OBJ_nid2obj(NID_ad_OCSP);
    GENERAL_NAME_set0_value(access->location, GEN_URI, text);
    sk_ACCESS_DESCRIPTION_push(all, access);
    ck_assert_int_eq(X509_add1_ext_i2d(cert, NID_info_access, all, 0, 0), 1);
    AUTHORITY_INFO_ACCESS_free(all);
    return cert;
}

START_TEST(takes_strict_addresses_only)
{
    static const char *const good[] = {
        "http://a", "http://a.example.org:80/x?y=z%20&q=(1)", "http://a:65535",
        "http://[::1]:8080/ocsp", "http://10.0.0.1/a@b:c"};
    static const char *const bad[] = {"http://",
                                      "http:///x",
                                      "http://:80/x",
                                      "http://a:/x y",
                                      "http://a/x\r\nX-Injected: 1",
                                      "http://a\r\nHost: b/",
                                      "http://a/\t",
                                      "http://a/\x7f",
                                      "http://a/\xc3\xa9",
                                      "http://user@a/",
                                      "http://user:pw@a/",
                                      "http://a:0/",
                                      "http://a:65536/",
                                      "http://a:99999999999/",
                                      "http://a:8x/",
                                      "http://a:8:8/",
                                      "http://[::1/",
                                      "http://[]/",
                                      "http://[::1]x/",
                                      "http://a/#b",
                                      "http://a/<b>",
                                      "http://a/\\b",
                                      "http:/a",
                                      " http://a/"};
    char *longest = apr_pcalloc(pool, 1100);
    apr_size_t i;

    prepare();
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ck_assert_str_eq(vso_ocsp_url(with_address(good[i]), pool), good[i]);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_msg(!vso_ocsp_url(with_address(bad[i]), pool), "%s", bad[i]);
    }
    memset(longest, 'a', 1024);
    memcpy(longest, "http://a/", 9);
    ck_assert_ptr_nonnull(vso_ocsp_url(with_address(longest), pool));
    longest[1024] = 'a';
    ck_assert_ptr_null(vso_ocsp_url(with_address(longest), pool));
}
END_TEST

START_TEST(asks_about_the_certificate)
{
    const unsigned char *at;
    OCSP_REQUEST *request;
    OCSP_CERTID *id;
    apr_size_t len;

    prepare();
    at = vso_ocsp_request(pki.leaf, pki.mid, &len, pool);
    request = d2i_OCSP_REQUEST(NULL, &at, (long)len);
    ck_assert_ptr_nonnull(request);
    ck_assert_int_eq(OCSP_request_onereq_count(request), 1);
    id = OCSP_cert_to_id(NULL, pki.leaf, pki.mid);
    ck_assert_int_eq(OCSP_id_cmp(id, OCSP_onereq_get0_id(
                                         OCSP_request_onereq_get0(request, 0))),
                     0);
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);
}
END_TEST

START_TEST(takes_what_the_issuer_says)
{
    prepare();
    assert_ok(check_at(&(answer_t){0}, 0));
    ck_assert_int_eq(revoked, 0);
    ck_assert_int_le(llabs(next_sec - time(NULL) - 3600), 5);
    assert_ok(check_at(&(answer_t){.status = V_OCSP_CERTSTATUS_REVOKED}, 0));
    ck_assert_int_eq(revoked, 1);
    /* without nextUpdate for a day */
    assert_ok(check_at(&(answer_t){.until_sec = -1}, 0));
    ck_assert_int_le(llabs(next_sec - time(NULL) - DAY), 5);
}
END_TEST

START_TEST(takes_what_the_issuer_let_another_say)
{
    EVP_PKEY *key;
    wish_t wish = {.cn = "Responder", .eku = "OCSPSigning"};

    prepare();
    key = ec_key();
    wish.key = key;
    wish.issuer = pki.mid;
    wish.signer = pki.mid_key;
    assert_ok(check_at(&(answer_t){.signer = make_cert(&wish), .key = key}, 0));
    /* for something else, by somebody else, and over */
    wish.eku = "serverAuth";
    refuses(&(answer_t){.signer = make_cert(&wish), .key = key}, 0,
            "not signed by the certificate's issuer");
    wish.eku = "OCSPSigning";
    wish.issuer = pki.root;
    wish.signer = pki.root_key;
    refuses(&(answer_t){.signer = make_cert(&wish), .key = key}, 0,
            "not signed by the certificate's issuer");
    wish.issuer = pki.mid;
    wish.signer = pki.mid_key;
    wish.until_days = 2;
    refuses(&(answer_t){.signer = make_cert(&wish),
                        .key = key,
                        .until_sec = 9 * DAY},
            5 * DAY, "not signed by the certificate's issuer");
}
END_TEST

START_TEST(refuses_what_says_nothing)
{
    vso_ocsp_subject_t subject;
    apr_size_t len;
    const unsigned char *der;

    prepare();
    refuses(&(answer_t){.status = V_OCSP_CERTSTATUS_UNKNOWN}, 0,
            "does not know");
    refuses(&(answer_t){.about = pki.mid}, 0, "does not know");
    refuses(&(answer_t){.key = pki.leaf_key, .signer = pki.leaf}, 0,
            "not signed by the certificate's issuer");
    refuses(&(answer_t){.outer_status = OCSP_RESPONSE_STATUS_TRYLATER}, 0,
            "no usable response");
    subject = (vso_ocsp_subject_t){pki.leaf, pki.mid, time(NULL)};
    der = response(&(answer_t){0}, &len);
    /* cut, and with something behind it */
    ck_assert_int_ne(
        vso_ocsp_check(&subject, der, len - 1, &next_sec, &revoked, res, pool),
        APR_SUCCESS);
    der = (const unsigned char *)apr_pstrmemdup(pool, (const char *)der, len);
    ck_assert_int_ne(
        vso_ocsp_check(&subject, der, len + 1, &next_sec, &revoked, res, pool),
        APR_SUCCESS);
}
END_TEST

START_TEST(goes_by_the_time_that_it_is_given)
{
    prepare();
    /* leeway of five minutes on both sides of an hour before and after */
    assert_ok(check_at(&(answer_t){0}, -3600 - 240));
    refuses(&(answer_t){0}, -3600 - 360, "not of now");
    assert_ok(check_at(&(answer_t){0}, 3600 + 240));
    refuses(&(answer_t){0}, 3600 + 360, "not of now");
    assert_ok(check_at(
        &(answer_t){.from_sec = DAY - 60, .until_sec = DAY + 3600}, DAY));
    refuses(&(answer_t){.from_sec = 3600, .until_sec = 60}, 3600, "not of now");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ocsp");
    TCase *tc = unit_case(s, "ocsp");

    tcase_add_test(tc, finds_the_first_plain_address);
    tcase_add_test(tc, takes_strict_addresses_only);
    tcase_add_test(tc, asks_about_the_certificate);
    tcase_add_test(tc, takes_what_the_issuer_says);
    tcase_add_test(tc, takes_what_the_issuer_let_another_say);
    tcase_add_test(tc, refuses_what_says_nothing);
    tcase_add_test(tc, goes_by_the_time_that_it_is_given);
    return s;
}
