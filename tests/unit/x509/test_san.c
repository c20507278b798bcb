/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "base/limits.h"
#include "x509/san.h"

static const char *joined(const apr_array_header_t *sans)
{
    return apr_array_pstrcat(pool, sans, ' ');
}

/** The names are taken, and read so when they are checked. */
static void assert_sans(const apr_array_header_t *in, const char *also,
                        const char *expected)
{
    apr_array_header_t *out = NULL;

    assert_ok(vso_sans_check(in, also, &out, res, pool));
    ck_assert_str_eq(joined(out), expected);
}

START_TEST(normalises_names)
{
    assert_sans(texts_of("WWW.Example.ORG", "*.example.org", "example.org.",
                         " host-1 ", NULL),
                NULL,
                "DNS:www.example.org DNS:*.example.org DNS:example.org "
                "DNS:host-1");
}
END_TEST

START_TEST(normalises_addresses)
{
    assert_sans(texts_of("192.0.2.1", "2001:DB8:0:0::0001", "::1",
                         "::ffff:192.0.2.9", "[FD00::1]", "IP:[fd00::2]", NULL),
                NULL,
                "IP:192.0.2.1 IP:2001:db8::1 IP:::1 IP:::ffff:192.0.2.9 "
                "IP:fd00::1 IP:fd00::2");
    assert_sans(texts_of(NULL, NULL), "[fd00::1]", "IP:fd00::1");
}
END_TEST

START_TEST(takes_prefixes)
{
    assert_sans(texts_of("DNS:a.example", "dns:b.example", "IP:192.0.2.1",
                         "ip:::1", NULL),
                NULL, "DNS:a.example DNS:b.example IP:192.0.2.1 IP:::1");
}
END_TEST

START_TEST(drops_duplicates)
{
    assert_sans(texts_of("a.example", "A.EXAMPLE.", "DNS:a.example", "::1",
                         "0:0:0:0:0:0:0:1", NULL),
                NULL, "DNS:a.example IP:::1");
}
END_TEST

START_TEST(puts_the_common_name_first)
{
    assert_sans(texts_of("b.example", "a.example", NULL), "A.example",
                "DNS:a.example DNS:b.example");
    assert_sans(texts_of("b.example", NULL), "192.0.2.7",
                "IP:192.0.2.7 DNS:b.example");
    assert_sans(texts_of("b.example", NULL), "Our Server", "DNS:b.example");
    assert_sans(texts_of(NULL, NULL), "Our Server", "");
}
END_TEST

START_TEST(writes_idn_as_a_labels)
{
    assert_sans(texts_of("b\xc3\xbc"
                         "cher.example",
                         "*.B\xc3\x9c"
                         "CHER.example",
                         "stra\xc3\x9f"
                         "e.example",
                         "xn--bcher-kva.example", NULL),
                "m\xc3\xbcnchen.example",
                "DNS:xn--mnchen-3ya.example DNS:xn--bcher-kva.example "
                "DNS:*.xn--bcher-kva.example DNS:xn--strae-oqa.example");
}
END_TEST

START_TEST(refuses_what_is_no_name)
{
    static const char *const bad[] = {
        "",
        " ",
        ".",
        "a..b",
        ".a.example",
        "-a.example",
        "a-.example",
        "a_b.example",
        "a b.example",
        "a,b.example",
        "*",
        "*.",
        "*.example", /* right under a top level */
        "w*.example.org",
        "a.*.example.org",
        "*.*.example.org",
        "*.192.0.2.1",
        "192.0.2.256",
        "192.0.2",
        "192.0.2.1.",
        "1",
        "192.0.2.0/24",
        "2001:db8::g",
        "fe80::1%eth0",
        "DNS:192.0.2.1",
        "IP:a.example",
        "email:a@example.org",
        "a@example.org",
        "https://a.example",
        "a.example:443",
        "b\xfc"
        "cher.example",  /* Latin-1 */
        "xn--a.example", /* no punycode */
        "a\xe2\x80\xae"
        "b.example",
        NULL,
    };
    apr_array_header_t *out = NULL;
    int i;

    for (i = 0; bad[i]; i++) {
        ck_assert_msg(vso_sans_check(texts_of(bad[i], NULL), NULL, &out, res,
                                     pool) != APR_SUCCESS,
                      "\"%s\" was taken", bad[i]);
        ck_assert_int_eq(res->problem, VSO_P_INVALID);
        ck_assert_str_eq(res->field, "subjectAltNames");
        ck_assert_ptr_null(out);
        vso_result_clear(res);
    }
}
END_TEST

START_TEST(says_why_and_what_to_do)
{
    static const struct {
        const char *name;
        const char *reason;
    } bad[] = {
        {"", "it is empty"},
        {"my_host", "no underscore (RFC 1123, 2.1)"},
        {"[fd00::1", "no IPv6 address"},
        {"[fd00::g]", "no IPv6 address"},
        {"[192.0.2.1]", "no IPv6 address"},
        {"fe80::1%eth0", "it has a zone"},
        {"192.0.2.0/24", "it has a slash"},
        {"192.0.2.256", "last label is a number"},
        {"https://a.example/", "host name alone"},
        {"a.example:443", "leave the port out"},
        {"a@b.example", "e-mail address"},
        {"a.example b.example", "it has a blank"},
        {"a.example,b.example", "it has a comma"},
        {"*.example", "at least two labels"},
        {"w*.example.org", "whole first label"},
        {"a..b", "empty label"},
        {"-a.example", "hyphen"},
        {"a!b", "no \"!\""},
        {"DNS:192.0.2.1", "leave \"DNS:\" out"},
        {"IP:a.example", "no IP address"},
        {"xn--a.example", "IDNA"},
        {"b\xfc"
         "cher.example",
         "UTF-8"},
    };
    apr_array_header_t *out = NULL;
    apr_size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_int_ne(
            vso_sans_check(texts_of(bad[i].name, NULL), NULL, &out, res, pool),
            APR_SUCCESS);
        assert_shows(res->detail, bad[i].name);
        assert_shows(res->detail, bad[i].reason);
        vso_result_clear(res);
    }
}
END_TEST

/** A name of 63-letter labels and a last one of this many letters. */
static const char *long_name(int labels, int last)
{
    static const char sixty_three[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                      "aaaaaaaaaaaaaaaaaaaaaaa";
    char *name = apr_pstrdup(pool, "");

    while (labels-- > 0) {
        name = apr_pstrcat(pool, name, sixty_three, ".", NULL);
    }
    return apr_pstrcat(pool, name,
                       apr_pstrndup(pool, sixty_three, (size_t)last), NULL);
}

START_TEST(holds_the_lengths_of_dns)
{
    apr_array_header_t *out = NULL;

    assert_ok(vso_sans_check(texts_of(long_name(3, 61), NULL), NULL, &out, res,
                             pool));
    assert_refused(
        vso_sans_check(texts_of(long_name(3, 62), NULL), NULL, &out, res, pool),
        VSO_P_INVALID);
    assert_refused(
        vso_sans_check(
            texts_of(apr_pstrcat(pool, "a", long_name(1, 3), NULL), NULL), NULL,
            &out, res, pool),
        VSO_P_INVALID);
    /* the wildcard counts */
    assert_refused(
        vso_sans_check(
            texts_of(apr_pstrcat(pool, "*.", long_name(3, 60), NULL), NULL),
            NULL, &out, res, pool),
        VSO_P_INVALID);
    assert_refused(
        vso_sans_check(texts_of(long_name(40, 9), NULL), NULL, &out, res, pool),
        VSO_P_INVALID);
}
END_TEST

START_TEST(counts_the_names)
{
    apr_array_header_t *in = texts_of(NULL, NULL);
    apr_array_header_t *out = NULL;
    int i;

    for (i = 0; i < VSO_MAX_SANS; i++) {
        APR_ARRAY_PUSH(in, const char *) = apr_psprintf(pool, "h%d.example", i);
    }
    assert_ok(vso_sans_check(in, NULL, &out, res, pool));
    ck_assert_int_eq(out->nelts, VSO_MAX_SANS);
    APR_ARRAY_PUSH(in, const char *) = "one.more";
    assert_refused(vso_sans_check(in, NULL, &out, res, pool), VSO_P_INVALID);
}
END_TEST

static X509 *cert_with(const char *cn, const char *sans)
{
    return make_cert(&(wish_t){.cn = cn, .key = ec_key(), .sans = sans});
}

START_TEST(lists_those_of_a_certificate)
{
    X509 *cert = cert_with("a", "DNS:a.example,IP:192.0.2.1,IP:2001:db8::1,"
                                "email:a@example.org,URI:https://a.example/,"
                                "RID:1.2.3,otherName:1.2.3.4;UTF8:a");

    ck_assert_str_eq(joined(vso_sans_of_cert(cert, pool)),
                     "DNS:a.example IP:192.0.2.1 IP:2001:db8::1 "
                     "email:a@example.org URI:https://a.example/ RID:1.2.3 "
                     "otherName:1.2.3.4");
    ck_assert_int_eq(vso_sans_of_cert(cert_with("a", NULL), pool)->nelts, 0);
}
END_TEST

START_TEST(lists_a_directory_name)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    X509_NAME *directory = X509_NAME_new();
    X509 *cert = vso_x509_bind(X509_new(), pool);

    X509_NAME_add_entry_by_txt(directory, "CN", MBSTRING_UTF8,
                               (const unsigned char *)"Door\n2", -1, -1, 0);
    GENERAL_NAME_set0_value(name, GEN_DIRNAME, directory);
    sk_GENERAL_NAME_push(names, name);
    X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
    ck_assert_str_eq(joined(vso_sans_of_cert(cert, pool)),
                     "dirName:CN=Door\\0A2");
}
END_TEST

START_TEST(says_which_a_request_leaves_out)
{
    X509 *cert = cert_with("a", "DNS:a.example,email:a@example.org,RID:1.2.3");
    const char *many = "DNS:h.example";
    int i;

    ck_assert_str_eq(joined(vso_sans_for_server(cert, res, pool)),
                     "DNS:a.example");
    ck_assert_int_eq(res->warnings->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).slug,
                     "names-left-out");
    assert_shows(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).detail,
                 "email:a@example.org, RID:1.2.3.");
    vso_result_clear(res);
    for (i = 1; i <= VSO_MAX_SANS; i++) {
        many = apr_psprintf(pool, "%s,DNS:h%d.example", many, i);
    }
    cert = cert_with("a", many);
    ck_assert_int_eq(vso_sans_for_server(cert, res, pool)->nelts,
                     VSO_MAX_SANS + 1);
    ck_assert_int_eq(res->warnings->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).slug,
                     "many-names");
    ck_assert_str_eq(
        strstr(vso_sans_listed(vso_sans_of_cert(cert, pool), pool), " and "),
        " and 81 more");
}
END_TEST

START_TEST(hides_nothing_in_a_name)
{
    static const char trick[] = "a.example\0, DNS:b.example\n";
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    X509 *cert = vso_x509_bind(X509_new(), pool);

    ASN1_STRING_set(text, trick, sizeof(trick) - 1);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, name);
    X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
    ck_assert_str_eq(joined(vso_sans_of_cert(cert, pool)),
                     "DNS:a.example\\00\\2C\\20DNS:b.example\\0A");
}
END_TEST

START_TEST(becomes_an_extension)
{
    apr_array_header_t *in =
        texts_of("DNS:*.a.example", "IP:192.0.2.1", "IP:2001:db8::1", NULL);
    X509_EXTENSION *extension = vso_sans_to_extension(in);
    X509 *cert = vso_x509_bind(X509_new(), pool);

    ck_assert_ptr_nonnull(extension);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
    ck_assert_str_eq(joined(vso_sans_of_cert(cert, pool)), joined(in));
    ck_assert_ptr_null(vso_sans_to_extension(texts_of("IP:nonsense", NULL)));
    ck_assert_ptr_null(vso_sans_to_extension(texts_of("nonsense", NULL)));
}
END_TEST

START_TEST(covers_hosts)
{
    X509 *cert = cert_with("cn.example", "DNS:a.example,DNS:*.b.example,"
                                         "DNS:xn--bcher-kva.example,"
                                         "IP:192.0.2.1,IP:2001:db8::1");

    ck_assert_int_eq(vso_sans_cover(cert, "a.example"), 1);
    ck_assert_int_eq(vso_sans_cover(cert, "A.Example"), 1);
    ck_assert_int_eq(vso_sans_cover(cert, "a.example."), 1);
    ck_assert_int_eq(vso_sans_cover(cert, "x.b.example"), 1);
    ck_assert_int_eq(vso_sans_cover(cert, "b\xc3\xbc"
                                          "cher.example"),
                     1);
    ck_assert_int_eq(vso_sans_cover(cert, "192.0.2.1"), 1);
    ck_assert_int_eq(vso_sans_cover(cert, "2001:DB8:0::1"), 1);
    ck_assert_int_eq(vso_sans_cover(cert, "[2001:db8::1]"), 1);
    ck_assert_int_eq(vso_sans_cover(cert, "b.example"), 0);
    ck_assert_int_eq(vso_sans_cover(cert, "y.x.b.example"), 0);
    ck_assert_int_eq(vso_sans_cover(cert, "192.0.2.2"), 0);
    ck_assert_int_eq(vso_sans_cover(cert, "c.example"), 0);
    ck_assert_int_eq(vso_sans_cover(cert, ""), 0);
    /* the CN counts for nothing beside DNS SANs */
    ck_assert_int_eq(vso_sans_cover(cert, "cn.example"), 0);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(falls_back_to_the_common_name)
{
    X509 *cert = cert_with("cn.example", NULL);

    ck_assert_int_eq(vso_sans_cover(cert, "cn.example"), 1);
    ck_assert_int_eq(vso_sans_cover(cert, "a.example"), 0);
    ck_assert_int_eq(
        vso_sans_cover(cert_with("a_b.example", NULL), "a_b.example"), 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("san");
    TCase *tc = unit_case(s, "san");

    tcase_add_test(tc, normalises_names);
    tcase_add_test(tc, normalises_addresses);
    tcase_add_test(tc, takes_prefixes);
    tcase_add_test(tc, drops_duplicates);
    tcase_add_test(tc, puts_the_common_name_first);
    tcase_add_test(tc, writes_idn_as_a_labels);
    tcase_add_test(tc, refuses_what_is_no_name);
    tcase_add_test(tc, says_why_and_what_to_do);
    tcase_add_test(tc, holds_the_lengths_of_dns);
    tcase_add_test(tc, counts_the_names);
    tcase_add_test(tc, lists_those_of_a_certificate);
    tcase_add_test(tc, lists_a_directory_name);
    tcase_add_test(tc, says_which_a_request_leaves_out);
    tcase_add_test(tc, hides_nothing_in_a_name);
    tcase_add_test(tc, becomes_an_extension);
    tcase_add_test(tc, covers_hosts);
    tcase_add_test(tc, falls_back_to_the_common_name);
    return s;
}
