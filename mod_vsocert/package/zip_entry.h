/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is known of an archive's entries, and the bounds that they are held to.
 */
#ifndef VSO_ZIP_ENTRY_H
#define VSO_ZIP_ENTRY_H

#include <apr.h>

/** One file. Directory entries are checked and left out. */
typedef struct {
    const char *name;
    apr_int64_t size; /**< unpacked, as declared; enforced when read */
    apr_int64_t packed;
    apr_uint64_t index; /**< libzip's */
} vso_zip_entry_t;

/** Bounds of one archive; vso_zip_limits (zip.h) has those of a package. */
typedef struct {
    int max_entries;          /**< directories included */
    apr_int64_t max_unpacked; /**< of all entries, bytes */
    int max_ratio;            /**< unpacked : packed, of entries over 1 MiB */
} vso_zip_limits_t;

/** The ratio of smaller entries does not count. */
#define VSO_ZIP_RATIO_FROM (1024 * 1024)

/** One entry of the central directory. */
typedef struct {
    vso_zip_entry_t entry;
    apr_int64_t offset; /**< of its local header */
    apr_uint32_t crc;
    apr_uint16_t flags;
    apr_uint16_t method;
} vso_zip_record_t;

#endif
