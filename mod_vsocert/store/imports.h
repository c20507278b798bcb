/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Staged imports, vmo_import: uploaded packages that wait for a decision on
 * their review. Any node can confirm them. Rows are written without the lock:
 * they change nothing that is served or stored.
 */
#ifndef VSO_IMPORTS_H
#define VSO_IMPORTS_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/change.h"
#include "store/row_proof.h"

typedef struct {
    apr_int64_t id;
    apr_int64_t content_id; /**< of the uploaded bytes; 0 while uploading */
    const char *sha256;     /**< of them; "" while uploading */
    apr_int64_t size;
    const char *name; /**< of the package */
    const char *created_by;
    apr_int64_t created_sec;
    apr_int64_t expires_sec;
    vso_row_proof_t proof; /**< what its MAC says */
} vso_import_row_t;

/** Insert a row that is uploading: created_by, created_sec and expires_sec are
 * given, id is set. It has to be renewed until it is staged. SLOW_DOWN with
 * VSO_MAX_IMPORTS rows that have not expired at created_sec, or with
 * VSO_MAX_RECEIVING of this user's that are uploading. */
apr_status_t vso_imports_begin(vso_store_t *store, vso_import_row_t *row,
                               vso_result_t *res, apr_pool_t *p);

/** Let rows that are still uploading live for VSO_IMPORT_ALIVE_SEC from now on,
 * by the database's clock. */
apr_status_t vso_imports_renew(vso_store_t *store, const apr_int64_t *ids,
                               int count, vso_result_t *res, apr_pool_t *p);

/** The upload is complete and was understood: content_id, sha256, size, name,
 * expires_sec are written. NOT_FOUND where it went meanwhile. */
apr_status_t vso_imports_stage(vso_store_t *store, const vso_import_row_t *row,
                               vso_result_t *res, apr_pool_t *p);

/** One staged import; NOT_FOUND, field "id", also when it has expired at
 * now_sec or is still being uploaded. DAMAGED where its row fails its MAC. */
apr_status_t vso_imports_get(vso_store_t *store, apr_int64_t id,
                             apr_int64_t now_sec, vso_import_row_t **prow,
                             vso_result_t *res, apr_pool_t *p);

/** All staged imports that have not expired, newest first. */
apr_status_t vso_imports_list(vso_store_t *store, apr_int64_t now_sec,
                              apr_array_header_t **prows, vso_result_t *res,
                              apr_pool_t *p);

/** Delete an import with every content that is still its own; in a
 * transaction of its own, or inside a change (then change is not NULL).
 * NOT_FOUND. */
apr_status_t vso_imports_delete(vso_store_t *store, vso_change_t *change,
                                apr_int64_t id, vso_result_t *res,
                                apr_pool_t *p);

/** Delete all that have expired with their content, each in a transaction of
 * its own: for every few seconds. One that is renewed, staged or confirmed
 * meanwhile stays. *pcount: how many went. */
apr_status_t vso_imports_expire(vso_store_t *store, apr_int64_t now_sec,
                                int *pcount, vso_result_t *res, apr_pool_t *p);

/** Delete content without an import, and chunks without a content. It reads
 * whole tables: for every few minutes. */
apr_status_t vso_imports_drop_orphans(vso_store_t *store, vso_result_t *res,
                                      apr_pool_t *p);

#endif
