/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "x509/difference.h"
#include "x509/name.h"

/** A name of pairs of attribute and value, up to a NULL; freed with pool. */
static X509_NAME *name_of(const char *first, ...)
{
    X509_NAME *name = X509_NAME_new();
    const char *field;
    va_list args;

    va_start(args, first);
    for (field = first; field; field = va_arg(args, const char *)) {
        const char *value = va_arg(args, const char *);

        ck_assert_int_eq(
            X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                       (const unsigned char *)value, -1, -1, 0),
            1);
    }
    va_end(args);
    return name;
}

/** What the CA made of it. */
static X509 *made(X509_NAME *subject, const char *sans)
{
    X509 *cert =
        make_cert(&(wish_t){.cn = "unused", .key = ec_key(), .sans = sans});

    X509_set_subject_name(cert, subject);
    X509_NAME_free(subject);
    return cert;
}

static const char *slugs(void)
{
    apr_array_header_t *all = apr_array_make(pool, 4, sizeof(const char *));
    int i;

    for (i = 0; i < res->warnings->nelts; i++) {
        APR_ARRAY_PUSH(all, const char *) =
            APR_ARRAY_IDX(res->warnings, i, vso_warning_t).slug;
    }
    return apr_array_pstrcat(pool, all, ' ');
}

static const char *detail(int i)
{
    return APR_ARRAY_IDX(res->warnings, i, vso_warning_t).detail;
}

/** Compare with CN=www.example.org,O=Example AG,C=CH, and these names. */
static void compare(const apr_array_header_t *asked, X509 *got)
{
    X509_NAME *subject =
        name_of("C", "CH", "O", "Example AG", "CN", "www.example.org", NULL);

    vso_result_clear(res);
    vso_difference_warn(subject, asked, got, res);
    X509_NAME_free(subject);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}

static X509_NAME *same_subject(void)
{
    return name_of("C", "CH", "O", "Example AG", "CN", "www.example.org", NULL);
}

START_TEST(says_nothing_of_what_is_the_same)
{
    compare(texts_of("DNS:www.example.org", "IP:192.0.2.1", NULL),
            made(same_subject(), "DNS:www.example.org,IP:192.0.2.1"));
    ck_assert_str_eq(slugs(), "");
    compare(texts_of(NULL, NULL), made(same_subject(), NULL));
    ck_assert_str_eq(slugs(), "");
}
END_TEST

START_TEST(lists_names_that_were_dropped_and_added)
{
    compare(
        texts_of("DNS:www.example.org", "DNS:b.example", "IP:192.0.2.1", NULL),
        made(same_subject(), "DNS:www.example.org,DNS:example.org"));
    ck_assert_str_eq(slugs(), "names-changed");
    ck_assert_str_eq(detail(0),
                     "Of the subjectAltNames that were asked for, the CA left "
                     "out DNS:b.example, IP:192.0.2.1; added DNS:example.org.");
    compare(texts_of("DNS:a", NULL), made(same_subject(), NULL));
    ck_assert_str_eq(slugs(), "names-changed");
    ck_assert_ptr_null(strstr(detail(0), "added"));
}
END_TEST

START_TEST(tells_order_and_case_from_changes)
{
    compare(texts_of("DNS:a", "DNS:b", NULL),
            made(same_subject(), "DNS:b,DNS:a"));
    ck_assert_str_eq(slugs(), "rewritten");
    assert_shows(detail(0), "in another order,");
    compare(texts_of("DNS:a", "DNS:b", NULL),
            made(same_subject(), "DNS:A,DNS:b"));
    ck_assert_str_eq(slugs(), "rewritten");
    assert_shows(detail(0), "upper and lower case");
    /* of a mailbox the case counts */
    compare(texts_of("email:a@b.example", NULL),
            made(same_subject(), "email:A@b.example"));
    ck_assert_str_eq(slugs(), "names-changed");
}
END_TEST

START_TEST(tells_what_became_of_the_subject)
{
    const apr_array_header_t *asked = texts_of("DNS:www.example.org", NULL);
    const char *sans = "DNS:www.example.org";

    /* as a CA does it that checks domains only */
    compare(asked, made(name_of("CN", "www.example.org", NULL), sans));
    ck_assert_str_eq(slugs(), "subject-changed");
    assert_shows(detail(0), "left out C=CH, O=Example AG. CAs leave out");
    compare(asked, made(name_of(NULL, NULL), sans));
    assert_shows(detail(0), "CN=www.example.org. The common name is among the "
                            "subjectAltNames");
    compare(asked, made(name_of("O", "Other", "CN", "www.example.org", "C",
                                "CH", NULL),
                        sans));
    ck_assert_str_eq(slugs(), "subject-changed");
    ck_assert_str_eq(detail(0), "Of the subject that was asked for, the CA "
                                "left out O=Example AG; added O=Other.");
    compare(asked, made(name_of("CN", "www.example.org", "O", "Example AG", "C",
                                "CH", NULL),
                        sans));
    ck_assert_str_eq(slugs(), "rewritten");
    assert_shows(detail(0), "in another order");
    compare(asked, made(name_of("C", "CH", "O", "EXAMPLE  ag", "CN",
                                "www.example.org", NULL),
                        sans));
    ck_assert_str_eq(slugs(), "rewritten");
    assert_shows(detail(0), "in another spelling");
}
END_TEST

/** A subject of as many attributes as a certificate holds. */
START_TEST(takes_no_time_for_large_subjects)
{
    X509_NAME *many = name_of("CN", "www.example.org", NULL);
    X509_NAME *other;
    int i;

    for (i = 0; i < 3000; i++) {
        const char *value = apr_psprintf(pool, "%d", i);

        X509_NAME_add_entry_by_txt(many, "OU", MBSTRING_UTF8,
                                   (const unsigned char *)value, -1, -1, 0);
    }
    other = X509_NAME_dup(many);
    X509_NAME_add_entry_by_txt(other, "O", MBSTRING_UTF8,
                               (const unsigned char *)"x", -1, 0, 0);
    vso_difference_warn(many, texts_of(NULL, NULL), made(other, NULL), res);
    X509_NAME_free(many);
    ck_assert_str_eq(slugs(), "subject-changed");
    assert_shows(detail(0), "O=x");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("difference");
    TCase *tc = unit_case(s, "difference");

    tcase_add_test(tc, says_nothing_of_what_is_the_same);
    tcase_add_test(tc, lists_names_that_were_dropped_and_added);
    tcase_add_test(tc, tells_order_and_case_from_changes);
    tcase_add_test(tc, tells_what_became_of_the_subject);
    tcase_add_test(tc, takes_no_time_for_large_subjects);
    return s;
}
