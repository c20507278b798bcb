/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

static vso_secret_t *secret_of(const char *text)
{
    return vso_secret_copy(text, strlen(text), pool);
}

static const char *sealed_by(const char *ring, const char *text,
                             const char *aad)
{
    const char *sealed = NULL;

    assert_ok(
        vso_seal(ring_of(ring), secret_of(text), aad, &sealed, res, pool));
    return sealed;
}

START_TEST(opens_what_it_sealed)
{
    const char *sealed = sealed_by("a", "canary", "place");
    vso_secret_t *plain = NULL;

    assert_ok(vso_seal_open(ring_of("a"), sealed, "place", &plain, res, pool));
    ck_assert_uint_eq(plain->len, 6);
    ck_assert_str_eq((char *)plain->data, "canary");
    ck_assert_str_ne(sealed, sealed_by("a", "canary", "place"));
    sealed = sealed_by("a", "", "");
    assert_ok(vso_seal_open(ring_of("a"), sealed, "", &plain, res, pool));
    ck_assert_uint_eq(plain->len, 0);
}
END_TEST

START_TEST(opens_with_any_key_of_the_ring)
{
    const char *sealed = sealed_by("a", "canary", "place");
    vso_secret_t *plain = NULL;

    assert_ok(vso_seal_open(ring_of("ba"), sealed, "place", &plain, res, pool));
    ck_assert_str_eq(vso_seal_id(sealed, pool), vso_keyring_id(ring_of("ab")));
    ck_assert_str_ne(vso_seal_id(sealed, pool), vso_keyring_id(ring_of("ba")));
}
END_TEST

START_TEST(says_when_the_master_key_is_not_there)
{
    const char *sealed = sealed_by("a", "canary", "place");
    vso_secret_t *plain = NULL;
    const char *again = NULL;

    ck_assert_int_ne(
        vso_seal_open(ring_of("b"), sealed, "place", &plain, res, pool),
        APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_SEALED);
    ck_assert_ptr_nonnull(strstr(res->detail, vso_keyring_id(ring_of("a"))));
    vso_result_clear(res);
    assert_refused(
        vso_seal_open(ring_of(""), sealed, "place", &plain, res, pool),
        VSO_P_SEALED);
    assert_refused(
        vso_seal(ring_of(""), secret_of("x"), "place", &again, res, pool),
        VSO_P_SEALED);
    ck_assert_ptr_null(plain);
    ck_assert_ptr_null(again);
}
END_TEST

START_TEST(sees_every_changed_character)
{
    const char *sealed = sealed_by("a", "canary", "place");
    vso_keyring_t *ring = ring_of("a");
    vso_secret_t *plain = NULL;
    apr_size_t i;

    for (i = 0; i < strlen(sealed); i++) {
        char *edited = apr_pstrdup(pool, sealed);

        edited[i] = edited[i] == 'A' ? 'B' : 'A';
        ck_assert_int_ne(
            vso_seal_open(ring, edited, "place", &plain, res, pool),
            APR_SUCCESS);
        ck_assert(res->problem == VSO_P_DAMAGED ||
                  res->problem == VSO_P_SEALED);
        ck_assert_ptr_null(strstr(res->detail, "canary"));
        vso_result_clear(res);
        assert_refused(vso_seal_open(ring, apr_pstrmemdup(pool, sealed, i),
                                     "place", &plain, res, pool),
                       VSO_P_DAMAGED);
    }
    assert_refused(
        vso_seal_open(ring, sealed, "another place", &plain, res, pool),
        VSO_P_DAMAGED);
    assert_refused(vso_seal_open(ring, apr_pstrcat(pool, sealed, "\n", NULL),
                                 "place", &plain, res, pool),
                   VSO_P_DAMAGED);
    assert_refused(vso_seal_open(ring, apr_pstrcat(pool, sealed, "AAAA", NULL),
                                 "place", &plain, res, pool),
                   VSO_P_DAMAGED);
    ck_assert_ptr_null(plain);
}
END_TEST

START_TEST(takes_a_master_key_once_and_whole)
{
    vso_keyring_t *ring = ring_of("a");
    vso_secret_t *same = vso_secret_make(VSO_MASTER_KEY_LEN, pool);

    memset(same->data, 'a', same->len);
    ck_assert_int_eq(vso_keyring_add(ring, same), APR_EINVAL);
    ck_assert_int_eq(vso_keyring_add(ring, secret_of("short")), APR_EINVAL);
    ck_assert_int_eq(vso_keyring_size(ring), 1);
    ck_assert_ptr_null(vso_keyring_id(ring_of("")));
}
END_TEST

/* Reference values made with the openssl command of OpenSSL 3.0:
 * openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:6161...61 \
 *     -kdfopt info:"vsocert id" HKDF
 * and, for the mac, HKDF with info "vsocert mac cache" as the key of
 * openssl mac -digest SHA256 -macopt hexkey:... -in data HMAC */
START_TEST(derives_as_documented)
{
    vso_keyring_t *ring = ring_of("a");

    ck_assert_str_eq(vso_keyring_id(ring), "3b8d325211e96344");
    ck_assert_str_eq(
        vso_keyring_mac(ring, 0, "cache", "data", 4, pool),
        "a7b05a3575c46586b877e184aa698f36fda3859f5661312c75b7722450ee6a77");
    ck_assert_str_ne(vso_keyring_mac(ring, 0, "other", "data", 4, pool),
                     vso_keyring_mac(ring, 0, "cache", "data", 4, pool));
    ck_assert_ptr_null(vso_keyring_mac(ring, 1, "cache", "data", 4, pool));
    ck_assert_ptr_null(vso_keyring_mac(ring, -1, "cache", "data", 4, pool));
    ck_assert_str_eq(
        vso_keyring_mac(ring_of("ba"), 1, "cache", "data", 4, pool),
        vso_keyring_mac(ring, 0, "cache", "data", 4, pool));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("seal");
    TCase *tc = unit_case(s, "seal");

    tcase_add_test(tc, opens_what_it_sealed);
    tcase_add_test(tc, opens_with_any_key_of_the_ring);
    tcase_add_test(tc, says_when_the_master_key_is_not_there);
    tcase_add_test(tc, sees_every_changed_character);
    tcase_add_test(tc, takes_a_master_key_once_and_whole);
    tcase_add_test(tc, derives_as_documented);
    return s;
}
