/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/record.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "serving/pack.h"

#define FORMAT  1
#define MAC_LEN 32
/* Where the parts of a record stand. */
#define AT_TAG    (1 + 8)
#define AT_COUNT  (AT_TAG + VSO_RECORD_ID_LEN)
#define AT_SERVED (AT_COUNT + 8)

static apr_status_t damaged(vso_result_t *res, const char *place)
{
    return vso_fail(res, VSO_P_DAMAGED, NULL,
                    "The replica's record \"%s\" was changed on the disk.",
                    place);
}

/* Texts with a MAC */

/* Place and text, as the MAC sees them. */
static int authenticate(const vso_record_derived_t *key, const char *place,
                        const vso_bytes_t *text, unsigned char mac[MAC_LEN],
                        apr_pool_t *p)
{
    vso_pack_t pack = vso_pack_make(strlen(place) + 2 + text->len, p);
    unsigned int len = 0;

    vso_pack_text(&pack, place);
    vso_pack_raw(&pack, text->data, text->len);
    return !pack.bad && HMAC(EVP_sha256(), key->mac->data, (int)key->mac->len,
                             pack.data, pack.len, mac, &len) != NULL;
}

apr_status_t vso_record_seal_text(const vso_record_keys_t *keys,
                                  const char *place, const vso_bytes_t *text,
                                  vso_bytes_t *pbytes, vso_result_t *res,
                                  apr_pool_t *p)
{
    const vso_record_derived_t *key = NULL;
    unsigned char mac[MAC_LEN];
    vso_pack_t pack;
    apr_status_t rv;

    rv = vso_record_keys_first(keys, &key, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!authenticate(key, place, text, mac, p)) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not authenticate a record.");
    }
    pack = vso_pack_make(text->len + VSO_RECORD_SEAL_LEN, p);
    vso_pack_raw(&pack, text->data, text->len);
    vso_pack_raw(&pack, key->id, VSO_RECORD_KEY_ID_LEN);
    vso_pack_raw(&pack, mac, MAC_LEN);
    *pbytes = vso_pack_bytes(&pack);
    return APR_SUCCESS;
}

apr_status_t vso_record_open_text(const vso_record_keys_t *keys,
                                  const char *place, const vso_bytes_t *bytes,
                                  vso_bytes_t *ptext, vso_result_t *res,
                                  apr_pool_t *p)
{
    vso_bytes_t text = {bytes->data, bytes->len - VSO_RECORD_SEAL_LEN, 0};
    const vso_record_derived_t *key = NULL;
    unsigned char mac[MAC_LEN];
    const unsigned char *seal;
    apr_status_t rv;

    if (bytes->len < VSO_RECORD_SEAL_LEN) {
        return damaged(res, place);
    }
    seal = bytes->data + text.len;
    rv = vso_record_keys_find(keys, seal, &key, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!authenticate(key, place, &text, mac, p) ||
        CRYPTO_memcmp(mac, seal + VSO_RECORD_KEY_ID_LEN, MAC_LEN)) {
        return damaged(res, place);
    }
    *ptext = text;
    return APR_SUCCESS;
}

int vso_record_is_by_first(const vso_record_keys_t *keys,
                           const vso_bytes_t *bytes, apr_pool_t *p)
{
    const vso_record_derived_t *key = NULL;

    return bytes->len >= VSO_RECORD_SEAL_LEN &&
           vso_record_keys_first(keys, &key, vso_result_create(p), p) ==
               APR_SUCCESS &&
           !memcmp(bytes->data + bytes->len - VSO_RECORD_SEAL_LEN, key->id,
                   VSO_RECORD_KEY_ID_LEN);
}

/* Records */

static const char *place_of(const char *entry, apr_pool_t *p)
{
    return apr_pstrcat(p, "entries/", entry, NULL);
}

static void write_version(vso_pack_t *pack, const vso_record_version_t *version)
{
    int i;

    vso_pack_number(pack, (apr_uint64_t)version->id, 8);
    vso_pack_number(pack, (apr_uint64_t)version->number, 8);
    vso_pack_number(pack, (apr_uint64_t)version->not_before_sec, 8);
    vso_pack_number(pack, (apr_uint64_t)version->not_after_sec, 8);
    vso_pack_number(pack, (apr_uint64_t)version->activated_sec, 8);
    vso_pack_text(pack, version->algorithm);
    vso_pack_raw(pack, version->key_id, VSO_RECORD_ID_LEN);
    vso_pack_raw(pack, version->fingerprint, VSO_RECORD_ID_LEN);
    vso_pack_counted(pack, version->cert.data, version->cert.len, 4);
    vso_pack_raw(pack, version->chain, VSO_RECORD_ID_LEN);
    vso_pack_counted(pack, version->key.data, version->key.len, 4);
    vso_pack_number(pack, (apr_uint64_t)version->names->nelts, 2);
    for (i = 0; i < version->names->nelts; i++) {
        vso_pack_text(pack, APR_ARRAY_IDX(version->names, i, const char *));
    }
    vso_pack_text(pack, version->ocsp_url);
}

/* What is served, and which keys are live: what the tag is of. */
static vso_pack_t write_served(const vso_record_t *record, apr_pool_t *p)
{
    vso_pack_t pack = vso_pack_make(4096, p);
    int i;

    for (i = 0; i < record->versions->nelts; i++) {
        write_version(
            &pack, &APR_ARRAY_IDX(record->versions, i, vso_record_version_t));
    }
    vso_pack_counted(&pack, record->live->elts,
                     (apr_size_t)record->live->nelts * VSO_RECORD_ID_LEN, 4);
    return pack;
}

apr_status_t vso_record_encode(const vso_record_keys_t *keys,
                               const vso_record_t *record, vso_bytes_t *pbytes,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_pack_t served = write_served(record, p);
    vso_pack_t pack = vso_pack_make(served.len + 256, p);
    unsigned char tag[VSO_RECORD_ID_LEN];
    vso_bytes_t text;
    int i;

    SHA256(served.data, served.len, tag);
    vso_pack_number(&pack, FORMAT, 1);
    vso_pack_number(&pack, (apr_uint64_t)record->as_of, 8);
    vso_pack_raw(&pack, tag, VSO_RECORD_ID_LEN);
    vso_pack_number(&pack, (apr_uint64_t)record->versions->nelts, 4);
    vso_pack_number(&pack, (apr_uint64_t)record->quarantined->nelts, 4);
    vso_pack_raw(&pack, served.data, served.len);
    for (i = 0; i < record->quarantined->nelts; i++) {
        const vso_record_bad_t *bad =
            &APR_ARRAY_IDX(record->quarantined, i, vso_record_bad_t);

        vso_pack_number(&pack, (apr_uint64_t)bad->id, 8);
        vso_pack_text(&pack, bad->algorithm);
        vso_pack_text(&pack, bad->reason);
    }
    if (served.bad || pack.bad) {
        vso_fail(res, VSO_P_INTERNAL, NULL,
                 "Entry \"%s\" is too large to be served.", record->entry);
        return APR_EINVAL;
    }
    text = vso_pack_bytes(&pack);
    return vso_record_seal_text(keys, place_of(record->entry, p), &text, pbytes,
                                res, p);
}

int vso_record_tag(const vso_bytes_t *bytes,
                   unsigned char tag[VSO_RECORD_ID_LEN])
{
    if (bytes->len < AT_SERVED + VSO_RECORD_SEAL_LEN) {
        return 0;
    }
    memcpy(tag, bytes->data + AT_TAG, VSO_RECORD_ID_LEN);
    return 1;
}

int vso_record_counts(const vso_bytes_t *bytes, apr_size_t *pversions,
                      apr_size_t *pquarantined)
{
    vso_bytes_t at = {bytes->data + AT_COUNT, 8, 0};

    if (bytes->len < AT_SERVED + VSO_RECORD_SEAL_LEN) {
        return 0;
    }
    *pversions = (apr_size_t)vso_bytes_number(&at, 4);
    *pquarantined = (apr_size_t)vso_bytes_number(&at, 4);
    return 1;
}

static void read_id(vso_bytes_t *in, unsigned char id[VSO_RECORD_ID_LEN])
{
    vso_bytes_t bytes = vso_bytes_take(in, VSO_RECORD_ID_LEN);

    if (!bytes.bad) {
        memcpy(id, bytes.data, VSO_RECORD_ID_LEN);
    }
}

static vso_bytes_t read_bytes(vso_bytes_t *in, apr_pool_t *p)
{
    vso_bytes_t bytes = vso_bytes_counted(in, 4);

    bytes.data = apr_pmemdup(p, bytes.len ? bytes.data : (const void *)"",
                             bytes.len ? bytes.len : 1);
    return bytes;
}

static void read_version(vso_bytes_t *in, vso_record_version_t *version,
                         apr_pool_t *p)
{
    apr_array_header_t *names;
    apr_uint64_t count;

    memset(version, 0, sizeof(*version));
    version->id = (apr_int64_t)vso_bytes_number(in, 8);
    version->number = (apr_int64_t)vso_bytes_number(in, 8);
    version->not_before_sec = (apr_int64_t)vso_bytes_number(in, 8);
    version->not_after_sec = (apr_int64_t)vso_bytes_number(in, 8);
    version->activated_sec = (apr_int64_t)vso_bytes_number(in, 8);
    version->algorithm = vso_pack_read_text(in, p);
    read_id(in, version->key_id);
    read_id(in, version->fingerprint);
    version->cert = read_bytes(in, p);
    read_id(in, version->chain);
    version->key = read_bytes(in, p);
    count = vso_bytes_number(in, 2);
    names = apr_array_make(p, 4, sizeof(const char *));
    while (count-- > 0 && !in->bad) {
        APR_ARRAY_PUSH(names, const char *) = vso_pack_read_text(in, p);
    }
    version->names = names;
    version->ocsp_url = vso_pack_read_text(in, p);
}

static void read_live(vso_bytes_t *in, vso_record_t *record, apr_pool_t *p)
{
    vso_bytes_t live = vso_bytes_counted(in, 4);

    if (live.len % VSO_RECORD_ID_LEN) {
        in->bad = 1;
        return;
    }
    record->live = apr_array_make(p, (int)(live.len / VSO_RECORD_ID_LEN) + 1,
                                  VSO_RECORD_ID_LEN);
    record->live->nelts = (int)(live.len / VSO_RECORD_ID_LEN);
    if (live.len) {
        memcpy(record->live->elts, live.data, live.len);
    }
}

/* Everything behind the MAC that was right. */
static int read_record(vso_bytes_t *in, vso_record_t *record, apr_pool_t *p)
{
    apr_uint64_t format = vso_bytes_number(in, 1);
    apr_uint64_t versions;
    apr_uint64_t quarantined;

    record->as_of = (apr_int64_t)vso_bytes_number(in, 8);
    vso_bytes_take(in, VSO_RECORD_ID_LEN);
    versions = vso_bytes_number(in, 4);
    quarantined = vso_bytes_number(in, 4);
    record->versions = apr_array_make(p, 2, sizeof(vso_record_version_t));
    record->live = apr_array_make(p, 1, VSO_RECORD_ID_LEN);
    record->quarantined = apr_array_make(p, 1, sizeof(vso_record_bad_t));
    while (format == FORMAT && versions-- > 0 && !in->bad) {
        read_version(in, apr_array_push(record->versions), p);
    }
    read_live(in, record, p);
    while (quarantined-- > 0 && !in->bad) {
        vso_record_bad_t *bad = apr_array_push(record->quarantined);

        bad->id = (apr_int64_t)vso_bytes_number(in, 8);
        bad->algorithm = vso_pack_read_text(in, p);
        bad->reason = vso_pack_read_text(in, p);
    }
    return format == FORMAT && !in->bad && in->len == 0;
}

apr_status_t vso_record_decode(const vso_record_keys_t *keys, const char *entry,
                               const vso_bytes_t *bytes, vso_record_t **precord,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_record_t *record = apr_pcalloc(p, sizeof(*record));
    const char *place = place_of(entry, p);
    vso_bytes_t text = {NULL, 0, 1};
    apr_status_t rv;

    rv = vso_record_open_text(keys, place, bytes, &text, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    record->entry = apr_pstrdup(p, entry);
    record->keystore_id = apr_pstrdup(p, keys->keystore_id);
    if (!read_record(&text, record, p)) {
        return damaged(res, place);
    }
    *precord = record;
    return APR_SUCCESS;
}
