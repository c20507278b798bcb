/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/record_key.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/hex.h"
#include "base/limits.h"
#include "serving/pack.h"
#include "x509/key.h"
#include "x509/ossl.h"

#define NONCE_LEN 12
#define TAG_LEN   16
#define BOX_LEN   (VSO_RECORD_KEY_ID_LEN + NONCE_LEN + TAG_LEN)

/* How the key is written. */
#define NUMBERS 1
#define PKCS8   2

/* RSA of 16384 bits with its factors has 9 KiB. */
#define MAX_PARAMS 64

/* The names that make a key, or how they begin (RSA has several factors). What
 * else OpenSSL tells of an EC key writes the curve out, and is slow to read. */
static const struct {
    const char *type;
    const char *names[6];
} key_types[] = {
    {"RSA", {"n", "e", "d", "rsa-factor", "rsa-exponent", "rsa-coefficient"}},
    {"EC",
     {OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PKEY_PARAM_PUB_KEY,
      OSSL_PKEY_PARAM_PRIV_KEY}},
};

#define KEY_TYPES (sizeof(key_types) / sizeof(key_types[0]))

/* Sealing */

static apr_status_t damaged(const char *entry,
                            const vso_record_version_t *version,
                            vso_result_t *res)
{
    return vso_fail(res, VSO_P_DAMAGED, NULL,
                    "The key of version %" APR_INT64_T_FMT
                    " of entry \"%s\" was changed in the replica.",
                    version->number, entry);
}

static const char *place(const char *entry, const vso_record_version_t *version,
                         apr_pool_t *p)
{
    return apr_psprintf(p, "%s|%" APR_INT64_T_FMT "|%s", entry, version->id,
                        vso_hex(version->key_id, VSO_RECORD_ID_LEN, p));
}

/* AES-256-GCM. @param box  nonce, len bytes, tag */
static int gcm(const vso_record_derived_t *key, const char *aad, int seal,
               unsigned char *box, unsigned char *plain, apr_size_t size)
{
    unsigned char *sealed = box + NONCE_LEN;
    unsigned char *tag = sealed + size;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = (int)size;
    int n = 0;
    int ok;

    ok = ctx &&
         EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->seal->data, box,
                           seal) == 1 &&
         EVP_CipherUpdate(ctx, NULL, &n, (const unsigned char *)aad,
                          (int)strlen(aad)) == 1 &&
         EVP_CipherUpdate(ctx, seal ? sealed : plain, &n, seal ? plain : sealed,
                          len) == 1 &&
         (seal ||
          EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1) &&
         EVP_CipherFinal_ex(ctx, (seal ? sealed : plain) + n, &n) == 1 &&
         (!seal ||
          EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1);
    EVP_CIPHER_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}

/* The plaintext of a version's key, which the caller wipes and frees. */
static apr_status_t unseal(const vso_record_keys_t *keys, const char *entry,
                           const vso_record_version_t *version,
                           vso_bytes_t *pplain, vso_result_t *res,
                           apr_pool_t *p)
{
    const vso_record_derived_t *key = NULL;
    unsigned char *plain;
    unsigned char *box;
    apr_size_t len;
    apr_status_t rv;

    if (version->key.len <= BOX_LEN || version->key.len > 2 * VSO_MAX_KEY) {
        return damaged(entry, version, res);
    }
    rv = vso_record_keys_find(keys, version->key.data, &key, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    len = version->key.len - BOX_LEN;
    box = apr_pmemdup(p, version->key.data + VSO_RECORD_KEY_ID_LEN,
                      version->key.len - VSO_RECORD_KEY_ID_LEN);
    plain = OPENSSL_malloc(len);
    if (!plain || !gcm(key, place(entry, version, p), 0, box, plain, len)) {
        OPENSSL_clear_free(plain, len);
        return damaged(entry, version, res);
    }
    pplain->data = plain;
    pplain->len = len;
    pplain->bad = 0;
    return APR_SUCCESS;
}

static void discard(const vso_bytes_t *plain)
{
    OPENSSL_clear_free((void *)(apr_uintptr_t)plain->data, plain->len);
}

/* 1 when the version of before has this very key, sealed as it would be now. */
static int is_sealed(const vso_record_keys_t *keys, const char *entry,
                     const vso_record_version_t *before,
                     const vso_secret_t *plain, apr_pool_t *p)
{
    vso_result_t *unheard = vso_result_create(p);
    vso_bytes_t other;
    int same;

    if (before->key.len <= BOX_LEN ||
        memcmp(before->key.data, vso_keyring_id(keys->ring),
               VSO_RECORD_KEY_ID_LEN) ||
        unseal(keys, entry, before, &other, unheard, p) != APR_SUCCESS) {
        return 0;
    }
    same = other.len == plain->len &&
           !CRYPTO_memcmp(other.data, plain->data, plain->len);
    discard(&other);
    return same;
}

/* Writing */

static int is_wanted(const char *const names[6], const char *name)
{
    int i;

    for (i = 0; i < 6 && names[i]; i++) {
        apr_size_t len = strlen(names[i]);

        if (!strncmp(name, names[i], len) &&
            (!name[len] || (i > 2 && strspn(name + len, "0123456789") ==
                                         strlen(name + len)))) {
            return 1;
        }
    }
    return 0;
}

/* The numbers of params that are wanted; plain has room for them or is bad. */
static void write_params(vso_pack_t *plain, apr_size_t type,
                         const OSSL_PARAM *params)
{
    const OSSL_PARAM *param;
    apr_uint64_t count = 0;

    for (param = params; param->key; param++) {
        count += is_wanted(key_types[type].names, param->key) != 0;
    }
    vso_pack_number(plain, NUMBERS, 1);
    vso_pack_number(plain, type, 1);
    vso_pack_number(plain, count, 1);
    for (param = params; param->key; param++) {
        if (is_wanted(key_types[type].names, param->key)) {
            vso_pack_number(plain, param->data_type, 1);
            vso_pack_text(plain, param->key);
            /* OpenSSL reads texts up to a NUL */
            vso_pack_number(plain, param->data_size + 1, 2);
            vso_pack_raw(plain, param->data, param->data_size);
            vso_pack_number(plain, 0, 1);
        }
    }
}

static void wipe_params(OSSL_PARAM *params)
{
    OSSL_PARAM *param;

    for (param = params; param && param->key; param++) {
        vso_wipe(param->data, param->data_size);
    }
    OSSL_PARAM_free(params);
}

static EVP_PKEY *read_numbers(vso_bytes_t *in);

/* As numbers, where they give the same key back. NULL: they do not */
static vso_secret_t *to_numbers(const EVP_PKEY *pkey, apr_pool_t *p)
{
    vso_secret_t *room = vso_secret_make(2 * VSO_MAX_KEY, p);
    vso_pack_t plain = {room->data, 0, room->len, NULL, 0};
    OSSL_PARAM *params = NULL;
    vso_secret_t *made = NULL;
    EVP_PKEY *back = NULL;
    vso_bytes_t in;
    apr_size_t type;

    for (type = 0;
         type < KEY_TYPES && !EVP_PKEY_is_a(pkey, key_types[type].type);
         type++) {
    }
    if (type < KEY_TYPES &&
        EVP_PKEY_todata(pkey, EVP_PKEY_KEYPAIR, &params) == 1) {
        write_params(&plain, type, params);
        in = vso_pack_bytes(&plain);
        vso_bytes_number(&in, 1);
        back = in.bad ? NULL : read_numbers(&in);
        if (back && EVP_PKEY_eq(back, pkey) == 1) {
            made = vso_secret_copy(plain.data, plain.len, p);
        }
    }
    EVP_PKEY_free(back);
    wipe_params(params);
    vso_wipe(room->data, room->len);
    ERR_clear_error();
    return made;
}

static apr_status_t write_key(const EVP_PKEY *pkey, vso_secret_t **pplain,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *der;
    apr_status_t rv;

    /* a curve that is written out comes back as a named one */
    if (vso_key_named_curve(pkey, NULL, vso_result_create(p)) == APR_SUCCESS &&
        (*pplain = to_numbers(pkey, p)) != NULL) {
        return APR_SUCCESS;
    }
    rv = vso_key_to_der(pkey, &der, res, p);
    if (rv == APR_SUCCESS) {
        *pplain = vso_secret_make(der->len + 1, p);
        (*pplain)->data[0] = PKCS8;
        memcpy((*pplain)->data + 1, der->data, der->len);
        vso_wipe(der->data, der->len);
    }
    return rv;
}

apr_status_t vso_record_key_seal(const vso_record_keys_t *keys,
                                 const char *entry,
                                 vso_record_version_t *version,
                                 const EVP_PKEY *pkey,
                                 const vso_record_version_t *before,
                                 vso_result_t *res, apr_pool_t *p)
{
    const vso_record_derived_t *key = NULL;
    vso_secret_t *plain = NULL;
    unsigned char *box;
    apr_size_t len;
    apr_status_t rv;

    if ((rv = vso_record_keys_first(keys, &key, res, p)) != APR_SUCCESS ||
        (rv = write_key(pkey, &plain, res, p)) != APR_SUCCESS) {
        return rv;
    }
    if (before && is_sealed(keys, entry, before, plain, p)) {
        version->key = before->key;
        vso_wipe(plain->data, plain->len);
        return APR_SUCCESS;
    }
    len = BOX_LEN + plain->len;
    box = apr_palloc(p, len);
    memcpy(box, key->id, VSO_RECORD_KEY_ID_LEN);
    if (RAND_bytes(box + VSO_RECORD_KEY_ID_LEN, NONCE_LEN) != 1 ||
        !gcm(key, place(entry, version, p), 1, box + VSO_RECORD_KEY_ID_LEN,
             plain->data, plain->len)) {
        rv = vso_fail(res, VSO_P_INTERNAL, NULL,
                      "OpenSSL could not seal a key.");
    }
    vso_wipe(plain->data, plain->len);
    version->key.data = box;
    version->key.len = len;
    version->key.bad = 0;
    return rv;
}

/* Reading */

/* Behind the first byte. NULL: these are no key */
static EVP_PKEY *read_numbers(vso_bytes_t *in)
{
    apr_uint64_t type = vso_bytes_number(in, 1);
    apr_uint64_t count = vso_bytes_number(in, 1);
    OSSL_PARAM params[MAX_PARAMS + 1];
    char names[MAX_PARAMS][32];
    EVP_PKEY_CTX *ctx = NULL;
    EVP_PKEY *pkey = NULL;
    apr_uint64_t i;

    if (type >= KEY_TYPES || count > MAX_PARAMS) {
        return NULL;
    }
    for (i = 0; i < count && !in->bad; i++) {
        unsigned int data_type = (unsigned int)vso_bytes_number(in, 1);
        vso_bytes_t name = vso_bytes_counted(in, 2);
        vso_bytes_t data = vso_bytes_counted(in, 2);

        if (name.len >= sizeof(names[i]) || !data.len ||
            data.data[data.len - 1]) {
            return NULL;
        }
        memcpy(names[i], name.data, name.len);
        names[i][name.len] = '\0';
        params[i] = OSSL_PARAM_construct_end();
        params[i].key = names[i];
        params[i].data_type = data_type;
        params[i].data = (void *)(apr_uintptr_t)data.data;
        params[i].data_size = data.len - 1;
    }
    params[i] = OSSL_PARAM_construct_end();
    if (!in->bad && in->len == 0) {
        ctx = EVP_PKEY_CTX_new_from_name(NULL, key_types[type].type, NULL);
    }
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1) {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return pkey;
}

static EVP_PKEY *read_pkcs8(const vso_bytes_t *in, apr_pool_t *p)
{
    vso_secret_t *der = vso_secret_copy(in->data, in->len, p);
    EVP_PKEY *pkey = NULL;

    if (vso_key_from_der(der, &pkey, vso_result_create(p), p) == APR_SUCCESS) {
        EVP_PKEY_up_ref(pkey);
    }
    vso_wipe(der->data, der->len);
    return pkey;
}

apr_status_t vso_record_key(const vso_record_keys_t *keys, const char *entry,
                            const vso_record_version_t *version, X509 *cert,
                            EVP_PKEY **ppkey, vso_result_t *res, apr_pool_t *p)
{
    EVP_PKEY *pkey = NULL;
    vso_bytes_t plain;
    vso_bytes_t in;
    apr_status_t rv;

    rv = unseal(keys, entry, version, &plain, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    in = plain;
    switch (vso_bytes_number(&in, 1)) {
    case NUMBERS:
        pkey = read_numbers(&in);
        break;
    case PKCS8:
        pkey = read_pkcs8(&in, p);
        break;
    default:
        break;
    }
    discard(&plain);
    if (!pkey) {
        return damaged(entry, version, res);
    }
    *ppkey = vso_pkey_bind(pkey, p);
    if (cert && X509_set_pubkey(cert, pkey) != 1) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL does not take a key for its certificate: %s.",
                        vso_ossl_reason(p));
    }
    return APR_SUCCESS;
}
