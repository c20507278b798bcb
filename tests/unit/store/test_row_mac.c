/* SPDX-License-Identifier: Apache-2.0 */
/* The MACs of rows, and their sums, against vectors that are computed here by
 * other means: HKDF step by step (RFC 5869), and the canonical form as text. */
#include "unit.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/hex.h"
#include "store/row_mac.h"
#include "store/row_sums.h"

static const vso_column_t columns[] = {
    {.name = "id", .type = VSO_COLUMN_INT, .is_key = 1},
    {.name = "name", .type = VSO_COLUMN_NAME},
    {.name = "number", .type = VSO_COLUMN_INT},
    {.name = "text", .type = VSO_COLUMN_TEXT},
    {.name = "count", .type = VSO_COLUMN_INT, .unmaced = 1},
    {.name = "mac", .type = VSO_COLUMN_NAME, .since = 8, .unmaced = 1},
    {.name = NULL},
};

#define WIDTH 6

static const vso_table_t table = {.name = "vmo_one", .columns = columns};
static const vso_table_t other = {.name = "vmo_other", .columns = columns};

static vso_keyring_t *ring_of(const char *bytes)
{
    vso_keyring_t *ring = vso_keyring_create(pool);

    for (; *bytes; bytes++) {
        vso_secret_t *master = vso_secret_make(VSO_MASTER_KEY_LEN, pool);

        memset(master->data, *bytes, master->len);
        ck_assert_int_eq(vso_keyring_add(ring, master), APR_SUCCESS);
    }
    return ring;
}

static vso_row_keys_t *keys_of(const char *bytes, const char *keystore_id)
{
    vso_row_keys_t *keys = vso_row_keys_make(ring_of(bytes), keystore_id, pool);

    ck_assert_ptr_nonnull(keys);
    return keys;
}

static void hmac(const void *key, size_t key_len, const void *data, size_t len,
                 unsigned char out[32])
{
    unsigned int out_len = 0;

    ck_assert_ptr_nonnull(
        HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &out_len));
    ck_assert_uint_eq(out_len, 32);
}

/** HKDF-SHA-256 for one block of output: extract, then expand. */
static void derive(char byte, const char *salt, const char *info,
                   unsigned char out[32])
{
    unsigned char master[32];
    unsigned char prk[32];
    char *block = apr_pstrcat(pool, info, "\001", NULL);

    memset(master, byte, sizeof(master));
    hmac(salt, strlen(salt), master, sizeof(master), prk);
    hmac(prk, sizeof(prk), block, strlen(block), out);
}

/** What a form becomes under a key that is derived with this info. */
static const char *expected(const char *info, const char *form)
{
    unsigned char key[32];
    unsigned char mac[32];

    derive('a', "0123abcd", info, key);
    hmac(key, sizeof(key), form, strlen(form), mac);
    return vso_hex(mac, sizeof(mac), pool);
}

static const char *const row[WIDTH] = {"7", "Zo\xC3\xAB", "-12", "", "3", ""};

START_TEST(is_the_hmac_of_the_canonical_form)
{
    static const char form[] = "t7:vmo_one\n"
                               "t2:id\ni1:7\n"
                               "t4:name\nt4:Zo\xC3\xAB\n"
                               "t6:number\ni3:-12\n"
                               "t4:text\nt0:\n";
    vso_row_keys_t *keys = keys_of("a", "0123abcd");
    const char *mac = vso_row_mac(keys, &table, row, pool);

    ck_assert_str_eq(mac, apr_pstrcat(pool, vso_keyring_id(ring_of("a")), ".",
                                      expected("vsocert row", form), NULL));
    ck_assert_str_eq(vso_row_mac_id(mac, pool), vso_row_keys_id(keys));
}
END_TEST

/** A row with another value in one column, and its own mac. */
static const char **with(const char *const *from, int column, const char *value)
{
    const char **made = apr_pmemdup(pool, from, WIDTH * sizeof(*from));

    made[column] = value;
    return made;
}

static const char **sealed(const vso_row_keys_t *keys)
{
    return with(row, WIDTH - 1, vso_row_mac(keys, &table, row, pool));
}

START_TEST(changes_with_each_column)
{
    vso_row_keys_t *keys = keys_of("a", "0123abcd");
    const char **whole = sealed(keys);
    int i;

    ck_assert_int_eq(vso_row_mac_verify(keys, &table, whole, pool),
                     VSO_ROW_HOLDS);
    for (i = 0; i < WIDTH - 2; i++) {
        ck_assert_int_eq(
            vso_row_mac_verify(keys, &table, with(whole, i, "8"), pool),
            VSO_ROW_FORGED);
    }
    /* the counter of locks is not covered */
    ck_assert_int_eq(
        vso_row_mac_verify(keys, &table, with(whole, WIDTH - 2, "8"), pool),
        VSO_ROW_HOLDS);
}
END_TEST

static const char *mac_of(const vso_table_t *of, const char *const *values)
{
    return vso_row_mac(keys_of("a", "0123abcd"), of, values, pool);
}

START_TEST(takes_no_value_for_another)
{
    static const vso_column_t texts[] = {
        {.name = "id", .type = VSO_COLUMN_TEXT, .is_key = 1},
        {.name = "name", .type = VSO_COLUMN_TEXT},
        {.name = "number", .type = VSO_COLUMN_TEXT},
        {.name = "text", .type = VSO_COLUMN_TEXT},
        {.name = "count", .type = VSO_COLUMN_TEXT, .unmaced = 1},
        {.name = "mac", .type = VSO_COLUMN_NAME, .since = 8, .unmaced = 1},
        {.name = NULL},
    };
    static const vso_table_t of_texts = {.name = "vmo_one", .columns = texts};
    const char *nothing = mac_of(&table, with(row, 3, NULL));
    const char *none = mac_of(&table, row);

    ck_assert_str_ne(nothing, none); /* no value, and "" */
    ck_assert_str_ne(nothing, mac_of(&table, with(row, 3, "n\n")));
    ck_assert_str_ne(none, mac_of(&of_texts, row)); /* numbers, and texts */
    ck_assert_str_ne(none, mac_of(&other, row));
    ck_assert_str_ne(mac_of(&table, with(row, 2, "12")),
                     mac_of(&table, with(row, 2, "012")));
}
END_TEST

/* What one column ends with is not what the next one begins with. */
START_TEST(knows_where_a_value_ends)
{
    const char **a = with(with(row, 1, "ab"), 3, "c");
    const char **b = with(with(row, 1, "a"), 3, "bc");
    const char **c = with(row, 1, "x\nt6:number\ni1:1");
    const char **d = with(with(row, 1, "x"), 2, "1");

    ck_assert_str_ne(mac_of(&table, a), mac_of(&table, b));
    ck_assert_str_ne(mac_of(&table, c), mac_of(&table, d));
}
END_TEST

START_TEST(belongs_to_a_table_a_keystore_and_a_key)
{
    vso_row_keys_t *keys = keys_of("a", "0123abcd");
    const char **whole = sealed(keys);

    ck_assert_int_eq(vso_row_mac_verify(keys, &other, whole, pool),
                     VSO_ROW_FORGED);
    ck_assert_int_eq(
        vso_row_mac_verify(keys_of("a", "0123abce"), &table, whole, pool),
        VSO_ROW_FORGED);
    ck_assert_int_eq(
        vso_row_mac_verify(keys_of("b", "0123abcd"), &table, whole, pool),
        VSO_ROW_OTHER_KEY);
    ck_assert_int_eq(
        vso_row_mac_verify(keys_of("", "0123abcd"), &table, whole, pool),
        VSO_ROW_OTHER_KEY);
    ck_assert_int_eq(
        vso_row_mac_verify(keys_of("ba", "0123abcd"), &table, whole, pool),
        VSO_ROW_HOLDS);
}
END_TEST

START_TEST(takes_nothing_else_for_a_mac)
{
    vso_row_keys_t *keys = keys_of("a", "0123abcd");
    const char *mac = vso_row_mac(keys, &table, row, pool);
    const char *const macs[] = {
        "",
        "x",
        mac + 1,
        apr_pstrcat(pool, mac, "0", NULL),
        apr_pstrmemdup(pool, mac, strlen(mac) - 1),
        apr_pstrcat(pool, vso_row_keys_id(keys), ".", NULL),
    };
    size_t i;

    for (i = 0; i < sizeof(macs) / sizeof(*macs); i++) {
        ck_assert_ptr_null(vso_row_mac_id(macs[i], pool));
        ck_assert_int_eq(vso_row_mac_verify(
                             keys, &table, with(row, WIDTH - 1, macs[i]), pool),
                         VSO_ROW_FORGED);
    }
    ck_assert_int_eq(
        vso_row_mac_verify(
            keys, &table,
            with(row, WIDTH - 1,
                 apr_pstrcat(pool, "0000000000000000", mac + 16, NULL)),
            pool),
        VSO_ROW_OTHER_KEY);
}
END_TEST

START_TEST(writes_with_the_key_that_it_is_told)
{
    vso_row_keys_t *keys = keys_of("ba", "0123abcd");
    const char *a = vso_keyring_id(ring_of("a"));
    const char *b = vso_keyring_id(ring_of("b"));

    ck_assert_str_eq(vso_row_keys_id(keys), b);
    ck_assert(vso_row_keys_use(keys, a));
    ck_assert_str_eq(vso_row_keys_id(keys), a);
    ck_assert_str_eq(vso_row_mac(keys, &table, row, pool), mac_of(&table, row));
    ck_assert(!vso_row_keys_use(keys, vso_keyring_id(ring_of("c"))));
    ck_assert(!vso_row_keys_use(keys, NULL));
    ck_assert_str_eq(vso_row_keys_id(keys), a);
    ck_assert_ptr_null(vso_row_mac(keys_of("", "0123abcd"), &table, row, pool));
}
END_TEST

/* Sums */

START_TEST(counts_modulo_2_256)
{
    vso_row_sum_t one = {{0}};
    vso_row_sum_t sum;
    int i;

    one.bytes[31] = 1;
    memset(&sum, 0xFF, sizeof(sum));
    vso_row_sum_add(&sum, &one);
    for (i = 0; i < VSO_ROW_SUM_LEN; i++) {
        ck_assert_uint_eq(sum.bytes[i], 0);
    }
    vso_row_sum_subtract(&sum, &one);
    for (i = 0; i < VSO_ROW_SUM_LEN; i++) {
        ck_assert_uint_eq(sum.bytes[i], 0xFF);
    }
    memset(&sum, 0, sizeof(sum));
    sum.bytes[30] = 1;
    vso_row_sum_subtract(&sum, &one);
    ck_assert_uint_eq(sum.bytes[30], 0);
    ck_assert_uint_eq(sum.bytes[31], 0xFF);
    vso_row_sum_add(&sum, &one);
    ck_assert_uint_eq(sum.bytes[30], 1);
    ck_assert_uint_eq(sum.bytes[31], 0);
}
END_TEST

START_TEST(adds_a_keyed_hash_of_the_mac)
{
    vso_row_keys_t *keys = keys_of("a", "0123abcd");
    const char *mac = vso_row_mac(keys, &table, row, pool);
    vso_row_sum_t addend;

    ck_assert(vso_row_mac_addend(keys, mac, &addend, pool));
    ck_assert_str_eq(vso_hex(addend.bytes, VSO_ROW_SUM_LEN, pool),
                     expected("vsocert sum", mac));
    ck_assert(!vso_row_mac_addend(keys, "", &addend, pool));
    ck_assert(
        !vso_row_mac_addend(keys_of("b", "0123abcd"), mac, &addend, pool));
}
END_TEST

static const char *row_with_id(const vso_row_keys_t *keys, const char *id)
{
    return vso_row_mac(keys, &table, with(row, 0, id), pool);
}

START_TEST(sums_know_which_rows_there_are)
{
    vso_row_keys_t *keys = keys_of("ab", "0123abcd");
    vso_row_sums_t *some = vso_row_sums_make(keys, pool);
    vso_row_sums_t *same = vso_row_sums_make(keys, pool);
    const char *one = row_with_id(keys, "1");
    const char *two = row_with_id(keys, "2");

    ck_assert(vso_row_sums_equal(some, same, "t"));
    assert_ok(vso_row_sums_add(some, "t", one, res));
    ck_assert(!vso_row_sums_equal(some, same, "t"));
    ck_assert(!vso_row_sums_equal(same, some, "t"));
    ck_assert(vso_row_sums_equal(some, same, "u"));
    assert_ok(vso_row_sums_add(some, "t", two, res));
    assert_ok(vso_row_sums_add(same, "t", two, res));
    assert_ok(vso_row_sums_add(same, "t", one, res));
    ck_assert(vso_row_sums_equal(some, same, "t"));
    /* another row in the place of one */
    assert_ok(vso_row_sums_subtract(same, "t", one, res));
    assert_ok(vso_row_sums_add(same, "t", row_with_id(keys, "3"), res));
    ck_assert(!vso_row_sums_equal(some, same, "t"));
    /* the same row by another key */
    ck_assert(vso_row_keys_use(keys, vso_keyring_id(ring_of("b"))));
    assert_ok(vso_row_sums_subtract(
        same, "t", row_with_id(keys_of("a", "0123abcd"), "3"), res));
    assert_ok(vso_row_sums_add(same, "t", row_with_id(keys, "1"), res));
    ck_assert(!vso_row_sums_equal(some, same, "t"));
    assert_refused(vso_row_sums_add(some, "t", "none", res), VSO_P_INTERNAL);
    ck_assert_int_eq(vso_row_sums_count(some, "t"), 2);
    vso_row_sums_set(same, some);
    ck_assert(vso_row_sums_equal(some, same, "t"));
    vso_row_sums_set(same, vso_row_sums_make(keys, pool));
    ck_assert_int_eq(vso_row_sums_count(same, "t"), 0);
}
END_TEST

START_TEST(sums_are_sealed_to_a_keystore_and_a_generation)
{
    vso_row_keys_t *keys = keys_of("ab", "0123abcd");
    vso_row_sums_t *sums = vso_row_sums_make(keys, pool);
    vso_row_sums_t *back = NULL;
    const char *text = NULL;

    assert_ok(vso_row_sums_add(sums, "t", row_with_id(keys, "1"), res));
    assert_ok(vso_row_sums_subtract(sums, "u", row_with_id(keys, "1"), res));
    assert_ok(vso_row_sums_seal(sums, "0123abcd", 7, &text, res, pool));
    ck_assert_ptr_null(
        strstr(text, vso_hex((const unsigned char *)"t ", 2, pool)));
    assert_ok(vso_row_sums_open(keys_of("ba", "0123abcd"), text, "0123abcd", 7,
                                &back, res, pool));
    ck_assert(vso_row_sums_equal(sums, back, "t"));
    ck_assert(vso_row_sums_equal(sums, back, "u"));
    assert_refused(
        vso_row_sums_open(keys, text, "0123abcd", 8, &back, res, pool),
        VSO_P_DAMAGED);
    assert_refused(
        vso_row_sums_open(keys, text, "0123abce", 7, &back, res, pool),
        VSO_P_DAMAGED);
    assert_refused(vso_row_sums_open(keys, "", "0123abcd", 7, &back, res, pool),
                   VSO_P_DAMAGED);
    assert_refused(vso_row_sums_open(keys_of("b", "0123abcd"), text, "0123abcd",
                                     7, &back, res, pool),
                   VSO_P_SEALED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("row_mac");
    TCase *tc = unit_case(s, "row_mac");

    tcase_add_test(tc, is_the_hmac_of_the_canonical_form);
    tcase_add_test(tc, changes_with_each_column);
    tcase_add_test(tc, takes_no_value_for_another);
    tcase_add_test(tc, knows_where_a_value_ends);
    tcase_add_test(tc, belongs_to_a_table_a_keystore_and_a_key);
    tcase_add_test(tc, takes_nothing_else_for_a_mac);
    tcase_add_test(tc, writes_with_the_key_that_it_is_told);
    tcase_add_test(tc, counts_modulo_2_256);
    tcase_add_test(tc, adds_a_keyed_hash_of_the_mac);
    tcase_add_test(tc, sums_know_which_rows_there_are);
    tcase_add_test(tc, sums_are_sealed_to_a_keystore_and_a_generation);
    return s;
}
