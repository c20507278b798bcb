/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "x509/trial.h"

static apr_array_header_t *outcomes; /**< of the last trial */

/** What a virtual host with these settings allows; 0 and NULL: as it is. */
static vso_trial_profile_t *profile(int min, int max, const char *ciphers,
                                    int level)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    vso_trial_profile_t *made;

    SSL_CTX_set_min_proto_version(ctx, min);
    SSL_CTX_set_max_proto_version(ctx, max);
    SSL_CTX_set_security_level(ctx, level);
    if (ciphers) {
        ck_assert_int_eq(SSL_CTX_set_cipher_list(ctx, ciphers), 1);
    }
    made = vso_trial_profile_capture(ctx, pool);
    SSL_CTX_free(ctx);
    return made;
}

static apr_status_t try_chain(const vso_trial_profile_t *with, EVP_PKEY *pkey,
                              X509 *cert, const apr_array_header_t *chain)
{
    apr_status_t rv =
        vso_trial_run(with, pkey, cert, chain, &outcomes, res, pool);

    ck_assert_uint_eq(ERR_peek_error(), 0);
    return rv;
}

static apr_status_t try_alone(const vso_trial_profile_t *with, EVP_PKEY *pkey,
                              X509 *cert)
{
    return try_chain(with, pkey, cert, certs_of(NULL, NULL));
}

static const vso_trial_outcome_t *outcome_of(const char *protocol)
{
    int i;

    for (i = 0; i < outcomes->nelts; i++) {
        vso_trial_outcome_t *outcome =
            &APR_ARRAY_IDX(outcomes, i, vso_trial_outcome_t);

        if (!strcmp(outcome->protocol, protocol)) {
            return outcome;
        }
    }
    return NULL;
}

static X509 *own_cert(EVP_PKEY *pkey, const EVP_MD *md)
{
    return make_cert(&(wish_t){
        .cn = "a.example", .key = pkey, .md = md, .sans = "DNS:a.example"});
}

static void assert_works(const char *protocol)
{
    ck_assert_ptr_nonnull(outcome_of(protocol));
    ck_assert_int_eq(outcome_of(protocol)->works, 1);
    ck_assert_ptr_nonnull(outcome_of(protocol)->cipher);
    ck_assert_ptr_null(outcome_of(protocol)->reason);
}

START_TEST(serves_rsa_and_ec)
{
    vso_trial_profile_t *with = vso_trial_profile_default(pool);
    EVP_PKEY *rsa = rsa_key(2048);
    EVP_PKEY *ec = ec_key();

    assert_ok(try_alone(with, rsa, own_cert(rsa, NULL)));
    assert_works("TLSv1.2");
    assert_works("TLSv1.3");
    assert_shows(outcome_of("TLSv1.2")->cipher, "RSA");
    assert_ok(try_alone(with, ec, own_cert(ec, NULL)));
    assert_works("TLSv1.2");
    assert_works("TLSv1.3");
    assert_shows(outcome_of("TLSv1.2")->cipher, "ECDSA");
}
END_TEST

START_TEST(serves_with_a_chain)
{
    pki_t pki = make_pki();

    assert_ok(try_chain(vso_trial_profile_default(pool), pki.leaf_key, pki.leaf,
                        certs_of(pki.mid, NULL)));
    assert_works("TLSv1.3");
}
END_TEST

/** More than OpenSSL's BIO pair holds at once. */
START_TEST(serves_a_long_chain)
{
    apr_array_header_t *chain = apr_array_make(pool, 16, sizeof(X509 *));
    const char *sans = "DNS:a.example";
    pki_t pki = make_pki();
    int i;

    for (i = 0; i < 150; i++) {
        sans = apr_psprintf(pool, "%s,DNS:host-%d.long-name.example", sans, i);
    }
    for (i = 0; i < 12; i++) {
        APR_ARRAY_PUSH(chain, X509 *) =
            make_cert(&(wish_t){.cn = "CA",
                                .key = pki.mid_key,
                                .issuer = pki.root,
                                .signer = pki.root_key,
                                .ca = 1,
                                .sans = sans});
    }
    assert_ok(try_chain(vso_trial_profile_default(pool), pki.leaf_key, pki.leaf,
                        chain));
    assert_works("TLSv1.2");
    assert_works("TLSv1.3");
}
END_TEST

START_TEST(tries_what_the_host_allows)
{
    EVP_PKEY *ec = ec_key();
    X509 *cert = own_cert(ec, NULL);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    assert_ok(
        try_alone(profile(TLS1_2_VERSION, TLS1_2_VERSION, NULL, 2), ec, cert));
    ck_assert_int_eq(outcomes->nelts, 1);
    assert_works("TLSv1.2");
    assert_ok(try_alone(profile(TLS1_3_VERSION, 0, NULL, 2), ec, cert));
    ck_assert_int_eq(outcomes->nelts, 1);
    assert_works("TLSv1.3");
    /* as SSLProtocol does it */
    SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_3);
    assert_ok(try_alone(vso_trial_profile_capture(ctx, pool), ec, cert));
    ck_assert_ptr_null(outcome_of("TLSv1.3"));
    assert_works("TLSv1.2");
    SSL_CTX_free(ctx);
}
END_TEST

START_TEST(serves_old_protocols_where_allowed)
{
    EVP_PKEY *rsa = rsa_key(2048);

    assert_ok(
        try_alone(profile(TLS1_VERSION, TLS1_1_VERSION, "ALL:@SECLEVEL=0", 0),
                  rsa, own_cert(rsa, NULL)));
    assert_works("TLSv1");
    assert_works("TLSv1.1");
}
END_TEST

START_TEST(refuses_a_key_without_cipher)
{
    vso_trial_profile_t *rsa_only =
        profile(TLS1_2_VERSION, TLS1_2_VERSION, "aRSA", 2);
    EVP_PKEY *ec = ec_key();
    EVP_PKEY *rsa = rsa_key(2048);

    ck_assert_int_ne(try_alone(rsa_only, ec, own_cert(ec, NULL)), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_NOT_SERVABLE);
    assert_shows(res->detail, "no shared cipher");
    ck_assert_int_eq(outcome_of("TLSv1.2")->works, 0);
    assert_shows(outcome_of("TLSv1.2")->reason, "no shared cipher");
    ck_assert_ptr_null(outcome_of("TLSv1.2")->cipher);
    vso_result_clear(res);
    assert_ok(try_alone(rsa_only, rsa, own_cert(rsa, NULL)));
}
END_TEST

/** A cipher without certificate would prove nothing about this one. */
START_TEST(takes_no_anonymous_cipher_for_a_proof)
{
    EVP_PKEY *ec = ec_key();

    assert_refused(try_alone(profile(TLS1_2_VERSION, TLS1_2_VERSION,
                                     "aRSA:aNULL:@SECLEVEL=0", 0),
                             ec, own_cert(ec, NULL)),
                   VSO_P_NOT_SERVABLE);
}
END_TEST

/** One protocol that works is enough; the other one is told. */
START_TEST(serves_where_one_protocol_works)
{
    EVP_PKEY *ec = ec_key();

    assert_ok(try_alone(profile(TLS1_2_VERSION, 0, "aRSA", 2), ec,
                        own_cert(ec, NULL)));
    ck_assert_int_eq(outcome_of("TLSv1.2")->works, 0);
    assert_works("TLSv1.3");
}
END_TEST

START_TEST(serves_with_finite_field_ciphers_only)
{
    EVP_PKEY *rsa = rsa_key(2048);

    assert_ok(try_alone(
        profile(TLS1_2_VERSION, TLS1_2_VERSION, "DHE-RSA-AES256-GCM-SHA384", 2),
        rsa, own_cert(rsa, NULL)));
    ck_assert_str_eq(outcome_of("TLSv1.2")->cipher,
                     "DHE-RSA-AES256-GCM-SHA384");
}
END_TEST

START_TEST(refuses_a_small_key)
{
    EVP_PKEY *rsa = rsa_key(1024);
    X509 *cert = own_cert(rsa, NULL);

    ck_assert_int_ne(try_alone(profile(0, 0, NULL, 2), rsa, cert), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_WEAK_KEY);
    assert_shows(res->detail, "ee key too small");
    vso_result_clear(res);
    /* a host with a lower level serves it */
    assert_ok(try_alone(profile(0, 0, NULL, 0), rsa, cert));
}
END_TEST

START_TEST(refuses_a_weak_signature_of_a_ca)
{
    EVP_PKEY *ca_key = rsa_key(2048);
    EVP_PKEY *rsa = rsa_key(2048);
    X509 *ca = make_cert(&(wish_t){.cn = "CA", .key = ca_key, .ca = 1});
    X509 *cert = make_cert(&(wish_t){.cn = "a",
                                     .key = rsa,
                                     .issuer = ca,
                                     .signer = ca_key,
                                     .md = EVP_sha1()});

    ck_assert_int_ne(try_alone(profile(0, 0, NULL, 2), rsa, cert), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_WEAK_KEY);
    assert_shows(res->detail, "ca md too weak");
    vso_result_clear(res);
    /* of its own signature nobody asks */
    assert_ok(
        try_alone(profile(0, 0, NULL, 2), rsa, own_cert(rsa, EVP_sha1())));
}
END_TEST

START_TEST(refuses_a_weak_issuer)
{
    EVP_PKEY *ca_key = rsa_key(1024);
    EVP_PKEY *ec = ec_key();
    X509 *ca = make_cert(&(wish_t){.cn = "CA", .key = ca_key, .ca = 1});
    X509 *cert = make_cert(
        &(wish_t){.cn = "a", .key = ec, .issuer = ca, .signer = ca_key});

    ck_assert_int_ne(
        try_chain(profile(0, 0, NULL, 2), ec, cert, certs_of(ca, NULL)),
        APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_WEAK_KEY);
    assert_shows(res->detail, "ca key too small");
}
END_TEST

/** Clients that offer such a curve are served in TLS 1.2. */
START_TEST(serves_a_rare_curve_to_who_offers_it)
{
    EVP_PKEY *key = curve_key(_i ? "secp256k1" : "brainpoolP256r1");
    X509 *cert = own_cert(key, NULL);

    assert_ok(try_alone(profile(TLS1_2_VERSION, 0, NULL, 2), key, cert));
    assert_works("TLSv1.2");
    ck_assert_int_eq(outcome_of("TLSv1.3")->works, 0);
    assert_shows(outcome_of("TLSv1.3")->reason,
                 _i ? "curve secp256k1" : "curve brainpoolP256r1");
}
END_TEST

START_TEST(names_a_curve_that_no_protocol_serves)
{
    EVP_PKEY *key = curve_key("brainpoolP256r1");

    ck_assert_int_ne(try_alone(profile(TLS1_3_VERSION, 0, NULL, 2), key,
                               own_cert(key, NULL)),
                     APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_NOT_SERVABLE);
    assert_shows(res->detail, "on the curve brainpoolP256r1");
    assert_shows(res->detail, "TLSv1.3");
    ck_assert_ptr_null(strstr(res->detail, "unsupported protocol"));
    vso_result_clear(res);
    key = curve_key("secp112r1"); /* which is small as well */
    assert_refused(try_alone(profile(0, 0, NULL, 2), key, own_cert(key, NULL)),
                   VSO_P_WEAK_KEY);
}
END_TEST

START_TEST(refuses_another_key)
{
    EVP_PKEY *ec = ec_key();
    vso_trial_profile_t *with = vso_trial_profile_default(pool);

    assert_refused(try_alone(with, ec_key(), own_cert(ec, NULL)),
                   VSO_P_KEY_MISMATCH);
    assert_refused(try_alone(with, rsa_key(2048), own_cert(ec, NULL)),
                   VSO_P_KEY_MISMATCH);
    ck_assert_int_eq(outcomes->nelts, 0);
}
END_TEST

START_TEST(refuses_where_nothing_is_allowed)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *ec = ec_key();

    SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
                                 SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
    ck_assert_int_ne(
        try_alone(vso_trial_profile_capture(ctx, pool), ec, own_cert(ec, NULL)),
        APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_NOT_SERVABLE);
    assert_shows(res->detail, "no protocol");
    ck_assert_int_eq(outcomes->nelts, 0);
    SSL_CTX_free(ctx);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("trial");
    TCase *tc = unit_case(s, "trial");

    tcase_add_test(tc, serves_rsa_and_ec);
    tcase_add_test(tc, serves_with_a_chain);
    tcase_add_test(tc, serves_a_long_chain);
    tcase_add_test(tc, tries_what_the_host_allows);
    tcase_add_test(tc, serves_old_protocols_where_allowed);
    tcase_add_test(tc, refuses_a_key_without_cipher);
    tcase_add_test(tc, takes_no_anonymous_cipher_for_a_proof);
    tcase_add_test(tc, serves_where_one_protocol_works);
    tcase_add_test(tc, serves_with_finite_field_ciphers_only);
    tcase_add_test(tc, refuses_a_small_key);
    tcase_add_test(tc, refuses_a_weak_signature_of_a_ca);
    tcase_add_test(tc, refuses_a_weak_issuer);
    tcase_add_loop_test(tc, serves_a_rare_curve_to_who_offers_it, 0, 2);
    tcase_add_test(tc, names_a_curve_that_no_protocol_serves);
    tcase_add_test(tc, refuses_another_key);
    tcase_add_test(tc, refuses_where_nothing_is_allowed);
    return s;
}
