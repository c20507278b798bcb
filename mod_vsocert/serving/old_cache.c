/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/old_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_hash.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/secret.h"

#define MAGIC     "vsocert-cache 1 "
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define MAC_LEN   64
#define HEAD_LEN  (MAGIC_LEN + MAC_LEN + 1)
#define MAC_LABEL "vsocert cache"

/* What the version before wrote at the most. */
#define MAX_TEXT ((apr_size_t)4 * 1024 * 1024)

#define MAX_CHAIN  ((apr_size_t)VSO_MAX_CHAIN * VSO_MAX_CERT)
#define MAX_SEALED ((apr_size_t)2 * VSO_MAX_KEY)
#define MAX_HEX    64

/** What is in the file. */
typedef struct {
    const char *keystore_id;
    apr_int64_t generation;
    apr_array_header_t *rows; /**< vso_record_rows_t */
} old_cache_t;

static int open_file(const char *path)
{
    return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

int vso_old_cache_is(const char *path)
{
    char magic[MAGIC_LEN];
    int fd = open_file(path);
    int is = fd >= 0 && read(fd, magic, MAGIC_LEN) == (ssize_t)MAGIC_LEN &&
             !memcmp(magic, MAGIC, MAGIC_LEN);

    if (fd >= 0) {
        close(fd);
    }
    return is;
}

static apr_status_t read_file(const char *path, char **pdata, apr_size_t *plen,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_size_t max = HEAD_LEN + MAX_TEXT;
    char *data = apr_palloc(p, max + 1);
    int fd = open_file(path);
    apr_size_t len = 0;
    ssize_t n = 0;

    while (fd >= 0 && len <= max &&
           (n = read(fd, data + len, max + 1 - len)) > 0) {
        len += (apr_size_t)n;
    }
    if (fd < 0 || n < 0) {
        vso_fail(res, VSO_P_INTERNAL, NULL, "It cannot be read: %s.",
                 strerror(errno));
    }
    else if (len > max) {
        vso_fail(res, VSO_P_DAMAGED, NULL, "It is too large.");
    }
    if (fd >= 0) {
        close(fd);
    }
    *pdata = data;
    *plen = len;
    return res->problem ? APR_EGENERAL : APR_SUCCESS;
}

/* Does any of the master keys give this MAC? */
static int is_authentic(const vso_keyring_t *ring, const char *data,
                        apr_size_t len, apr_pool_t *p)
{
    vso_secret_t *stated;
    int i;

    if (len <= HEAD_LEN || memcmp(data, MAGIC, MAGIC_LEN) ||
        data[HEAD_LEN - 1] != '\n') {
        return 0;
    }
    stated = vso_secret_copy(data + MAGIC_LEN, MAC_LEN, p);
    for (i = 0; i < vso_keyring_size(ring); i++) {
        const char *mac = vso_keyring_mac(ring, i, MAC_LABEL, data + HEAD_LEN,
                                          len - HEAD_LEN, p);

        if (mac &&
            vso_secret_equal(stated, vso_secret_copy(mac, strlen(mac), p))) {
            return 1;
        }
    }
    return 0;
}

/* The text */

static apr_status_t read_version(const vso_json_t *item, vso_version_t *version,
                                 vso_result_t *res, apr_pool_t *p)
{
    struct {
        const char *name;
        apr_size_t max;
        const char **pvalue;
    } texts[] = {
        {"alias", VSO_MAX_ENTRY, &version->entry},
        {"keyType", MAX_HEX, &version->key_type},
        {"keyFingerprint", MAX_HEX, &version->key_fingerprint},
        {"fingerprint", MAX_HEX, &version->fingerprint},
        {"certificate", 2 * VSO_MAX_CERT, &version->certificate},
        {"chain", 2 * MAX_CHAIN, &version->chain},
        {"sealedKey", MAX_SEALED, &version->sealed_key},
    };
    apr_status_t rv;
    apr_size_t i;

    version->state = VSO_STATE_ACTIVE;
    version->proof.authentic = 1; /* the file's own MAC says so */
    version->place_7 = 1;
    if ((rv = vso_json_get_int(item, "id", 0, APR_INT64_MAX, &version->id,
                               res)) != APR_SUCCESS ||
        (rv = vso_json_get_int(item, "version", 0, APR_INT64_MAX,
                               &version->number, res)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i].pvalue = "";
        rv = vso_json_get_string(item, texts[i].name, texts[i].max,
                                 texts[i].pvalue, res, p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return version->id ? APR_SUCCESS
                       : vso_fail(res, VSO_P_MALFORMED, "active",
                                  "A version without an id.");
}

static apr_status_t read_head(const vso_json_t *root, old_cache_t *cache,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv;

    cache->generation = -1;
    if ((rv = vso_json_get_string(root, "keystore", MAX_HEX,
                                  &cache->keystore_id, res, p)) !=
            APR_SUCCESS ||
        (rv = vso_json_get_int(root, "generation", 0, APR_INT64_MAX,
                               &cache->generation, res)) != APR_SUCCESS) {
        return rv;
    }
    return cache->keystore_id && cache->generation >= 0
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_MALFORMED, NULL,
                          "Keystore or generation is missing.");
}

/* Of the keys that exist it says not whose they are: those of the versions
 * suffice until the database answers. */
static void add_version(old_cache_t *cache, apr_hash_t *places,
                        const vso_version_t *version, apr_pool_t *p)
{
    vso_record_rows_t *rows =
        apr_hash_get(places, version->entry, APR_HASH_KEY_STRING);

    if (!rows) {
        rows = apr_pcalloc(p, sizeof(*rows));
        rows->entry = version->entry;
        rows->as_of = cache->generation - 1;
        rows->versions = apr_array_make(p, 2, sizeof(const vso_version_t *));
        rows->live = apr_array_make(p, 2, sizeof(const char *));
        apr_hash_set(places, rows->entry, APR_HASH_KEY_STRING, rows);
        APR_ARRAY_PUSH(cache->rows, const vso_record_rows_t *) = rows;
    }
    APR_ARRAY_PUSH((apr_array_header_t *)(uintptr_t)rows->versions,
                   const vso_version_t *) = version;
    APR_ARRAY_PUSH((apr_array_header_t *)(uintptr_t)rows->live, const char *) =
        version->key_fingerprint;
}

static apr_status_t parse(const char *text, apr_size_t len, old_cache_t *cache,
                          vso_result_t *res, apr_pool_t *p)
{
    apr_hash_t *places = apr_hash_make(p);
    vso_json_t *array = NULL;
    vso_json_t *root;
    apr_status_t rv;
    apr_size_t i;

    if ((rv = vso_json_parse(text, len, &root, res, p)) != APR_SUCCESS ||
        (rv = read_head(root, cache, res, p)) != APR_SUCCESS ||
        (rv = vso_json_get_array(root, "active", &array, res)) != APR_SUCCESS) {
        return rv;
    }
    cache->rows = apr_array_make(p, 8, sizeof(const vso_record_rows_t *));
    for (i = 0; i < vso_json_length(array); i++) {
        vso_version_t *version = apr_pcalloc(p, sizeof(*version));

        rv = read_version(vso_json_item(array, i), version, res, p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        add_version(cache, places, version, p);
    }
    return APR_SUCCESS;
}

/* Into the replica */

static apr_status_t put_entry(vso_replica_txn_t *txn,
                              const vso_record_keys_t *keys,
                              const vso_record_rows_t *rows, vso_result_t *res,
                              apr_pool_t *p)
{
    apr_array_header_t *chains;
    vso_record_t *record;
    apr_status_t rv;
    int news = 0;

    rv = vso_record_make(keys, rows, NULL, &record, &chains, res, p);
    return rv == APR_SUCCESS
               ? vso_replica_put(txn, record, chains, &news, res, p)
               : rv;
}

static apr_status_t put_all(vso_replica_txn_t *txn,
                            const vso_record_keys_t *keys,
                            const old_cache_t *cache, vso_result_t *res,
                            apr_pool_t *p)
{
    const vso_position_t from = {0, ""};
    const vso_position_t to = {cache->generation, ""};
    apr_status_t rv = vso_replica_side(txn, cache->keystore_id, "", res);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < cache->rows->nelts; i++) {
        rv = put_entry(txn, keys,
                       APR_ARRAY_IDX(cache->rows, i, const vso_record_rows_t *),
                       res, p);
    }
    return rv == APR_SUCCESS ? vso_replica_move(txn, &from, &to, 1, res) : rv;
}

apr_status_t vso_old_cache_take(const char *path, vso_replica_t *replica,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_record_keys_t keys = {.ring = vso_replica_options(replica)->ring};
    old_cache_t cache = {0};
    vso_replica_txn_t *txn;
    apr_status_t rv;
    apr_size_t len;
    char *data;

    rv = read_file(path, &data, &len, res, p);
    if (rv == APR_SUCCESS && !is_authentic(keys.ring, data, len, p)) {
        rv = vso_fail(res, VSO_P_DAMAGED, NULL,
                      "It is damaged, or written with another master key.");
    }
    if (rv == APR_SUCCESS) {
        rv = parse(data + HEAD_LEN, len - HEAD_LEN, &cache, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_replica_begin(replica, &txn, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    keys.keystore_id = cache.keystore_id;
    rv = put_all(txn, &keys, &cache, res, p);
    if (rv != APR_SUCCESS) {
        vso_replica_abort(txn);
        return rv;
    }
    rv = vso_replica_commit(txn, res);
    vso_shared_bump(vso_replica_options(replica)->shared);
    return rv;
}
