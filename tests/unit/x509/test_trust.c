/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include <unistd.h>

#include "base/base64.h"
#include "x509/trust.h"

/** A revocation list of issuer, with one serial on it or none. */
static const char *crl_of(X509 *issuer, EVP_PKEY *key, const X509 *revoked,
                          int until_days)
{
    X509_CRL *crl = X509_CRL_new();
    BIO *bio = BIO_new(BIO_s_mem());
    ASN1_TIME *when = ASN1_TIME_set(NULL, time(NULL) - 30 * DAY);

    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
    X509_CRL_set1_lastUpdate(crl, when);
    if (revoked) {
        X509_REVOKED *entry = X509_REVOKED_new();

        X509_REVOKED_set_serialNumber(
            entry, (ASN1_INTEGER *)X509_get0_serialNumber(revoked));
        X509_REVOKED_set_revocationDate(entry, when);
        X509_CRL_add0_revoked(crl, entry);
    }
    ASN1_TIME_set(when, time(NULL) + until_days * DAY);
    X509_CRL_set1_nextUpdate(crl, when);
    ck_assert_int_gt(X509_CRL_sign(crl, key, EVP_sha256()), 0);
    ck_assert_int_eq(PEM_write_bio_X509_CRL(bio, crl), 1);
    ASN1_TIME_free(when);
    X509_CRL_free(crl);
    return take_bio(bio).data;
}

static apr_status_t load(const char *pem, vso_trust_ca_t **pca)
{
    char path[] = "/tmp/vsocert-trust-XXXXXX";
    int fd = mkstemp(path);
    apr_status_t rv;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, pem, strlen(pem)), (int)strlen(pem));
    close(fd);
    rv = vso_trust_ca_load(path, pca, res, pool);
    unlink(path);
    return rv;
}

static vso_trust_ca_t *bundle(const char *pem)
{
    vso_trust_ca_t *ca = NULL;

    assert_ok(load(pem, &ca));
    ck_assert_uint_eq(ERR_peek_error(), 0);
    return ca;
}

static const char *judged(const vso_trust_ca_t *ca, X509 *cert, X509 *extra)
{
    const char *reason =
        vso_trust_ca_judge(ca, cert, certs_of(extra, NULL), time(NULL), pool);

    ck_assert_uint_eq(ERR_peek_error(), 0);
    return reason;
}

static void assert_trusted(const vso_trust_ca_t *ca, X509 *cert, X509 *extra)
{
    const char *reason = judged(ca, cert, extra);

    ck_assert_msg(!reason, "not trusted: %s", reason);
}

static void assert_untrusted(const vso_trust_ca_t *ca, X509 *cert, X509 *extra,
                             const char *part)
{
    const char *reason = judged(ca, cert, extra);

    ck_assert_msg(reason != NULL, "trusted, without: %s", part);
    assert_shows(reason, part);
    ck_assert_msg(reason[strlen(reason) - 1] == '.', "no sentence: %s", reason);
}

/** A certificate below a CA. */
static X509 *below(X509 *issuer, EVP_PKEY *signer, wish_t wish)
{
    wish.cn = "Signer";
    wish.key = ec_key();
    wish.issuer = issuer;
    wish.signer = signer;
    return make_cert(&wish);
}

/** A bundle for all uses may hold a CA whose key nobody here knows, and text
 * that was indented. */
START_TEST(takes_the_rest_of_a_bundle)
{
    pki_t pki = make_pki();
    bytes_t der = unknown_key(pki.mid);
    const char *foreign = apr_psprintf(
        pool, "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n",
        vso_base64_encode(der.data, der.len, pool));
    const char *root = pem_of(pki.root);
    const char *indented = "";
    vso_trust_ca_t *ca = NULL;

    for (; *root; root += strcspn(root, "\n") + 1) {
        indented = apr_psprintf(pool, "%s  %.*s\r", indented,
                                (int)strcspn(root, "\n"), root);
    }
    ca = bundle(apr_pstrcat(pool, foreign, indented, NULL));
    assert_trusted(ca, pki.leaf, pki.mid);
    ck_assert_int_eq(res->warnings->nelts, 1);
    assert_shows(APR_ARRAY_IDX(res->warnings, 0, vso_warning_t).detail,
                 "PEM block 1 of the file: ");
    assert_refused(load(foreign, &ca), VSO_P_INVALID);
}
END_TEST

START_TEST(trusts_what_chains_to_a_ca)
{
    pki_t pki = make_pki();
    vso_trust_ca_t *root =
        bundle(apr_pstrcat(pool, "Our CA\n\n", pem_of(pki.root), NULL));
    vso_trust_ca_t *mid = bundle(pem_of(pki.mid));
    vso_trust_ca_t *both =
        bundle(apr_pstrcat(pool, pem_of(pki.mid), pem_of(pki.root), NULL));

    assert_trusted(root, pki.leaf, pki.mid);
    assert_trusted(mid, pki.leaf, NULL);
    assert_trusted(both, pki.leaf, NULL);
    ck_assert_ptr_null(
        vso_trust_ca_judge(both, pki.leaf, NULL, time(NULL), pool));
    assert_untrusted(root, pki.leaf, NULL, "Its chain ends at \"CN=Issuing\"");
}
END_TEST

START_TEST(does_not_trust_others)
{
    pki_t pki = make_pki();
    pki_t namesake = make_pki();
    vso_trust_ca_t *root = bundle(pem_of(pki.root));
    X509 *own = make_cert(&(wish_t){.cn = "own", .key = ec_key()});

    assert_untrusted(NULL, pki.leaf, pki.mid, "VSOCertTrustCA");
    assert_untrusted(root, own, NULL, "self-signed");
    assert_untrusted(root, namesake.leaf, namesake.mid, "CN=Root");
    assert_untrusted(root, pki.leaf, namesake.mid, "CN=Issuing");
}
END_TEST

START_TEST(names_expired_certificates)
{
    EVP_PKEY *key = ec_key();
    X509 *root = make_cert(&(wish_t){.cn = "Root", .key = key, .ca = 1});
    X509 *old = make_cert(&(wish_t){.cn = "Old root",
                                    .key = key,
                                    .ca = 1,
                                    .from_days = -20,
                                    .until_days = -10});
    vso_trust_ca_t *ca = bundle(pem_of(root));
    vso_trust_ca_t *old_ca = bundle(pem_of(old));
    X509 *leaf = below(root, key, (wish_t){0});

    assert_untrusted(
        ca, below(root, key, (wish_t){.from_days = -9, .until_days = -5}), NULL,
        "The certificate expired on 20");
    assert_untrusted(ca, below(root, key, (wish_t){.from_days = 5}), NULL,
                     "not valid before");
    assert_untrusted(old_ca, below(old, key, (wish_t){0}), NULL,
                     "authority \"CN=Old root\" expired on");
    assert_shows(
        vso_trust_ca_judge(ca, leaf, NULL, time(NULL) + 400 * DAY, pool),
        "expired on");
}
END_TEST

START_TEST(looks_at_usage)
{
    EVP_PKEY *key = ec_key();
    X509 *root = make_cert(&(wish_t){.cn = "Root", .key = key, .ca = 1});
    vso_trust_ca_t *ca = bundle(pem_of(root));
    const char *good[] = {"codeSigning", "emailProtection", "serverAuth",
                          "anyExtendedKeyUsage", "clientAuth,codeSigning"};
    apr_size_t i;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_trusted(ca, below(root, key, (wish_t){.eku = good[i]}), NULL);
    }
    assert_untrusted(ca, below(root, key, (wish_t){.eku = "clientAuth"}), NULL,
                     "extendedKeyUsage");
    assert_untrusted(ca, below(root, key, (wish_t){.eku = "timeStamping"}),
                     NULL, "extendedKeyUsage");
    assert_trusted(
        ca, below(root, key, (wish_t){.key_usage = "nonRepudiation"}), NULL);
    assert_untrusted(ca,
                     below(root, key, (wish_t){.key_usage = "keyAgreement"}),
                     NULL, "keyUsage");
}
END_TEST

START_TEST(does_not_rely_on_sha1)
{
    EVP_PKEY *key = ec_key();
    X509 *root = make_cert(&(wish_t){.cn = "Root", .key = key, .ca = 1});

    assert_untrusted(bundle(pem_of(root)),
                     below(root, key, (wish_t){.md = EVP_sha1()}), NULL,
                     "not acceptable");
}
END_TEST

START_TEST(asks_revocation_lists)
{
    pki_t pki = make_pki();
    const char *cas =
        apr_pstrcat(pool, pem_of(pki.root), pem_of(pki.mid), NULL);
    const char *clean = crl_of(pki.mid, pki.mid_key, NULL, 30);
    const char *revoked = crl_of(pki.mid, pki.mid_key, pki.leaf, 30);
    const char *no_mid = crl_of(pki.root, pki.root_key, pki.mid, 30);

    /* the root has no list: no error */
    assert_trusted(bundle(apr_pstrcat(pool, cas, clean, NULL)), pki.leaf, NULL);
    assert_untrusted(bundle(apr_pstrcat(pool, cas, revoked, NULL)), pki.leaf,
                     NULL, "The certificate was revoked by \"CN=Issuing\"");
    assert_untrusted(bundle(apr_pstrcat(pool, pem_of(pki.root), no_mid, NULL)),
                     pki.leaf, pki.mid,
                     "authority \"CN=Issuing\" was revoked by \"CN=Root\"");
    assert_trusted(
        bundle(apr_pstrcat(pool, cas, crl_of(pki.root, pki.root_key, NULL, 30),
                           NULL)),
        pki.leaf, NULL);
}
END_TEST

START_TEST(does_not_pass_over_lists_that_cannot_be_used)
{
    pki_t pki = make_pki();
    const char *cas =
        apr_pstrcat(pool, pem_of(pki.root), pem_of(pki.mid), NULL);

    assert_untrusted(
        bundle(apr_pstrcat(pool, cas, crl_of(pki.mid, pki.mid_key, NULL, -1),
                           NULL)),
        pki.leaf, NULL, "CRL has expired");
    assert_untrusted(
        bundle(apr_pstrcat(pool, cas, crl_of(pki.mid, ec_key(), pki.leaf, 30),
                           NULL)),
        pki.leaf, NULL, "revocation list of \"CN=Issuing\"");
}
END_TEST

START_TEST(refuses_other_files)
{
    pki_t pki = make_pki();
    BIO *bio = BIO_new(BIO_s_mem());
    vso_trust_ca_t *ca = NULL;
    char *cut = apr_pstrdup(pool, pem_of(pki.root));

    PEM_write_bio_PrivateKey(bio, pki.root_key, NULL, NULL, 0, NULL, NULL);
    assert_refused(load("", &ca), VSO_P_INVALID);
    assert_refused(load(crl_of(pki.root, pki.root_key, NULL, 9), &ca),
                   VSO_P_INVALID);
    assert_refused(load(take_bio(bio).data, &ca), VSO_P_INVALID);
    assert_refused(load(pem_of(pki.leaf), &ca), VSO_P_INVALID);
    ck_assert_int_ne(
        load(apr_pstrcat(pool, pem_of(pki.root), pem_of(pki.leaf), NULL), &ca),
        APR_SUCCESS);
    ck_assert_str_eq(res->field, "VSOCertTrustCA");
    assert_shows(res->detail,
                 "PEM block 2 of the file, \"CN=www.example.org\"");
    vso_result_clear(res);
    cut[strlen(cut) / 2] = '\0';
    assert_refused(load(cut, &ca), VSO_P_DAMAGED);
    assert_refused(load("-----BEGIN X509 CRL-----\nMIIB\n"
                        "-----END X509 CRL-----\n",
                        &ca),
                   VSO_P_DAMAGED);
    ck_assert_int_ne(vso_trust_ca_load("/nonexistent/ca.pem", &ca, res, pool),
                     APR_SUCCESS);
    assert_shows(res->detail, "/nonexistent/ca.pem");
    ck_assert_ptr_null(ca);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("trust");
    TCase *tc = unit_case(s, "trust");

    tcase_add_test(tc, trusts_what_chains_to_a_ca);
    tcase_add_test(tc, takes_the_rest_of_a_bundle);
    tcase_add_test(tc, does_not_trust_others);
    tcase_add_test(tc, names_expired_certificates);
    tcase_add_test(tc, looks_at_usage);
    tcase_add_test(tc, does_not_rely_on_sha1);
    tcase_add_test(tc, asks_revocation_lists);
    tcase_add_test(tc, does_not_pass_over_lists_that_cannot_be_used);
    tcase_add_test(tc, refuses_other_files);
    return s;
}
