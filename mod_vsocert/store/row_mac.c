/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row_mac.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/hex.h"

#define MAC_LEN 32
#define ID_LEN  16 /* hex digits */
#define HEX     "0123456789abcdef"

/** What one master key gives. */
typedef struct {
    const char *id;
    EVP_MAC_CTX *row; /**< keyed: each use has a copy of it */
    EVP_MAC_CTX *sum;
} pair_t;

struct vso_row_keys_t {
    const vso_keyring_t *ring;
    int count;
    int writing; /**< which of the pairs */
    pair_t *pairs;
};

/* Keys */

static apr_status_t free_context(void *baton)
{
    EVP_MAC_CTX_free(baton);
    return APR_SUCCESS;
}

/** HMAC-SHA-256 under a key that is derived for this. */
static EVP_MAC_CTX *make_context(const vso_keyring_t *ring, int i,
                                 const char *keystore_id, const char *info,
                                 apr_pool_t *p)
{
    vso_secret_t *key = vso_keyring_hkdf(ring, i, keystore_id, info, p);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    OSSL_PARAM params[2];
    int ok;

    EVP_MAC_free(mac);
    if (context) {
        apr_pool_cleanup_register(p, context, free_context,
                                  apr_pool_cleanup_null);
    }
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                 (char *)"SHA256", 0);
    params[1] = OSSL_PARAM_construct_end();
    ok = key && context &&
         EVP_MAC_init(context, key->data, key->len, params) == 1;
    if (key) {
        vso_wipe(key->data, key->len);
    }
    return ok ? context : NULL;
}

vso_row_keys_t *vso_row_keys_make(const vso_keyring_t *ring,
                                  const char *keystore_id, apr_pool_t *p)
{
    vso_row_keys_t *keys = apr_pcalloc(p, sizeof(*keys));
    int i;

    keys->ring = ring;
    keys->count = vso_keyring_size(ring);
    keys->pairs =
        apr_pcalloc(p, (apr_size_t)(keys->count + 1) * sizeof(*keys->pairs));
    for (i = 0; i < keys->count; i++) {
        pair_t *pair = &keys->pairs[i];

        pair->id = vso_keyring_id_at(ring, i);
        pair->row = make_context(ring, i, keystore_id, "vsocert row", p);
        pair->sum = make_context(ring, i, keystore_id, "vsocert sum", p);
        if (!pair->row || !pair->sum) {
            return NULL;
        }
    }
    return keys;
}

/** The pair of a master key; NULL where it is not in the ring. */
static const pair_t *find(const vso_row_keys_t *keys, const char *id)
{
    int i;

    for (i = 0; id && i < keys->count; i++) {
        if (!strcmp(keys->pairs[i].id, id)) {
            return &keys->pairs[i];
        }
    }
    return NULL;
}

int vso_row_keys_use(vso_row_keys_t *keys, const char *id)
{
    const pair_t *pair = find(keys, id);

    if (pair) {
        keys->writing = (int)(pair - keys->pairs);
    }
    return pair != NULL;
}

const char *vso_row_keys_id(const vso_row_keys_t *keys)
{
    return keys->pairs[keys->writing].id;
}

const vso_keyring_t *vso_row_keys_ring(const vso_row_keys_t *keys)
{
    return keys->ring;
}

/* The canonical form */

/** Add a field to what is authenticated. */
static int add_field(EVP_MAC_CTX *context, char type, const char *text)
{
    char head[32];
    apr_size_t len = text ? strlen(text) : 0;

    if (!text) {
        return EVP_MAC_update(context, (const unsigned char *)"n\n", 2) == 1;
    }
    apr_snprintf(head, sizeof(head), "%c%" APR_SIZE_T_FMT ":", type, len);
    return EVP_MAC_update(context, (const unsigned char *)head, strlen(head)) ==
               1 &&
           EVP_MAC_update(context, (const unsigned char *)text, len) == 1 &&
           EVP_MAC_update(context, (const unsigned char *)"\n", 1) == 1;
}

static int add_row(EVP_MAC_CTX *context, const vso_table_t *table,
                   const char *const *values)
{
    int ok = add_field(context, 't', table->name);
    int i;

    for (i = 0; ok && table->columns[i].name; i++) {
        const vso_column_t *column = &table->columns[i];

        if (!column->unmaced) {
            ok = add_field(context, 't', column->name) &&
                 add_field(context, column->type == VSO_COLUMN_INT ? 'i' : 't',
                           values[i]);
        }
    }
    return ok;
}

/** HMAC of a row under one pair. @return 0 on failure */
static int compute(const pair_t *pair, const vso_table_t *table,
                   const char *const *values, unsigned char mac[MAC_LEN])
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(pair->row);
    size_t len = 0;
    int ok = context && add_row(context, table, values) &&
             EVP_MAC_final(context, mac, &len, MAC_LEN) == 1 && len == MAC_LEN;

    EVP_MAC_CTX_free(context);
    return ok;
}

const char *vso_row_mac(const vso_row_keys_t *keys, const vso_table_t *table,
                        const char *const *values, apr_pool_t *p)
{
    const pair_t *pair = &keys->pairs[keys->writing];
    unsigned char mac[MAC_LEN];

    return pair->id && compute(pair, table, values, mac)
               ? apr_pstrcat(p, pair->id, ".", vso_hex(mac, MAC_LEN, p), NULL)
               : NULL;
}

const char *vso_row_mac_id(const char *mac, apr_pool_t *p)
{
    return strlen(mac) == ID_LEN + 1 + 2 * MAC_LEN &&
                   strspn(mac, HEX) == ID_LEN && mac[ID_LEN] == '.' &&
                   strspn(mac + ID_LEN + 1, HEX) == 2 * MAC_LEN
               ? apr_pstrmemdup(p, mac, ID_LEN)
               : NULL;
}

vso_row_verdict_e vso_row_mac_verify(const vso_row_keys_t *keys,
                                     const vso_table_t *table,
                                     const char *const *values, apr_pool_t *p)
{
    const char *stored = values[vso_table_column(table, VSO_MAC_COLUMN)];
    const char *id = vso_row_mac_id(stored, p);
    const pair_t *pair = find(keys, id);
    unsigned char mac[MAC_LEN];

    if (!pair) {
        return id ? VSO_ROW_OTHER_KEY : VSO_ROW_FORGED;
    }
    return compute(pair, table, values, mac) &&
                   CRYPTO_memcmp(stored + ID_LEN + 1, vso_hex(mac, MAC_LEN, p),
                                 (size_t)2 * MAC_LEN) == 0
               ? VSO_ROW_HOLDS
               : VSO_ROW_FORGED;
}

/* Sums */

int vso_row_mac_addend(const vso_row_keys_t *keys, const char *mac,
                       vso_row_sum_t *addend, apr_pool_t *p)
{
    const pair_t *pair = find(keys, vso_row_mac_id(mac, p));
    EVP_MAC_CTX *context = pair ? EVP_MAC_CTX_dup(pair->sum) : NULL;
    size_t len = 0;
    int ok =
        context &&
        EVP_MAC_update(context, (const unsigned char *)mac, strlen(mac)) == 1 &&
        EVP_MAC_final(context, addend->bytes, &len, VSO_ROW_SUM_LEN) == 1 &&
        len == VSO_ROW_SUM_LEN;

    EVP_MAC_CTX_free(context);
    return ok;
}

void vso_row_sum_add(vso_row_sum_t *a, const vso_row_sum_t *b)
{
    unsigned int carry = 0;
    int i;

    for (i = VSO_ROW_SUM_LEN - 1; i >= 0; i--) {
        carry += (unsigned int)a->bytes[i] + b->bytes[i];
        a->bytes[i] = (unsigned char)(carry & 0xFF);
        carry >>= 8;
    }
}

void vso_row_sum_subtract(vso_row_sum_t *a, const vso_row_sum_t *b)
{
    unsigned int borrow = 0;
    int i;

    for (i = VSO_ROW_SUM_LEN - 1; i >= 0; i--) {
        unsigned int left = a->bytes[i];
        unsigned int taken = b->bytes[i] + borrow;

        borrow = left < taken;
        a->bytes[i] = (unsigned char)((left - taken) & 0xFF);
    }
}
