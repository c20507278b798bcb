/* SPDX-License-Identifier: Apache-2.0 */
#include "service_util.h"

#include "base/hex.h"
#include "base/limits.h"
#include "base/log.h"

static int lines;
static const char *last_line;

static void count_line(void *baton, vso_log_level_e level, const char *text)
{
    (void)baton;
    (void)level;
    lines++;
    last_line = apr_pstrdup(pool, text);
}

static void start_log(void)
{
    lines = 0;
    last_line = "";
    vso_log_set_sink(count_line, NULL);
}

static const char *load(apr_int64_t generation)
{
    const char *text = NULL;

    assert_ok(vso_snapshot_load(context->store, "feed", generation, &text, res,
                                pool));
    return text;
}

static apr_status_t give_back(void *serving)
{
    vso_snapshot_unref(serving);
    return APR_SUCCESS;
}

/** Open a text; the reference goes with the pool. */
static vso_snapshot_t *open_with(const char *text, const vso_keyring_t *keys,
                                 const vso_snapshot_t *previous)
{
    vso_snapshot_t *serving = NULL;

    assert_ok(
        vso_snapshot_open(text, strlen(text), keys, previous, &serving, res));
    apr_pool_cleanup_register(pool, serving, give_back, apr_pool_cleanup_null);
    return serving;
}

static const char *key_print(const vso_served_t *served)
{
    return vso_hex(served->key_id, sizeof(served->key_id), pool);
}

/** The text with one occurrence replaced by something of the same length. */
static const char *edited(const char *text, const char *from, const char *to)
{
    char *copy = apr_pstrdup(pool, text);
    char *at = strstr(copy, from);

    ck_assert_ptr_nonnull(at);
    memcpy(at, to, strlen(to));
    return copy;
}

START_TEST(empty_keystore_serves_nothing)
{
    const char *text = load(0);
    vso_snapshot_t *serving = open_with(text, ring, NULL);
    const char *keystore_id = NULL;
    apr_int64_t generation = 7;

    ck_assert_ptr_null(vso_snapshot_get(serving, "server", 0));
    ck_assert_int_eq(vso_snapshot_generation(serving), 0);
    assert_ok(vso_snapshot_peek(text, strlen(text), &keystore_id, &generation,
                                res, pool));
    ck_assert_str_eq(keystore_id, "feed");
    ck_assert_int_eq(generation, 0);
    ck_assert_int_eq(vso_snapshot_quarantined(serving)->nelts, 0);
}
END_TEST

START_TEST(both_algorithms_of_each_entry_are_served)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *ec = create(0);
    vso_version_t *rsa;
    vso_version_t *other;
    vso_snapshot_t *serving;
    const vso_served_t *served;
    int seen = 0;
    int i;

    spec.key = "rsa-2048";
    spec.beside = 1;
    assert_ok(vso_certificate_create(context, &spec, &rsa, &outcome, res));
    context->entry = "other";
    other = create(0);

    serving = open_with(load(7), ring, NULL);
    for (i = 0; (served = vso_snapshot_get(serving, "server", i)); i++) {
        const vso_version_t *is = strcmp(served->algorithm, "RSA") ? ec : rsa;

        ck_assert_int_eq(served->id, is->id);
        ck_assert_str_eq(served->fingerprint, is->fingerprint);
        ck_assert_str_eq(key_print(served), is->key_fingerprint);
        ck_assert_int_eq(X509_check_private_key(served->cert, served->pkey), 1);
        ck_assert_int_eq(sk_X509_num(served->chain), 0);
        seen |= strcmp(served->algorithm, "RSA") ? 1 : 2;
    }
    ck_assert_int_eq(i, 2);
    ck_assert_int_eq(seen, 3);
    served = vso_snapshot_get(serving, "other", 0);
    ck_assert_ptr_nonnull(served);
    ck_assert_str_eq(served->fingerprint, other->fingerprint);
    ck_assert_ptr_null(vso_snapshot_get(serving, "other", 1));
    ck_assert_ptr_null(vso_snapshot_get(serving, "third", 0));
}
END_TEST

START_TEST(keys_are_live_until_they_are_destroyed)
{
    vso_destroyed_t destroyed;
    vso_version_t *old = create(0);
    vso_snapshot_t *before = open_with(load(1), ring, NULL);
    const vso_served_t *served = vso_snapshot_get(before, "server", 0);
    unsigned char unknown[32] = {0};
    vso_snapshot_t *after;

    ck_assert_int_eq(vso_snapshot_key_live(before, served->key_id), 1);
    ck_assert_int_eq(vso_snapshot_key_live(before, unknown), 0);

    create(1);
    after = open_with(load(2), ring, before);
    ck_assert_int_eq(vso_snapshot_key_live(after, served->key_id), 1);

    assert_ok(destroy_key(old->id, 0, 0, &destroyed));
    after = open_with(load(3), ring, after);
    ck_assert_int_eq(vso_snapshot_key_live(after, served->key_id), 0);
}
END_TEST

START_TEST(text_holds_no_key_in_the_clear)
{
    vso_version_t *version = create(0);
    const char *text = load(1);

    ck_assert_ptr_nonnull(strstr(text, "\"sealedKey\":\"v1."));
    ck_assert_ptr_nonnull(strstr(text, version->key_fingerprint));
    ck_assert_ptr_null(strstr(text, "PRIVATE KEY"));
}
END_TEST

START_TEST(edited_version_is_left_out_and_the_old_one_stays)
{
    vso_version_t *first = create(0);
    vso_snapshot_t *good = open_with(load(1), ring, NULL);
    const char *text;
    vso_snapshot_t *serving;
    vso_snapshot_t *again;

    create(1);
    text = load(2);
    start_log();
    serving = open_with(
        edited(text, "\"sealedKey\":\"v1.", "\"sealedKey\":\"v2."), ring, good);
    ck_assert_int_eq(lines, 1);
    ck_assert_ptr_nonnull(strstr(last_line, "version 2 of entry server"));
    ck_assert_int_eq(vso_snapshot_quarantined(serving)->nelts, 1);
    ck_assert_int_eq(
        APR_ARRAY_IDX(vso_snapshot_quarantined(serving), 0, apr_int64_t), 2);
    ck_assert_str_eq(vso_snapshot_get(serving, "server", 0)->fingerprint,
                     first->fingerprint);

    again =
        open_with(edited(text, "\"sealedKey\":\"v1.", "\"sealedKey\":\"v2."),
                  ring, serving);
    ck_assert_int_eq(lines, 1);
    ck_assert_str_eq(vso_snapshot_get(again, "server", 0)->fingerprint,
                     first->fingerprint);

    ck_assert_int_eq(
        vso_snapshot_quarantined(open_with(text, ring, again))->nelts, 0);
}
END_TEST

START_TEST(without_an_old_one_nothing_is_served)
{
    vso_snapshot_t *serving;

    create(0);
    start_log();
    serving =
        open_with(edited(load(1), "\"sealedKey\":\"v1.", "\"sealedKey\":\"v2."),
                  ring, NULL);
    ck_assert_int_eq(lines, 1);
    ck_assert_ptr_null(vso_snapshot_get(serving, "server", 0));
}
END_TEST

/* Sealing binds a key to its row: no member may be exchanged. */
START_TEST(members_are_bound_to_each_other)
{
    static const struct {
        const char *from;
        const char *to;
    } edits[] = {
        {"\"id\":1", "\"id\":2"},
        {"\"alias\":\"server\"", "\"alias\":\"sorver\""},
        {"\"version\":1", "\"version\":2"},
        {"\"keyFingerprint\":\"", "\"keyFingerprint\":\"x"},
        {"\"fingerprint\":\"", "\"fingerprint\":\"x"},
        {"-----BEGIN CERT", "-----BEGIN CURT"},
    };
    const char *text;

    create(0);
    text = load(1);
    start_log();
    ck_assert_int_eq(
        vso_snapshot_quarantined(
            open_with(edited(text, edits[_i].from, edits[_i].to), ring, NULL))
            ->nelts,
        1);
    ck_assert_int_eq(lines, 1);
}
END_TEST

START_TEST(another_master_key_opens_nothing_and_loses_nothing)
{
    vso_keyring_t *other = ring_of("another master key with 32 bytes", NULL);
    vso_version_t *version = create(0);
    vso_snapshot_t *serving;

    start_log();
    serving = open_with(load(1), other, NULL);
    ck_assert_ptr_null(vso_snapshot_get(serving, "server", 0));
    ck_assert_int_eq(lines, 1);
    serving = open_with(load(1), ring, serving);
    ck_assert_str_eq(vso_snapshot_get(serving, "server", 0)->fingerprint,
                     version->fingerprint);
}
END_TEST

START_TEST(kept_version_outlives_its_snapshot)
{
    vso_snapshot_t *good = NULL;
    vso_snapshot_t *serving;
    const char *text;
    BIO *bio;

    create(0);
    text = load(1);
    assert_ok(vso_snapshot_open(text, strlen(text), ring, NULL, &good, res));
    vso_snapshot_ref(good);
    serving = open_with(
        edited(text, "\"sealedKey\":\"v1.", "\"sealedKey\":\"v2."), ring, good);
    vso_snapshot_unref(good);
    vso_snapshot_unref(good);

    bio = BIO_new(BIO_s_mem());
    ck_assert_int_eq(
        X509_print(bio, vso_snapshot_get(serving, "server", 0)->cert), 1);
    BIO_free(bio);
}
END_TEST

static const char *const unusable[] = {
    "",
    "[]",
    "{}",
    "{\"keystore\":\"feed\"}",
    "{\"keystore\":\"feed\",\"generation\":-1}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":{}}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":[[]]}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":[{\"id\":\"1\"}]}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":[],\"live\":[1]}",
    "{\"keystore\":\"feed\",\"generation\":1,\"active\":[",
};

#define UNUSABLE (int)(sizeof(unusable) / sizeof(unusable[0]))

START_TEST(unusable_text_is_refused_as_a_whole)
{
    vso_snapshot_t *serving = NULL;

    ck_assert_int_ne(vso_snapshot_open(unusable[_i], strlen(unusable[_i]), ring,
                                       NULL, &serving, res),
                     APR_SUCCESS);
    ck_assert_ptr_null(serving);
    ck_assert_int_ne(res->problem, VSO_P_NONE);
}
END_TEST

START_TEST(peek_reads_the_head)
{
    const char *keystore_id = NULL;
    apr_int64_t generation = 0;
    const char *text;

    create(0);
    text = load(42);
    assert_ok(vso_snapshot_peek(text, strlen(text), &keystore_id, &generation,
                                res, pool));
    ck_assert_str_eq(keystore_id, "feed");
    ck_assert_int_eq(generation, 42);
    assert_refused(vso_snapshot_peek(text, VSO_MAX_SERVING + 1, &keystore_id,
                                     &generation, res, pool),
                   VSO_P_TOO_LARGE);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("serving");
    TCase *tc = service_case(s, "serving");

    tcase_add_test(tc, empty_keystore_serves_nothing);
    tcase_add_test(tc, both_algorithms_of_each_entry_are_served);
    tcase_add_test(tc, keys_are_live_until_they_are_destroyed);
    tcase_add_test(tc, text_holds_no_key_in_the_clear);
    tcase_add_test(tc, edited_version_is_left_out_and_the_old_one_stays);
    tcase_add_test(tc, without_an_old_one_nothing_is_served);
    tcase_add_loop_test(tc, members_are_bound_to_each_other, 0, 6);
    tcase_add_test(tc, another_master_key_opens_nothing_and_loses_nothing);
    tcase_add_test(tc, kept_version_outlives_its_snapshot);
    tcase_add_loop_test(tc, unusable_text_is_refused_as_a_whole, 0, UNUSABLE);
    tcase_add_test(tc, peek_reads_the_head);
    return s;
}
