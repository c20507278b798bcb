/* SPDX-License-Identifier: Apache-2.0 */
#include "service_util.h"

#include <stdlib.h>

#include <apr_hash.h>

#include "service/certificate/events.h"
#include "store/claims.h"

static const vso_event_t *event_at(const apr_array_header_t *events, int i)
{
    ck_assert_int_lt(i, events->nelts);
    return &APR_ARRAY_IDX(events, i, vso_event_t);
}

START_TEST(follows_the_audit_trail)
{
    vso_version_t *first = create(0);
    vso_version_t *moved = NULL;
    apr_array_header_t *events;
    apr_int64_t last = 0;
    apr_int64_t again = 0;

    create(1);
    assert_refused(
        vso_entry_versions_activate(context, 999, &moved, &outcome, res),
        VSO_P_NOT_FOUND);
    assert_ok(
        vso_entry_versions_activate(context, first->id, &moved, &outcome, res));
    assert_ok(vso_events_since(context->store, 0, &events, &last, res, pool));
    ck_assert_int_eq(events->nelts, 3);
    ck_assert_int_eq(last, 4);
    ck_assert_str_eq(event_at(events, 0)->name, "created");
    ck_assert_str_eq(event_at(events, 1)->name, "created");
    ck_assert_str_eq(event_at(events, 2)->name, "activated");
    ck_assert_int_eq(event_at(events, 2)->version_id, first->id);
    ck_assert_int_eq(event_at(events, 2)->seq, 4);
    ck_assert_str_eq(event_at(events, 2)->actor, "vmware");
    ck_assert_str_eq(event_at(events, 2)->entry, "server");
    ck_assert_str_eq(event_at(events, 2)->fingerprint, first->fingerprint);
    assert_ok(
        vso_events_since(context->store, last, &events, &again, res, pool));
    ck_assert_int_eq(events->nelts, 0);
    ck_assert_int_eq(again, last);
}
END_TEST

static const char *mark_with(int days)
{
    vso_certificate_spec_t spec = ec_spec;
    apr_array_header_t *events;
    vso_version_t *version;

    spec.days = days;
    spec.replace = 1;
    assert_ok(vso_certificate_create(context, &spec, &version, &outcome, res));
    assert_ok(vso_events_ending(context->store, NULL, &events, res, pool));
    return events->nelts ? event_at(events, 0)->name : "";
}

START_TEST(tells_the_nearest_mark)
{
    create(0);
    ck_assert_str_eq(mark_with(31), "");
    ck_assert_str_eq(mark_with(30), "expiring-30");
    ck_assert_str_eq(mark_with(15), "expiring-30");
    ck_assert_str_eq(mark_with(14), "expiring-14");
    ck_assert_str_eq(mark_with(7), "expiring-7");
    ck_assert_str_eq(mark_with(1), "expiring-1");
}
END_TEST

START_TEST(tells_of_every_entry_that_ends)
{
    const int count = 103; /* more than two pages */
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(const char *));
    apr_hash_t *told = apr_hash_make(pool);
    apr_array_header_t *events;
    int i;

    for (i = 0; i < count; i++) {
        context->entry = apr_psprintf(pool, "e%d", i);
        ck_assert_str_ne(mark_with(i % 2 ? 7 : 1), "");
    }
    context->entry = "later";
    mark_with(31);
    assert_ok(vso_events_ending(context->store, NULL, &events, res, pool));
    ck_assert_int_eq(events->nelts, count);
    for (i = 0; i < count; i++) {
        const vso_event_t *event = event_at(events, i);

        ck_assert_str_eq(event->name, atoi(event->entry + 1) % 2
                                          ? "expiring-7"
                                          : "expiring-1");
        apr_hash_set(told, event->entry, APR_HASH_KEY_STRING, event);
    }
    ck_assert_int_eq(apr_hash_count(told), count);
    APR_ARRAY_PUSH(names, const char *) = "e5";
    APR_ARRAY_PUSH(names, const char *) = "later";
    assert_ok(vso_events_ending(context->store, names, &events, res, pool));
    ck_assert_int_eq(events->nelts, 1);
    ck_assert_str_eq(event_at(events, 0)->entry, "e5");
}
END_TEST

static int mine(const char *event, apr_int64_t id, apr_int64_t seq)
{
    int taken = -1;

    assert_ok(
        vso_claim_take(context->store, event, id, seq, "n", &taken, res, pool));
    return taken;
}

START_TEST(is_claimed_once)
{
    apr_int64_t last = -1;

    assert_ok(vso_claim_last(context->store, &last, res, pool));
    ck_assert_int_eq(last, 0);
    ck_assert_int_eq(mine("created", 1, 5), 1);
    ck_assert_int_eq(mine("created", 1, 5), 0);
    ck_assert_int_eq(mine("created", 1, 7), 1);
    ck_assert_int_eq(mine("expiring-7", 1, 0), 1);
    ck_assert_int_eq(mine("expiring-1", 1, 0), 1);
    ck_assert_int_eq(mine("expiring-7", 2, 0), 1);
    ck_assert_int_eq(mine("expiring-7", 1, 0), 0);
    assert_ok(vso_claim_last(context->store, &last, res, pool));
    ck_assert_int_eq(last, 7);
    assert_ok(vso_claims_purge(context->store, res, pool));
    ck_assert_int_eq(mine("created", 1, 5), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("events");
    TCase *tc = service_case(s, "events");

    tcase_add_test(tc, follows_the_audit_trail);
    tcase_add_test(tc, tells_the_nearest_mark);
    tcase_add_test(tc, tells_of_every_entry_that_ends);
    tcase_add_test(tc, is_claimed_once);
    return s;
}
