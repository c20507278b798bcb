/* SPDX-License-Identifier: Apache-2.0 */
#include "replica_util.h"

START_TEST(wildcard_is_for_one_label)
{
    vso_replica_t *replica = open_with(ring);

    put_one(replica, "wild", 1, row_for(1, "wild", "DNS:*.example.org"));
    put_one(replica, "plain", 2, row_for(2, "plain", "DNS:www.example.org"));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "plain");
    ck_assert_str_eq(name_of(replica, "mail.example.org"), "wild");
    ck_assert_str_eq(name_of(replica, "a.b.example.org"), "");
    ck_assert_str_eq(name_of(replica, "example.org"), "");
    ck_assert_str_eq(name_of(replica, "*.example.org"), "");
    ck_assert_str_eq(name_of(replica, ".example.org"), "");
    ck_assert_str_eq(name_of(replica, ""), "");
    ck_assert_str_eq(name_of(replica, "ww.example.org"), "wild");
    ck_assert_str_eq(name_of(replica, "www.example.or"), "");
}
END_TEST

/* A row whose certificate is valid from and until so many days from now. */
static vso_version_t *row_in(apr_int64_t id, const char *entry,
                             const char *sans, int from, int until)
{
    EVP_PKEY *key = ec_key();
    X509 *cert = make_cert(&(wish_t){.cn = entry,
                                     .key = key,
                                     .sans = sans,
                                     .from_days = from,
                                     .until_days = until});

    return row_of(ring, &(row_wish_t){.id = id,
                                      .entry = entry,
                                      .key = key,
                                      .cert = cert,
                                      .activated_sec = 1000 + id});
}

START_TEST(the_better_of_two_claims_wins)
{
    static const char name[] = "DNS:www.example.org";
    vso_replica_t *replica = open_with(ring);
    vso_version_t *row;

    put_one(replica, "over", 1, row_in(9, "over", name, -9, -1));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "over");
    put_one(replica, "wild", 2, row_for(1, "wild", "DNS:*.example.org"));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "wild");
    put_one(replica, "early", 3, row_in(10, "early", name, 5, 9));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "wild");
    put_one(replica, "z", 4, row_for(2, "z", name));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "z");
    put_one(replica, "b", 5, row_for(3, "b", name));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "b");
    row = row_for(4, "a", name);
    row->activated_sec = 1003;
    put_one(replica, "a", 6, row);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "a");
    row = row_for(5, "aa", name);
    row->activated_sec = 1003;
    put_one(replica, "aa", 7, row);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "a");
    put_one(replica, "a", 8, NULL);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "aa");
}
END_TEST

START_TEST(names_are_lower_case_hosts)
{
    vso_replica_t *replica = open_with(ring);
    const char *label =
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi";
    const char *longest = apr_pstrcat(pool, label, ".", label, ".", label, ".",
                                      label, ".abcde", NULL);

    ck_assert_uint_eq(strlen(longest), 253);
    put_one(replica, "server", 1,
            row_for(1, "server",
                    apr_pstrcat(pool,
                                "DNS:WWW.Example.ORG,DNS:dot.example.org.,"
                                "IP:192.0.2.1,DNS:xn--mller-kva.example,"
                                "DNS:*.org,DNS:f*.example.org,"
                                "DNS:a_b.example.org,DNS:",
                                longest, ",DNS:", longest, "xyz", NULL)));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "server");
    ck_assert_str_eq(name_of(replica, "WWW.example.org"), "");
    ck_assert_str_eq(name_of(replica, "dot.example.org"), "server");
    ck_assert_str_eq(name_of(replica, "192.0.2.1"), "");
    ck_assert_str_eq(name_of(replica, "xn--mller-kva.example"), "server");
    ck_assert_str_eq(name_of(replica, "example.org"), "");
    ck_assert_str_eq(name_of(replica, "foo.example.org"), "");
    ck_assert_str_eq(name_of(replica, "a_b.example.org"), "server");
    ck_assert_str_eq(name_of(replica, longest), "server");
    ck_assert_str_eq(name_of(replica, apr_pstrcat(pool, longest, "xyz", NULL)),
                     "");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("replica_names");
    TCase *tc = replica_case(s, "replica_names");

    tcase_add_test(tc, wildcard_is_for_one_label);
    tcase_add_test(tc, the_better_of_two_claims_wins);
    tcase_add_test(tc, names_are_lower_case_hosts);
    return s;
}
