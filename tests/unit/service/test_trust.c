/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of service/package/trust.h. */
#include "service_util.h"
#include "x509_util.h"

#include <apr_file_io.h>

#include "service/package/trust.h"
#include "store/packages.h"
#include "x509/cert.h"

static X509 *self_signed(const char *cn, EVP_PKEY *key)
{
    wish_t wish = {.cn = cn, .key = key};

    return make_cert(&wish);
}

static vso_trust_verdict_t judged(X509 *cert, const apr_array_header_t *extra)
{
    vso_trust_verdict_t verdict;

    assert_ok(vso_trust_judge(context, cert, extra, &verdict, res));
    ck_assert_ptr_nonnull(verdict.why);
    return verdict;
}

static void assert_trusted(X509 *cert, const char *by, const char *says)
{
    vso_trust_verdict_t verdict = judged(cert, NULL);

    ck_assert(verdict.trusted);
    ck_assert_str_eq(verdict.by, by);
    ck_assert_msg(strstr(verdict.why, says) != NULL, "%s", verdict.why);
}

static void assert_untrusted(X509 *cert, const char *says)
{
    vso_trust_verdict_t verdict = judged(cert, NULL);

    ck_assert(!verdict.trusted);
    ck_assert_ptr_null(verdict.by);
    ck_assert_msg(strstr(verdict.why, says) != NULL, "%s", verdict.why);
}

static vso_trust_item_t accepted(X509 *cert, int expected)
{
    const vso_trust_offer_t offer = {cert, "file", -1};
    vso_trust_item_t item;
    int added = -1;

    assert_ok(vso_trust_accept(context, &offer, &item, &added, &outcome, res));
    ck_assert_int_eq(added, expected);
    return item;
}

static vso_audit_row_t last_row(void)
{
    apr_array_header_t *rows = NULL;

    assert_ok(vso_audit_list(context->store, 0, 1, &rows, res, pool));
    return APR_ARRAY_IDX(rows, 0, vso_audit_row_t);
}

static int warned(const char *slug)
{
    int i;

    for (i = 0; i < res->warnings->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(res->warnings, i, vso_warning_t).slug,
                    slug)) {
            return 1;
        }
    }
    return 0;
}

static X509 *certificate_of(const vso_version_t *version)
{
    X509 *cert = NULL;

    assert_ok(vso_cert_parse(version->certificate, strlen(version->certificate),
                             &cert, res, pool));
    return cert;
}

START_TEST(own_certificates_are_trusted_until_destroyed)
{
    vso_version_t *first = create(0);
    vso_destroyed_t destroyed;

    assert_trusted(certificate_of(first), "own", "active certificate");
    create(1);
    assert_trusted(certificate_of(first), "own", "passive certificate");
    context->entry = "other";
    assert_trusted(certificate_of(first), "own", "entry \"server\"");
    context->entry = "server";
    assert_ok(destroy_key(first->id, 0, 0, &destroyed));
    assert_untrusted(certificate_of(first), "self-signed and not in the list");
}
END_TEST

START_TEST(a_listed_one_is_trusted_until_removed)
{
    X509 *cert = self_signed("signer", ec_key());
    apr_array_header_t *packages = NULL;
    vso_trust_item_t item;

    assert_untrusted(cert, "self-signed and not in the list");
    item = accepted(cert, 1);
    ck_assert_str_eq(item.row->source, "file");
    ck_assert_str_eq(item.row->added_by, "vmware");
    ck_assert(!item.expired);
    ck_assert_str_eq(last_row().event.action, "trust-add");
    ck_assert_ptr_nonnull(
        strstr(last_row().event.detail, vso_cert_fingerprint(cert, pool)));
    assert_trusted(cert, "table", "vmware put it into the list");
    accepted(cert, 0);

    assert_ok(vso_trust_withdraw(context, vso_cert_fingerprint(cert, pool),
                                 &packages, &outcome, res));
    ck_assert_int_eq(packages->nelts, 0);
    ck_assert_str_eq(last_row().event.action, "trust-remove");
    ck_assert_ptr_nonnull(strstr(last_row().event.detail, "CN=signer"));
    assert_untrusted(cert, "not in the list");
    assert_refused(vso_trust_withdraw(context, vso_cert_fingerprint(cert, pool),
                                      &packages, &outcome, res),
                   VSO_P_NOT_FOUND);
    ck_assert_str_eq(last_outcome(), "not-found");
}
END_TEST

START_TEST(a_namesake_is_another_signer)
{
    EVP_PKEY *key = ec_key();

    accepted(self_signed("signer", key), 1);
    assert_untrusted(self_signed("signer", ec_key()),
                     "the same subject and another key: this is another");
    assert_untrusted(self_signed("signer", key), "may be its renewal");
}
END_TEST

START_TEST(an_expired_one_stays_trusted_with_a_warning)
{
    wish_t wish = {
        .cn = "old", .key = ec_key(), .from_days = -20, .until_days = -10};
    X509 *cert = make_cert(&wish);

    ck_assert(judged(cert, NULL).expired);
    assert_untrusted(cert, "self-signed and not in the list of trusted "
                           "certificates, and it expired on 2");
    ck_assert(!warned("expired-signer"));
    ck_assert(accepted(cert, 1).expired);
    ck_assert(warned("expired-signer"));
    vso_result_clear(res);
    assert_trusted(cert, "table", "put it into the list");
    ck_assert(warned("expired-signer"));
}
END_TEST

START_TEST(the_reason_names_dates_that_are_wrong)
{
    wish_t ca_wish = {.cn = "Root", .key = ec_key(), .ca = 1};
    X509 *ca = make_cert(&ca_wish);
    wish_t wish = {.cn = "early",
                   .key = ec_key(),
                   .issuer = ca,
                   .signer = ca_wish.key,
                   .from_days = 10};

    assert_untrusted(make_cert(&wish), ", and it is not valid before 2");
    wish.from_days = -20;
    wish.until_days = -10;
    assert_untrusted(make_cert(&wish), ", and it expired on 2");
    wish.until_days = 10;
    ck_assert_ptr_null(strstr(judged(make_cert(&wish), NULL).why, ", and it"));
}
END_TEST

START_TEST(a_ca_in_the_list_is_not_what_it_looks_like)
{
    wish_t wish = {.cn = "ca", .key = ec_key(), .ca = 1};

    accepted(make_cert(&wish), 1);
    ck_assert(warned("ca-as-signer"));
}
END_TEST

/** VSOCertTrustCA with this certificate. */
static void configure(X509 *ca)
{
    char path[] = "/tmp/vso-trust-XXXXXX";
    apr_file_t *file = NULL;
    vso_trust_ca_t *trust_ca = NULL;

    ck_assert_int_eq(
        apr_file_mktemp(&file, path, APR_FOPEN_CREATE | APR_FOPEN_WRITE, pool),
        APR_SUCCESS);
    apr_file_puts(vso_cert_to_pem(ca, pool), file);
    apr_file_close(file);
    assert_ok(vso_trust_ca_load(path, &trust_ca, res, pool));
    apr_file_remove(path, pool);
    context->trust_ca = trust_ca;
}

START_TEST(what_a_configured_ca_issued_is_trusted)
{
    EVP_PKEY *ca_key = ec_key();
    wish_t ca_wish = {.cn = "Root", .key = ca_key, .ca = 1};
    X509 *ca = make_cert(&ca_wish);
    wish_t wish = {
        .cn = "signer", .key = ec_key(), .issuer = ca, .signer = ca_key};
    X509 *leaf = make_cert(&wish);

    assert_untrusted(leaf, "VSOCertTrustCA");
    configure(ca);
    assert_trusted(leaf, "ca", "issued by CN=Root");
    wish.from_days = -20;
    wish.until_days = -10;
    assert_untrusted(make_cert(&wish), "expired on");
    assert_untrusted(self_signed("Root", ec_key()), "self-signed");
}
END_TEST

/** A package of this name that was signed with cert. */
static apr_status_t put_package(vso_change_t *change, void *baton,
                                vso_audit_event_t *event, vso_result_t *result,
                                apr_pool_t *p)
{
    vso_package_row_t row = {.name = "com.example.one", .signer = baton};

    (void)event;
    return vso_packages_put(change, &row, NULL, result, p);
}

START_TEST(the_list_says_what_rests_on_it)
{
    X509 *first = self_signed("first", ec_key());
    X509 *second = self_signed("second", ec_key());
    vso_audit_event_t event;
    apr_array_header_t *items = NULL;
    apr_array_header_t *packages = NULL;
    int i;

    accepted(first, 1);
    accepted(second, 1);
    vso_context_event(context, &event, "test");
    assert_ok(vso_change_run(context->store, &event, put_package,
                             (char *)vso_cert_fingerprint(first, pool), NULL,
                             res, pool));
    assert_ok(vso_trust_overview(context, &items, res));
    ck_assert_int_eq(items->nelts, 2);
    for (i = 0; i < items->nelts; i++) {
        const vso_trust_item_t *item =
            &APR_ARRAY_IDX(items, i, vso_trust_item_t);
        int rests = !strcmp(item->row->subject_text, "CN=first");

        ck_assert_int_eq(item->packages->nelts, rests);
    }
    assert_ok(vso_trust_withdraw(context, vso_cert_fingerprint(first, pool),
                                 &packages, &outcome, res));
    ck_assert_int_eq(packages->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(packages, 0, const char *),
                     "com.example.one");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("trusted");
    TCase *tc = service_case(s, "trusted");

    tcase_add_test(tc, own_certificates_are_trusted_until_destroyed);
    tcase_add_test(tc, a_listed_one_is_trusted_until_removed);
    tcase_add_test(tc, a_namesake_is_another_signer);
    tcase_add_test(tc, an_expired_one_stays_trusted_with_a_warning);
    tcase_add_test(tc, the_reason_names_dates_that_are_wrong);
    tcase_add_test(tc, a_ca_in_the_list_is_not_what_it_looks_like);
    tcase_add_test(tc, what_a_configured_ca_issued_is_trusted);
    tcase_add_test(tc, the_list_says_what_rests_on_it);
    return s;
}
