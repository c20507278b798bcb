/* SPDX-License-Identifier: Apache-2.0 */
#include "replica_util.h"

#include "base/worker.h"

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

/** Entries that have the same names; the last one was activated last. */
static void put_many(vso_replica_t *replica, const char *sans, int count)
{
    EVP_PKEY *key = ec_key();
    X509 *cert = make_cert(&(wish_t){.cn = "x", .key = key, .sans = sans});
    vso_replica_txn_t *txn = begin_for(replica, KEYSTORE, LINEAGE);
    int i;

    for (i = 1; i <= count; i++) {
        const char *entry = apr_psprintf(pool, "e%d", i);
        vso_version_t *row = row_of(ring, &(row_wish_t){.id = i,
                                                        .entry = entry,
                                                        .key = key,
                                                        .cert = cert,
                                                        .activated_sec = i});
        vso_record_rows_t rows = rows_of(entry, i, row, NULL);

        put_rows(txn, &rows);
    }
    assert_ok(vso_replica_commit(txn, res));
}

/** Microseconds of 100 look-ups, of the quickest of some tries. */
static apr_interval_time_t look(vso_replica_t *replica, const char *name)
{
    apr_interval_time_t best = APR_INT64_MAX;
    char entry[65];
    int i;
    int j;

    for (i = 0; i < 20; i++) {
        apr_time_t begun = vso_worker_now();
        apr_interval_time_t took;

        for (j = 0; j < 100; j++) {
            ck_assert_int_eq(vso_replica_by_name(
                                 replica, name, (apr_int64_t)time(NULL), entry),
                             APR_SUCCESS);
        }
        took = vso_worker_now() - begun;
        best = took < best ? took : best;
    }
    return best;
}

START_TEST(many_who_claim_a_name_are_not_gone_through)
{
    vso_replica_t *replica = open_with(ring);

    put_one(replica, "one", 1, row_for(1, "one", "DNS:*.example.com"));
    put_many(replica, "DNS:*.example.org,DNS:www.example.net", 2000);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "e2000");
    ck_assert_str_eq(name_of(replica, "www.example.net"), "e2000");
    ck_assert_int_lt(look(replica, "www.example.org"),
                     8 * look(replica, "www.example.com"));
    ck_assert_int_lt(look(replica, "www.example.net"),
                     8 * look(replica, "www.example.com"));
}
END_TEST

START_TEST(an_entry_has_a_name_once_for_each_activation)
{
    static const char name[] = "DNS:www.example.org";
    vso_replica_t *replica = open_with(ring);
    vso_replica_txn_t *txn;
    vso_record_rows_t rows;
    vso_version_t *rsa;
    EVP_PKEY *key;

    key = rsa_key(2048);
    rsa = row_of(ring,
                 &(row_wish_t){.id = 8,
                               .entry = "two",
                               .key = key,
                               .cert = make_cert(&(wish_t){.cn = "two",
                                                           .key = key,
                                                           .sans = name,
                                                           .from_days = 5,
                                                           .until_days = 9}),
                               .activated_sec = 1008});
    put_one(replica, "one", 1, row_for(5, "one", name));
    txn = begin_for(replica, KEYSTORE, LINEAGE);
    rows = rows_of("two", 2, row_for(4, "two", name), rsa);
    put_rows(txn, &rows);
    assert_ok(vso_replica_commit(txn, res));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "one");
    put_one(replica, "one", 3, NULL);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "two");
    put_one(replica, "two", 4, row_for(9, "two", "DNS:mail.example.org"));
    ck_assert_str_eq(name_of(replica, "www.example.org"), "");
    ck_assert_str_eq(name_of(replica, "mail.example.org"), "two");
    put_one(replica, "two", 5, NULL);
    ck_assert_str_eq(name_of(replica, "mail.example.org"), "");
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
    tcase_add_test(tc, many_who_claim_a_name_are_not_gone_through);
    tcase_add_test(tc, an_entry_has_a_name_once_for_each_activation);
    tcase_add_test(tc, names_are_lower_case_hosts);
    return s;
}
