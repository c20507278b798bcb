/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/sound.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

/** The numbers of an RSA key, in the order of RFC 8017, A.1.2. */
enum { N, E, D, P, Q, DP, DQ, QINV, NUMBERS };

static const char *const names[NUMBERS] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/** One prime's part: e * d = 1 mod (prime - 1), and exponent = d mod
 * (prime - 1). */
static int prime_fits(BIGNUM *const *v, const BIGNUM *prime,
                      const BIGNUM *exponent, BN_CTX *ctx)
{
    BIGNUM *less = BN_CTX_get(ctx);
    BIGNUM *t = BN_CTX_get(ctx);

    return t && BN_copy(less, prime) && BN_sub_word(less, 1) &&
           BN_cmp(less, BN_value_one()) > 0 &&
           BN_mod_mul(t, v[E], v[D], less, ctx) && BN_is_one(t) &&
           BN_nnmod(t, v[D], less, ctx) && BN_cmp(t, exponent) == 0;
}

/** No test for primality: it takes seconds for large keys, and a number that
 * was damaged fails these equations. */
static int rsa_fits(const EVP_PKEY *pkey)
{
    BIGNUM *v[NUMBERS] = {NULL};
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *t;
    int fits = ctx != NULL;
    int i;

    for (i = 0; fits && i < NUMBERS; i++) {
        fits = EVP_PKEY_get_bn_param(pkey, names[i], &v[i]);
    }
    if (fits) {
        BN_CTX_start(ctx);
        t = BN_CTX_get(ctx);
        fits = t && BN_mul(t, v[P], v[Q], ctx) && BN_cmp(t, v[N]) == 0 &&
               prime_fits(v, v[P], v[DP], ctx) &&
               prime_fits(v, v[Q], v[DQ], ctx) &&
               BN_mod_mul(t, v[QINV], v[Q], v[P], ctx) && BN_is_one(t);
        BN_CTX_end(ctx);
    }
    for (i = 0; i < NUMBERS; i++) {
        BN_clear_free(v[i]);
    }
    BN_CTX_free(ctx);
    return fits;
}

/* What the private half signs, the public half verifies.
 * EVP_PKEY_pairwise_check would do, but not where an engine is the default
 * (SSLCryptoDevice). */
static int pair_fits(EVP_PKEY *pkey)
{
    static const unsigned char text[] = "mod_vsocert";
    const char *digest =
        EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC ? "SHA256" : NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char *mark = NULL;
    size_t len = 0;
    int fits;

    fits =
        ctx &&
        EVP_DigestSignInit_ex(ctx, NULL, digest, NULL, NULL, pkey, NULL) == 1 &&
        EVP_DigestSign(ctx, NULL, &len, text, sizeof(text)) == 1 &&
        (mark = OPENSSL_malloc(len)) != NULL &&
        EVP_DigestSign(ctx, mark, &len, text, sizeof(text)) == 1 &&
        EVP_MD_CTX_reset(ctx) == 1 &&
        EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, pkey, NULL) ==
            1 &&
        EVP_DigestVerify(ctx, mark, len, text, sizeof(text)) == 1;
    OPENSSL_free(mark);
    EVP_MD_CTX_free(ctx);
    return fits;
}

apr_status_t vso_sound_key(EVP_PKEY *pkey, vso_result_t *res)
{
    int fits;

    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        fits = rsa_fits(pkey);
        break;
    case EVP_PKEY_EC:
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        fits = pair_fits(pkey);
        break;
    default:
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The private key is neither RSA nor EC. A server "
                        "certificate needs one of these.");
    }
    ERR_clear_error();
    return fits ? APR_SUCCESS
                : vso_fail(res, VSO_P_DAMAGED, "keystore",
                           "The private key is damaged: its numbers do not "
                           "belong together.");
}
