/* SPDX-License-Identifier: Apache-2.0 */
#include "store/content_impl.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <openssl/sha.h>

#include "base/base64.h"
#include "base/limits.h"
#include "store/rows.h"

/* What to do about damage. */
#define RESTORE                                                                \
    "Restore the database from a backup, or delete what it belongs to and "    \
    "import it again."

struct vso_content_pins_t {
    apr_hash_t *digests; /**< "id chunk" -> SHA-256 of the chunk */
    apr_pool_t *p;
};

/** Chunks that a source holds: a zip is read at its files, their signatures
 * and its directory in turn. */
#define HELD_CHUNKS 4

/** One chunk in memory. */
typedef struct {
    apr_int64_t chunk; /**< -1: none */
    apr_int64_t used;  /**< when it was asked for last */
    const char *data;
    apr_pool_t *p; /**< where data lives */
} held_t;

typedef struct {
    vso_store_t *store;
    apr_int64_t id;
    apr_int64_t clock;
    held_t held[HELD_CHUNKS];
    vso_content_pins_t *pins;
    apr_pool_t *scratch; /**< for one statement */
} source_t;

/** Bytes that chunk number `chunk` of a content must have. */
static apr_size_t chunk_len(apr_int64_t size, apr_int64_t chunk)
{
    apr_int64_t left = size - chunk * VSO_CHUNK;

    return (apr_size_t)(left < VSO_CHUNK ? left : VSO_CHUNK);
}

/** The place of a chunk: where it is held, or the one not asked for longest. */
static held_t *place_of(source_t *source, apr_int64_t chunk)
{
    held_t *oldest = source->held;
    int i;

    for (i = 0; i < HELD_CHUNKS; i++) {
        held_t *held = &source->held[i];

        if (held->chunk == chunk) {
            return held;
        }
        if (held->used < oldest->used) {
            oldest = held;
        }
    }
    return oldest;
}

/** NOT_FOUND where the content is not there (any more). */
static apr_status_t need_row(vso_store_t *store, apr_int64_t id,
                             vso_content_row_t *row, vso_result_t *res,
                             apr_pool_t *p)
{
    int found;

    if (vso_content_find(store, id, row, &found, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return found ? APR_SUCCESS
                 : vso_fail(res, VSO_P_NOT_FOUND, NULL,
                            "Content %" APR_INT64_T_FMT
                            " was deleted or replaced at the same "
                            "time: load the package again, and repeat the call "
                            "if it still applies.",
                            id);
}

/** A chunk is not what it must be: its content went meanwhile, or it is
 * damaged. */
static apr_status_t bad_chunk(const source_t *source, apr_int64_t chunk,
                              const char *how, vso_result_t *res)
{
    vso_content_row_t row;

    if (need_row(source->store, source->id, &row, res, source->scratch) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_fail(res, VSO_P_DAMAGED, "vmo_package_chunk",
                    "Row %" APR_INT64_T_FMT " of content %" APR_INT64_T_FMT
                    " in vmo_package_chunk is %s: " RESTORE,
                    chunk, source->id, how);
}

/** A chunk is what it was when it was read first: what was verified is what is
 * used. */
static apr_status_t pin(const source_t *source, apr_int64_t chunk,
                        const vso_secret_t *data, vso_result_t *res)
{
    vso_content_pins_t *pins = source->pins;
    const char *key =
        apr_psprintf(source->scratch, "%" APR_INT64_T_FMT " %" APR_INT64_T_FMT,
                     source->id, chunk);
    const unsigned char *known =
        apr_hash_get(pins->digests, key, APR_HASH_KEY_STRING);
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256(data->data, data->len, digest);
    if (!known) {
        apr_hash_set(pins->digests, apr_pstrdup(pins->p, key),
                     APR_HASH_KEY_STRING,
                     apr_pmemdup(pins->p, digest, sizeof(digest)));
        return APR_SUCCESS;
    }
    return memcmp(known, digest, sizeof(digest)) == 0
               ? APR_SUCCESS
               : bad_chunk(source, chunk, "not what it was a moment ago", res);
}

static apr_status_t load_chunk(const vso_blob_t *blob, apr_int64_t chunk,
                               const char **pdata, vso_result_t *res)
{
    source_t *source = blob->baton;
    held_t *held = place_of(source, chunk);
    const char *text = NULL;
    vso_secret_t *data = NULL;
    const char *args[2];

    held->used = ++source->clock;
    if (held->chunk == chunk) {
        *pdata = held->data;
        return APR_SUCCESS;
    }
    held->chunk = -1;
    apr_pool_clear(held->p);
    apr_pool_clear(source->scratch);
    args[0] = vso_db_number(source->id, source->scratch);
    args[1] = vso_db_number(chunk, source->scratch);
    if (vso_rows_text(vso_store_db(source->store), VSO_SQL_CHUNK_READ, args,
                      &text, res, source->scratch) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!text ||
        vso_base64_decode(text, strlen(text), &data, held->p) != APR_SUCCESS ||
        data->len != chunk_len(blob->size, chunk)) {
        return bad_chunk(source, chunk, text ? "damaged" : "missing", res);
    }
    if (pin(source, chunk, data, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    held->data = *pdata = (const char *)data->data;
    held->chunk = chunk;
    return APR_SUCCESS;
}

static apr_status_t read_content(const vso_blob_t *blob, apr_int64_t offset,
                                 char *buf, apr_size_t len, vso_result_t *res)
{
    const char *data = NULL;
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && len) {
        apr_int64_t chunk = offset / VSO_CHUNK;
        apr_size_t skip = (apr_size_t)(offset % VSO_CHUNK);
        apr_size_t part = chunk_len(blob->size, chunk) - skip;

        part = part < len ? part : len;
        rv = load_chunk(blob, chunk, &data, res);
        if (rv == APR_SUCCESS) {
            memcpy(buf, data + skip, part);
            buf += part;
            offset += (apr_int64_t)part;
            len -= part;
        }
    }
    return rv;
}

vso_content_pins_t *vso_content_pins_make(apr_pool_t *p)
{
    vso_content_pins_t *pins = apr_palloc(p, sizeof(*pins));

    pins->digests = apr_hash_make(p);
    pins->p = p;
    return pins;
}

apr_status_t vso_content_blob(vso_store_t *store, apr_int64_t id,
                              vso_blob_t **pblob, vso_result_t *res,
                              apr_pool_t *p)
{
    return vso_content_blob_pinned(store, id, vso_content_pins_make(p), pblob,
                                   res, p);
}

apr_status_t vso_content_blob_pinned(vso_store_t *store, apr_int64_t id,
                                     vso_content_pins_t *pins,
                                     vso_blob_t **pblob, vso_result_t *res,
                                     apr_pool_t *p)
{
    source_t *source = apr_pcalloc(p, sizeof(*source));
    vso_blob_t *blob = apr_pcalloc(p, sizeof(*blob));
    vso_content_row_t row;
    int i;

    if (need_row(store, id, &row, res, p) != APR_SUCCESS ||
        vso_row_require(&row.proof, VSO_CONTENT_TABLE, vso_db_number(id, p),
                        res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (row.size < 0 ||
        row.size / VSO_CHUNK + (row.size % VSO_CHUNK != 0) != row.chunks) {
        return vso_fail(res, VSO_P_DAMAGED, "vmo_package_content",
                        "size of content %" APR_INT64_T_FMT
                        " in vmo_package_content does not fit its rows in "
                        "vmo_package_chunk: " RESTORE,
                        id);
    }
    source->store = store;
    source->id = id;
    source->pins = pins;
    for (i = 0; i < HELD_CHUNKS; i++) {
        source->held[i].chunk = -1;
        apr_pool_create(&source->held[i].p, p);
    }
    apr_pool_create(&source->scratch, p);
    blob->size = row.size;
    blob->read = read_content;
    blob->baton = source;
    *pblob = blob;
    return APR_SUCCESS;
}

apr_status_t vso_content_holds(const vso_blob_t *content, apr_int64_t offset,
                               apr_int64_t size, vso_result_t *res)
{
    return offset >= 0 && size >= 0 && offset <= content->size &&
                   size <= content->size - offset
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_DAMAGED, "vmo_package_content",
                          "A stored file reaches beyond the end of its "
                          "content: size in vmo_package_content or files in "
                          "vmo_package_element was edited. " RESTORE);
}
