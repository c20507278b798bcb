/* SPDX-License-Identifier: Apache-2.0 */
#include "package/zip.h"

#include <string.h>

#include <apr_strings.h>

#include "package/zip_name.h"
#include "package/zip_source.h"

/* 1980-01-01, the first day that a zip can say (4.4.6). */
#define DOS_DATE ((0 << 9) | (1 << 5) | 1)
#define DOS_TIME 0

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
static int add_part(zip_t *archive, const vso_zip_part_t *part,
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
    if (zip_set_file_compression(archive, at, ZIP_CM_DEFLATE, 9) ||
        zip_file_set_dostime(archive, at, DOS_TIME, DOS_DATE, 0) ||
        zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_DOS, 0)) {
        return -1;
    }
    return 0;
}

apr_status_t vso_zip_write(const apr_array_header_t *parts, apr_file_t *out,
                           vso_result_t *res, apr_pool_t *p)
{
    vso_zip_source_t target = {.out = out, .pres = &res};
    vso_zip_source_t *contents;
    zip_t *archive = NULL;
    zip_source_t *source;
    apr_status_t rv;
    apr_off_t start = 0;
    apr_pool_t *work;
    int i;

    apr_pool_create(&work, p);
    rv = check_names(parts, res, work);
    if (rv != APR_SUCCESS) {
        goto leave;
    }
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
        if (add_part(archive, part, &contents[i])) {
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
    if (rv == APR_SUCCESS &&
        apr_file_seek(out, APR_SET, &start) != APR_SUCCESS) {
        rv = vso_fail(res, VSO_P_INTERNAL, NULL, "cannot read a spool file");
    }

leave:
    if (archive) {
        zip_discard(archive);
    }
    apr_pool_destroy(work);
    return rv;
}
