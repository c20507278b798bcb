/* SPDX-License-Identifier: Apache-2.0 */
#include "replica_util.h"

static X509 *stapled_cert(const pki_t *pki, EVP_PKEY *key)
{
    X509 *cert = make_cert(&(wish_t){.cn = "www.example.org",
                                     .key = key,
                                     .issuer = pki->mid,
                                     .signer = pki->mid_key,
                                     .sans = "DNS:www.example.org"});

    put(cert, pki->mid, NID_info_access, "OCSP;URI:http://ocsp.example/");
    X509_sign(cert, pki->mid_key, EVP_sha256());
    return cert;
}

START_TEST(staples_are_due_in_time)
{
    vso_replica_t *replica = open_with(ring);
    pki_t pki = make_pki();
    EVP_PKEY *key = ec_key();
    row_wish_t wish = {.id = 1,
                       .entry = "server",
                       .key = key,
                       .cert = stapled_cert(&pki, key),
                       .chain = certs_of(pki.mid, NULL)};
    vso_replica_staple_t staple;
    vso_replica_staple_t *due;
    apr_array_header_t *list;
    vso_replica_txn_t *txn;

    put_one(replica, "server", 1, row_of(ring, &wish));
    assert_ok(vso_replica_staples_due(replica, 0, 10, &list, res, pool));
    ck_assert_int_eq(list->nelts, 1);
    due = &APR_ARRAY_IDX(list, 0, vso_replica_staple_t);
    ck_assert_str_eq(due->entry, "server");
    ck_assert_uint_eq(due->der.len, 0);

    due->due_sec = 500;
    due->valid_sec = 900;
    due->der.data = (const unsigned char *)"response";
    due->der.len = 8;
    txn = begin_for(replica, KEYSTORE, LINEAGE);
    assert_ok(vso_replica_staple_put(txn, due, res, pool));
    assert_ok(vso_replica_commit(txn, res));
    put_one(replica, "server", 2, row_of(ring, &wish)); /* stays */
    ck_assert_int_eq(
        vso_replica_staple(replica, due->fingerprint, &staple, pool),
        APR_SUCCESS);
    ck_assert_int_eq(staple.valid_sec, 900);
    ck_assert_mem_eq(staple.der.data, "response", 8);
    assert_ok(vso_replica_staples_due(replica, 499, 10, &list, res, pool));
    ck_assert_int_eq(list->nelts, 0);
    assert_ok(vso_replica_staples_due(replica, 500, 10, &list, res, pool));
    ck_assert_int_eq(list->nelts, 1);

    /* served no more */
    put_one(replica, "server", 3, NULL);
    ck_assert_int_eq(
        vso_replica_staple(replica, due->fingerprint, &staple, pool),
        APR_SUCCESS);
    assert_ok(vso_replica_staples_due(replica, 500, 10, &list, res, pool));
    ck_assert_int_eq(list->nelts, 0);
    ck_assert_int_eq(
        vso_replica_staple(replica, due->fingerprint, &staple, pool),
        APR_NOTFOUND);
}
END_TEST

START_TEST(staples_stay_when_the_master_key_changes)
{
    const vso_keyring_t *both = ring_of("ba");
    vso_replica_t *replica = open_with(ring);
    pki_t pki = make_pki();
    EVP_PKEY *key = ec_key();
    row_wish_t wish = {.id = 1,
                       .entry = "server",
                       .key = key,
                       .cert = stapled_cert(&pki, key),
                       .chain = certs_of(pki.mid, NULL)};
    vso_replica_staple_t staple;
    apr_array_header_t *list;
    vso_replica_txn_t *txn;

    put_one(replica, "server", 1, row_of(ring, &wish));
    assert_ok(vso_replica_staples_due(replica, 0, 10, &list, res, pool));
    staple = APR_ARRAY_IDX(list, 0, vso_replica_staple_t);
    staple.due_sec = 500;
    staple.valid_sec = 900;
    staple.der.data = (const unsigned char *)"response";
    staple.der.len = 8;
    txn = begin_for(replica, KEYSTORE, LINEAGE);
    assert_ok(vso_replica_staple_put(txn, &staple, res, pool));
    assert_ok(vso_replica_commit(txn, res));

    replica = open_with(both);
    put_one(replica, "server", 2, row_of(both, &wish)); /* sealed anew */
    replica = open_with(ring_of("b"));
    ck_assert_int_eq(
        vso_replica_staple(replica, staple.fingerprint, &staple, pool),
        APR_SUCCESS);
    ck_assert_int_eq(staple.valid_sec, 900);
    ck_assert_mem_eq(staple.der.data, "response", 8);
    assert_ok(vso_replica_staples_due(replica, 499, 10, &list, res, pool));
    ck_assert_int_eq(list->nelts, 0);
    assert_ok(vso_replica_staples_due(replica, 500, 10, &list, res, pool));
    ck_assert_int_eq(list->nelts, 1);
}
END_TEST

static void end_session(vso_replica_t *replica, const char *id,
                        apr_int64_t expires, apr_int64_t now)
{
    vso_replica_txn_t *txn = NULL;

    assert_ok(vso_replica_begin(replica, &txn, res, pool));
    assert_ok(vso_replica_end(txn, id, expires, now, res, pool));
    assert_ok(vso_replica_commit(txn, res));
}

START_TEST(ended_sessions_are_remembered_until_they_are_over)
{
    vso_replica_t *replica = open_with(ring);

    ck_assert_int_eq(vso_replica_ended(replica, "one", 10), 0);
    end_session(replica, "one", 100, 10);
    end_session(replica, "one", 200, 10);
    ck_assert_int_eq(vso_replica_ended(replica, "one", 10), 1);
    end_session(replica, "two", 300, 150); /* forgets what is over at 150 */
    ck_assert_int_eq(vso_replica_ended(replica, "one", 150), 1);
    ck_assert_int_eq(vso_replica_ended(replica, "one", 200), 0);
    end_session(replica, "three", 400, 250);
    ck_assert_int_eq(vso_replica_ended(replica, "one", 0), 0);
    ck_assert_int_eq(vso_replica_ended(replica, "two", 250), 1);
    ck_assert_int_eq(vso_replica_ended(replica, "", 250), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("replica_staples");
    TCase *tc = replica_case(s, "replica_staples");

    tcase_add_test(tc, staples_are_due_in_time);
    tcase_add_test(tc, staples_stay_when_the_master_key_changes);
    tcase_add_test(tc, ended_sessions_are_remembered_until_they_are_over);
    return s;
}
