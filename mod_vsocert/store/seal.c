/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seal.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/hex.h"
#include "base/limits.h"

#define PREFIX    "v1."
#define KEY_LEN   32
#define ID_LEN    16 /* hex digits */
#define NONCE_LEN 12
#define TAG_LEN   16

typedef struct {
    const char *id;
    vso_secret_t *master;  /**< what the others are derived from */
    vso_secret_t *sealing; /**< AES-256 */
} ring_key_t;

struct vso_keyring_t {
    apr_pool_t *pool;
    apr_array_header_t *keys; /**< of ring_key_t */
};

static const ring_key_t *ring_key(const vso_keyring_t *ring, int i)
{
    return i >= 0 && i < ring->keys->nelts
               ? &APR_ARRAY_IDX(ring->keys, i, ring_key_t)
               : NULL;
}

/** HKDF-SHA-256. NULL on failure.
 * @param salt  NULL: none, a master key is random already */
static vso_secret_t *hkdf(const vso_secret_t *master, const char *salt,
                          const char *info, apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_make(KEY_LEN, p);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[5];
    int n = 0;
    int ok;

    params[n++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                                   (char *)"SHA256", 0);
    params[n++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
                                                    master->data, master->len);
    params[n++] = OSSL_PARAM_construct_octet_string(
        OSSL_KDF_PARAM_INFO, (void *)(apr_uintptr_t)info, strlen(info));
    if (salt) {
        params[n++] = OSSL_PARAM_construct_octet_string(
            OSSL_KDF_PARAM_SALT, (void *)(apr_uintptr_t)salt, strlen(salt));
    }
    params[n] = OSSL_PARAM_construct_end();
    ok = ctx && EVP_KDF_derive(ctx, key->data, key->len, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return ok ? key : NULL;
}

static vso_secret_t *derive(const vso_secret_t *master, const char *info,
                            apr_pool_t *p)
{
    return hkdf(master, NULL, info, p);
}

/* The keyring */

vso_keyring_t *vso_keyring_create(apr_pool_t *p)
{
    vso_keyring_t *ring = apr_palloc(p, sizeof(*ring));

    ring->pool = p;
    ring->keys = apr_array_make(p, 2, sizeof(ring_key_t));
    return ring;
}

apr_status_t vso_keyring_add(vso_keyring_t *ring, const vso_secret_t *master)
{
    const vso_secret_t *id;
    ring_key_t key;
    int i;

    if (master->len != VSO_MASTER_KEY_LEN) {
        return APR_EINVAL;
    }
    for (i = 0; i < ring->keys->nelts; i++) {
        if (vso_secret_equal(ring_key(ring, i)->master, master)) {
            return APR_EINVAL;
        }
    }
    id = derive(master, "vsocert id", ring->pool);
    key.sealing = derive(master, "vsocert seal", ring->pool);
    if (!id || !key.sealing) {
        return APR_EGENERAL;
    }
    key.id = vso_hex(id->data, ID_LEN / 2, ring->pool);
    key.master = vso_secret_copy(master->data, master->len, ring->pool);
    APR_ARRAY_PUSH(ring->keys, ring_key_t) = key;
    return APR_SUCCESS;
}

int vso_keyring_size(const vso_keyring_t *ring)
{
    return ring->keys->nelts;
}

const char *vso_keyring_id(const vso_keyring_t *ring)
{
    return vso_keyring_id_at(ring, 0);
}

const char *vso_keyring_id_at(const vso_keyring_t *ring, int i)
{
    const ring_key_t *key = ring_key(ring, i);

    return key ? key->id : NULL;
}

vso_secret_t *vso_keyring_derive(const vso_keyring_t *ring, int i,
                                 const char *label, const void *data,
                                 apr_size_t len, apr_pool_t *p)
{
    const ring_key_t *from = ring_key(ring, i);
    vso_secret_t *made = vso_secret_make(KEY_LEN, p);
    unsigned int made_len = 0;
    vso_secret_t *key;

    key = from ? derive(from->master,
                        apr_pstrcat(p, "vsocert mac ", label, NULL), p)
               : NULL;
    if (!key || !HMAC(EVP_sha256(), key->data, (int)key->len, data, len,
                      made->data, &made_len)) {
        return NULL;
    }
    vso_wipe(key->data, key->len);
    return made;
}

vso_secret_t *vso_keyring_hkdf(const vso_keyring_t *ring, int i,
                               const char *salt, const char *info,
                               apr_pool_t *p)
{
    const ring_key_t *from = ring_key(ring, i);

    return from ? hkdf(from->master, salt, info, p) : NULL;
}

const char *vso_keyring_mac(const vso_keyring_t *ring, int i, const char *label,
                            const void *data, apr_size_t len, apr_pool_t *p)
{
    const vso_secret_t *mac = vso_keyring_derive(ring, i, label, data, len, p);

    return mac ? vso_hex(mac->data, mac->len, p) : NULL;
}

/* Sealed texts */

/**
 * AES-256-GCM over len bytes.
 * @param seal  1: from plain into box; 0: from box into plain, if the tag fits
 * @param box   nonce, the sealed bytes, tag
 * @return 1 on success
 */
static int gcm(const ring_key_t *key, const char *aad, int seal,
               unsigned char *box, unsigned char *plain, int len)
{
    unsigned char *sealed = box + NONCE_LEN;
    unsigned char *tag = sealed + len;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    int ok;

    ok = ctx &&
         EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->sealing->data,
                           box, seal) == 1 &&
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
    return ok;
}

static const char *to_base64(const unsigned char *data, int len, apr_pool_t *p)
{
    char *text = apr_palloc(p, (apr_size_t)(len + 2) / 3 * 4 + 1);

    EVP_EncodeBlock((unsigned char *)text, data, len);
    return text;
}

/** The bytes of a base64 text, in the one form that to_base64 writes. */
static unsigned char *from_base64(const char *text, int *plen, apr_pool_t *p)
{
    apr_size_t len = strlen(text);
    unsigned char *data;

    if (!len || len % 4) {
        return NULL;
    }
    data = apr_palloc(p, len / 4 * 3 + 1);
    *plen = EVP_DecodeBlock(data, (const unsigned char *)text, (int)len);
    if (*plen < 0) {
        return NULL;
    }
    *plen -= (text[len - 1] == '=') + (text[len - 2] == '=');
    return strcmp(text, to_base64(data, *plen, p)) ? NULL : data;
}

static apr_status_t seal_under(const ring_key_t *key, const vso_secret_t *plain,
                               const char *aad, const char **psealed,
                               vso_result_t *res, apr_pool_t *p)
{
    apr_size_t len = NONCE_LEN + plain->len + TAG_LEN;
    unsigned char *data;

    if (len > VSO_MAX_VALUE / 4 * 3) {
        return vso_fail(res, VSO_P_TOO_LARGE, NULL,
                        "%" APR_SIZE_T_FMT " bytes are too many to be sealed.",
                        plain->len);
    }
    data = apr_palloc(p, len);
    if (RAND_bytes(data, NONCE_LEN) != 1 ||
        !gcm(key, aad, 1, data, plain->data, (int)plain->len)) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not seal a secret.");
    }
    *psealed = apr_pstrcat(p, PREFIX, key->id, ".",
                           to_base64(data, (int)len, p), NULL);
    return APR_SUCCESS;
}

apr_status_t vso_seal(const vso_keyring_t *ring, const vso_secret_t *plain,
                      const char *aad, const char **psealed, vso_result_t *res,
                      apr_pool_t *p)
{
    const ring_key_t *key = ring_key(ring, 0);

    return key ? seal_under(key, plain, aad, psealed, res, p)
               : vso_fail(res, VSO_P_SEALED, NULL,
                          "There is no master key: set VSOCertMasterKey.");
}

const char *vso_seal_id(const char *sealed, apr_pool_t *p)
{
    const char *id = sealed + strlen(PREFIX);

    if (strncmp(sealed, PREFIX, strlen(PREFIX)) ||
        strspn(id, "0123456789abcdef") != ID_LEN || id[ID_LEN] != '.') {
        return NULL;
    }
    return apr_pstrmemdup(p, id, ID_LEN);
}

static apr_status_t damaged(vso_result_t *res)
{
    return vso_fail(res, VSO_P_DAMAGED, NULL,
                    "The sealed value or its row was changed: restore the "
                    "database from a backup.");
}

/** Key of the ring by its id. */
static apr_status_t find_id(const vso_keyring_t *ring, const char *id,
                            const ring_key_t **pkey, vso_result_t *res)
{
    int i;

    for (i = 0; i < ring->keys->nelts; i++) {
        if (!strcmp(ring_key(ring, i)->id, id)) {
            *pkey = ring_key(ring, i);
            return APR_SUCCESS;
        }
    }
    return ring->keys->nelts
               ? vso_fail(res, VSO_P_SEALED, NULL,
                          "It is sealed with the master key %s, which "
                          "VSOCertMasterKey does not give (it gives %s): add "
                          "that key.",
                          id, vso_keyring_id(ring))
               : vso_fail(res, VSO_P_SEALED, NULL,
                          "It is sealed with the master key %s, and there is "
                          "none: set VSOCertMasterKey.",
                          id);
}

/** Key of the ring that a sealed text names. */
static apr_status_t find_key(const vso_keyring_t *ring, const char *sealed,
                             const ring_key_t **pkey, vso_result_t *res,
                             apr_pool_t *p)
{
    const char *id =
        strlen(sealed) > VSO_MAX_VALUE ? NULL : vso_seal_id(sealed, p);

    return id ? find_id(ring, id, pkey, res) : damaged(res);
}

apr_status_t vso_seal_with(const vso_keyring_t *ring, const char *id,
                           const vso_secret_t *plain, const char *aad,
                           const char **psealed, vso_result_t *res,
                           apr_pool_t *p)
{
    const ring_key_t *key = NULL;
    apr_status_t rv = find_id(ring, id, &key, res);

    return rv == APR_SUCCESS ? seal_under(key, plain, aad, psealed, res, p)
                             : rv;
}

apr_status_t vso_seal_open(const vso_keyring_t *ring, const char *sealed,
                           const char *aad, vso_secret_t **pplain,
                           vso_result_t *res, apr_pool_t *p)
{
    const ring_key_t *key = NULL;
    unsigned char *data;
    vso_secret_t *plain;
    apr_status_t rv;
    int len = 0;

    rv = find_key(ring, sealed, &key, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    data = from_base64(sealed + strlen(PREFIX) + ID_LEN + 1, &len, p);
    len -= NONCE_LEN + TAG_LEN;
    if (!data || len < 0) {
        return damaged(res);
    }
    plain = vso_secret_make((apr_size_t)len, p);
    if (!gcm(key, aad, 0, data, plain->data, len)) {
        vso_wipe(plain->data, plain->len);
        return damaged(res);
    }
    *pplain = plain;
    return APR_SUCCESS;
}
