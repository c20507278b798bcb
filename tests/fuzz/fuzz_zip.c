/* SPDX-License-Identifier: Apache-2.0 */
#define FUZZ_NAME "zip"
#include "fuzz.h"

#include "package/zip.h"
#include "package/zip_name.h"

/* Small enough for the fuzzer's own bounds of memory and time. */
static const vso_zip_limits_t limits = {1000, 4 * 1024 * 1024, 200};

/** What was read is written, and reads the same again. */
static void write_again(const apr_array_header_t *parts)
{
    const vso_zip_part_t *part = (const vso_zip_part_t *)parts->elts;
    vso_blob_t *blob;
    apr_file_t *out;
    vso_zip_t *zip;
    char *data;
    int i;

    PROMISE(vso_blob_spool(&out, res, pool) == APR_SUCCESS);
    PROMISE(vso_zip_write(parts, out, res, pool) == APR_SUCCESS);
    PROMISE(vso_blob_file(out, &blob, res, pool) == APR_SUCCESS);
    PROMISE(vso_zip_open(blob, "again", &limits, &zip, res, pool) ==
                APR_SUCCESS ||
            res->problem == VSO_P_ZIP_BOMB);
    for (i = 0; res->problem == VSO_P_NONE && i < parts->nelts; i++) {
        const vso_zip_entry_t *entry = vso_zip_find(zip, part[i].name);

        PROMISE(entry && entry->size == part[i].content->size);
        PROMISE(vso_zip_load(zip, entry, (apr_size_t)entry->size, &data, res,
                             pool) == APR_SUCCESS);
        PROMISE(!memcmp(data, part[i].content->baton, (size_t)entry->size));
    }
}

static void one(const unsigned char *data, apr_size_t len)
{
    const vso_blob_t *blob = vso_blob_memory(data, len, pool);
    const apr_array_header_t *entries;
    apr_array_header_t *parts;
    apr_int64_t total = 0;
    vso_zip_t *zip;
    int i;

    if (vso_zip_open(blob, "input", &limits, &zip, res, pool) != APR_SUCCESS) {
        PROMISE(res->problem == VSO_P_BAD_ZIP ||
                res->problem == VSO_P_UNSAFE_NAME ||
                res->problem == VSO_P_DUPLICATE_NAME ||
                res->problem == VSO_P_ZIP_BOMB);
        PROMISE(res->field && res->detail);
        return;
    }
    entries = vso_zip_entries(zip);
    parts = apr_array_make(pool, entries->nelts, sizeof(vso_zip_part_t));
    for (i = 0; i < entries->nelts; i++) {
        vso_zip_entry_t *entry = APR_ARRAY_IDX(entries, i, vso_zip_entry_t *);
        vso_zip_part_t *part;
        char *content;

        PROMISE(vso_zip_find(zip, entry->name) == entry);
        PROMISE(vso_zip_name_check(entry->name, strlen(entry->name), res,
                                   pool) == APR_SUCCESS);
        total += entry->size;
        PROMISE(entry->size >= 0 && total <= limits.max_unpacked);
        if (vso_zip_load(zip, entry, (apr_size_t)entry->size, &content, res,
                         pool) != APR_SUCCESS) {
            PROMISE(res->problem == VSO_P_BAD_ZIP);
            return;
        }
        part = apr_array_push(parts);
        part->name = entry->name;
        part->content = vso_blob_memory(content, (apr_size_t)entry->size, pool);
    }
    if (entries->nelts && entries->nelts <= 16 && total < 65536) {
        write_again(parts);
    }
}
