/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/trial.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>

#include "x509/key.h"
#include "x509/ossl.h"

/** Turns that a handshake may take before it counts as stuck. TLS 1.2 takes
 * three, and one more for each 17 KiB of chain; clients read 100 KiB. */
#define MAX_TURNS 16

struct vso_trial_profile_t {
    uint64_t options; /**< SSL_OP_NO_... among them */
    int min_version;  /**< 0: the lowest that OpenSSL has */
    int max_version;
    int security_level;
    const char *ciphers;      /**< TLS 1.2 and below */
    const char *ciphersuites; /**< TLS 1.3 */
};

/** The protocols that a trial goes through. */
static const struct {
    int version;
    uint64_t off; /**< option that switches it off */
    const char *name;
} protocols[] = {
    {TLS1_VERSION, SSL_OP_NO_TLSv1, "TLSv1"},
    {TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, "TLSv1.1"},
    {TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, "TLSv1.2"},
    {TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, "TLSv1.3"},
};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

/** Names of the context's ciphers, of TLS 1.3 or of the others. */
static const char *cipher_names(SSL_CTX *ctx, int tls13, apr_pool_t *p)
{
    STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
    apr_array_header_t *names = apr_array_make(p, 32, sizeof(const char *));
    int i;

    for (i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
        int is13 = strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.3") == 0;

        if (is13 == tls13) {
            APR_ARRAY_PUSH(names, const char *) = SSL_CIPHER_get_name(cipher);
        }
    }
    return apr_array_pstrcat(p, names, ':');
}

vso_trial_profile_t *vso_trial_profile_capture(SSL_CTX *ctx, apr_pool_t *p)
{
    vso_trial_profile_t *profile = apr_pcalloc(p, sizeof(*profile));

    profile->options = SSL_CTX_get_options(ctx);
    profile->min_version = (int)SSL_CTX_get_min_proto_version(ctx);
    profile->max_version = (int)SSL_CTX_get_max_proto_version(ctx);
    profile->security_level = SSL_CTX_get_security_level(ctx);
    profile->ciphers = cipher_names(ctx, 0, p);
    profile->ciphersuites = cipher_names(ctx, 1, p);
    return profile;
}

vso_trial_profile_t *vso_trial_profile_default(apr_pool_t *p)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    vso_trial_profile_t *profile = ctx ? vso_trial_profile_capture(ctx, p)
                                       : apr_pcalloc(p, sizeof(*profile));

    SSL_CTX_free(ctx);
    return profile;
}

static int allowed(const vso_trial_profile_t *profile, apr_size_t i)
{
    int version = protocols[i].version;
    const char *ciphers =
        version == TLS1_3_VERSION ? profile->ciphersuites : profile->ciphers;

    return !(profile->options & protocols[i].off) &&
           (!profile->min_version || version >= profile->min_version) &&
           (!profile->max_version || version <= profile->max_version) &&
           *ciphers;
}

static SSL_CTX *make_server(const vso_trial_profile_t *profile, int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (!ctx) {
        return NULL;
    }
    SSL_CTX_set_security_level(ctx, profile->security_level);
    SSL_CTX_set_options(ctx, profile->options);
    SSL_CTX_set_dh_auto(ctx, 1); /* as mod_ssl does */
    if (SSL_CTX_set_min_proto_version(ctx, version) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, version) != 1 ||
        (*profile->ciphers &&
         SSL_CTX_set_cipher_list(ctx, profile->ciphers) != 1) ||
        (*profile->ciphersuites &&
         SSL_CTX_set_ciphersuites(ctx, profile->ciphersuites) != 1)) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

/** The certificate's curve where clients do not offer it by themselves, else
 * "". */
static const char *rare_curve(X509 *cert, apr_pool_t *p)
{
    const char *curve = vso_key_curve(X509_get0_pubkey(cert), p);

    return strcmp(curve, "prime256v1") && strcmp(curve, "secp384r1") &&
                   strcmp(curve, "secp521r1")
               ? curve
               : "";
}

/** A client that takes what it is given: what it would refuse is not what the
 * trial is about. But it asks for a certificate: an anonymous cipher proves
 * nothing. */
static SSL_CTX *make_client(int version, const char *curve, apr_pool_t *p)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (!ctx) {
        return NULL;
    }
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    if (SSL_CTX_set_min_proto_version(ctx, version) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, version) != 1 ||
        SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:@SECLEVEL=0") != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    if (*curve) { /* one that TLS has no number for is left out */
        SSL_CTX_set1_groups_list(
            ctx, apr_pstrcat(p, "X25519:P-256:P-384:P-521:", curve, NULL));
    }
    return ctx;
}

static int load(SSL_CTX *server, EVP_PKEY *pkey, X509 *cert,
                const apr_array_header_t *chain)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    int ok = stack != NULL;
    int i;

    for (i = 0; ok && i < chain->nelts; i++) {
        ok = sk_X509_push(stack, APR_ARRAY_IDX(chain, i, X509 *)) > 0;
    }
    /* the call that the handshake makes, so that it refuses what that does */
    ok = ok && SSL_CTX_use_cert_and_key(server, cert, pkey, stack, 1) == 1;
    sk_X509_free(stack);
    return ok;
}

/** 1 when this side is done, or waits for the other: for its bytes, or for it
 * to read, as a long chain does not fit into the BIO pair at once. */
static int goes_on(SSL *ssl, int rc)
{
    int error = SSL_get_error(ssl, rc);

    return rc == 1 || error == SSL_ERROR_WANT_READ ||
           error == SSL_ERROR_WANT_WRITE;
}

/** Both sides in turn until both are done, or one fails. @return 1 or 0 */
static int shake(SSL *server, SSL *client)
{
    int turn;

    for (turn = 0; turn < MAX_TURNS; turn++) {
        int c = SSL_do_handshake(client);
        int s = SSL_do_handshake(server);

        if (c == 1 && s == 1) {
            return 1;
        }
        if (!goes_on(server, s) || !goes_on(client, c)) {
            return 0;
        }
    }
    return 0;
}

/** One handshake in memory. The reason is left in OpenSSL's queue. */
static int handshake(SSL_CTX *server_ctx, SSL_CTX *client_ctx,
                     const char **pcipher, apr_pool_t *p)
{
    SSL *server = SSL_new(server_ctx);
    SSL *client = SSL_new(client_ctx);
    BIO *server_end = NULL;
    BIO *client_end = NULL;
    int ok = 0;

    if (server && client &&
        BIO_new_bio_pair(&server_end, 0, &client_end, 0) == 1) {
        SSL_set_bio(server, server_end, server_end);
        SSL_set_bio(client, client_end, client_end);
        SSL_set_accept_state(server);
        SSL_set_connect_state(client);
        ok = shake(server, client);
    }
    if (ok) {
        *pcipher = apr_pstrdup(p, SSL_get_cipher_name(server));
    }
    SSL_free(server);
    SSL_free(client);
    return ok;
}

/** OpenSSL's security level speaks of what is "too small" or "too weak". */
static vso_problem_e problem_of(const char *reason)
{
    return strstr(reason, "too small") || strstr(reason, "too weak")
               ? VSO_P_WEAK_KEY
               : VSO_P_NOT_SERVABLE;
}

/** Why a protocol does not serve a rare curve; OpenSSL's own reason for TLS 1.3
 * is the client's, which was left without an answer. */
static const char *reason_of_curve(apr_size_t i, const char *curve,
                                   const char *reason, apr_pool_t *p)
{
    if (protocols[i].version == TLS1_3_VERSION) {
        return apr_psprintf(p, "TLSv1.3 has no signature on the curve %s",
                            curve);
    }
    return apr_psprintf(p, "%s with the curve %s: %s", protocols[i].name, curve,
                        reason);
}

static void try_protocol(const vso_trial_profile_t *profile, apr_size_t i,
                         EVP_PKEY *pkey, X509 *cert,
                         const apr_array_header_t *chain,
                         vso_trial_outcome_t *outcome, apr_pool_t *p)
{
    const char *curve = rare_curve(cert, p);
    SSL_CTX *server = make_server(profile, protocols[i].version);
    SSL_CTX *client = make_client(protocols[i].version, curve, p);

    ERR_clear_error();
    outcome->protocol = protocols[i].name;
    outcome->works = server && client && load(server, pkey, cert, chain) &&
                     handshake(server, client, &outcome->cipher, p);
    if (!outcome->works) {
        outcome->reason = vso_ossl_reason(p);
    }
    if (!outcome->works && *curve &&
        problem_of(outcome->reason) == VSO_P_NOT_SERVABLE) {
        outcome->reason = reason_of_curve(i, curve, outcome->reason, p);
    }
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    ERR_clear_error();
}

apr_status_t vso_trial_run(const vso_trial_profile_t *profile, EVP_PKEY *pkey,
                           X509 *cert, const apr_array_header_t *chain,
                           apr_array_header_t **poutcomes, vso_result_t *res,
                           apr_pool_t *p)
{
    const char *reason = "no protocol is enabled";
    apr_array_header_t *outcomes;
    int works = 0;
    apr_size_t i;

    *poutcomes = outcomes = apr_array_make(p, 4, sizeof(vso_trial_outcome_t));
    if (!vso_key_matches(pkey, cert)) {
        return vso_fail(res, VSO_P_KEY_MISMATCH, NULL,
                        "The certificate is for another key.");
    }
    for (i = 0; i < PROTOCOLS; i++) {
        vso_trial_outcome_t *outcome;

        if (!allowed(profile, i)) {
            continue;
        }
        outcome = apr_array_push(outcomes);
        memset(outcome, 0, sizeof(*outcome));
        try_protocol(profile, i, pkey, cert, chain, outcome, p);
        works |= outcome->works;
        reason = outcome->works ? reason : outcome->reason;
    }
    if (!works && outcomes->nelts && *rare_curve(cert, p) &&
        problem_of(reason) == VSO_P_NOT_SERVABLE) {
        return vso_fail(res, VSO_P_NOT_SERVABLE, NULL,
                        "The key is on the curve %s, which none of this "
                        "server's protocols (SSLProtocol) can serve: %s. Use a "
                        "key of the type ec-p256 or ec-p384.",
                        rare_curve(cert, p), reason);
    }
    if (!works) {
        return vso_fail(res, problem_of(reason), NULL,
                        "This server's TLS settings would refuse to serve "
                        "this certificate: OpenSSL says \"%s\".",
                        reason);
    }
    return APR_SUCCESS;
}
