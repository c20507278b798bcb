/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include "store/sessions.h"

#define NOW  1000000
#define TEXT "vsocert-user=vmware&vsocert-pw=canary"

static vso_session_t session_of(apr_int64_t signed_in_sec, const char *text)
{
    vso_session_t session = {.signed_in_sec = signed_in_sec,
                             .expires_usec = apr_time_from_sec(NOW + 1800),
                             .text = text};

    return session;
}

/** Store one. @return its cookie */
static const char *begin(vso_store_t *store, const char *ring,
                         vso_session_t *session)
{
    const char *cookie = vso_session_cookie(pool);

    ck_assert_ptr_nonnull(cookie);
    assert_ok(
        vso_session_insert(store, ring_of(ring), cookie, session, res, pool));
    return cookie;
}

static vso_session_t *find(vso_store_t *store, const char *ring,
                           const char *cookie, apr_int64_t now_sec)
{
    vso_session_t *session = NULL;

    assert_ok(vso_session_find(store, ring_of(ring), cookie, now_sec, &session,
                               res, pool));
    return session;
}

static const char *ask(vso_store_t *store, const char *sql)
{
    const char *answer = NULL;

    assert_ok(vso_db_ask(vso_store_db(store), sql, &answer, res, pool));
    return answer;
}

static void run(vso_store_t *store, const char *sql)
{
    assert_ok(vso_db_run(vso_store_db(store), sql, res, pool));
}

START_TEST(finds_what_it_stored)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_session_t session = session_of(NOW, TEXT);
    const char *cookie = begin(store, "a", &session);
    const vso_session_t *found = find(store, "a", cookie, NOW + 1);

    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found->text, TEXT);
    ck_assert_str_eq(found->id, session.id);
    ck_assert_int_eq(found->signed_in_sec, NOW);
    ck_assert_int_eq(found->expires_usec, apr_time_from_sec(NOW + 1800));
    ck_assert_str_ne(cookie, vso_session_cookie(pool));
}
END_TEST

START_TEST(stores_nothing_that_is_worth_anything)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_session_t session = session_of(NOW, TEXT);
    const char *cookie = begin(store, "a", &session);
    const char *id = ask(store, "SELECT session_key FROM vmo_session");
    const char *text = ask(store, "SELECT session FROM vmo_session");

    ck_assert_uint_eq(strlen(id), 64);
    ck_assert_ptr_null(strstr(text, "canary"));
    ck_assert_ptr_null(strstr(text, cookie));
    ck_assert_ptr_null(find(store, "a", id, NOW));
    /* without the master key the cookie is worth nothing either */
    ck_assert_ptr_null(find(store, "b", cookie, NOW));
    ck_assert_ptr_null(find(store, "", cookie, NOW));
}
END_TEST

START_TEST(takes_any_text_for_a_cookie)
{
    static const char *const texts[] = {
        "", "x", "' OR 1=1 --", "00000000-0000-0000-0000-000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000"};
    vso_store_t *store = store_on(memory_db(), "a");
    vso_session_t session = session_of(NOW, TEXT);
    const char *cookie = begin(store, "a", &session);
    char *upper = apr_pstrdup(pool, cookie);
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_ptr_null(find(store, "a", texts[i], NOW));
    }
    for (i = 0; upper[i]; i++) {
        upper[i] = upper[i] >= 'a' ? (char)(upper[i] - 32) : upper[i];
    }
    ck_assert_ptr_null(find(store, "a", upper, NOW));
    ck_assert_ptr_null(
        find(store, "a", apr_pstrcat(pool, cookie, "0", NULL), NOW));
}
END_TEST

START_TEST(opens_no_row_in_the_place_of_another)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_session_t one = session_of(NOW, "one");
    vso_session_t two = session_of(NOW, "two");
    const char *first = begin(store, "a", &one);
    const char *second = begin(store, "a", &two);
    const char *text =
        ask(store,
            apr_pstrcat(pool,
                        "SELECT session FROM vmo_session WHERE session_key = '",
                        one.id, "'", NULL));

    run(store, apr_pstrcat(pool, "UPDATE vmo_session SET session = '", text,
                           "' WHERE session_key = '", two.id, "'", NULL));
    ck_assert_ptr_null(find(store, "a", second, NOW));
    ck_assert_str_eq(find(store, "a", first, NOW)->text, "one");
    run(store, apr_pstrcat(pool, "DELETE FROM vmo_session WHERE session_key ='",
                           one.id, "'", NULL));
    run(store,
        apr_pstrcat(pool, "UPDATE vmo_session SET session_key = '", one.id,
                    "' WHERE session_key = '", two.id, "'", NULL));
    ck_assert_str_eq(find(store, "a", first, NOW)->text, "one");
    run(store, "UPDATE vmo_session SET session = 'edited'");
    ck_assert_ptr_null(find(store, "a", first, NOW));
}
END_TEST

START_TEST(ends_when_it_says_and_not_when_its_row_does)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_session_t session = session_of(NOW, TEXT);
    const char *cookie = begin(store, "a", &session);

    run(store, "UPDATE vmo_session SET expiry = 9000000000000000");
    ck_assert_ptr_nonnull(find(store, "a", cookie, NOW + 1799));
    ck_assert_ptr_null(find(store, "a", cookie, NOW + 1800));
}
END_TEST

START_TEST(lives_for_twelve_hours_however_much_it_is_used)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_session_t session = session_of(NOW, TEXT);
    const char *cookie = begin(store, "a", &session);
    int there = 0;

    session.expires_usec = apr_time_from_sec(NOW + 24 * 3600);
    assert_ok(vso_session_update(store, ring_of("a"), cookie, &session, &there,
                                 res, pool));
    ck_assert_int_eq(there, 1);
    ck_assert_ptr_nonnull(find(store, "a", cookie, NOW + 12 * 3600 - 1));
    ck_assert_ptr_null(find(store, "a", cookie, NOW + 12 * 3600));
}
END_TEST

START_TEST(renews_no_session_that_was_ended)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_session_t session = session_of(NOW, TEXT);
    const char *cookie = begin(store, "a", &session);
    int there = -1;

    assert_ok(vso_session_delete(store, session.id, res, pool));
    assert_ok(vso_session_update(store, ring_of("a"), cookie, &session, &there,
                                 res, pool));
    ck_assert_int_eq(there, 0);
    ck_assert_ptr_null(find(store, "a", cookie, NOW));
    ck_assert_str_eq(ask(store, "SELECT COUNT(*) FROM vmo_session"), "0");
}
END_TEST

START_TEST(goes_on_while_the_master_key_is_replaced)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_session_t session = session_of(NOW, TEXT);
    const char *cookie = begin(store, "a", &session);
    int there = 0;

    ck_assert_ptr_nonnull(find(store, "ba", cookie, NOW));
    session.text = "renewed";
    assert_ok(vso_session_update(store, ring_of("ba"), cookie, &session, &there,
                                 res, pool));
    ck_assert_int_eq(there, 1);
    ck_assert_str_eq(find(store, "ab", cookie, NOW)->text, "renewed");
    ck_assert_ptr_null(find(store, "b", cookie, NOW));
    assert_refused(vso_session_update(store, ring_of("b"), cookie, &session,
                                      &there, res, pool),
                   VSO_P_INTERNAL);
    assert_refused(
        vso_session_insert(store, ring_of(""), cookie, &session, res, pool),
        VSO_P_INTERNAL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sessions");
    TCase *tc = unit_case(s, "sessions");

    tcase_add_test(tc, finds_what_it_stored);
    tcase_add_test(tc, stores_nothing_that_is_worth_anything);
    tcase_add_test(tc, takes_any_text_for_a_cookie);
    tcase_add_test(tc, opens_no_row_in_the_place_of_another);
    tcase_add_test(tc, ends_when_it_says_and_not_when_its_row_does);
    tcase_add_test(tc, lives_for_twelve_hours_however_much_it_is_used);
    tcase_add_test(tc, renews_no_session_that_was_ended);
    tcase_add_test(tc, goes_on_while_the_master_key_is_replaced);
    return s;
}
