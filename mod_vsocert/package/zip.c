/* SPDX-License-Identifier: Apache-2.0 */
#include "package/zip.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "package/zip_name.h"
#include "package/zip_source.h"
#include "package/zip_walk.h"

/* What one read holds at a time. */
#define BUFFER 16384

const vso_zip_limits_t vso_zip_limits = {VSO_MAX_ZIP_ENTRIES, VSO_MAX_UNPACKED,
                                         VSO_MAX_ZIP_RATIO};

struct vso_zip_t {
    zip_t *archive; /**< NULL once it is closed */
    apr_pool_t *p;
    vso_zip_source_t source;
    vso_result_t *res;           /**< of the call that runs just now */
    apr_array_header_t *entries; /**< vso_zip_entry_t *, files */
    apr_array_header_t *sorted;  /**< the same, by name */
};

static apr_status_t discard(void *data)
{
    vso_zip_t *zip = data;

    zip_discard(zip->archive);
    return APR_SUCCESS;
}

static int by_name(const void *a, const void *b)
{
    return vso_zip_name_compare((*(vso_zip_entry_t *const *)a)->name,
                                (*(vso_zip_entry_t *const *)b)->name);
}

static void keep_files(vso_zip_t *zip, const apr_array_header_t *records,
                       apr_pool_t *p)
{
    int i;

    zip->entries = apr_array_make(p, records->nelts, sizeof(vso_zip_entry_t *));
    for (i = 0; i < records->nelts; i++) {
        vso_zip_entry_t *entry =
            &APR_ARRAY_IDX(records, i, vso_zip_record_t *)->entry;

        if (!vso_zip_is_directory(entry)) {
            APR_ARRAY_PUSH(zip->entries, vso_zip_entry_t *) = entry;
        }
    }
    zip->sorted = apr_array_copy(p, zip->entries);
    qsort(zip->sorted->elts, (size_t)zip->sorted->nelts,
          sizeof(vso_zip_entry_t *), by_name);
}

/** libzip sees the same entries. */
static int sees_same(zip_t *archive, const apr_array_header_t *records)
{
    zip_int64_t count = zip_get_num_entries(archive, 0);
    int i;

    for (i = 0; count == records->nelts && i < records->nelts; i++) {
        const vso_zip_record_t *record =
            APR_ARRAY_IDX(records, i, vso_zip_record_t *);
        const char *name =
            zip_get_name(archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);

        if (!name || strcmp(name, record->entry.name)) {
            return 0;
        }
    }
    return count == records->nelts;
}

apr_status_t vso_zip_open(const vso_blob_t *blob, const char *what,
                          const vso_zip_limits_t *limits, vso_zip_t **pzip,
                          vso_result_t *res, apr_pool_t *p)
{
    vso_zip_t *zip = apr_pcalloc(p, sizeof(*zip));
    apr_array_header_t *records = NULL;
    zip_source_t *source;
    zip_error_t error;
    apr_status_t rv = vso_zip_walk(blob, what, limits, &records, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    zip_error_init(&error);
    zip->res = res;
    zip->source.blob = blob;
    zip->source.pres = &zip->res;
    zip->source.buf = apr_palloc(p, VSO_ZIP_AHEAD);
    source = vso_zip_source(&zip->source);
    if (source) {
        zip->archive =
            zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    }
    if (!zip->archive) {
        zip_source_free(source);
        rv = vso_fail(res, VSO_P_BAD_ZIP, what,
                      "The zip archive cannot be read: %s. Transfer it again, "
                      "or ask its author to rebuild it.",
                      zip_error_strerror(&error));
        goto leave;
    }
    zip->p = p;
    apr_pool_cleanup_register(p, zip, discard, apr_pool_cleanup_null);
    if (!sees_same(zip->archive, records)) {
        rv = vso_fail(res, VSO_P_BAD_ZIP, what,
                      "The zip archive can be read in two ways. Nothing of it "
                      "is used; ask its author to rebuild it.");
        goto leave;
    }
    keep_files(zip, records, p);
    *pzip = zip;

leave:
    zip_error_fini(&error);
    return rv;
}

void vso_zip_close(vso_zip_t *zip)
{
    if (zip->archive) {
        apr_pool_cleanup_run(zip->p, zip, discard);
        zip->archive = NULL;
    }
}

const apr_array_header_t *vso_zip_entries(const vso_zip_t *zip)
{
    return zip->entries;
}

const vso_zip_entry_t *vso_zip_find(const vso_zip_t *zip, const char *name)
{
    vso_zip_entry_t wanted = {name, 0, 0, 0};
    const vso_zip_entry_t *key = &wanted;
    vso_zip_entry_t **found =
        bsearch(&key, zip->sorted->elts, (size_t)zip->sorted->nelts,
                sizeof(vso_zip_entry_t *), by_name);

    return found && !strcmp((*found)->name, name) ? *found : NULL;
}

static apr_status_t damaged(const vso_zip_entry_t *entry, const char *why,
                            vso_result_t *res)
{
    return vso_fail(res, VSO_P_BAD_ZIP, entry->name,
                    "\"%s\" cannot be unpacked: %s. The archive is damaged; "
                    "transfer it again, or ask its author to rebuild it.",
                    entry->name, why);
}

apr_status_t vso_zip_read(vso_zip_t *zip, const vso_zip_entry_t *entry,
                          vso_sink_fn *sink, void *baton, vso_result_t *res)
{
    char buf[BUFFER];
    apr_status_t rv = APR_SUCCESS;
    apr_int64_t total = 0;
    zip_int64_t len = 0;
    zip_file_t *file;

    if (!zip->archive) {
        return vso_fail(res, VSO_P_INTERNAL, entry->name,
                        "The archive is closed already.");
    }
    zip->res = res;
    file = zip_fopen_index(zip->archive, entry->index, 0);
    if (!file) {
        return damaged(entry, zip_strerror(zip->archive), res);
    }
    while (rv == APR_SUCCESS && (len = zip_fread(file, buf, BUFFER)) > 0) {
        total += len;
        if (total > entry->size) {
            rv = damaged(entry, "it is longer than declared", res);
        }
        else {
            rv = sink(baton, buf, (apr_size_t)len, res);
        }
    }
    if (rv == APR_SUCCESS && len < 0) {
        rv = damaged(entry, zip_file_strerror(file), res);
    }
    if (rv == APR_SUCCESS && total != entry->size) {
        rv = damaged(entry, "it is shorter than declared", res);
    }
    zip_fclose(file);
    return rv;
}

/** Where the next bytes of an entry go. */
typedef struct {
    char *at;
} filler_t;

/** vso_zip_read has bounded the bytes by the declared size. */
static apr_status_t fill(void *baton, const char *data, apr_size_t len,
                         vso_result_t *res)
{
    filler_t *filler = baton;

    (void)res;
    memcpy(filler->at, data, len);
    filler->at += len;
    return APR_SUCCESS;
}

apr_status_t vso_zip_load(vso_zip_t *zip, const vso_zip_entry_t *entry,
                          apr_size_t max_bytes, char **pdata, vso_result_t *res,
                          apr_pool_t *p)
{
    filler_t filler;
    apr_status_t rv;
    char *data;

    if ((apr_uint64_t)entry->size > max_bytes) {
        return vso_fail(res, VSO_P_TOO_LARGE, entry->name,
                        "\"%s\" has %" APR_INT64_T_FMT
                        " bytes; at most %" APR_SIZE_T_FMT " are accepted.",
                        entry->name, entry->size, max_bytes);
    }
    data = apr_palloc(p, (apr_size_t)entry->size + 1);
    filler.at = data;
    rv = vso_zip_read(zip, entry, fill, &filler, res);
    if (rv == APR_SUCCESS) {
        *filler.at = '\0';
        *pdata = data;
    }
    return rv;
}
