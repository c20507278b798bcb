/* SPDX-License-Identifier: Apache-2.0 */
#include "store/content.h"
#include "store/rows.h"
#include "store/transaction.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"

#define ID_BITS 52

/* Contents written in one transaction: it holds the database's lock. */
#define BATCH_BYTES (1024 * 1024)

/* What to do about damage. */
#define RESTORE                                                                \
    "Restore the database from a backup, or delete what it belongs to and "    \
    "import it again."

apr_int64_t vso_content_new_id(void)
{
    apr_uint64_t id = 0;

    while (id == 0) {
        if (RAND_bytes((unsigned char *)&id, sizeof(id)) != 1) {
            return 0;
        }
        id &= ((apr_uint64_t)1 << ID_BITS) - 1;
    }
    return (apr_int64_t)id;
}

/* Writing */

struct vso_content_writer_t {
    vso_store_t *store;
    apr_int64_t id;
    apr_int64_t written;
    apr_int64_t chunks; /**< that are in the database */
    EVP_MD_CTX *digest;
    char *buf; /**< the chunk that is being filled */
    apr_size_t used;
    apr_pool_t *p;
    apr_pool_t *scratch; /**< for one statement */
};

static apr_status_t free_digest(void *baton)
{
    EVP_MD_CTX_free(baton);
    return APR_SUCCESS;
}

static apr_status_t digest_failed(vso_result_t *res)
{
    return vso_fail(res, VSO_P_INTERNAL, NULL,
                    "OpenSSL could not digest what is to be stored.");
}

apr_status_t vso_content_begin(vso_store_t *store, apr_int64_t import_id,
                               vso_content_writer_t **pwriter,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_content_writer_t *writer = apr_pcalloc(p, sizeof(*writer));
    const char *args[2];
    apr_status_t rv;

    writer->store = store;
    writer->id = vso_content_new_id();
    writer->buf = apr_palloc(p, VSO_CHUNK);
    writer->p = p;
    apr_pool_create(&writer->scratch, p);
    writer->digest = EVP_MD_CTX_new();
    apr_pool_cleanup_register(p, writer->digest, free_digest,
                              apr_pool_cleanup_null);
    if (!writer->id || !writer->digest ||
        EVP_DigestInit_ex(writer->digest, EVP_sha256(), NULL) != 1) {
        return digest_failed(res);
    }
    args[0] = vso_db_number(writer->id, p);
    args[1] = vso_db_number(import_id, p);
    rv = vso_db_exec(vso_store_db(store), VSO_SQL_CONTENT_INSERT, args, NULL,
                     res, p);
    if (rv == APR_SUCCESS) {
        *pwriter = writer;
    }
    return rv;
}

static apr_status_t flush(vso_content_writer_t *writer, vso_result_t *res)
{
    apr_pool_t *p = writer->scratch;
    const char *args[3];
    apr_status_t rv;

    if (EVP_DigestUpdate(writer->digest, writer->buf, writer->used) != 1) {
        return digest_failed(res);
    }
    args[0] = vso_db_number(writer->id, p);
    args[1] = vso_db_number(writer->chunks, p);
    args[2] = vso_base64_encode(writer->buf, writer->used, p);
    rv = vso_db_exec(vso_store_db(writer->store), VSO_SQL_CHUNK_INSERT, args,
                     NULL, res, p);
    apr_pool_clear(p);
    writer->used = 0;
    writer->chunks++;
    return rv;
}

apr_status_t vso_content_write(void *baton, const char *data, apr_size_t len,
                               vso_result_t *res)
{
    vso_content_writer_t *writer = baton;
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && len) {
        apr_size_t room = VSO_CHUNK - writer->used;
        apr_size_t part = len < room ? len : room;

        memcpy(writer->buf + writer->used, data, part);
        writer->used += part;
        writer->written += (apr_int64_t)part;
        data += part;
        len -= part;
        if (writer->used == VSO_CHUNK) {
            rv = flush(writer, res);
        }
    }
    return rv;
}

apr_int64_t vso_content_written(const vso_content_writer_t *writer)
{
    return writer->written;
}

/** Its row went while it was written, and took only the chunks of then. */
static apr_status_t came_late(vso_content_writer_t *writer, const char **id,
                              vso_result_t *res)
{
    vso_db_exec(vso_store_db(writer->store), VSO_SQL_CHUNK_DELETE, id, NULL,
                vso_result_create(writer->p), writer->p);
    return vso_fail(res, VSO_P_NOT_FOUND, NULL,
                    "The upload was cancelled or took too long and has "
                    "expired: upload it again.");
}

apr_status_t vso_content_end(vso_content_writer_t *writer, apr_int64_t *pid,
                             const char **psha256, vso_result_t *res)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned int md_len = 0;
    const char *args[3];
    apr_status_t rv;
    int affected = 0;

    rv = writer->used ? flush(writer, res) : APR_SUCCESS;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (EVP_DigestFinal_ex(writer->digest, md, &md_len) != 1) {
        return digest_failed(res);
    }
    args[0] = vso_db_number(writer->written, writer->p);
    args[1] = vso_hex(md, md_len, writer->p);
    args[2] = vso_db_number(writer->id, writer->p);
    rv = vso_db_exec(vso_store_db(writer->store), VSO_SQL_CONTENT_END, args,
                     &affected, res, writer->p);
    if (rv == APR_SUCCESS && affected != 1) {
        rv = came_late(writer, &args[2], res);
    }
    if (rv == APR_SUCCESS) {
        *pid = writer->id;
        *psha256 = args[1];
    }
    return rv;
}

/* Batches */

void vso_content_batch_begin(vso_store_t *store, vso_content_batch_t *batch)
{
    batch->store = store;
    batch->open = 0;
    batch->bytes = 0;
}

static apr_status_t commit_batch(vso_content_batch_t *batch, vso_result_t *res,
                                 apr_pool_t *p)
{
    batch->open = 0;
    batch->bytes = 0;
    return vso_transaction_commit(vso_store_db(batch->store), res, p);
}

apr_status_t vso_content_batch_next(vso_content_batch_t *batch,
                                    apr_int64_t size, vso_result_t *res,
                                    apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    if (batch->open && batch->bytes + size > BATCH_BYTES) {
        rv = commit_batch(batch, res, p);
    }
    if (rv == APR_SUCCESS && !batch->open && size <= BATCH_BYTES) {
        rv = vso_transaction_begin(vso_store_db(batch->store), res, p);
        batch->open = rv == APR_SUCCESS;
    }
    batch->bytes += batch->open ? size : 0;
    return rv;
}

apr_status_t vso_content_batch_end(vso_content_batch_t *batch, apr_status_t rv,
                                   vso_result_t *res, apr_pool_t *p)
{
    if (!batch->open) {
        return rv;
    }
    if (rv == APR_SUCCESS) {
        return commit_batch(batch, res, p);
    }
    batch->open = 0;
    vso_transaction_rollback(vso_store_db(batch->store), p);
    return rv;
}

/* Reading */

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
    apr_pool_t *scratch; /**< for one statement */
} source_t;

/** What vmo_package_content says, and how many rows there are in
 * vmo_package_chunk. */
typedef struct {
    int found;
    apr_int64_t size;
    apr_int64_t chunks;
} extent_t;

static apr_status_t take_extent(void *baton, const vso_row_t *row,
                                vso_result_t *res)
{
    extent_t *extent = baton;

    (void)res;
    extent->found = 1;
    extent->size = vso_row_int(row, 0);
    extent->chunks = vso_row_int(row, 1);
    return APR_SUCCESS;
}

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
static apr_status_t find_extent(vso_store_t *store, apr_int64_t id,
                                extent_t *extent, vso_result_t *res,
                                apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};

    extent->found = 0;
    if (vso_db_select(vso_store_db(store), VSO_SQL_CONTENT_SIZE, args,
                      take_extent, extent, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return extent->found
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_NOT_FOUND, NULL,
                          "Content %s was deleted or replaced at the same "
                          "time: load the package again, and repeat the call "
                          "if it still applies.",
                          args[0]);
}

/** A chunk is not what it must be: its content went meanwhile, or it is
 * damaged. */
static apr_status_t bad_chunk(const source_t *source, apr_int64_t chunk,
                              const char *how, vso_result_t *res)
{
    extent_t extent;

    if (find_extent(source->store, source->id, &extent, res, source->scratch) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_fail(res, VSO_P_DAMAGED, "vmo_package_chunk",
                    "Row %" APR_INT64_T_FMT " of content %" APR_INT64_T_FMT
                    " in vmo_package_chunk is %s: " RESTORE,
                    chunk, source->id, how);
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

apr_status_t vso_content_blob(vso_store_t *store, apr_int64_t id,
                              vso_blob_t **pblob, vso_result_t *res,
                              apr_pool_t *p)
{
    source_t *source = apr_pcalloc(p, sizeof(*source));
    vso_blob_t *blob = apr_pcalloc(p, sizeof(*blob));
    extent_t extent;
    int i;

    if (find_extent(store, id, &extent, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (extent.size < 0 ||
        extent.size / VSO_CHUNK + (extent.size % VSO_CHUNK != 0) !=
            extent.chunks) {
        return vso_fail(res, VSO_P_DAMAGED, "vmo_package_content",
                        "size of content %" APR_INT64_T_FMT
                        " in vmo_package_content does not fit its rows in "
                        "vmo_package_chunk: " RESTORE,
                        id);
    }
    source->store = store;
    source->id = id;
    for (i = 0; i < HELD_CHUNKS; i++) {
        source->held[i].chunk = -1;
        apr_pool_create(&source->held[i].p, p);
    }
    apr_pool_create(&source->scratch, p);
    blob->size = extent.size;
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

/* Changes */

apr_status_t vso_content_adopt(vso_change_t *change, apr_int64_t id,
                               apr_int64_t import_id, vso_result_t *res,
                               apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p), vso_db_number(import_id, p)};
    int affected = 0;
    apr_status_t rv;

    rv = vso_db_exec(vso_store_db(change->store), VSO_SQL_CONTENT_ADOPT, args,
                     &affected, res, p);
    if (rv == APR_SUCCESS && affected != 1) {
        rv = vso_fail(res, VSO_P_STALE, NULL,
                      "The import was cancelled, confirmed or has expired "
                      "meanwhile: upload the package again.");
    }
    return rv;
}

apr_status_t vso_content_delete(vso_store_t *store, apr_int64_t id,
                                vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};
    vso_db_t *db = vso_store_db(store);
    apr_status_t rv;

    rv = vso_db_exec(db, VSO_SQL_CHUNK_DELETE, args, NULL, res, p);
    return rv == APR_SUCCESS
               ? vso_db_exec(db, VSO_SQL_CONTENT_DELETE, args, NULL, res, p)
               : rv;
}
