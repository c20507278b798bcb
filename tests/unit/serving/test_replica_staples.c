/* SPDX-License-Identifier: Apache-2.0 */
#include "replica_util.h"

#include "serving/replica_impl.h"

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

/* A certificate with a responder, of an entry. */
static row_wish_t stapled_wish(const pki_t *pki, int id, const char *entry)
{
    EVP_PKEY *key = ec_key();
    const row_wish_t wish = {.id = id,
                             .entry = entry,
                             .key = key,
                             .cert = stapled_cert(pki, key),
                             .chain = certs_of(pki->mid, NULL)};

    return wish;
}

static vso_version_t *stapled_row(const pki_t *pki, int id, const char *entry)
{
    const row_wish_t wish = stapled_wish(pki, id, entry);

    return row_of(ring, &wish);
}

/* The row that is due at this time and no other. */
static vso_replica_staple_t only_due(vso_replica_t *replica, apr_int64_t now)
{
    apr_array_header_t *list;

    assert_ok(vso_replica_staples_due(replica, now, 10, &list, res, pool));
    ck_assert_int_eq(list->nelts, 1);
    return APR_ARRAY_IDX(list, 0, vso_replica_staple_t);
}

static int count_due(vso_replica_t *replica, apr_int64_t now)
{
    apr_array_header_t *list;

    assert_ok(vso_replica_staples_due(replica, now, 10, &list, res, pool));
    return list->nelts;
}

static void respond(vso_replica_t *replica, vso_replica_staple_t *staple,
                    apr_int64_t due)
{
    vso_replica_txn_t *txn = begin_for(replica, KEYSTORE, LINEAGE);

    staple->due_sec = due;
    staple->valid_sec = due + 400;
    staple->der.data = (const unsigned char *)"response";
    staple->der.len = 8;
    assert_ok(vso_replica_staple_put(txn, staple, res, pool));
    assert_ok(vso_replica_commit(txn, res));
}

/* Rows and marks. */
static int count_staples(vso_replica_t *replica)
{
    vso_replica_txn_t *txn = begin_for(replica, KEYSTORE, LINEAGE);
    MDB_stat stat;

    ck_assert_int_eq(mdb_stat(txn->txn, txn->open->staples, &stat), 0);
    vso_replica_abort(txn);
    return (int)stat.ms_entries;
}

static void assert_response(vso_replica_t *replica,
                            const unsigned char fingerprint[32],
                            const char *entry)
{
    vso_replica_staple_t staple;

    ck_assert_int_eq(vso_replica_staple(replica, fingerprint, &staple, pool),
                     APR_SUCCESS);
    ck_assert_str_eq(staple.entry, entry);
    ck_assert_int_eq(staple.valid_sec, 900);
    ck_assert_uint_eq(staple.der.len, 8);
    ck_assert_mem_eq(staple.der.data, "response", 8);
}

START_TEST(staples_are_due_in_time)
{
    vso_replica_t *replica = open_with(ring);
    pki_t pki = make_pki();
    vso_version_t *row = stapled_row(&pki, 1, "server");
    vso_replica_staple_t staple;

    put_one(replica, "server", 1, row);
    staple = only_due(replica, 0);
    ck_assert_str_eq(staple.entry, "server");
    ck_assert_uint_eq(staple.der.len, 0);

    respond(replica, &staple, 500);
    put_one(replica, "server", 2, row); /* stays */
    assert_response(replica, staple.fingerprint, "server");
    ck_assert_int_eq(count_due(replica, 499), 0);
    ck_assert_int_eq(count_due(replica, 500), 1);

    /* served no more */
    put_one(replica, "server", 3, NULL);
    ck_assert_int_eq(
        vso_replica_staple(replica, staple.fingerprint, &staple, pool),
        APR_SUCCESS);
    ck_assert_int_eq(count_due(replica, 500), 0);
    ck_assert_int_eq(
        vso_replica_staple(replica, staple.fingerprint, &staple, pool),
        APR_NOTFOUND);
}
END_TEST

START_TEST(staples_stay_when_the_master_key_changes)
{
    const vso_keyring_t *both = ring_of("ba");
    vso_replica_t *replica = open_with(ring);
    pki_t pki = make_pki();
    const row_wish_t wish = stapled_wish(&pki, 1, "server");
    vso_replica_staple_t staple;

    put_one(replica, "server", 1, row_of(ring, &wish));
    staple = only_due(replica, 0);
    respond(replica, &staple, 500);

    replica = open_with(both);
    put_one(replica, "server", 2, row_of(both, &wish)); /* sealed anew */
    replica = open_with(ring_of("b"));
    assert_response(replica, staple.fingerprint, "server");
    ck_assert_int_eq(count_due(replica, 499), 0);
    ck_assert_int_eq(count_due(replica, 500), 1);
}
END_TEST

START_TEST(responses_are_taken_along_into_another_file)
{
    vso_replica_t *replica = open_with(ring);
    vso_replica_t *fresh = NULL;
    pki_t pki = make_pki();
    vso_version_t *kept = stapled_row(&pki, 1, "kept");
    vso_replica_staple_t staple;
    vso_replica_staple_t lost;

    put_one(replica, "lost", 1, stapled_row(&pki, 2, "lost"));
    lost = only_due(replica, 0);
    respond(replica, &lost, 600);
    put_one(replica, "kept", 2, kept);
    staple = only_due(replica, 0);
    respond(replica, &staple, 500);

    assert_ok(vso_replica_beside(replica, &fresh, res, pool));
    put_one(fresh, "kept", 2, kept);
    put_one(fresh, "later", 2, stapled_row(&pki, 3, "later"));
    assert_ok(vso_replica_replace(replica, fresh, res, pool));

    assert_response(replica, staple.fingerprint, "kept");
    ck_assert_int_eq(vso_replica_staple(replica, lost.fingerprint, &lost, pool),
                     APR_NOTFOUND);
    ck_assert_str_eq(only_due(replica, 499).entry, "later");
    ck_assert_int_eq(count_staples(replica), 4); /* each a row and a mark */

    /* and nothing is left behind by the next response */
    respond(replica, &staple, 2000);
    ck_assert_int_eq(count_due(replica, 1999), 1);
    ck_assert_int_eq(count_staples(replica), 4);
}
END_TEST

/* What a file of before may have: marks with another time than the row's. */
START_TEST(mark_of_another_time_goes_alone)
{
    vso_replica_t *replica = open_with(ring);
    pki_t pki = make_pki();
    unsigned char mark[41] = {'d', 0, 0, 0, 0, 0, 0, 0, 7};
    MDB_val key = {sizeof(mark), mark};
    MDB_val nothing = {0, NULL};
    vso_replica_staple_t staple;
    vso_replica_txn_t *txn;

    put_one(replica, "server", 1, stapled_row(&pki, 1, "server"));
    staple = only_due(replica, 0);
    respond(replica, &staple, 500);
    memcpy(mark + 9, staple.fingerprint, 32);
    txn = begin_for(replica, KEYSTORE, LINEAGE);
    ck_assert_int_eq(mdb_put(txn->txn, txn->open->staples, &key, &nothing, 0),
                     0);
    assert_ok(vso_replica_commit(txn, res));

    ck_assert_int_eq(count_due(replica, 6), 0);
    ck_assert_int_eq(count_staples(replica), 3);
    ck_assert_int_eq(count_due(replica, 7), 0);
    ck_assert_int_eq(count_staples(replica), 2);
    assert_response(replica, staple.fingerprint, "server");
    ck_assert_int_eq(count_due(replica, 500), 1);
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
    tcase_add_test(tc, responses_are_taken_along_into_another_file);
    tcase_add_test(tc, mark_of_another_time_goes_alone);
    tcase_add_test(tc, ended_sessions_are_remembered_until_they_are_over);
    return s;
}
