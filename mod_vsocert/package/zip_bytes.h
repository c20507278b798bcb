/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Little-endian numbers of a blob, read through a window that moves forward;
 * and the parts of a zip that two places need.
 */
#ifndef VSO_ZIP_BYTES_H
#define VSO_ZIP_BYTES_H

#include "base/blob.h"

/* Bytes held at a time; the longest header is 46 and three texts of 65,535. */
#define VSO_ZIP_WINDOW (256 * 1024)

/** The window, at one place of a blob. */
typedef struct {
    const vso_blob_t *blob;
    const char *what; /**< of the archive, for error texts */
    vso_result_t *res;
    apr_pool_t *p;
    char *buf;
    apr_int64_t at; /**< where in the blob buf begins */
    apr_size_t len; /**< bytes in buf */
} vso_zip_window_t;

/** Make an empty window. */
vso_zip_window_t *vso_zip_window(const vso_blob_t *blob, const char *what,
                                 vso_result_t *res, apr_pool_t *p);

/** len bytes at offset, at most VSO_ZIP_WINDOW, valid until the next call;
 * NULL where they are not within the blob (BAD_ZIP, cut) or cannot be read. */
const unsigned char *vso_zip_bytes(vso_zip_window_t *window, apr_int64_t offset,
                                   apr_size_t len);

/** A number at data. */
apr_uint16_t vso_zip_u16(const unsigned char *data);
apr_uint32_t vso_zip_u32(const unsigned char *data);
apr_uint64_t vso_zip_u64(const unsigned char *data);

/** BAD_ZIP about the archive as a whole, or one entry (name not NULL). */
apr_status_t vso_zip_bad(const vso_zip_window_t *window, const char *name,
                         const char *wrong);

/** Numbers that 32 bits may not hold. */
typedef struct {
    apr_uint64_t size;
    apr_uint64_t packed;
    apr_uint64_t offset;
} vso_zip_numbers_t;

/**
 * Read the extra fields of a header (4.5): numbers that are 0xffffffff are
 * taken from the zip64 field.
 * @param extra   len bytes
 * @param name    of the entry, name_len bytes: an Info-ZIP Unicode path must
 *                say the same
 * @param local   a local header, which has no offset
 * @return NULL, or what is wrong
 */
const char *vso_zip_extra(const unsigned char *extra, apr_size_t len,
                          const char *name, apr_size_t name_len, int local,
                          vso_zip_numbers_t *numbers);

#endif
