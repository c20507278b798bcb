/* SPDX-License-Identifier: Apache-2.0 */
#include "replica_util.h"

START_TEST(new_replica_holds_nothing)
{
    vso_replica_t *replica = open_with(ring);
    unsigned char id[32] = {0};
    vso_replica_head_t head;
    vso_record_t *record;

    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_str_eq(head.keystore_id, "");
    ck_assert_int_eq(head.generation, 0);
    ck_assert_int_eq(head.entries, 0);
    ck_assert_int_eq(vso_replica_entry(replica, "server", &record, res, pool),
                     APR_NOTFOUND);
    ck_assert_int_eq(vso_replica_key_live(replica, id, NULL), 0);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "");
}
END_TEST

START_TEST(entry_comes_back_as_it_was_put)
{
    vso_replica_t *replica = open_with(ring);
    pki_t pki = make_pki();
    vso_version_t *row =
        row_of(ring, &(row_wish_t){.id = 7,
                                   .entry = "server",
                                   .key = pki.leaf_key,
                                   .cert = pki.leaf,
                                   .chain = certs_of(pki.mid, pki.root, NULL)});
    const vso_record_version_t *version;
    apr_array_header_t *entries;
    unsigned char tag[32];
    vso_replica_head_t head;
    vso_record_t *record;
    vso_bytes_t der;

    ck_assert_int_eq(put_one(replica, "server", 5, row), 1);
    assert_ok(vso_replica_entry(replica, "server", &record, res, pool));
    version = version_at(record, 0);
    ck_assert_int_eq(version->id, 7);
    ck_assert_int_eq(record->as_of, 5);
    assert_ok(vso_replica_chain(replica, version->chain, &der, res, pool));
    ck_assert_uint_eq(der.len, der_of(pki.mid).len + der_of(pki.root).len);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, NULL), 1);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, "server"),
                     1);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, "serve"),
                     0);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "server");
    ck_assert_int_eq(vso_replica_tag(replica, "server", tag, res, pool),
                     APR_SUCCESS);
    ck_assert_int_eq(vso_replica_tag(replica, "other", tag, res, pool),
                     APR_NOTFOUND);
    assert_ok(vso_replica_list(replica, NULL, 10, &entries, res, pool));
    ck_assert_int_eq(entries->nelts, 1);
    assert_ok(vso_replica_list(replica, "server", 10, &entries, res, pool));
    ck_assert_int_eq(entries->nelts, 0);
    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_int_eq(head.entries, 1);
    ck_assert_str_eq(head.keystore_id, KEYSTORE);
    ck_assert_str_eq(head.lineage, LINEAGE);
}
END_TEST

START_TEST(what_is_right_for_later_stays)
{
    vso_replica_t *replica = open_with(ring);
    vso_version_t *newer = row_for(2, "server", "DNS:new.example.org");
    vso_version_t *older = row_for(1, "server", "DNS:old.example.org");
    unsigned char first[32];
    unsigned char second[32];
    vso_record_t *record;

    ck_assert_int_eq(put_one(replica, "server", 9, newer), 1);
    ck_assert_int_eq(vso_replica_tag(replica, "server", first, res, pool),
                     APR_SUCCESS);
    ck_assert_int_eq(put_one(replica, "server", 8, older), 0);
    assert_ok(vso_replica_entry(replica, "server", &record, res, pool));
    ck_assert_int_eq(version_at(record, 0)->id, 2);
    ck_assert_str_eq(name_of(replica, "old.example.org"), "");

    /* the same again: no news, nor another tag; but right for longer */
    ck_assert_int_eq(put_one(replica, "server", 12, newer), 0);
    ck_assert_int_eq(vso_replica_tag(replica, "server", second, res, pool),
                     APR_SUCCESS);
    ck_assert_mem_eq(first, second, 32);
    ck_assert_int_eq(put_one(replica, "server", 11, older), 0);
    ck_assert_int_eq(put_one(replica, "server", 12, older), 1);
    ck_assert_str_eq(name_of(replica, "new.example.org"), "");
    ck_assert_str_eq(name_of(replica, "old.example.org"), "server");
}
END_TEST

static void check_position(vso_replica_t *replica, apr_int64_t generation,
                           const char *name, apr_int64_t complete)
{
    vso_replica_head_t head;

    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_int_eq(head.position.generation, generation);
    ck_assert_str_eq(head.position.name, name);
    ck_assert_int_eq(head.generation, complete);
}

static void move(vso_replica_t *replica, const char *lineage,
                 vso_position_t from, vso_position_t to, int complete)
{
    vso_replica_txn_t *txn = begin_for(replica, KEYSTORE, lineage);

    assert_ok(vso_replica_move(txn, &from, &to, complete, res));
    assert_ok(vso_replica_commit(txn, res));
}

static vso_position_t at(apr_int64_t generation, const char *name)
{
    vso_position_t position = {generation, name};

    return position;
}

START_TEST(position_moves_only_over_what_was_put)
{
    vso_replica_t *replica = open_with(ring);

    move(replica, LINEAGE, at(0, ""), at(7, "m"), 0);
    check_position(replica, 7, "m", 0);
    move(replica, LINEAGE, at(9, ""), at(20, ""), 1); /* a gap */
    check_position(replica, 7, "m", 0);
    move(replica, LINEAGE, at(7, "z"), at(20, ""), 1);
    check_position(replica, 7, "m", 0);
    move(replica, LINEAGE, at(7, "m"), at(10, ""), 1);
    check_position(replica, 10, "", 9);
    move(replica, LINEAGE, at(3, ""), at(5, ""), 1); /* never back */
    check_position(replica, 10, "", 9);
    move(replica, LINEAGE, at(8, ""), at(12, ""), 1);
    check_position(replica, 12, "", 11);
}
END_TEST

START_TEST(other_lineage_is_filled_beside)
{
    static const char other[] = "another";
    vso_replica_t *replica = open_with(ring);
    vso_version_t *old = row_for(1, "server", "DNS:old.example.org");
    vso_version_t *new = row_for(2, "server", "DNS:new.example.org");
    vso_record_rows_t rows = rows_of("server", 1, new, NULL);
    vso_replica_txn_t *txn;
    vso_replica_head_t head;
    vso_record_t *record;

    put_one(replica, "server", 50, old);
    move(replica, LINEAGE, at(0, ""), at(51, ""), 1);

    txn = begin_for(replica, KEYSTORE, other);
    ck_assert_int_eq(vso_replica_txn_entry(txn, "server", &record, res, pool),
                     APR_NOTFOUND);
    ck_assert_int_eq(put_rows(txn, &rows), 1);
    assert_ok(vso_replica_move(txn, &(vso_position_t){0, ""},
                               &(vso_position_t){1, "server"}, 0, res));
    assert_ok(vso_replica_commit(txn, res));

    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_str_eq(head.lineage, LINEAGE);
    ck_assert_int_eq(head.generation, 50);
    ck_assert_int_eq(head.filling, 1);
    ck_assert_str_eq(name_of(replica, "old.example.org"), "server");
    ck_assert_str_eq(name_of(replica, "new.example.org"), "");

    txn = begin_for(replica, KEYSTORE, other);
    assert_ok(vso_replica_txn_head(txn, &head, res, pool));
    ck_assert_int_eq(head.position.generation, 1);
    ck_assert_str_eq(head.position.name, "server");
    vso_replica_abort(txn);

    move(replica, other, at(1, "server"), at(8, ""), 1);
    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_str_eq(head.lineage, other);
    ck_assert_int_eq(head.generation, 7);
    ck_assert_int_eq(head.filling, 0);
    ck_assert_str_eq(name_of(replica, "old.example.org"), "");
    ck_assert_str_eq(name_of(replica, "new.example.org"), "server");
    ck_assert_int_eq(head.entries, 1);
}
END_TEST

START_TEST(what_was_written_is_there_when_it_is_opened_again)
{
    vso_replica_t *replica = open_with(ring);
    vso_record_t *record;

    put_one(replica, "server", 5, row_for(7, "server", "DNS:a.example.org"));
    move(replica, LINEAGE, at(0, ""), at(6, ""), 1);
    replica = open_with(ring_of("ab"));
    assert_ok(vso_replica_entry(replica, "server", &record, res, pool));
    check_position(replica, 6, "", 5);
    ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(entry_that_is_too_large_is_left_out)
{
    vso_replica_t *replica = open_with(ring);
    vso_version_t *row = row_for(1, "large", "DNS:a.example.org");
    vso_record_rows_t rows = rows_of("large", 1, row, NULL);
    vso_record_keys_t keys = {ring, KEYSTORE, NULL};
    char *url = apr_pcalloc(pool, 70000);
    apr_array_header_t *chains;
    vso_replica_txn_t *txn;
    vso_record_t *record;
    int news = 0;

    memset(url, 'x', 69999);
    assert_ok(vso_record_make(&keys, &rows, NULL, &record, &chains, res, pool));
    APR_ARRAY_IDX(record->versions, 0, vso_record_version_t).ocsp_url = url;
    txn = begin_for(replica, KEYSTORE, LINEAGE);
    ck_assert_int_eq(vso_replica_put(txn, record, chains, &news, res, pool),
                     APR_EINVAL);
    ck_assert_ptr_nonnull(strstr(res->detail, "too large"));
    vso_result_clear(res);
    ck_assert_int_eq(news, 0);
    rows =
        rows_of("server", 1, row_for(2, "server", "DNS:b.example.org"), NULL);
    ck_assert_int_eq(put_rows(txn, &rows), 1);
    assert_ok(vso_replica_commit(txn, res));
    ck_assert_int_eq(version_of(replica), 2);
}
END_TEST

/* Keys */

START_TEST(key_is_live_where_it_is)
{
    vso_replica_t *replica = open_with(ring);
    vso_version_t *row = row_for(1, "one", "DNS:a.example.org");
    const vso_record_version_t *version;
    vso_record_t *record;

    put_one(replica, "one", 1, row);
    assert_ok(vso_replica_entry(replica, "one", &record, res, pool));
    version = version_at(record, 0);
    vso_shared_destroy(shared, "other", 2, NULL, 0);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, "one"), 1);
    vso_shared_destroy(shared, "one", 2, NULL, 0);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, NULL), 0);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, "one"), 0);
    vso_shared_published(shared, 1);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, "one"), 0);
    vso_shared_published(shared, 2);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, "one"), 1);
    put_one(replica, "one", 2, NULL);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, "one"), 0);
    ck_assert_int_eq(vso_replica_key_live(replica, version->key_id, NULL), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("replica");
    TCase *tc = replica_case(s, "replica");

    tcase_add_test(tc, new_replica_holds_nothing);
    tcase_add_test(tc, entry_comes_back_as_it_was_put);
    tcase_add_test(tc, what_is_right_for_later_stays);
    tcase_add_test(tc, position_moves_only_over_what_was_put);
    tcase_add_test(tc, other_lineage_is_filled_beside);
    tcase_add_test(tc, what_was_written_is_there_when_it_is_opened_again);
    tcase_add_test(tc, entry_that_is_too_large_is_left_out);
    tcase_add_test(tc, key_is_live_where_it_is);
    return s;
}
