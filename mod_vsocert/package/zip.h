/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Zip archives (PKWARE APPNOTE 6.3.x), read with bounds and written the same
 * way each time. libzip does the reading and writing; before it sees a
 * file, the central directory is walked here, and what it says is compared
 * with the local headers, so that two programs cannot see two archives.
 *
 * Names that are accepted: valid UTF-8, relative, parts separated by '/', no
 * part empty, "." or "..", no backslash, drive letter, NUL or control
 * character, at most VSO_MAX_ZIP_NAME bytes; a directory ends in '/'. No two
 * that are the same but for case (Latin, Greek and Cyrillic letters), and no
 * file that another lies in. Methods: stored and deflated.
 */
#ifndef VSO_ZIP_H
#define VSO_ZIP_H

#include <apr_file_io.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "base/blob.h"
#include "base/result.h"
#include "package/zip_entry.h"

typedef struct vso_zip_t vso_zip_t;

/** The bounds of a package. */
extern const vso_zip_limits_t vso_zip_limits;

/**
 * Open an archive and check its whole structure.
 * @param blob  outlives p
 * @param what  the file's name for error texts ("body", "upload")
 * @param res   BAD_ZIP: no zip, cut, central directory and local headers
 *              differ, overlapping or stray bytes between entries, wrong
 *              counts, zip64 that does not hold, encrypted entries, other
 *              methods, several disks; UNSAFE_NAME; DUPLICATE_NAME;
 *              ZIP_BOMB: bounds. Each names the entry
 */
apr_status_t vso_zip_open(const vso_blob_t *blob, const char *what,
                          const vso_zip_limits_t *limits, vso_zip_t **pzip,
                          vso_result_t *res, apr_pool_t *p);

/** Give back what reading needs, before the pool goes; entries stay. */
void vso_zip_close(vso_zip_t *zip);

/** vso_zip_entry_t *, in the order of the central directory. */
const apr_array_header_t *vso_zip_entries(const vso_zip_t *zip);

/** By exact name; NULL where there is none. */
const vso_zip_entry_t *vso_zip_find(const vso_zip_t *zip, const char *name);

/** Unpack an entry to a sink; BAD_ZIP where size or CRC-32 are not as
 * declared (the sink has had bytes by then). */
apr_status_t vso_zip_read(vso_zip_t *zip, const vso_zip_entry_t *entry,
                          vso_sink_fn *sink, void *baton, vso_result_t *res);

/** Unpack an entry whole, NUL behind it; TOO_LARGE over max_bytes. */
apr_status_t vso_zip_load(vso_zip_t *zip, const vso_zip_entry_t *entry,
                          apr_size_t max_bytes, char **pdata, vso_result_t *res,
                          apr_pool_t *p);

/** One file to write. */
typedef struct {
    const char *name;
    const vso_blob_t *content;
} vso_zip_part_t;

/**
 * Write an archive: the parts in their order, deflated, all with
 * the time 1980-01-01 00:00, no directories, no extra fields that depend on
 * the machine: the same parts give the same bytes. What deflates by more than
 * vso_zip_open accepts is stored.
 * @param parts  vso_zip_part_t; contents outlive the call
 * @param out    an empty file, which is written and then left at its start
 * @param res    UNSAFE_NAME, DUPLICATE_NAME as above; what contents report;
 *               INTERNAL: the file cannot be written (disk full)
 */
apr_status_t vso_zip_write(const apr_array_header_t *parts, apr_file_t *out,
                           vso_result_t *res, apr_pool_t *p);

#endif
