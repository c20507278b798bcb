/* SPDX-License-Identifier: Apache-2.0 */
#include "serving_util.h"

static vso_keyring_t *ring;
static const vso_record_keys_t *keys;

static void record_setup(void)
{
    unit_setup();
    start_log();
    ring = ring_of("a");
    keys = vso_record_keys_make(ring, KEYSTORE, pool);
}

/* A row with a chain, of a certificate for www.example.org. */
static vso_version_t *row_with(apr_int64_t id, EVP_PKEY *key)
{
    pki_t pki = make_pki();
    row_wish_t wish = {.id = id,
                       .entry = "server",
                       .key = key,
                       .chain = certs_of(pki.mid, pki.root, NULL),
                       .activated_sec = 1700000000};

    wish.cert = make_cert(&(wish_t){.cn = "www.example.org",
                                    .key = key,
                                    .issuer = pki.mid,
                                    .signer = pki.mid_key,
                                    .sans = "DNS:www.example.org"});
    return row_of(ring, &wish);
}

static vso_record_t *make(const vso_record_rows_t *rows,
                          const vso_record_t *before)
{
    apr_array_header_t *chains;
    vso_record_t *record = NULL;

    assert_ok(vso_record_make(keys, rows, before, &record, &chains, res, pool));
    return record;
}

static vso_bytes_t encode(const vso_record_t *record)
{
    vso_bytes_t bytes;

    assert_ok(vso_record_encode(keys, record, &bytes, res, pool));
    return bytes;
}

static vso_record_t *decode(const vso_bytes_t *bytes)
{
    vso_record_t *record = NULL;

    assert_ok(vso_record_decode(keys, "server", bytes, &record, res, pool));
    return record;
}

static EVP_PKEY *open_key(const vso_record_version_t *version, X509 *cert)
{
    EVP_PKEY *key = NULL;

    assert_ok(vso_record_key(keys, "server", version, cert, &key, res, pool));
    return key;
}

START_TEST(record_comes_back_as_it_was)
{
    vso_version_t *ec = row_with(4, ec_key());
    vso_version_t *rsa = row_with(9, rsa_key(2048));
    vso_record_rows_t rows = rows_of("server", 77, rsa, ec);
    vso_record_t *record = make(&rows, NULL);
    vso_bytes_t bytes = encode(record);
    vso_bytes_t again;

    record = decode(&bytes);
    ck_assert_str_eq(record->entry, "server");
    ck_assert_str_eq(record->keystore_id, KEYSTORE);
    ck_assert_int_eq(record->as_of, 77);
    ck_assert_int_eq(record->versions->nelts, 2);
    ck_assert_int_eq(record->live->nelts, 2);
    ck_assert_int_eq(record->quarantined->nelts, 0);
    ck_assert_int_eq(version_at(record, 0)->id, 4);
    ck_assert_str_eq(version_at(record, 0)->algorithm, "EC");
    ck_assert_int_eq(version_at(record, 1)->number, 9);
    ck_assert_str_eq(version_at(record, 1)->algorithm, "RSA");
    ck_assert_int_eq(version_at(record, 1)->activated_sec, 1700000000);
    ck_assert_int_eq(version_at(record, 1)->not_before_sec,
                     rsa->not_before_sec);
    ck_assert_int_eq(version_at(record, 1)->not_after_sec, rsa->not_after_sec);
    ck_assert_str_eq(vso_hex(version_at(record, 1)->key_id, 32, pool),
                     rsa->key_fingerprint);
    ck_assert_str_eq(vso_hex(version_at(record, 1)->fingerprint, 32, pool),
                     rsa->fingerprint);
    ck_assert_str_eq(vso_hex_sha256(version_at(record, 1)->cert.data,
                                    version_at(record, 1)->cert.len, pool),
                     rsa->fingerprint);
    ck_assert_int_eq(version_at(record, 1)->names->nelts, 1);
    ck_assert_str_eq(version_at(record, 1)->ocsp_url, "");
    again = encode(record);
    ck_assert_uint_eq(again.len, bytes.len);
    ck_assert_mem_eq(again.data, bytes.data, bytes.len);
}
END_TEST

static EVP_PKEY *ed25519_key(void)
{
    return vso_pkey_bind(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), pool);
}

static EVP_PKEY *p384_key(void)
{
    return curve_key("P-384");
}

static EVP_PKEY *rsa_2048_key(void)
{
    return rsa_key(2048);
}

/* 1 when the key is kept as numbers: PKCS#8 of these is longer than the most,
 * or shorter than the least. */
static const struct {
    EVP_PKEY *(*key)(void);
    apr_size_t least;
    apr_size_t most;
} kinds[] = {
    {ec_key, 150, 200},         {p384_key, 210, 260},
    {rsa_2048_key, 1300, 1500}, {ed25519_key, 80, 110},
    {explicit_key, 200, 500},
};

START_TEST(keys_open_and_belong_to_their_certificates)
{
    EVP_PKEY *key = kinds[_i].key();
    const vso_record_version_t *version;
    const unsigned char *at;
    vso_record_rows_t rows;
    vso_record_t *record;
    vso_bytes_t bytes;
    EVP_PKEY *opened;
    bytes_t der;
    X509 *cert;

    rows = rows_of("server", 1, row_with(1, key), NULL);
    bytes = encode(make(&rows, NULL));
    record = decode(&bytes);
    version = version_at(record, 0);
    ck_assert_uint_ge(version->key.len, kinds[_i].least);
    ck_assert_uint_le(version->key.len, kinds[_i].most);
    ck_assert_int_eq(EVP_PKEY_eq(open_key(version, NULL), key), 1);

    at = version->cert.data;
    cert = vso_x509_bind(d2i_X509(NULL, &at, (long)version->cert.len), pool);
    opened = open_key(version, cert);
    ck_assert_ptr_eq(X509_get0_pubkey(cert), opened);
    ck_assert_int_eq(X509_check_private_key(cert, opened), 1);
    /* what clients get is what was signed */
    der = der_of(cert);
    ck_assert_uint_eq(der.len, version->cert.len);
    ck_assert_mem_eq(der.data, version->cert.data, der.len);
}
END_TEST

START_TEST(tag_tells_what_is_served)
{
    vso_version_t *row = row_with(1, ec_key());
    vso_record_rows_t rows = rows_of("server", 5, row, NULL);
    vso_record_t *record = make(&rows, NULL);
    vso_bytes_t bytes = encode(record);
    unsigned char first[32];
    unsigned char second[32];

    ck_assert_int_eq(vso_record_tag(&bytes, first), 1);
    /* made anew of the same rows */
    rows.as_of = 6;
    record = make(&rows, record);
    bytes = encode(record);
    vso_record_tag(&bytes, second);
    ck_assert_mem_eq(first, second, 32);
    /* sealed anew */
    ring = ring_of("ba");
    keys = vso_record_keys_make(ring, KEYSTORE, pool);
    record = make(&rows, record);
    bytes = encode(record);
    vso_record_tag(&bytes, second);
    ck_assert_mem_ne(first, second, 32);
    /* a key is gone */
    memcpy(first, second, 32);
    record->live->nelts = 0;
    bytes = encode(record);
    vso_record_tag(&bytes, second);
    ck_assert_mem_ne(first, second, 32);
    bytes.len = 40;
    ck_assert_int_eq(vso_record_tag(&bytes, second), 0);
}
END_TEST

/* Every bit of a record counts. */
START_TEST(changed_record_is_damaged)
{
    vso_version_t *row = row_with(1, ec_key());
    vso_record_rows_t rows = rows_of("server", 5, row, NULL);
    vso_bytes_t bytes = encode(make(&rows, NULL));
    vso_record_t *record = NULL;
    unsigned char *copy;
    apr_size_t i;

    for (i = 0; i < bytes.len; i++) {
        /* another master key's id is no damage */
        vso_problem_e expected = i >= bytes.len - 48 && i < bytes.len - 32
                                     ? VSO_P_SEALED
                                     : VSO_P_DAMAGED;
        vso_bytes_t changed = bytes;

        copy = apr_pmemdup(pool, bytes.data, bytes.len);
        copy[i] ^= (unsigned char)(1 << i % 8);
        changed.data = copy;
        assert_refused(
            vso_record_decode(keys, "server", &changed, &record, res, pool),
            expected);
        changed.len = i;
        copy[i] ^= (unsigned char)(1 << i % 8);
        ck_assert_int_ne(
            vso_record_decode(keys, "server", &changed, &record, res, pool),
            APR_SUCCESS);
        vso_result_clear(res);
    }
    ck_assert_ptr_null(record);
}
END_TEST

START_TEST(record_is_for_its_place)
{
    const vso_record_keys_t *other =
        vso_record_keys_make(ring, "another keystore", pool);
    vso_version_t *row = row_with(1, ec_key());
    vso_record_rows_t rows = rows_of("server", 5, row, NULL);
    vso_record_t *record = make(&rows, NULL);
    vso_bytes_t bytes = encode(record);
    vso_record_version_t version = *version_at(record, 0);
    EVP_PKEY *key = NULL;

    assert_refused(vso_record_decode(keys, "other", &bytes, &record, res, pool),
                   VSO_P_DAMAGED);
    assert_refused(
        vso_record_decode(other, "server", &bytes, &record, res, pool),
        VSO_P_DAMAGED);
    assert_refused(
        vso_record_decode(keys_of("x"), "server", &bytes, &record, res, pool),
        VSO_P_SEALED);
    assert_refused(
        vso_record_decode(keys_of(""), "server", &bytes, &record, res, pool),
        VSO_P_SEALED);
    assert_refused(vso_record_encode(keys_of(""), record, &bytes, res, pool),
                   VSO_P_SEALED);

    assert_refused(
        vso_record_key(keys, "other", &version, NULL, &key, res, pool),
        VSO_P_DAMAGED);
    assert_refused(
        vso_record_key(other, "server", &version, NULL, &key, res, pool),
        VSO_P_DAMAGED);
    version.id++;
    assert_refused(
        vso_record_key(keys, "server", &version, NULL, &key, res, pool),
        VSO_P_DAMAGED);
    version.id--;
    version.key_id[0] ^= 1;
    assert_refused(
        vso_record_key(keys, "server", &version, NULL, &key, res, pool),
        VSO_P_DAMAGED);
    version.key_id[0] ^= 1;
    version.key.len--;
    assert_refused(
        vso_record_key(keys, "server", &version, NULL, &key, res, pool),
        VSO_P_DAMAGED);
    ck_assert_ptr_null(key);
}
END_TEST

START_TEST(chains_are_shared)
{
    pki_t pki = make_pki();
    row_wish_t wish = {.id = 1,
                       .entry = "server",
                       .key = pki.leaf_key,
                       .cert = pki.leaf,
                       .chain = certs_of(pki.mid, pki.root, NULL)};
    vso_record_rows_t rows = rows_of("server", 1, row_of(ring, &wish), NULL);
    static const unsigned char none[32];
    const vso_record_chain_t *chain;
    apr_array_header_t *chains;
    vso_record_t *record;

    assert_ok(vso_record_make(keys, &rows, NULL, &record, &chains, res, pool));
    ck_assert_int_eq(chains->nelts, 1);
    chain = &APR_ARRAY_IDX(chains, 0, vso_record_chain_t);
    ck_assert_mem_eq(chain->id, version_at(record, 0)->chain, 32);
    ck_assert_uint_eq(chain->der.len,
                      der_of(pki.mid).len + der_of(pki.root).len);
    ck_assert_mem_eq(chain->der.data, der_of(pki.mid).data,
                     der_of(pki.mid).len);

    wish.chain = NULL;
    rows = rows_of("server", 1, row_of(ring, &wish), NULL);
    assert_ok(vso_record_make(keys, &rows, NULL, &record, &chains, res, pool));
    ck_assert_int_eq(chains->nelts, 0);
    ck_assert_mem_eq(version_at(record, 0)->chain, none, 32);
}
END_TEST

/* Quarantine */

/* One occurrence replaced by something of the same length. */
static const char *edited(const char *text, const char *from, const char *to)
{
    char *copy = apr_pstrdup(pool, text);
    char *at = strstr(copy, from);

    ck_assert_ptr_nonnull(at);
    memcpy(at, to, strlen(to));
    return copy;
}

START_TEST(version_that_does_not_open_leaves_the_old_one)
{
    vso_version_t *good = row_with(1, ec_key());
    vso_version_t *bad = row_with(2, ec_key());
    vso_record_rows_t rows = rows_of("server", 1, good, NULL);
    vso_record_t *first = make(&rows, NULL);
    apr_array_header_t *live;
    vso_record_t *record;
    vso_bytes_t bytes;

    bad->sealed_key = edited(bad->sealed_key, "v1.", "v2.");
    rows = rows_of("server", 2, bad, NULL);
    live = apr_array_make(pool, 2, sizeof(const char *));
    APR_ARRAY_PUSH(live, const char *) = good->key_fingerprint;
    APR_ARRAY_PUSH(live, const char *) = bad->key_fingerprint;
    rows.live = live;
    record = make(&rows, first);
    ck_assert_ptr_nonnull(strstr(logged, "version 2 of entry server does not "
                                         "open and is not served: "));
    ck_assert_int_eq(version_at(record, 0)->id, 1);
    ck_assert_int_eq(record->quarantined->nelts, 1);
    ck_assert_int_eq(APR_ARRAY_IDX(record->quarantined, 0, vso_record_bad_t).id,
                     2);
    ck_assert_str_eq(
        APR_ARRAY_IDX(record->quarantined, 0, vso_record_bad_t).algorithm,
        "EC");

    /* said once, and remembered on the disk */
    bytes = encode(record);
    record = decode(&bytes);
    ck_assert_int_eq(record->quarantined->nelts, 1);
    start_log();
    record = make(&rows, record);
    ck_assert_str_eq(logged, "");
    ck_assert_int_eq(version_at(record, 0)->id, 1);
    ck_assert_int_eq(EVP_PKEY_eq(open_key(version_at(record, 0), NULL),
                                 open_key(version_at(first, 0), NULL)),
                     1);

    /* its key is destroyed */
    live->nelts = 1;
    APR_ARRAY_IDX(live, 0, const char *) = bad->key_fingerprint;
    record = make(&rows, record);
    ck_assert_int_eq(record->versions->nelts, 0);

    /* mended */
    bad->sealed_key = edited(bad->sealed_key, "v2.", "v1.");
    record = make(&rows, record);
    ck_assert_int_eq(version_at(record, 0)->id, 2);
    ck_assert_int_eq(record->quarantined->nelts, 0);
}
END_TEST

START_TEST(other_algorithm_goes_on)
{
    vso_version_t *ec = row_with(1, ec_key());
    vso_version_t *rsa = row_with(2, rsa_key(2048));
    vso_record_rows_t rows = rows_of("server", 1, ec, rsa);
    vso_record_t *record;

    rsa->certificate = edited(rsa->certificate, "-----BEGIN", "-----BEGUN");
    record = make(&rows, NULL);
    ck_assert_int_eq(record->versions->nelts, 1);
    ck_assert_int_eq(version_at(record, 0)->id, 1);
    ck_assert_int_eq(record->quarantined->nelts, 1);
}
END_TEST

/* A row is believed as a whole or not at all. */
static void spoil(vso_version_t *row, int how)
{
    switch (how) {
    case 0:
        row->id++;
        break;
    case 1:
        row->entry = "sorver";
        break;
    case 2:
        row->number++;
        break;
    case 3:
        row->key_fingerprint =
            apr_pstrcat(pool, "x", row->key_fingerprint + 1, NULL);
        break;
    case 4:
        row->fingerprint = apr_pstrcat(pool, "x", row->fingerprint + 1, NULL);
        break;
    case 5:
        row->certificate = row_with(1, ec_key())->certificate;
        break;
    case 6:
        row->chain = edited(row->chain, "-----END", "-----EMD");
        break;
    case 7:
        row->sealed_key = "";
        break;
    case 8:
        row->certificate = edited(row->certificate, "-----END", "-----EMD");
        break;
    default:
        row->certificate = "";
    }
}

START_TEST(spoiled_row_is_left_out)
{
    vso_version_t *row = row_with(1, ec_key());
    vso_record_rows_t rows;
    vso_record_t *record;

    spoil(row, _i);
    rows = rows_of("server", 1, row, NULL);
    record = make(&rows, NULL);
    ck_assert_int_eq(record->versions->nelts, 0);
    ck_assert_int_eq(record->quarantined->nelts, 1);
    ck_assert_ptr_nonnull(strstr(logged, "does not open and is not served: "));
}
END_TEST

START_TEST(without_the_master_key_nothing_is_made)
{
    vso_record_rows_t rows = rows_of("server", 1, row_with(1, ec_key()), NULL);
    vso_record_t *record;

    keys = keys_of("x");
    record = make(&rows, NULL);
    ck_assert_int_eq(record->versions->nelts, 0);
    ck_assert_int_eq(record->quarantined->nelts, 1);
}
END_TEST

START_TEST(texts_are_for_their_place)
{
    vso_bytes_t text = {(const unsigned char *)"text", 4, 0};
    vso_bytes_t sealed;
    vso_bytes_t back;

    assert_ok(vso_record_seal_text(keys, "here", &text, &sealed, res, pool));
    ck_assert_uint_eq(sealed.len, 4 + VSO_RECORD_SEAL_LEN);
    assert_ok(vso_record_open_text(keys, "here", &sealed, &back, res, pool));
    ck_assert_uint_eq(back.len, 4);
    ck_assert_mem_eq(back.data, "text", 4);
    assert_refused(
        vso_record_open_text(keys, "there", &sealed, &back, res, pool),
        VSO_P_DAMAGED);
    sealed.len = VSO_RECORD_SEAL_LEN - 1;
    assert_refused(
        vso_record_open_text(keys, "here", &sealed, &back, res, pool),
        VSO_P_DAMAGED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("record");
    TCase *tc = tcase_create("record");

    tcase_add_checked_fixture(tc, record_setup, unit_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, record_comes_back_as_it_was);
    tcase_add_loop_test(tc, keys_open_and_belong_to_their_certificates, 0, 5);
    tcase_add_test(tc, tag_tells_what_is_served);
    tcase_add_test(tc, changed_record_is_damaged);
    tcase_add_test(tc, record_is_for_its_place);
    tcase_add_test(tc, chains_are_shared);
    tcase_add_test(tc, version_that_does_not_open_leaves_the_old_one);
    tcase_add_test(tc, other_algorithm_goes_on);
    tcase_add_loop_test(tc, spoiled_row_is_left_out, 0, 10);
    tcase_add_test(tc, without_the_master_key_nothing_is_made);
    tcase_add_test(tc, texts_are_for_their_place);
    return s;
}
