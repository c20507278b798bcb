/* SPDX-License-Identifier: Apache-2.0 */
#include "package/zip.h"

#include <limits.h>
#include <string.h>

#include <apr_strings.h>

#include "package/zip_name.h"
#include "package/zip_source.h"

/* 1980-01-01, the first day that a zip can say (4.4.6). */
#define DOS_DATE ((0 << 9) | (1 << 5) | 1)
#define DOS_TIME 0

/* zlib's own middle: 9 takes five times as long, for a fiftieth of the size. */
#define DEFLATE_LEVEL 6

static apr_status_t check_names(const apr_array_header_t *parts,
                                vso_result_t *res, apr_pool_t *p)
{
    const char **names =
        apr_palloc(p, (apr_size_t)parts->nelts * sizeof(*names) + 1);
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < parts->nelts; i++) {
        names[i] = APR_ARRAY_IDX(parts, i, vso_zip_part_t).name;
        rv = vso_zip_name_check(names[i], strlen(names[i]), res, p);
    }
    return rv == APR_SUCCESS ? vso_zip_names_sort(names, parts->nelts, res, p)
                             : rv;
}

static apr_status_t failed(zip_t *archive, vso_result_t *res)
{
    return vso_fail(res, VSO_P_INTERNAL, NULL, "cannot write an archive: %s",
                    zip_strerror(archive));
}

/** Attributes, time and method are set, or libzip takes them from the clock
 * and the system. */
static int add_part(zip_t *archive, const vso_zip_part_t *part, int stored,
                    vso_zip_source_t *content)
{
    zip_source_t *source = vso_zip_source(content);
    zip_int64_t index;
    zip_uint64_t at;

    if (!source) {
        return -1;
    }
    index = zip_file_add(archive, part->name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return -1;
    }
    at = (zip_uint64_t)index;
    if (zip_set_file_compression(archive, at,
                                 stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE,
                                 DEFLATE_LEVEL) ||
        zip_file_set_dostime(archive, at, DOS_TIME, DOS_DATE, 0) ||
        zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_DOS, 0)) {
        return -1;
    }
    return 0;
}

/** Write the parts into an empty file. @param stored  for each part: not to
 * be deflated */
static apr_status_t write_parts(const apr_array_header_t *parts,
                                const char *stored, apr_file_t *out,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_zip_source_t target = {.out = out, .pres = &res};
    vso_zip_source_t *contents;
    zip_t *archive = NULL;
    zip_source_t *source;
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *work;
    int i;

    apr_pool_create(&work, p);
    target.blob = vso_blob_memory("", 0, work);
    source = vso_zip_source(&target);
    archive = source ? zip_open_from_source(source, ZIP_TRUNCATE, NULL) : NULL;
    if (!archive) {
        zip_source_free(source);
        rv = vso_fail(res, VSO_P_INTERNAL, NULL, "cannot begin an archive");
        goto leave;
    }
    contents =
        apr_pcalloc(work, (apr_size_t)parts->nelts * sizeof(*contents) + 1);
    for (i = 0; rv == APR_SUCCESS && i < parts->nelts; i++) {
        const vso_zip_part_t *part = &APR_ARRAY_IDX(parts, i, vso_zip_part_t);

        contents[i].blob = part->content;
        contents[i].pres = &res;
        if (add_part(archive, part, stored[i], &contents[i])) {
            rv = failed(archive, res);
        }
    }
    if (rv == APR_SUCCESS) {
        if (zip_close(archive) == 0) {
            archive = NULL;
        }
        else {
            rv = failed(archive, res);
        }
    }

leave:
    if (archive) {
        zip_discard(archive);
    }
    apr_pool_destroy(work);
    return rv;
}

/** Mark parts that were deflated by more than readers take for honest. */
static apr_status_t find_bombs(const apr_array_header_t *parts, apr_file_t *out,
                               char *stored, int *pfound, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_zip_limits_t limits = vso_zip_limits;
    const vso_zip_entry_t *entry;
    vso_blob_t *blob;
    vso_zip_t *zip;
    int i;

    limits.max_ratio = INT_MAX;
    if (vso_blob_file(out, &blob, res, p) != APR_SUCCESS ||
        vso_zip_open(blob, "package", &limits, &zip, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < parts->nelts; i++) {
        entry = vso_zip_find(zip, APR_ARRAY_IDX(parts, i, vso_zip_part_t).name);
        if (entry && entry->size > VSO_ZIP_RATIO_FROM &&
            entry->size / (entry->packed ? entry->packed : 1) >=
                vso_zip_limits.max_ratio) {
            stored[i] = 1;
            *pfound = 1;
        }
    }
    return APR_SUCCESS;
}

static int has_large(const apr_array_header_t *parts)
{
    int i;

    for (i = 0; i < parts->nelts; i++) {
        if (APR_ARRAY_IDX(parts, i, vso_zip_part_t).content->size >
            VSO_ZIP_RATIO_FROM) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t empty_file(apr_file_t *file, vso_result_t *res)
{
    apr_off_t start = 0;

    if (apr_file_trunc(file, 0) != APR_SUCCESS ||
        apr_file_seek(file, APR_SET, &start) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INTERNAL, NULL, "cannot empty a spool file");
    }
    return APR_SUCCESS;
}

apr_status_t vso_zip_write(const apr_array_header_t *parts, apr_file_t *out,
                           vso_result_t *res, apr_pool_t *p)
{
    apr_off_t start = 0;
    apr_status_t rv;
    apr_pool_t *work;
    int bombs = 0;
    char *stored;

    apr_pool_create(&work, p);
    stored = apr_pcalloc(work, (apr_size_t)parts->nelts + 1);
    rv = check_names(parts, res, work);
    if (rv == APR_SUCCESS) {
        rv = write_parts(parts, stored, out, res, work);
    }
    if (rv == APR_SUCCESS && has_large(parts)) {
        rv = find_bombs(parts, out, stored, &bombs, res, work);
    }
    if (rv == APR_SUCCESS && bombs) {
        rv = empty_file(out, res);
        if (rv == APR_SUCCESS) {
            rv = write_parts(parts, stored, out, res, work);
        }
    }
    apr_pool_destroy(work);
    if (rv == APR_SUCCESS &&
        apr_file_seek(out, APR_SET, &start) != APR_SUCCESS) {
        rv = vso_fail(res, VSO_P_INTERNAL, NULL, "cannot read a spool file");
    }
    return rv;
}
