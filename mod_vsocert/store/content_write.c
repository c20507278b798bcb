/* SPDX-License-Identifier: Apache-2.0 */
#include "store/content_impl.h"
#include "store/row_write.h"
#include "store/transaction.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"

#define CONTENT VSO_CONTENT_TABLE
#define ID_BITS 52

/* Contents written in one transaction: it holds the database's lock. */
#define BATCH_BYTES (1024 * 1024)

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

/* Rows */

static const vso_member_t members[] = {
    VSO_MEMBER(vso_content_row_t, id),
    VSO_MEMBER(vso_content_row_t, import_id),
    VSO_MEMBER(vso_content_row_t, size),
    VSO_MEMBER(vso_content_row_t, sha256),
    VSO_MEMBER_MAC(vso_content_row_t),
    VSO_MEMBER(vso_content_row_t, chunks),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {CONTENT, sizeof(vso_content_row_t),
                                    members};

apr_status_t vso_content_find(vso_store_t *store, apr_int64_t id,
                              vso_content_row_t *row, int *pfound,
                              vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};
    apr_array_header_t *rows = NULL;
    apr_status_t rv;

    *pfound = 0;
    rv = vso_rows_list(vso_store_db(store), VSO_SQL_CONTENT_GET, args, &record,
                       &rows, res, p);
    if (rv == APR_SUCCESS && rows->nelts) {
        *row = APR_ARRAY_IDX(rows, 0, vso_content_row_t);
        *pfound = 1;
    }
    return rv;
}

/* Writing */

struct vso_content_writer_t {
    vso_store_t *store;
    apr_int64_t id;
    vso_content_row_t row; /**< as it was written */
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
    vso_content_row_t *row = &writer->row;
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
    row->id = writer->id;
    row->import_id = import_id;
    row->sha256 = "";
    rv = vso_row_insert(vso_store_db(store), NULL, CONTENT,
                        vso_row_args(&record, row, p), &row->proof, res, p);
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
static apr_status_t came_late(vso_content_writer_t *writer, vso_result_t *res)
{
    const char *id[] = {vso_db_number(writer->id, writer->p)};

    vso_db_exec(vso_store_db(writer->store), VSO_SQL_CHUNK_DELETE, id, NULL,
                vso_result_create(writer->p), writer->p);
    return vso_fail(res, VSO_P_NOT_FOUND, NULL,
                    "The upload was cancelled or took too long and has "
                    "expired: upload it again.");
}

apr_status_t vso_content_end(vso_content_writer_t *writer, apr_int64_t *pid,
                             const char **psha256, vso_result_t *res)
{
    vso_result_t *cause = vso_result_create(writer->p);
    unsigned char md[EVP_MAX_MD_SIZE];
    vso_content_row_t *row = &writer->row;
    unsigned int md_len = 0;
    apr_status_t rv;

    rv = writer->used ? flush(writer, res) : APR_SUCCESS;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (EVP_DigestFinal_ex(writer->digest, md, &md_len) != 1) {
        return digest_failed(res);
    }
    row->size = writer->written;
    row->sha256 = vso_hex(md, md_len, writer->p);
    rv = vso_row_update(vso_store_db(writer->store), NULL, CONTENT,
                        vso_row_args(&record, row, writer->p), &row->proof,
                        cause, writer->p);
    if (rv != APR_SUCCESS) {
        return cause->problem == VSO_P_STALE ? came_late(writer, res)
                                             : vso_fail_as(res, cause);
    }
    *pid = writer->id;
    *psha256 = row->sha256;
    return APR_SUCCESS;
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

/* Changes */

apr_status_t vso_content_adopt(vso_change_t *change, apr_int64_t id,
                               apr_int64_t import_id, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_content_row_t row;
    int found;

    if (vso_content_find(change->store, id, &row, &found, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!found || row.import_id != import_id) {
        return vso_fail(res, VSO_P_STALE, NULL,
                        "The import was cancelled, confirmed or has expired "
                        "meanwhile: upload the package again.");
    }
    row.import_id = 0;
    return vso_row_update(vso_store_db(change->store), change->sums, CONTENT,
                          vso_row_args(&record, &row, p), &row.proof, res, p);
}

/** Delete a content that was read.
 * @param sums  NULL: outside of a change */
static apr_status_t delete_row(vso_store_t *store, vso_row_sums_t *sums,
                               const vso_content_row_t *row, vso_result_t *res,
                               apr_pool_t *p)
{
    const char *args[] = {vso_db_number(row->id, p)};
    vso_db_t *db = vso_store_db(store);
    apr_status_t rv = vso_db_exec(db, VSO_SQL_CHUNK_DELETE, args, NULL, res, p);

    return rv == APR_SUCCESS
               ? vso_row_delete(db, sums, CONTENT, args, &row->proof, res, p)
               : rv;
}

apr_status_t vso_content_delete(vso_change_t *change, apr_int64_t id,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_content_row_t row;
    int found;
    apr_status_t rv = vso_content_find(change->store, id, &row, &found, res, p);

    return rv == APR_SUCCESS && found
               ? delete_row(change->store, change->sums, &row, res, p)
               : rv;
}

apr_status_t vso_content_drop(vso_store_t *store, apr_int64_t id,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_content_row_t row;
    int found;
    apr_status_t rv = vso_content_find(store, id, &row, &found, res, p);

    return rv == APR_SUCCESS && found && row.import_id
               ? delete_row(store, NULL, &row, res, p)
               : rv;
}
