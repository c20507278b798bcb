/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes that are too many to hold: read at any place, written in order. A
 * package of 64 MiB passes through memory a buffer at a time, whether it lies
 * in the database, in a spool file or (tests, small parts) in memory.
 */
#ifndef VSO_BLOB_H
#define VSO_BLOB_H

#include <apr_file_io.h>
#include <apr_pools.h>

#include "base/result.h"

/** A source of `size` bytes. */
typedef struct vso_blob_t vso_blob_t;
struct vso_blob_t {
    apr_int64_t size;
    /** Read exactly len bytes from offset; both lie within size (vso_blob_read
     * has checked). A failure has filled res. */
    apr_status_t (*read)(const vso_blob_t *blob, apr_int64_t offset, char *buf,
                         apr_size_t len, vso_result_t *res);
    void *baton;
};

/** Where bytes go, in order. Anything but APR_SUCCESS ends it; res says why. */
typedef apr_status_t vso_sink_fn(void *baton, const char *data, apr_size_t len,
                                 vso_result_t *res);

/** Bytes in memory, not copied: data outlives the blob. */
vso_blob_t *vso_blob_memory(const void *data, apr_size_t len, apr_pool_t *p);

/** Bytes of an open file, whose position is moved about. One thread. */
apr_status_t vso_blob_file(apr_file_t *file, vso_blob_t **pblob,
                           vso_result_t *res, apr_pool_t *p);

/** A window of another blob, which outlives it. */
vso_blob_t *vso_blob_part(const vso_blob_t *blob, apr_int64_t offset,
                          apr_int64_t size, apr_pool_t *p);

/** Read exactly len bytes; INTERNAL where they are not within size. */
apr_status_t vso_blob_read(const vso_blob_t *blob, apr_int64_t offset,
                           char *buf, apr_size_t len, vso_result_t *res);

/** Hand the whole blob to a sink, a buffer at a time. */
apr_status_t vso_blob_copy(const vso_blob_t *blob, vso_sink_fn *sink,
                           void *baton, vso_result_t *res);

/** The whole blob in memory, NUL behind it; TOO_LARGE over max_bytes. */
apr_status_t vso_blob_load(const vso_blob_t *blob, apr_size_t max_bytes,
                           const char *name, char **pdata, vso_result_t *res,
                           apr_pool_t *p);

/** SHA-256 of the whole blob, lower-case hex. */
apr_status_t vso_blob_sha256(const vso_blob_t *blob, const char **phex,
                             vso_result_t *res, apr_pool_t *p);

/** A private file for spooling, mode 0600, in the system's folder for
 * temporary files, without a name from the start: gone with p or the process.
 */
apr_status_t vso_blob_spool(apr_file_t **pfile, vso_result_t *res,
                            apr_pool_t *p);

/** A vso_sink_fn that writes to such a file. @param file  apr_file_t */
apr_status_t vso_blob_append(void *file, const char *data, apr_size_t len,
                             vso_result_t *res);

#endif
