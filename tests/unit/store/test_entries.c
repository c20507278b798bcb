/* SPDX-License-Identifier: Apache-2.0 */
#include "change_util.h"

#include "base/limits.h"
#include "store/entries.h"

#define DAY 86400

/** What a change of these tests does to one version, or to many. */
typedef struct {
    enum { INSERT, SET_STATE, CERTIFY, EXPORT, FAIL, SERVE, LINEAGE } what;
    vso_version_t *version;
    vso_version_state_e state;
    int count;
    const char *touched; /**< what the change says of it, with commas */
} step_t;

static apr_status_t insert_some(vso_change_t *change, const step_t *step,
                                vso_result_t *result, apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_copy("key", 3, p);
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < step->count; i++) {
        if (step->count > 1) {
            step->version->entry = apr_psprintf(p, "many-%03d", i);
        }
        rv = vso_versions_insert(change, step->version, key, result, p);
    }
    return rv;
}

static apr_status_t take_step(vso_change_t *change, void *baton,
                              vso_audit_event_t *event, vso_result_t *result,
                              apr_pool_t *p)
{
    step_t *step = baton;
    apr_status_t rv = APR_SUCCESS;

    switch (step->what) {
    case INSERT:
    case FAIL:
        rv = insert_some(change, step, result, p);
        break;
    case SET_STATE:
        rv = vso_versions_set_state(change, step->version, step->state, result,
                                    p);
        break;
    case CERTIFY:
        rv = vso_versions_set_certificate(change, step->version, result, p);
        break;
    case EXPORT:
        event->version_id = step->version->id;
        vso_change_touch_exported(change, step->version->entry);
        break;
    case SERVE:
        vso_change_serves(change);
        break;
    case LINEAGE:
        rv = vso_change_new_lineage(change, result, p);
        break;
    }
    step->touched = apr_array_pstrcat(pool, vso_change_touched(change, p), ',');
    return rv == APR_SUCCESS && step->what == FAIL
               ? vso_fail(result, VSO_P_INVALID, NULL, "No.")
               : rv;
}

static apr_status_t run(vso_store_t *store, step_t *step)
{
    vso_audit_event_t event =
        event_of(step->what == EXPORT ? "export" : "test");

    return vso_change_run(store, &event, take_step, step, NULL, res, pool);
}

/** A version with names, in one state. */
static vso_version_t *version_of(const char *entry, const char *key_type,
                                 vso_version_state_e state, const char *name)
{
    vso_version_t *version = apr_pcalloc(pool, sizeof(*version));

    version->entry = entry;
    version->state = state;
    version->key_type = key_type;
    version->key_fingerprint = apr_pstrcat(pool, "key-", name, NULL);
    version->subject_text = apr_pstrcat(pool, "CN=", name, NULL);
    version->sans = apr_pstrcat(pool, "DNS:www.", name, "\nIP:192.0.2.1", NULL);
    version->issuer_text = state == VSO_STATE_PENDING ? "" : "O=The CA";
    version->not_after_sec = state == VSO_STATE_PENDING ? 0 : 100 * DAY;
    return version;
}

static vso_version_t *inserted(vso_store_t *store, const char *entry,
                               const char *key_type, vso_version_state_e state,
                               const char *name)
{
    step_t step = {INSERT, version_of(entry, key_type, state, name), state, 1,
                   NULL};

    assert_ok(run(store, &step));
    ck_assert_str_eq(step.touched, entry);
    return step.version;
}

static void move(vso_store_t *store, vso_version_t *version,
                 vso_version_state_e state)
{
    step_t step = {SET_STATE, version, state, 1, NULL};

    assert_ok(run(store, &step));
    ck_assert_str_eq(step.touched, version->entry);
}

static vso_entry_t *entry_of(vso_store_t *store, const char *name)
{
    vso_entry_t *entry = NULL;

    assert_ok(vso_entries_get(store, name, &entry, res, pool));
    return entry;
}

static void assert_entry(vso_store_t *store, const char *active,
                         apr_int64_t not_after_sec, int pending,
                         int self_signed)
{
    const vso_entry_t *entry = entry_of(store, "one");

    ck_assert_str_eq(entry->active, active);
    ck_assert_int_eq(entry->not_after_sec, not_after_sec);
    ck_assert_int_eq(entry->pending, pending);
    ck_assert_int_eq(entry->self_signed, self_signed);
    ck_assert_int_eq(entry->generation, state_of(store).generation);
}

START_TEST(says_what_became_of_its_versions)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *rsa;
    vso_version_t *ec;
    step_t step = {CERTIFY, NULL, VSO_STATE_PENDING, 1, NULL};

    ck_assert_ptr_null(entry_of(store, "one"));
    rsa = inserted(store, "one", "rsa-2048", VSO_STATE_PENDING, "a");
    assert_entry(store, "", 0, 1, 0);
    rsa->not_after_sec = 20 * DAY;
    rsa->self_signed = 1;
    step.version = rsa;
    assert_ok(run(store, &step));
    assert_entry(store, "", 0, 1, 0);
    move(store, rsa, VSO_STATE_ACTIVE);
    assert_entry(store, "1", 20 * DAY, 0, 1);
    ec = inserted(store, "one", "ec-p256", VSO_STATE_ACTIVE, "b");
    assert_entry(store, "1,2", 20 * DAY, 0, 1);
    inserted(store, "two", "ec-p256", VSO_STATE_ACTIVE, "c");
    ck_assert_str_eq(entry_of(store, "two")->active, "3");
    move(store, rsa, VSO_STATE_PASSIVE);
    assert_entry(store, "2", 100 * DAY, 0, 0);
    move(store, ec, VSO_STATE_PASSIVE);
    move(store, ec, VSO_STATE_RETIRED);
    assert_entry(store, "", 0, 0, 0);
    ck_assert_str_eq(entry_of(store, "one")->search, "one");
}
END_TEST

START_TEST(is_found_by_its_names_in_any_case)
{
    vso_store_t *store = store_on(memory_db(), "a");

    inserted(store, "One", "ec-p256", VSO_STATE_ACTIVE,
             "Z\xc3\x96"
             "E.example");
    inserted(store, "One", "ec-p256", VSO_STATE_PASSIVE, "old");
    inserted(store, "One", "ec-p256", VSO_STATE_PENDING, "next");
    ck_assert_str_eq(entry_of(store, "One")->search,
                     "one\ncn=z\xc3\xb6"
                     "e.example\nwww.z\xc3\xb6"
                     "e.example\n192.0.2.1\no=the ca\n"
                     "cn=next\nwww.next\n192.0.2.1");
}
END_TEST

START_TEST(bounds_what_is_searched)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *version =
        version_of("one", "ec-p256", VSO_STATE_ACTIVE, "x");
    step_t step = {INSERT, version, VSO_STATE_ACTIVE, 1, NULL};
    char *names = apr_palloc(pool, VSO_MAX_SEARCH + 80);
    int i;

    memcpy(names, "DNS:", 4);
    for (i = 4; i < VSO_MAX_SEARCH + 63; i += 2) {
        memcpy(names + i, "\xc3\xb6", 3);
    }
    version->sans = names;
    assert_ok(run(store, &step));
    ck_assert_uint_le(strlen(entry_of(store, "one")->search), VSO_MAX_SEARCH);
    ck_assert_uint_ge(strlen(entry_of(store, "one")->search),
                      VSO_MAX_SEARCH - 1);
    for (i = 0; i < VSO_MAX_SEARCH_PENDING + 1; i++) {
        inserted(store, "two", "ec-p256", VSO_STATE_PENDING,
                 apr_psprintf(pool, "n%d.", i));
    }
    ck_assert_int_eq(entry_of(store, "two")->pending,
                     VSO_MAX_SEARCH_PENDING + 1);
    ck_assert_ptr_null(strstr(entry_of(store, "two")->search, "cn=n0."));
    ck_assert_ptr_nonnull(strstr(entry_of(store, "two")->search, "cn=n1."));
}
END_TEST

/* It is a backup while it holds all that is served. */
START_TEST(knows_when_what_is_served_was_exported)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_version_t *rsa =
        inserted(store, "one", "rsa-2048", VSO_STATE_ACTIVE, "a");
    vso_version_t *ec;
    step_t step = {EXPORT, rsa, VSO_STATE_ACTIVE, 1, NULL};
    apr_int64_t generation = state_of(store).generation;

    ck_assert_int_eq(entry_of(store, "one")->backed_up_sec, 0);
    assert_ok(run(store, &step));
    ck_assert_str_eq(step.touched, "");
    ck_assert_int_gt(entry_of(store, "one")->backed_up_sec, 1700000000);
    ck_assert_int_eq(entry_of(store, "one")->generation, generation);
    ec = inserted(store, "one", "ec-p256", VSO_STATE_ACTIVE, "b");
    ck_assert_int_eq(entry_of(store, "one")->backed_up_sec, 0);
    move(store, ec, VSO_STATE_PASSIVE);
    ck_assert_int_gt(entry_of(store, "one")->backed_up_sec, 1700000000);
    move(store, rsa, VSO_STATE_PASSIVE);
    ck_assert_int_eq(entry_of(store, "one")->backed_up_sec, 0);
}
END_TEST

START_TEST(keeps_nothing_of_a_change_that_failed)
{
    vso_store_t *store = store_on(memory_db(), "a");
    step_t step = {FAIL, NULL, VSO_STATE_ACTIVE, 1, NULL};
    const vso_entry_t *entry;

    step.version = version_of("one", "ec-p256", VSO_STATE_ACTIVE, "a");
    assert_refused(run(store, &step), VSO_P_INVALID);
    ck_assert_ptr_null(entry_of(store, "one"));
    inserted(store, "one", "ec-p256", VSO_STATE_ACTIVE, "a");
    step.version = version_of("one", "rsa-2048", VSO_STATE_ACTIVE, "b");
    assert_refused(run(store, &step), VSO_P_INVALID);
    entry = entry_of(store, "one");
    ck_assert_str_eq(entry->active, "1");
    ck_assert_int_eq(entry->generation, 1);
}
END_TEST

START_TEST(says_which_change_served_last)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    step_t serve = {SERVE, NULL, VSO_STATE_ACTIVE, 1, NULL};
    step_t lineage = {LINEAGE, NULL, VSO_STATE_ACTIVE, 1, NULL};
    const char *first = state_of(store).lineage;
    vso_audit_event_t event = event_of("sign-in");

    ck_assert_uint_eq(strlen(first), 32);
    change_times(store, 2);
    ck_assert_int_eq(state_of(store).serving_generation, 0);
    assert_ok(run(store, &serve));
    ck_assert_int_eq(state_of(store).serving_generation, 3);
    assert_ok(vso_change_note(store, &event, VSO_P_NONE, res, pool));
    change_times(store, 1);
    ck_assert_int_eq(state_of(store).serving_generation, 3);
    ck_assert_str_eq(state_of(store).lineage, first);
    assert_ok(run(store, &lineage));
    ck_assert_uint_eq(strlen(state_of(store).lineage), 32);
    ck_assert_str_ne(state_of(store).lineage, first);
    plain_sql(path, "UPDATE vmo_keystore_state SET serving_generation = -1");
    assert_refused(run(store, &serve), VSO_P_DAMAGED);
}
END_TEST

/** Names of a page, with commas. */
static const char *changed(vso_store_t *store, apr_int64_t generation,
                           const char *name, int limit)
{
    apr_array_header_t *entries = NULL;
    const char *text = "";
    int i;

    assert_ok(vso_entries_changed(store, generation, name, limit, &entries, res,
                                  pool));
    for (i = 0; i < entries->nelts; i++) {
        text =
            apr_pstrcat(pool, text, i ? "," : "",
                        APR_ARRAY_IDX(entries, i, vso_entry_t *)->name, NULL);
    }
    return text;
}

/* The order of names is that of strcmp, whatever the database's language. */
START_TEST(lists_what_was_changed_in_order)
{
    static const char *const names[] = {"b", "a", "B", "a-b", "a.c", "ab"};
    vso_store_t *store = store_on(memory_db(), "a");
    step_t many = {INSERT, NULL, VSO_STATE_ACTIVE, 3, NULL};
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        inserted(store, names[i], "ec-p256", VSO_STATE_ACTIVE, "x");
    }
    many.version = version_of("", "ec-p256", VSO_STATE_ACTIVE, "x");
    assert_ok(run(store, &many));
    ck_assert_str_eq(changed(store, 0, "", 500),
                     "b,a,B,a-b,a.c,ab,many-000,many-001,many-002");
    ck_assert_str_eq(changed(store, 2, "", 2), "a,B");
    ck_assert_str_eq(changed(store, 3, "B", 2), "a-b,a.c");
    ck_assert_str_eq(changed(store, 7, "many-000", 500), "many-001,many-002");
    ck_assert_str_eq(changed(store, 8, "", 500), "");
    inserted(store, "b", "rsa-2048", VSO_STATE_ACTIVE, "x");
    ck_assert_str_eq(changed(store, 7, "many-001", 500), "many-002,b");
}
END_TEST

START_TEST(sorts_names_as_their_bytes)
{
    static const char *const names[] = {"a-b", "B", "ab", "a.c", "a", "a_d"};
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        inserted(store, names[i], "ec-p256", VSO_STATE_ACTIVE, "x");
    }
    plain_sql(path, "UPDATE vmo_entry SET generation = 6");
    ck_assert_str_eq(changed(store, 6, "", 500), "B,a,a-b,a.c,a_d,ab");
    ck_assert_str_eq(changed(store, 6, "a-b", 2), "a.c,a_d");
}
END_TEST

/** Number of versions and of keys of the first names. */
static void assert_read(vso_store_t *store, int names, int versions, int keys)
{
    apr_array_header_t *asked = apr_array_make(pool, 8, sizeof(const char *));
    apr_array_header_t *active = NULL;
    apr_array_header_t *live = NULL;
    int i;

    for (i = 0; i < names; i++) {
        APR_ARRAY_PUSH(asked, const char *) =
            apr_psprintf(pool, "many-%03d", i);
    }
    assert_ok(vso_entries_versions(store, asked, &active, &live, res, pool));
    ck_assert_int_eq(active->nelts, versions);
    ck_assert_int_eq(live->nelts, keys);
    for (i = 0; i < active->nelts; i++) {
        const vso_version_t *version =
            APR_ARRAY_IDX(active, i, vso_version_t *);

        ck_assert_int_eq(version->state, VSO_STATE_ACTIVE);
        ck_assert_str_eq(version->sans, "DNS:www.x\nIP:192.0.2.1");
    }
}

START_TEST(reads_many_entries_at_once)
{
    vso_store_t *store = store_on(memory_db(), "a");
    step_t many = {INSERT, NULL, VSO_STATE_ACTIVE, 120, NULL};
    vso_version_t *gone;
    apr_array_header_t *none = apr_array_make(pool, 1, sizeof(const char *));

    many.version = version_of("", "ec-p256", VSO_STATE_ACTIVE, "x");
    assert_ok(run(store, &many));
    inserted(store, "many-000", "rsa-2048", VSO_STATE_ACTIVE, "x");
    inserted(store, "many-000", "rsa-2048", VSO_STATE_PASSIVE, "y");
    inserted(store, "many-049", "rsa-2048", VSO_STATE_PENDING, "z");
    gone = inserted(store, "many-049", "rsa-2048", VSO_STATE_PASSIVE, "z");
    move(store, gone, VSO_STATE_RETIRED);
    assert_read(store, 0, 0, 0);
    assert_read(store, 1, 2, 3);
    assert_read(store, 2, 3, 4);
    assert_read(store, 50, 51, 53);
    assert_read(store, 51, 52, 54);
    assert_read(store, 130, 121, 123);
    APR_ARRAY_PUSH(none, const char *) = "absent";
    assert_ok(vso_entries_versions(store, none, &none, &none, res, pool));
    ck_assert_int_eq(none->nelts, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("entries");
    TCase *tc = unit_case(s, "entries");

    tcase_add_test(tc, says_what_became_of_its_versions);
    tcase_add_test(tc, is_found_by_its_names_in_any_case);
    tcase_add_test(tc, bounds_what_is_searched);
    tcase_add_test(tc, knows_when_what_is_served_was_exported);
    tcase_add_test(tc, keeps_nothing_of_a_change_that_failed);
    tcase_add_test(tc, says_which_change_served_last);
    tcase_add_test(tc, lists_what_was_changed_in_order);
    tcase_add_test(tc, sorts_names_as_their_bytes);
    tcase_add_test(tc, reads_many_entries_at_once);
    return s;
}
