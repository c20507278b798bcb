/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/jks_key.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "keyfile/text.h"

/* JDK, sun.security.provider.KeyProtector: salt, key XOR stream, check. */
#define OID_JKS      "1.3.6.1.4.1.42.2.17.1.1"
#define JKS_SALT_LEN SHA_DIGEST_LENGTH

/* JDK, com.sun.crypto.provider.KeyProtector: PBEWithMD5AndTripleDES. */
#define OID_JCEKS      "1.3.6.1.4.1.42.2.19.1"
#define JCEKS_SALT_LEN 8
#define HALF           4
#define MD5_LEN        16
#define DES_KEY_LEN    24
#define DES_BLOCK_LEN  8

static apr_status_t damaged(vso_result_t *res)
{
    return vso_fail(res, VSO_P_DAMAGED, "keystore",
                    "The private key in the file is damaged.");
}

/** PKCS#8 that fills the bytes, or NULL. */
static PKCS8_PRIV_KEY_INFO *parse_info(const unsigned char *der, apr_size_t len)
{
    const unsigned char *end = der;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &end, (long)len);

    if (info && end != der + len) {
        PKCS8_PRIV_KEY_INFO_free(info);
        info = NULL;
    }
    return info;
}

/** SHA-1 over the password in UTF-16 and some bytes. */
static int sha1_with_password(const vso_secret_t *wide,
                              const unsigned char *data, apr_size_t len,
                              unsigned char digest[SHA_DIGEST_LENGTH])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) &&
             EVP_DigestUpdate(ctx, wide->data, wide->len) &&
             EVP_DigestUpdate(ctx, data, len) &&
             EVP_DigestFinal_ex(ctx, digest, NULL);

    EVP_MD_CTX_free(ctx);
    return ok;
}

/** XOR with SHA-1(password, salt), SHA-1(password, that) and so on. */
static int jks_crypt(const vso_secret_t *wide, const unsigned char *salt,
                     const unsigned char *in, unsigned char *out,
                     apr_size_t len)
{
    unsigned char stream[SHA_DIGEST_LENGTH];
    int ok = 1;
    apr_size_t i;

    memcpy(stream, salt, JKS_SALT_LEN);
    for (i = 0; ok && i < len; i++) {
        if (i % sizeof(stream) == 0) {
            ok = sha1_with_password(wide, stream, sizeof(stream), stream);
        }
        out[i] = in[i] ^ stream[i % sizeof(stream)];
    }
    vso_wipe(stream, sizeof(stream));
    return ok;
}

static apr_status_t open_jks(const ASN1_OCTET_STRING *sealed,
                             const vso_secret_t *password,
                             PKCS8_PRIV_KEY_INFO **pinfo, vso_result_t *res,
                             apr_pool_t *p)
{
    const vso_secret_t *wide = vso_text_utf16be(password, p);
    const unsigned char *data = ASN1_STRING_get0_data(sealed);
    apr_size_t len = (apr_size_t)ASN1_STRING_length(sealed);
    unsigned char check[SHA_DIGEST_LENGTH];
    vso_secret_t *plain;

    if (len <= JKS_SALT_LEN + sizeof(check)) {
        return damaged(res);
    }
    plain = vso_secret_make(len - JKS_SALT_LEN - sizeof(check), p);
    if (!jks_crypt(wide, data, data + JKS_SALT_LEN, plain->data, plain->len) ||
        !sha1_with_password(wide, plain->data, plain->len, check) ||
        CRYPTO_memcmp(check, data + len - sizeof(check), sizeof(check))) {
        return APR_EACCES;
    }
    *pinfo = parse_info(plain->data, plain->len);
    return *pinfo ? APR_SUCCESS : damaged(res);
}

/** What a key of JCEKS is derived from. */
typedef struct {
    const vso_secret_t *password;
    const unsigned char *salt; /**< of JCEKS_SALT_LEN */
    apr_int64_t iterations;
} jceks_t;

/** One half of the key material: MD5 over salt and password, then over that
 * and password. */
static int iterate_md5(EVP_MD_CTX *ctx, const EVP_MD *md5, const jceks_t *jceks,
                       const unsigned char *salt, unsigned char out[MD5_LEN])
{
    apr_int64_t left = jceks->iterations;
    const unsigned char *in = salt;
    apr_size_t len = HALF;
    int ok = 1;

    for (; ok && left > 0; left--) {
        ok = EVP_DigestInit_ex(ctx, md5, NULL) &&
             EVP_DigestUpdate(ctx, in, len) &&
             EVP_DigestUpdate(ctx, jceks->password->data,
                              jceks->password->len) &&
             EVP_DigestFinal_ex(ctx, out, NULL);
        in = out;
        len = MD5_LEN;
    }
    return ok;
}

/** Triple DES key and IV. */
static int derive_jceks(const jceks_t *jceks,
                        unsigned char out[DES_KEY_LEN + DES_BLOCK_LEN])
{
    EVP_MD *md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = md5 && ctx && iterate_md5(ctx, md5, jceks, jceks->salt, out) &&
             iterate_md5(ctx, md5, jceks, jceks->salt + HALF, out + MD5_LEN);

    EVP_MD_CTX_free(ctx);
    EVP_MD_free(md5);
    return ok;
}

/** Triple DES in CBC mode with PKCS#5 padding. @param out  in plus a block */
static int crypt_jceks(const jceks_t *jceks, int encrypt,
                       const unsigned char *in, apr_size_t len,
                       vso_secret_t *out)
{
    unsigned char material[DES_KEY_LEN + DES_BLOCK_LEN];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int tail = 0;
    int n = 0;
    int ok = ctx && derive_jceks(jceks, material) &&
             EVP_CipherInit_ex(ctx, EVP_des_ede3_cbc(), NULL, material,
                               material + DES_KEY_LEN, encrypt) &&
             EVP_CipherUpdate(ctx, out->data, &n, in, (int)len) &&
             EVP_CipherFinal_ex(ctx, out->data + n, &tail);

    out->len = ok ? (apr_size_t)(n + tail) : out->len;
    EVP_CIPHER_CTX_free(ctx);
    vso_wipe(material, sizeof(material));
    return ok;
}

/**
 * The salts that a file's salt may stand for. When its halves are equal, the
 * JDK reverses the first: JDK 17 turns [a,b,c,d] into [d,c,b,a], older ones,
 * by a typo, into [d,a,b,d].
 * @return how many there are
 */
static int jceks_salts(const unsigned char *salt,
                       unsigned char salts[2][JCEKS_SALT_LEN])
{
    static const int order[2][HALF] = {{3, 2, 1, 0}, {3, 0, 1, 3}};
    int i;
    int j;

    memcpy(salts[0], salt, JCEKS_SALT_LEN);
    if (memcmp(salt, salt + HALF, HALF)) {
        return 1;
    }
    memcpy(salts[1], salt, JCEKS_SALT_LEN);
    for (i = 0; i < 2; i++) {
        for (j = 0; j < HALF; j++) {
            salts[i][j] = salt[order[i][j]];
        }
    }
    return 2;
}

static apr_status_t open_jceks(const PBEPARAM *param,
                               const ASN1_OCTET_STRING *sealed,
                               const vso_secret_t *password, vso_pbe_t *pbe,
                               PKCS8_PRIV_KEY_INFO **pinfo, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_size_t len = (apr_size_t)ASN1_STRING_length(sealed);
    unsigned char salts[2][JCEKS_SALT_LEN];
    jceks_t jceks = {.password = password};
    vso_secret_t *plain;
    int n;

    if (ASN1_STRING_length(param->salt) != JCEKS_SALT_LEN || len == 0 ||
        len % DES_BLOCK_LEN) {
        return damaged(res);
    }
    plain = vso_secret_make(len + DES_BLOCK_LEN, p);
    n = jceks_salts(ASN1_STRING_get0_data(param->salt), salts);
    while (n-- > 0) {
        jceks.salt = salts[n];
        if (vso_pbe_charge_asn1(pbe, param->iter, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        /* the JDK protects with ASCII only */
        if (vso_text_is_ascii(password->data, password->len) &&
            ASN1_INTEGER_get_int64(&jceks.iterations, param->iter) &&
            crypt_jceks(&jceks, 0, ASN1_STRING_get0_data(sealed), len, plain)) {
            *pinfo = parse_info(plain->data, plain->len);
            if (*pinfo) {
                return APR_SUCCESS;
            }
        }
    }
    return APR_EACCES;
}

apr_status_t vso_jks_key_open(const unsigned char *der, apr_size_t len,
                              const vso_secret_t *password, vso_pbe_t *pbe,
                              PKCS8_PRIV_KEY_INFO **pinfo, vso_result_t *res,
                              apr_pool_t *p)
{
    const unsigned char *end = der;
    X509_SIG *sig = d2i_X509_SIG(NULL, &end, (long)len);
    const ASN1_OCTET_STRING *sealed;
    const X509_ALGOR *algorithm;
    PBEPARAM *param = NULL;
    apr_status_t rv;
    char oid[80];

    if (!sig || end != der + len) {
        rv = damaged(res);
        goto leave;
    }
    X509_SIG_get0(sig, &algorithm, &sealed);
    OBJ_obj2txt(oid, sizeof(oid), algorithm->algorithm, 1);
    if (!strcmp(oid, OID_JKS)) {
        rv = open_jks(sealed, password, pinfo, res, p);
    }
    else if (!strcmp(oid, OID_JCEKS)) {
        param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM),
                                          algorithm->parameter);
        rv = param ? open_jceks(param, sealed, password, pbe, pinfo, res, p)
                   : damaged(res);
    }
    else {
        rv = vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                      "The private key is protected with \"%s\", which "
                      "neither JKS nor JCEKS of the JDK uses.",
                      oid);
    }

leave:
    PBEPARAM_free(param);
    X509_SIG_free(sig);
    return rv;
}

/** The key as DER PKCS#8. */
static vso_secret_t *key_to_der(EVP_PKEY *pkey, apr_pool_t *p)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    unsigned char *der = NULL;
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
    vso_secret_t *secret = NULL;

    if (len > 0) {
        secret = vso_secret_copy(der, (apr_size_t)len, p);
        OPENSSL_clear_free(der, (size_t)len);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return secret;
}

/** EncryptedPrivateKeyInfo from its parts; param of V_ASN1_NULL is NULL. */
static vso_secret_t *wrap(const char *oid, ASN1_STRING *param,
                          const vso_secret_t *sealed, apr_pool_t *p)
{
    X509_SIG *sig = X509_SIG_new();
    ASN1_OCTET_STRING *bytes;
    X509_ALGOR *algorithm;
    vso_secret_t *out = NULL;
    unsigned char *der = NULL;
    int len;

    if (sig) {
        X509_SIG_getm(sig, &algorithm, &bytes);
        X509_ALGOR_set0(algorithm, OBJ_txt2obj(oid, 1),
                        param ? V_ASN1_SEQUENCE : V_ASN1_NULL, param);
        ASN1_OCTET_STRING_set(bytes, sealed->data, (int)sealed->len);
        len = i2d_X509_SIG(sig, &der);
        if (len > 0) {
            out = vso_secret_copy(der, (apr_size_t)len, p);
        }
        OPENSSL_free(der);
        X509_SIG_free(sig);
    }
    return out;
}

vso_secret_t *vso_jks_key_seal_jks(EVP_PKEY *pkey, const vso_secret_t *password,
                                   apr_pool_t *p)
{
    const vso_secret_t *wide = vso_text_utf16be(password, p);
    vso_secret_t *plain = key_to_der(pkey, p);
    vso_secret_t *sealed;

    if (!plain) {
        return NULL;
    }
    sealed = vso_secret_make(JKS_SALT_LEN + plain->len + SHA_DIGEST_LENGTH, p);
    if (RAND_bytes(sealed->data, JKS_SALT_LEN) != 1 ||
        !jks_crypt(wide, sealed->data, plain->data, sealed->data + JKS_SALT_LEN,
                   plain->len) ||
        !sha1_with_password(wide, plain->data, plain->len,
                            sealed->data + JKS_SALT_LEN + plain->len)) {
        return NULL;
    }
    return wrap(OID_JKS, NULL, sealed, p);
}

/** PBEParameter (RFC 8018, A.3) as DER, or NULL. */
static ASN1_STRING *pack_param(unsigned char *salt)
{
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_STRING *packed = NULL;

    /* any PKCS#5 v1.5 scheme has these parameters */
    if (algorithm &&
        PKCS5_pbe_set0_algor(algorithm, NID_pbeWithMD5AndDES_CBC,
                             VSO_JKS_KEY_ITERATIONS, salt, JCEKS_SALT_LEN)) {
        packed = ASN1_STRING_dup(algorithm->parameter->value.sequence);
    }
    X509_ALGOR_free(algorithm);
    return packed;
}

vso_secret_t *vso_jks_key_seal_jceks(EVP_PKEY *pkey,
                                     const vso_secret_t *password,
                                     apr_pool_t *p)
{
    vso_secret_t *plain = key_to_der(pkey, p);
    unsigned char salt[JCEKS_SALT_LEN];
    jceks_t jceks = {password, salt, VSO_JKS_KEY_ITERATIONS};
    vso_secret_t *sealed;
    ASN1_STRING *param;

    if (!plain) {
        return NULL;
    }
    do {
        if (RAND_bytes(salt, sizeof(salt)) != 1) {
            return NULL;
        }
    } while (!memcmp(salt, salt + HALF, HALF));
    sealed = vso_secret_make(plain->len + DES_BLOCK_LEN, p);
    if (!crypt_jceks(&jceks, 1, plain->data, plain->len, sealed)) {
        return NULL;
    }
    param = pack_param(salt);
    return param ? wrap(OID_JCEKS, param, sealed, p) : NULL;
}
