/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Large content: vmo_package_content (one row each: who owns it) and
 * vmo_package_chunk (its bytes, base64, VSO_CHUNK bytes a row).
 *
 * Content is written in short transactions before the change that adopts it.
 * Until then it belongs to an import (vmo_import), and is deleted with it when
 * it expires. Adoption, inside the change, updates one small row of each.
 */
#ifndef VSO_CONTENT_H
#define VSO_CONTENT_H

#include <apr_pools.h>

#include "base/result.h"
#include "base/blob.h"
#include "store/change.h"

/** A new id, random, 52 bits (a number in JSON), for an import or a content:
 * these are handed out without the lock. 0 where the random number generator
 * failed: nothing is stored under that. */
apr_int64_t vso_content_new_id(void);

/** Writes one content; at most a chunk is held in memory. */
typedef struct vso_content_writer_t vso_content_writer_t;

/** Begin. The row in vmo_package_content is written at once, size 0.
 * @param import_id  owner until it is adopted; its row is there already */
apr_status_t vso_content_begin(vso_store_t *store, apr_int64_t import_id,
                               vso_content_writer_t **pwriter,
                               vso_result_t *res, apr_pool_t *p);

/** A vso_sink_fn; baton is the writer. */
apr_status_t vso_content_write(void *baton, const char *data, apr_size_t len,
                               vso_result_t *res);

/** Bytes written so far. */
apr_int64_t vso_content_written(const vso_content_writer_t *writer);

/** Write what is left, and size and SHA-256 (hex) into the row. The writer is
 * of no more use. NOT_FOUND where the import went meanwhile.
 * @param psha256  lives as long as the writer's pool */
apr_status_t vso_content_end(vso_content_writer_t *writer, apr_int64_t *pid,
                             const char **psha256, vso_result_t *res);

/** Contents that are written one after the other. Small ones share a
 * transaction: a commit costs more than they do. */
typedef struct {
    vso_store_t *store;
    int open;          /**< there is a transaction */
    apr_int64_t bytes; /**< in it */
} vso_content_batch_t;

/** Begin. Nothing else of the caller's may have a transaction open. */
void vso_content_batch_begin(vso_store_t *store, vso_content_batch_t *batch);

/** Before each content: commit what is complete, and open a transaction if
 * the content fits into one with others.
 * @param size  bytes of the content, about
 */
apr_status_t vso_content_batch_next(vso_content_batch_t *batch,
                                    apr_int64_t size, vso_result_t *res,
                                    apr_pool_t *p);

/** After the last content, and after one that failed: commit, or roll back.
 * @param rv  of the last content; failing, it is what is returned */
apr_status_t vso_content_batch_end(vso_content_batch_t *batch, apr_status_t rv,
                                   vso_result_t *res, apr_pool_t *p);

/** Read a content: a blob that holds a few chunks; one thread, lives as long as
 * p. NOT_FOUND, also while it is read; DAMAGED where its row fails its MAC, or
 * its size does not fit its chunks; reading: DAMAGED where a chunk is missing
 * or of the wrong length. Nothing is checked against the SHA-256: who reads all
 * of it does. */
apr_status_t vso_content_blob(vso_store_t *store, apr_int64_t id,
                              vso_blob_t **pblob, vso_result_t *res,
                              apr_pool_t *p);

/** What chunks of contents were when they were read first. */
typedef struct vso_content_pins_t vso_content_pins_t;

/** None yet. They live as long as p. */
vso_content_pins_t *vso_content_pins_make(apr_pool_t *p);

/** The same for who opens contents more than once, and verifies what it reads
 * once: a chunk that is not what it was before is DAMAGED. Within one blob that
 * holds anyway. */
apr_status_t vso_content_blob_pinned(vso_store_t *store, apr_int64_t id,
                                     vso_content_pins_t *pins,
                                     vso_blob_t **pblob, vso_result_t *res,
                                     apr_pool_t *p);

/** Are these bytes within the content, as a column of an element says? DAMAGED
 * where they are not: a row was edited. */
apr_status_t vso_content_holds(const vso_blob_t *content, apr_int64_t offset,
                               apr_int64_t size, vso_result_t *res);

/** Inside a change: take over a content from its import. STALE where it is
 * gone. */
apr_status_t vso_content_adopt(vso_change_t *change, apr_int64_t id,
                               apr_int64_t import_id, vso_result_t *res,
                               apr_pool_t *p);

/** Inside a change: delete a content and its chunks; a missing one is no
 * failure. */
apr_status_t vso_content_delete(vso_change_t *change, apr_int64_t id,
                                vso_result_t *res, apr_pool_t *p);

/** Delete a content that no change has adopted, and its chunks; any other one
 * stays. */
apr_status_t vso_content_drop(vso_store_t *store, apr_int64_t id,
                              vso_result_t *res, apr_pool_t *p);

#endif
