/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "base/limits.h"
#include "x509/name.h"

static char *repeated(const char *text, int times)
{
    char *all = apr_pstrdup(pool, "");

    while (times-- > 0) {
        all = apr_pstrcat(pool, all, text, NULL);
    }
    return all;
}

/** The subject is refused, and this member is named. */
static void assert_bad(const vso_subject_t *in, const char *field)
{
    vso_subject_t *out = NULL;

    ck_assert_int_ne(vso_subject_check(in, &out, res, pool), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_INVALID);
    ck_assert_str_eq(res->field, field);
    ck_assert_ptr_null(out);
    vso_result_clear(res);
}

static X509_NAME *made(const vso_subject_t *subject)
{
    /* owned by a certificate that lives as long as the pool */
    X509 *cert = vso_x509_bind(X509_new(), pool);
    X509_NAME *name = vso_subject_to_name(subject);

    ck_assert_ptr_nonnull(name);
    X509_set_subject_name(cert, name);
    X509_NAME_free(name);
    return X509_get_subject_name(cert);
}

START_TEST(trims_and_raises)
{
    vso_subject_t in = {.common_name = " \twww.example.org\r\n",
                        .organization = "  ",
                        .locality = "",
                        .country = " de "};
    vso_subject_t *out = NULL;

    assert_ok(vso_subject_check(&in, &out, res, pool));
    ck_assert_str_eq(out->common_name, "www.example.org");
    ck_assert_str_eq(out->country, "DE");
    ck_assert_ptr_null(out->organization);
    ck_assert_ptr_null(out->locality);
    ck_assert_ptr_null(out->state);
}
END_TEST

START_TEST(needs_a_common_name)
{
    assert_bad(&(vso_subject_t){.organization = "Example"},
               "subject.commonName");
    assert_bad(&(vso_subject_t){.common_name = " "}, "subject.commonName");
}
END_TEST

START_TEST(counts_characters_not_bytes)
{
    vso_subject_t in = {.common_name = "a"};
    vso_subject_t *out = NULL;

    in.common_name = repeated("\xc3\xa4", VSO_UB_COMMON_NAME);
    in.organization = repeated("\xf0\x9f\x8d\x8e", VSO_UB_ORGANIZATION);
    in.organizational_unit = repeated("u", VSO_UB_ORG_UNIT);
    in.locality = repeated("l", VSO_UB_LOCALITY);
    in.state = repeated("s", VSO_UB_STATE);
    assert_ok(vso_subject_check(&in, &out, res, pool));
    ck_assert_str_eq(out->organization, in.organization);
}
END_TEST

START_TEST(refuses_one_character_more)
{
    vso_subject_t in = {.common_name = "a"};

    in.organization = repeated("\xc3\xa4", VSO_UB_ORGANIZATION + 1);
    assert_bad(&in, "subject.organization");
    in.organization = NULL;
    in.organizational_unit = repeated("u", VSO_UB_ORG_UNIT + 1);
    assert_bad(&in, "subject.organizationalUnit");
    in.organizational_unit = NULL;
    in.locality = repeated("l", VSO_UB_LOCALITY + 1);
    assert_bad(&in, "subject.locality");
    in.locality = NULL;
    in.state = repeated("s", VSO_UB_STATE + 1);
    assert_bad(&in, "subject.state");
    in.state = NULL;
    in.common_name = repeated("c", VSO_UB_COMMON_NAME + 1);
    assert_bad(&in, "subject.commonName");
}
END_TEST

START_TEST(refuses_what_is_not_utf8)
{
    static const char *const bad[] = {
        "a\xff",            /* never in UTF-8 */
        "\xc3",             /* cut */
        "\xc0\xaf",         /* overlong */
        "\xed\xa0\x80",     /* surrogate */
        "\xf4\x90\x80\x80", /* over U+10FFFF */
        "caf\xe9",          /* Latin-1 */
        NULL,
    };
    int i;

    for (i = 0; bad[i]; i++) {
        assert_bad(&(vso_subject_t){.common_name = "a", .state = bad[i]},
                   "subject.state");
    }
}
END_TEST

START_TEST(refuses_what_a_reader_does_not_see)
{
    static const char *const bad[] = {
        "a\nb",
        "a\tb",
        "a\x7f"
        "b",
        "a\x1b[31mb",
        "a\xc2\x85"
        "b",
        "a\xe2\x80\xae"
        "b", /* right-to-left override */
        "a\xe2\x81\xa6"
        "b", /* left-to-right isolate */
        "a\xe2\x80\x8b"
        "b", /* zero width space */
        "a\xef\xbb\xbf"
        "b", /* byte-order mark */
        "a\xe2\x80\xa8"
        "b", /* line separator */
        NULL,
    };
    int i;

    for (i = 0; bad[i]; i++) {
        assert_bad(&(vso_subject_t){.common_name = bad[i]},
                   "subject.commonName");
    }
}
END_TEST

START_TEST(knows_the_countries)
{
    static const char *const bad[] = {"D",        "DEU", "XX",      "UK",
                                      "\xc3\xa4", "D ",  "Germany", NULL};
    int i;

    for (i = 0; bad[i]; i++) {
        assert_bad(&(vso_subject_t){.common_name = "a", .country = bad[i]},
                   "subject.country");
    }
    for (i = 0; vso_countries[i]; i++) {
        ck_assert_uint_eq(strlen(vso_countries[i]), 2);
        ck_assert(i == 0 || strcmp(vso_countries[i - 1], vso_countries[i]) < 0);
    }
    ck_assert_int_eq(i, 249);
}
END_TEST

START_TEST(comes_back_from_x509)
{
    vso_subject_t in = {.common_name = "www.example.org",
                        .organization = "B\xc3\xbcro, \"Nord\" + S\xc3\xbc"
                                        "d",
                        .organizational_unit = "IT",
                        .locality = "K\xc3\xb6ln",
                        .state = "NRW",
                        .country = "DE"};
    X509_NAME *name = made(&in);
    vso_subject_t *out = vso_subject_from_name(name, pool);
    X509_NAME_ENTRY *country = X509_NAME_get_entry(name, 0);

    ck_assert_str_eq(out->common_name, in.common_name);
    ck_assert_str_eq(out->organization, in.organization);
    ck_assert_str_eq(out->organizational_unit, in.organizational_unit);
    ck_assert_str_eq(out->locality, in.locality);
    ck_assert_str_eq(out->state, in.state);
    ck_assert_str_eq(out->country, in.country);
    /* RFC 5280, appendix A.1 */
    ck_assert_int_eq(ASN1_STRING_type(X509_NAME_ENTRY_get_data(country)),
                     V_ASN1_PRINTABLESTRING);
}
END_TEST

START_TEST(writes_rfc4514)
{
    vso_subject_t in = {
        .common_name = "a, b", .locality = "K\xc3\xb6ln", .country = "DE"};

    ck_assert_str_eq(vso_name_text(made(&in), pool),
                     "CN=a\\, b,L=K\xc3\xb6ln,C=DE");
}
END_TEST

START_TEST(escapes_what_would_deceive)
{
    vso_subject_t in = {.common_name = "good\xe2\x80\xaemoc.live\ncut"};

    ck_assert_str_eq(vso_name_text(made(&in), pool),
                     "CN=good\\E2\\80\\AEmoc.live\\0Acut");
}
END_TEST

START_TEST(reads_foreign_strings)
{
    X509 *cert = vso_x509_bind(X509_new(), pool);
    X509_NAME *name = X509_get_subject_name(cert);
    vso_subject_t *subject;

    X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_T61STRING,
                               (const unsigned char *)"K\xf6ln", 4, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", V_ASN1_BMPSTRING,
                               (const unsigned char *)"\0K\0\xf6", 4, -1, 0);
    X509_NAME_add_entry_by_txt(name, "OU", V_ASN1_UTF8STRING,
                               (const unsigned char *)"a\xff", 2, -1, 0);
    X509_NAME_add_entry_by_txt(name, "L", V_ASN1_UTF8STRING,
                               (const unsigned char *)"a\0b", 3, -1, 0);
    X509_NAME_add_entry_by_txt(name, "ST", V_ASN1_UTF8STRING,
                               (const unsigned char *)"", 0, -1, 0);
    subject = vso_subject_from_name(name, pool);
    ck_assert_str_eq(subject->common_name, "K\xc3\xb6ln");
    ck_assert_str_eq(subject->organization, "K\xc3\xb6");
    ck_assert_str_eq(subject->organizational_unit, "a\\FF");
    ck_assert_str_eq(subject->locality, "a\\00b");
    ck_assert_str_eq(subject->state, "");
    /* the broken one must not hide the others */
    ck_assert_ptr_nonnull(strstr(vso_name_text(name, pool), "CN="));
}
END_TEST

START_TEST(empty_name_is_empty_text)
{
    X509 *cert = vso_x509_bind(X509_new(), pool);
    X509_NAME *name = X509_get_subject_name(cert);

    ck_assert_str_eq(vso_name_text(name, pool), "");
    ck_assert_ptr_null(vso_subject_from_name(name, pool)->common_name);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("name");
    TCase *tc = unit_case(s, "name");

    tcase_add_test(tc, trims_and_raises);
    tcase_add_test(tc, needs_a_common_name);
    tcase_add_test(tc, counts_characters_not_bytes);
    tcase_add_test(tc, refuses_one_character_more);
    tcase_add_test(tc, refuses_what_is_not_utf8);
    tcase_add_test(tc, refuses_what_a_reader_does_not_see);
    tcase_add_test(tc, knows_the_countries);
    tcase_add_test(tc, comes_back_from_x509);
    tcase_add_test(tc, writes_rfc4514);
    tcase_add_test(tc, escapes_what_would_deceive);
    tcase_add_test(tc, reads_foreign_strings);
    tcase_add_test(tc, empty_name_is_empty_text);
    return s;
}
