/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted files, opened with a key that the corpus knows as well: the private
 * number 1234 on P-256, in a certificate with issuer CN=fuzz and serial 1. */
#define FUZZ_NAME "envelope"
#include "fuzz.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "package/envelope.h"
#include "x509/ossl.h"

#define NUMBER 1234
#define FILE   "elements/1/data.p7m"

static EVP_PKEY *make_key(void)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *point = EC_POINT_new(group);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    BIGNUM *number = BN_new();
    unsigned char encoded[65];
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params;

    BN_set_word(number, NUMBER);
    EC_POINT_mul(group, point, number, NULL, NULL, NULL);
    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded,
                       sizeof(encoded), NULL);
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                    "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, encoded,
                                     sizeof(encoded));
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number);
    params = OSSL_PARAM_BLD_to_param(build);
    PROMISE(EVP_PKEY_fromdata_init(ctx) == 1 &&
            EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) == 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    BN_free(number);
    return pkey;
}

static X509 *make_cert(EVP_PKEY *pkey)
{
    X509 *cert = X509_new();

    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"fuzz", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, pkey);
    PROMISE(X509_sign(cert, pkey, EVP_sha256()) > 0);
    return cert;
}

static void one(const unsigned char *data, apr_size_t len)
{
    static vso_envelope_key_t key;
    apr_array_header_t *keys =
        apr_array_make(pool, 1, sizeof(const vso_envelope_key_t *));
    apr_array_header_t *fitting = NULL;
    vso_envelope_file_t sealed = {(const char *)data, len, FILE};
    vso_secret_t *plain = NULL;
    apr_status_t rv;

    if (!key.pkey) {
        key.pkey = make_key();
        key.cert = make_cert(key.pkey);
    }
    APR_ARRAY_PUSH(keys, const vso_envelope_key_t *) = &key;
    rv = vso_envelope_open(&sealed, keys, &plain, NULL, res, pool);
    if (rv == APR_SUCCESS) {
        PROMISE(plain && plain->len <= VSO_MAX_ENCRYPTED && plain->len < len);
        PROMISE(vso_envelope_keys(&sealed, keys, &fitting, res, pool) ==
                APR_SUCCESS);
        PROMISE(fitting->nelts == 1);
        return;
    }
    PROMISE(!plain && res->detail && !strcmp(res->field, FILE));
    PROMISE(res->problem == VSO_P_DAMAGED || res->problem == VSO_P_TOO_LARGE ||
            res->problem == VSO_P_NO_RECIPIENT);
}
