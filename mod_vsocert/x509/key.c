/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/key.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/hex.h"
#include "base/limits.h"
#include "x509/ossl.h"

const char *const vso_key_types[] = {
    "rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", NULL,
};

/* Curves that have a better known name than OpenSSL's. */
static const struct {
    const char *group;
    const char *name;
} curves[] = {
    {"prime256v1", "p256"},
    {"secp384r1", "p384"},
    {"secp521r1", "p521"},
};

static char *lower(const char *text, apr_pool_t *p)
{
    char *copy = apr_pstrdup(p, text);
    char *c;

    for (c = copy; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    return copy;
}

static EVP_PKEY *generate(const char *type)
{
    if (!strncmp(type, "rsa-", 4)) {
        return EVP_RSA_gen((unsigned int)apr_atoi64(type + 4));
    }
    /* The names of NIST are not known where an engine is the default for EC
     * (SSLCryptoDevice). */
    return EVP_EC_gen(strcmp(type, "ec-p256") ? "secp384r1" : "prime256v1");
}

apr_status_t vso_key_generate(const char *type, EVP_PKEY **pkey,
                              vso_result_t *res, apr_pool_t *p)
{
    EVP_PKEY *made;
    int i;

    for (i = 0; vso_key_types[i] && strcmp(vso_key_types[i], type); i++) {
    }
    if (!vso_key_types[i]) {
        return vso_fail(res, VSO_P_INVALID, "key",
                        "The key type is not known; use rsa-2048, rsa-3072, "
                        "rsa-4096, ec-p256 or ec-p384.");
    }
    made = vso_pkey_bind(generate(type), p);
    if (!made) {
        return vso_fail(res, VSO_P_INTERNAL, "key",
                        "OpenSSL could not make the key: %s.",
                        vso_ossl_reason(p));
    }
    *pkey = made;
    return APR_SUCCESS;
}

const char *vso_key_curve(const EVP_PKEY *pkey, apr_pool_t *p)
{
    char group[64];
    apr_size_t len;

    if (!EVP_PKEY_is_a(pkey, "EC") ||
        !EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len)) {
        ERR_clear_error();
        return "";
    }
    return apr_pstrmemdup(p, group, len);
}

static const char *curve_name(const EVP_PKEY *pkey, apr_pool_t *p)
{
    const char *group = vso_key_curve(pkey, p);
    apr_size_t i;

    if (!*group) {
        return "explicit"; /* parameters written out, of no known curve */
    }
    for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (!strcmp(curves[i].group, group)) {
            return curves[i].name;
        }
    }
    return lower(group, p);
}

const char *vso_key_type(const EVP_PKEY *pkey, apr_pool_t *p)
{
    const char *name = pkey ? EVP_PKEY_get0_type_name(pkey) : NULL;

    if (EVP_PKEY_is_a(pkey, "EC")) {
        return apr_pstrcat(p, "ec-", curve_name(pkey, p), NULL);
    }
    name = lower(name ? name : "unknown", p);
    if (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "RSA-PSS") ||
        EVP_PKEY_is_a(pkey, "DSA")) {
        return apr_psprintf(p, "%s-%d", name, EVP_PKEY_get_bits(pkey));
    }
    return name;
}

const char *vso_key_algorithm(const char *type, apr_pool_t *p)
{
    apr_size_t len = strcspn(type, "-");
    char *word;
    char *c;

    /* OpenSSL serves a restricted RSA key beside a plain one */
    if (!strncmp(type, "rsa-pss-", 8)) {
        return "RSA-PSS";
    }
    word = apr_pstrmemdup(p, type, len);
    for (c = word; *c; c++) {
        *c = (char)apr_toupper(*c);
    }
    return word;
}

/** A copy of an EC key whose point is written uncompressed, so that a
 * certificate with a compressed point names the same key. */
static EVP_PKEY *uncompressed(const EVP_PKEY *pkey)
{
    EVP_PKEY *copy = EVP_PKEY_dup((EVP_PKEY *)pkey);

    if (copy) {
        EVP_PKEY_set_utf8_string_param(
            copy, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
    }
    return copy;
}

const char *vso_key_fingerprint(const EVP_PKEY *pkey, apr_pool_t *p)
{
    EVP_PKEY *copy = EVP_PKEY_is_a(pkey, "EC") ? uncompressed(pkey) : NULL;
    unsigned char *der = NULL;
    const char *text = "";
    int len;

    len = i2d_PUBKEY(copy ? copy : pkey, &der);
    if (len > 0) {
        text = vso_hex_sha256(der, (apr_size_t)len, p);
    }
    OPENSSL_free(der);
    EVP_PKEY_free(copy);
    ERR_clear_error();
    return text;
}

apr_status_t vso_key_to_der(const EVP_PKEY *pkey, vso_secret_t **pder,
                            vso_result_t *res, apr_pool_t *p)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    apr_status_t rv = APR_SUCCESS;
    unsigned char *out;
    vso_secret_t *der;

    if (len <= 0) {
        rv = vso_fail(res, VSO_P_INTERNAL, "key",
                      "The private key cannot be written: %s.",
                      vso_ossl_reason(p));
        goto leave;
    }
    der = vso_secret_make((apr_size_t)len, p);
    out = der->data;
    i2d_PKCS8_PRIV_KEY_INFO(info, &out);
    *pder = der;
leave:
    PKCS8_PRIV_KEY_INFO_free(info);
    return rv;
}

apr_status_t vso_key_from_der(const vso_secret_t *der, EVP_PKEY **pkey,
                              vso_result_t *res, apr_pool_t *p)
{
    const unsigned char *pos = der->data;
    PKCS8_PRIV_KEY_INFO *info = NULL;
    apr_status_t rv = APR_SUCCESS;
    EVP_PKEY *key;

    if (der->len > VSO_MAX_KEY) {
        return vso_fail(res, VSO_P_DAMAGED, "key",
                        "The private key is longer than %d bytes.",
                        VSO_MAX_KEY);
    }
    info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &pos, (long)der->len);
    if (!info) {
        rv = vso_fail(res, VSO_P_DAMAGED, "key",
                      "The private key is not PKCS#8 (RFC 5958): %s.",
                      vso_ossl_reason(p));
        goto leave;
    }
    if (pos != der->data + der->len) {
        rv = vso_fail(res, VSO_P_DAMAGED, "key",
                      "Bytes follow the private key.");
        goto leave;
    }
    key = vso_pkey_bind(EVP_PKCS82PKEY(info), p);
    if (!key) {
        rv =
            vso_fail(res, VSO_P_DAMAGED, "key",
                     "The private key cannot be used: %s.", vso_ossl_reason(p));
        goto leave;
    }
    *pkey = key;
leave:
    PKCS8_PRIV_KEY_INFO_free(info);
    return rv;
}

apr_status_t vso_key_named_curve(const EVP_PKEY *pkey, const char *field,
                                 vso_result_t *res)
{
    char encoding[32] = "";

    if (EVP_PKEY_is_a(pkey, "EC") &&
        EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING,
                                       encoding, sizeof(encoding), NULL) &&
        !strcmp(encoding, OSSL_PKEY_EC_ENCODING_EXPLICIT)) {
        return vso_fail(res, VSO_P_NOT_SERVABLE, field,
                        "The private key writes its curve's parameters out "
                        "instead of naming the curve, and so would each "
                        "certificate for it, which clients refuse (RFC 5480, "
                        "2.1.1). Convert the key (openssl ec -param_enc "
                        "named_curve), or use a new one.");
    }
    ERR_clear_error();
    return APR_SUCCESS;
}

int vso_key_matches(const EVP_PKEY *pkey, const X509 *cert)
{
    const EVP_PKEY *public_key = X509_get0_pubkey(cert);
    int match = public_key && EVP_PKEY_eq(public_key, pkey) == 1;

    ERR_clear_error();
    return match;
}
