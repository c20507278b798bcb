/* SPDX-License-Identifier: Apache-2.0 */
#include "package_service_util.h"

static const vso_review_element_t *item(const vso_review_t *report,
                                        const char *id)
{
    int i;

    for (i = 0; i < report->elements->nelts; i++) {
        const vso_review_element_t *one =
            APR_ARRAY_IDX(report->elements, i, vso_review_element_t *);

        if (!strcmp(one->element->id, id)) {
            return one;
        }
    }
    ck_abort_msg("no %s", id);
    return NULL;
}

static const vso_review_t *review(bytes_t zip, int redact)
{
    vso_review_t *report = NULL;

    assert_ok(vso_review_build(context, blob_of(zip), redact, &report, res));
    return report;
}

static bytes_t with_version(signer_t signer, const char *version)
{
    apr_array_header_t *parts = make_elements(signer);

    drop(parts, "elements/flow/content-signature");
    put_text(parts, "elements/flow/data",
             apr_pstrcat(pool, "<?xml version=\"1.0\"?><workflow version=\"",
                         version, "\"/>", NULL));
    return packed(parts, signer, EVP_sha256());
}

static void trust(X509 *cert, int vouches)
{
    const vso_trust_offer_t offer = {cert, "file", vouches};
    vso_trust_item_t ignored;
    int added;

    assert_ok(
        vso_trust_accept(context, &offer, &ignored, &added, &outcome, res));
}

START_TEST(elements_are_compared_with_stored_ones)
{
    signer_t signer = author();
    const vso_review_t *report = review(with_version(signer, "1.9"), 0);

    ck_assert_int_eq(report->stored, 0);
    ck_assert_ptr_null(item(report, "flow")->stored);
    ck_assert_int_eq(item(report, "flow")->newer, 0);
    ck_assert_int_eq(item(report, "flow")->selected, 1);
    import_all(with_version(signer, "1.9"));
    report = review(with_version(signer, "1.10"), 0);
    ck_assert_int_eq(report->stored, 1);
    ck_assert_str_eq(item(report, "flow")->stored->version, "1.9");
    ck_assert_int_eq(item(report, "flow")->newer, 1);
    ck_assert_int_eq(item(report, "flow")->selected, 1);
    ck_assert_int_eq(item(report, "script")->newer, 0);
    ck_assert_int_eq(item(report, "script")->selected, 0);
    report = review(with_version(signer, "1.8"), 0);
    ck_assert_int_eq(item(report, "flow")->newer, 0);
    ck_assert_int_eq(item(report, "flow")->selected, 0);
}
END_TEST

START_TEST(strangers_do_not_learn_what_is_stored)
{
    signer_t signer = author();
    const vso_review_t *report;

    import_all(with_version(signer, "1.0"));
    report = review(with_version(signer, "2.0"), 1);
    ck_assert_int_eq(report->stored, 0);
    ck_assert_ptr_null(item(report, "flow")->stored);
    ck_assert_int_eq(item(report, "flow")->newer, 0);
}
END_TEST

/** A key here must not be an oracle for whoever sends something. */
START_TEST(nothing_is_opened_for_strangers)
{
    signer_t signer = author();
    bytes_t zip =
        packed(sealed_elements(signer, cert_of(create_key("rsa-2048"))), signer,
               EVP_sha256());

    ck_assert_str_eq(item(review(zip, 1), "flow")->element->version, "");
    ck_assert_str_eq(item(review(zip, 1), "flow")->needs, "");
    trust(signer.cert, -1);
    ck_assert_str_eq(item(review(zip, 1), "flow")->element->version, "2.0.1");
    ck_assert_str_ne(item(review(zip, 1), "flow")->needs, "");
}
END_TEST

START_TEST(trust_depends_on_signer_and_author)
{
    signer_t writer = author();
    signer_t packer = make_signer("packer", rsa_key(2048));
    apr_array_header_t *parts = make_elements(writer);
    const vso_review_t *report;
    bytes_t zip;

    put_cert(parts, "CN=packer", packer.cert);
    zip = packed(parts, packer, EVP_sha256());
    report = review(zip, 0);
    ck_assert_int_eq(report->signers->nelts, 2);
    ck_assert_int_eq(report->signer->is_package, 1);
    ck_assert_int_eq(X509_cmp(report->signer->cert, packer.cert), 0);
    ck_assert_int_eq(vso_review_needs_trust(report), 1);
    trust(packer.cert, -1);
    report = review(zip, 0);
    ck_assert_int_eq(report->signer->verdict.trusted, 1);
    ck_assert_int_eq(item(report, "script")->trusted, 0);
    ck_assert_int_eq(vso_review_needs_trust(report), 1);
    trust(writer.cert, -1);
    report = review(zip, 0);
    ck_assert_int_eq(item(report, "script")->trusted, 1);
    ck_assert_int_eq(vso_review_needs_trust(report), 0);
}
END_TEST

/** Only by the signature that covers everything does a signer vouch. */
START_TEST(a_raw_signature_does_not_vouch_for_authors)
{
    signer_t writer = author();
    signer_t packer = make_signer("packer", rsa_key(2048));
    apr_array_header_t *parts = make_elements(writer);

    put_cert(parts, "CN=packer", packer.cert);
    trust(packer.cert, 1);
    ck_assert_int_eq(
        item(review(packed(parts, packer, EVP_sha256()), 0), "script")->trusted,
        0);
}
END_TEST

START_TEST(what_is_damaged_is_refused)
{
    apr_array_header_t *parts = make_package(author(), EVP_sha256());
    vso_review_t *report = NULL;
    bytes_t zip;

    put_text(parts, "elements/script/data", SCRIPT_DATA " ");
    zip = zip_up(parts);
    assert_refused(vso_review_build(context, blob_of(zip), 0, &report, res),
                   VSO_P_BAD_SIGNATURE);
    zip.len /= 2;
    assert_refused(vso_review_build(context, blob_of(zip), 0, &report, res),
                   VSO_P_BAD_ZIP);
    ck_assert_ptr_null(report);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("review");
    TCase *tc = service_case(s, "review");

    tcase_add_test(tc, elements_are_compared_with_stored_ones);
    tcase_add_test(tc, strangers_do_not_learn_what_is_stored);
    tcase_add_test(tc, nothing_is_opened_for_strangers);
    tcase_add_test(tc, trust_depends_on_signer_and_author);
    tcase_add_test(tc, a_raw_signature_does_not_vouch_for_authors);
    tcase_add_test(tc, what_is_damaged_is_refused);
    return s;
}
