/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/pbe.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "base/limits.h"

/* Bytes of salt in files that are written (RFC 8018, 4.1: at least 8). */
#define SALT_LEN 16

struct vso_pbe_t {
    apr_pool_t *p;
    apr_int64_t left;     /* iterations that may still be run */
    OSSL_LIB_CTX *legacy; /* made on first need, with these two */
    OSSL_PROVIDER *providers[2];
};

vso_pbe_t *vso_pbe_create(apr_pool_t *p)
{
    vso_pbe_t *pbe = apr_pcalloc(p, sizeof(*pbe));

    pbe->p = p;
    pbe->left = VSO_MAX_PBE_WORK;
    return pbe;
}

apr_status_t vso_pbe_charge(vso_pbe_t *pbe, apr_int64_t iterations,
                            vso_result_t *res)
{
    if (iterations <= 0) {
        return vso_fail(res, VSO_P_DAMAGED, "keystore",
                        "The file names an iteration count that is not a "
                        "positive number.");
    }
    if (iterations > VSO_MAX_PBE_ITERATIONS) {
        return vso_fail(res, VSO_P_TOO_LARGE, "keystore",
                        "The file asks for %" APR_INT64_T_FMT " iterations "
                        "to derive a key; at most %d are done. Save it again "
                        "with fewer.",
                        iterations, VSO_MAX_PBE_ITERATIONS);
    }
    if (iterations > pbe->left) {
        return vso_fail(res, VSO_P_TOO_LARGE, "keystore",
                        "The file asks for more than %d iterations in all. "
                        "Save it again with fewer, or name the key with "
                        "\"alias\".",
                        VSO_MAX_PBE_WORK);
    }
    pbe->left -= iterations;
    return APR_SUCCESS;
}

/** A DER integer as a number; what does not fit is as good as endless. */
static apr_int64_t number(const ASN1_INTEGER *integer)
{
    int64_t value;

    if (integer && ASN1_INTEGER_get_int64(&value, integer)) {
        return value;
    }
    return integer && ASN1_STRING_type(integer) == V_ASN1_NEG_INTEGER
               ? -1
               : APR_INT64_MAX;
}

apr_status_t vso_pbe_charge_asn1(vso_pbe_t *pbe, const ASN1_INTEGER *iterations,
                                 vso_result_t *res)
{
    return vso_pbe_charge(pbe, iterations ? number(iterations) : 1, res);
}

/** What a scheme is made of, and what it costs. */
typedef struct {
    apr_int64_t iterations;
    int cipher_nid;
    int digest_nid; /* NID_undef where the scheme fixes it */
} scheme_t;

static apr_status_t unsupported(const ASN1_OBJECT *oid, vso_result_t *res)
{
    char name[80];

    OBJ_obj2txt(name, sizeof(name), oid, 0);
    return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                    "The file is encrypted with \"%s\", which is not "
                    "supported. Save it again with AES-256-CBC and PBKDF2.",
                    name);
}

static apr_status_t bad_parameters(vso_result_t *res)
{
    return vso_fail(res, VSO_P_DAMAGED, "keystore",
                    "The parameters of the file's encryption cannot be "
                    "read.");
}

static apr_status_t read_pbkdf2(const X509_ALGOR *kdf, scheme_t *scheme,
                                vso_result_t *res)
{
    PBKDF2PARAM *param =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter);
    apr_status_t rv = APR_SUCCESS;

    if (!param) {
        return bad_parameters(res);
    }
    scheme->iterations = number(param->iter);
    if (param->prf &&
        !EVP_PBE_find(EVP_PBE_TYPE_PRF, OBJ_obj2nid(param->prf->algorithm),
                      NULL, &scheme->digest_nid, NULL)) {
        rv = unsupported(param->prf->algorithm, res);
    }
    PBKDF2PARAM_free(param);
    return rv;
}

/** scrypt (RFC 7914) costs N * r * p; OpenSSL itself caps its memory at
 * 32 MiB. */
static apr_status_t read_scrypt(const X509_ALGOR *kdf, scheme_t *scheme,
                                vso_result_t *res)
{
    SCRYPT_PARAMS *param = ASN1_TYPE_unpack_sequence(
        ASN1_ITEM_rptr(SCRYPT_PARAMS), kdf->parameter);
    apr_int64_t factor[3];
    int i;

    if (!param) {
        return bad_parameters(res);
    }
    factor[0] = number(param->costParameter);
    factor[1] = number(param->blockSize);
    factor[2] = number(param->parallelizationParameter);
    SCRYPT_PARAMS_free(param);

    scheme->iterations = 1;
    for (i = 0; i < 3; i++) {
        if (factor[i] <= 0 || factor[i] > VSO_MAX_PBE_ITERATIONS) {
            scheme->iterations = factor[i];
            return APR_SUCCESS;
        }
        scheme->iterations *= factor[i];
        if (scheme->iterations > VSO_MAX_PBE_ITERATIONS) {
            return APR_SUCCESS;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t read_pbes2(const X509_ALGOR *algorithm, scheme_t *scheme,
                               vso_result_t *res)
{
    PBE2PARAM *param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
                                                 algorithm->parameter);
    const EVP_CIPHER *cipher;
    apr_status_t rv;

    if (!param) {
        return bad_parameters(res);
    }
    switch (OBJ_obj2nid(param->keyfunc->algorithm)) {
    case NID_id_pbkdf2:
        rv = read_pbkdf2(param->keyfunc, scheme, res);
        break;
    case NID_id_scrypt:
        rv = read_scrypt(param->keyfunc, scheme, res);
        break;
    default:
        rv = unsupported(param->keyfunc->algorithm, res);
    }
    cipher = EVP_get_cipherbyobj(param->encryption->algorithm);
    if (rv == APR_SUCCESS &&
        (!cipher || EVP_CIPHER_get_mode(cipher) != EVP_CIPH_CBC_MODE)) {
        rv = unsupported(param->encryption->algorithm, res);
    }
    scheme->cipher_nid = cipher ? EVP_CIPHER_get_nid(cipher) : NID_undef;
    PBE2PARAM_free(param);
    return rv;
}

/** Schemes of PKCS#12 and PKCS#5 v1.5: the OID names cipher and digest. */
static apr_status_t read_pbes1(const X509_ALGOR *algorithm, scheme_t *scheme,
                               vso_result_t *res)
{
    PBEPARAM *param;

    if (!EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(algorithm->algorithm),
                      &scheme->cipher_nid, &scheme->digest_nid, NULL) ||
        scheme->cipher_nid <= 0) {
        return unsupported(algorithm->algorithm, res);
    }
    param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM),
                                      algorithm->parameter);
    if (!param) {
        return bad_parameters(res);
    }
    scheme->iterations = number(param->iter);
    PBEPARAM_free(param);
    return APR_SUCCESS;
}

/** A context does not let go of its providers by itself. */
static apr_status_t free_context(void *baton)
{
    vso_pbe_t *pbe = baton;
    int i;

    for (i = 0; i < 2; i++) {
        if (pbe->providers[i]) {
            OSSL_PROVIDER_unload(pbe->providers[i]);
        }
    }
    OSSL_LIB_CTX_free(pbe->legacy);
    return APR_SUCCESS;
}

static void make_context(vso_pbe_t *pbe)
{
    pbe->legacy = OSSL_LIB_CTX_new();
    if (pbe->legacy) {
        pbe->providers[0] = OSSL_PROVIDER_load(pbe->legacy, "legacy");
        pbe->providers[1] = OSSL_PROVIDER_load(pbe->legacy, "default");
        apr_pool_cleanup_register(pbe->p, pbe, free_context,
                                  apr_pool_cleanup_null);
    }
}

/** 1 when the context knows cipher and digest. */
static int has_scheme(OSSL_LIB_CTX *ctx, const scheme_t *scheme)
{
    EVP_CIPHER *cipher =
        EVP_CIPHER_fetch(ctx, OBJ_nid2sn(scheme->cipher_nid), NULL);
    EVP_MD *digest =
        scheme->digest_nid > 0
            ? EVP_MD_fetch(ctx, OBJ_nid2sn(scheme->digest_nid), NULL)
            : NULL;
    int found = cipher && (digest || scheme->digest_nid <= 0);

    EVP_CIPHER_free(cipher);
    EVP_MD_free(digest);
    return found;
}

/** Find the library context for a scheme: NULL is the default one. */
static int pick_context(vso_pbe_t *pbe, const scheme_t *scheme,
                        OSSL_LIB_CTX **pctx)
{
    *pctx = NULL;
    if (has_scheme(NULL, scheme)) {
        return 1;
    }
    if (!pbe->legacy) {
        make_context(pbe);
    }
    *pctx = pbe->legacy;
    return pbe->legacy && has_scheme(pbe->legacy, scheme);
}

/** Decrypt and parse with one password; NULL when it does not fit. */
static void *try_password(OSSL_LIB_CTX *ctx, const X509_ALGOR *algorithm,
                          const ASN1_OCTET_STRING *sealed,
                          const vso_secret_t *password, const ASN1_ITEM *item)
{
    unsigned char *plain = NULL;
    const unsigned char *end;
    ASN1_VALUE *value;
    int len = 0;

    if (!PKCS12_pbe_crypt_ex(algorithm, (const char *)password->data,
                             (int)password->len, ASN1_STRING_get0_data(sealed),
                             ASN1_STRING_length(sealed), &plain, &len, 0, ctx,
                             NULL)) {
        return NULL;
    }
    end = plain;
    value = ASN1_item_d2i(NULL, &end, len, item);
    if (value && end != plain + len) {
        ASN1_item_free(value, item);
        value = NULL;
    }
    OPENSSL_clear_free(plain, (size_t)len);
    return value;
}

apr_status_t vso_pbe_open(vso_pbe_t *pbe, const X509_ALGOR *algorithm,
                          const ASN1_OCTET_STRING *sealed,
                          const apr_array_header_t *passwords,
                          const ASN1_ITEM *item, void **pvalue,
                          vso_result_t *res)
{
    scheme_t scheme = {0, NID_undef, NID_undef};
    OSSL_LIB_CTX *ctx;
    apr_status_t rv;
    void *value;
    int i;

    rv = OBJ_obj2nid(algorithm->algorithm) == NID_pbes2
             ? read_pbes2(algorithm, &scheme, res)
             : read_pbes1(algorithm, &scheme, res);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < passwords->nelts; i++) {
        if (vso_pbe_charge(pbe, scheme.iterations, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (i == 0 && !pick_context(pbe, &scheme, &ctx)) {
            return unsupported(algorithm->algorithm, res);
        }
        value = try_password(ctx, algorithm, sealed,
                             APR_ARRAY_IDX(passwords, i, vso_secret_t *), item);
        if (value) {
            *pvalue = value;
            return APR_SUCCESS;
        }
    }
    return APR_EACCES;
}

X509_ALGOR *vso_pbe_algorithm(void)
{
    return PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), VSO_PBE_ITERATIONS, NULL,
                             SALT_LEN, NULL, NID_hmacWithSHA256);
}

X509_SIG *vso_pbe_seal(EVP_PKEY *pkey, const vso_secret_t *password)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    X509_ALGOR *algorithm = vso_pbe_algorithm();
    X509_SIG *sealed = NULL;

    if (info && algorithm) {
        sealed = PKCS8_set0_pbe((const char *)password->data,
                                (int)password->len, info, algorithm);
    }
    if (!sealed) {
        X509_ALGOR_free(algorithm);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return sealed;
}
