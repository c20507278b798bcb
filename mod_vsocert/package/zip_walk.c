/* SPDX-License-Identifier: Apache-2.0 */
#include "package/zip_walk.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "package/zip_local.h"
#include "package/zip_name.h"

/* Signatures and fixed lengths of 4.3. */
#define CENTRAL       0x02014b50
#define CENTRAL_LEN   46
#define END           0x06054b50
#define END_LEN       22
#define END64         0x06064b50
#define END64_LEN     56
#define LOCATOR64     0x07064b50
#define LOCATOR64_LEN 20

/* Of external attributes, as stat(2) has them. */
#define UNIX_TYPE      0170000
#define UNIX_FILE      0100000
#define UNIX_DIRECTORY 0040000

/** Where the central directory is. */
typedef struct {
    apr_uint64_t count;
    apr_uint64_t size;
    apr_uint64_t offset;
} directory_t;

static const char wrong_end64[] = "has a zip64 end record that does not hold";

int vso_zip_is_directory(const vso_zip_entry_t *entry)
{
    return entry->name[strlen(entry->name) - 1] == '/';
}

/** Find the end record: the last one of the file, and nothing behind it but
 * its comment. */
static const unsigned char *find_end(vso_zip_window_t *window,
                                     apr_int64_t *poffset)
{
    apr_int64_t size = window->blob->size;
    apr_int64_t reach = size < END_LEN + 0xffff ? size : END_LEN + 0xffff;
    const unsigned char *data =
        vso_zip_bytes(window, size - reach, (apr_size_t)reach);
    apr_int64_t i;

    for (i = reach - 4; data && i >= 0; i--) {
        if (vso_zip_u32(data + i) != END) {
            continue;
        }
        if (i + END_LEN > reach ||
            i + END_LEN + vso_zip_u16(data + i + 20) != reach) {
            vso_zip_bad(window, NULL, "is cut, or has bytes behind its end");
            return NULL;
        }
        *poffset = size - reach + i;
        return data + i;
    }
    if (data) {
        vso_zip_bad(window, NULL, "has no end record: it is cut, or no zip");
    }
    return NULL;
}

/** Find the zip64 end record through the locator in front of the end: there is
 * one disk, and the record lies right in front, without data of its own.
 * @param pat  -1 where there is no locator */
static apr_status_t find_end64(vso_zip_window_t *window, apr_int64_t end,
                               apr_int64_t *pat)
{
    apr_int64_t at = end - LOCATOR64_LEN;
    const unsigned char *data;

    *pat = -1;
    if (at < 0) {
        return APR_SUCCESS;
    }
    data = vso_zip_bytes(window, at, LOCATOR64_LEN);
    if (!data) {
        return APR_EGENERAL;
    }
    if (vso_zip_u32(data) != LOCATOR64) {
        return APR_SUCCESS;
    }
    at -= END64_LEN;
    if (vso_zip_u32(data + 4) != 0 || vso_zip_u32(data + 16) > 1 || at < 0 ||
        vso_zip_u64(data + 8) != (apr_uint64_t)at) {
        return vso_zip_bad(window, NULL, wrong_end64);
    }
    *pat = at;
    return APR_SUCCESS;
}

/** A number of the end record is that of the zip64 one, or says that it is
 * there. */
static int agrees(apr_uint64_t number, apr_uint64_t elsewhere,
                  apr_uint64_t number64)
{
    return number == elsewhere || number == number64;
}

/** The record is a zip64 end record, of one disk, and both agree. */
static int is_sound_end64(const unsigned char *data, const directory_t *dir,
                          const directory_t *dir64)
{
    return vso_zip_u32(data) == END64 &&
           vso_zip_u64(data + 4) == END64_LEN - 12 &&
           vso_zip_u32(data + 16) == 0 && vso_zip_u32(data + 20) == 0 &&
           vso_zip_u64(data + 24) == dir64->count &&
           agrees(dir->count, 0xffff, dir64->count) &&
           agrees(dir->size, 0xffffffff, dir64->size) &&
           agrees(dir->offset, 0xffffffff, dir64->offset);
}

/** Read the zip64 end record where there is one. @param pend  moved to it */
static apr_status_t read_end64(vso_zip_window_t *window, apr_int64_t *pend,
                               directory_t *dir)
{
    const unsigned char *data;
    directory_t dir64;
    apr_int64_t at;

    if (find_end64(window, *pend, &at) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (at < 0) {
        return dir->count == 0xffff || dir->size == 0xffffffff ||
                       dir->offset == 0xffffffff
                   ? vso_zip_bad(window, NULL, "lacks its zip64 end record")
                   : APR_SUCCESS;
    }
    data = vso_zip_bytes(window, at, END64_LEN);
    if (!data) {
        return APR_EGENERAL;
    }
    dir64.count = vso_zip_u64(data + 32);
    dir64.size = vso_zip_u64(data + 40);
    dir64.offset = vso_zip_u64(data + 48);
    if (!is_sound_end64(data, dir, &dir64)) {
        return vso_zip_bad(window, NULL, wrong_end64);
    }
    *dir = dir64;
    *pend = at;
    return APR_SUCCESS;
}

static apr_status_t find_directory(vso_zip_window_t *window,
                                   const vso_zip_limits_t *limits,
                                   directory_t *dir)
{
    apr_int64_t end = 0;
    const unsigned char *data = find_end(window, &end);

    if (!data) {
        return APR_EGENERAL;
    }
    if (vso_zip_u16(data + 4) != 0 || vso_zip_u16(data + 6) != 0 ||
        vso_zip_u16(data + 8) != vso_zip_u16(data + 10)) {
        return vso_zip_bad(window, NULL, "is one of several disks");
    }
    dir->count = vso_zip_u16(data + 10);
    dir->size = vso_zip_u32(data + 12);
    dir->offset = vso_zip_u32(data + 16);
    if (read_end64(window, &end, dir) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (dir->count > (apr_uint64_t)limits->max_entries) {
        return vso_fail(window->res, VSO_P_ZIP_BOMB, window->what,
                        "The archive has %" APR_UINT64_T_FMT
                        " entries; at most %d are accepted.",
                        dir->count, limits->max_entries);
    }
    if (dir->size > VSO_MAX_ZIP_DIRECTORY) {
        return vso_fail(window->res, VSO_P_ZIP_BOMB, window->what,
                        "The archive's central directory has %" APR_UINT64_T_FMT
                        " bytes; at most %d are accepted.",
                        dir->size, VSO_MAX_ZIP_DIRECTORY);
    }
    if (dir->offset > (apr_uint64_t)end ||
        dir->offset + dir->size != (apr_uint64_t)end) {
        return vso_zip_bad(window, NULL,
                           "has stray bytes around its central directory");
    }
    return APR_SUCCESS;
}

/** What an entry may not be, by its record alone; NULL: nothing. */
static const char *record_wrong(const vso_zip_record_t *record,
                                apr_uint32_t attributes)
{
    apr_uint32_t type = (attributes >> 16) & UNIX_TYPE;
    int directory = vso_zip_is_directory(&record->entry);

    if (record->flags & VSO_ZIP_ENCRYPTED) {
        return "is encrypted by zip; encrypted packages have .p7m files "
               "instead";
    }
    if (record->flags & ~VSO_ZIP_KNOWN) {
        return "has flags that are not known";
    }
    if (record->method != 0 && record->method != 8) {
        return "is packed in another way than stored or deflated";
    }
    if (type != 0 && type != UNIX_FILE &&
        !(directory && type == UNIX_DIRECTORY)) {
        return "is a link, a device or the like";
    }
    if (record->method == 0 && record->entry.size != record->entry.packed) {
        return "is stored with two different sizes";
    }
    if (directory && (record->entry.size != 0 || record->crc != 0)) {
        return "is a folder with content";
    }
    return NULL;
}

static apr_status_t check_bounds(const vso_zip_window_t *window,
                                 const vso_zip_limits_t *limits,
                                 const vso_zip_entry_t *entry,
                                 apr_int64_t *ptotal)
{
    apr_int64_t packed = entry->packed > 0 ? entry->packed : 1;

    if (entry->size > limits->max_unpacked - *ptotal) {
        return vso_fail(window->res, VSO_P_ZIP_BOMB, entry->name,
                        "With \"%s\" the archive unpacks to more than "
                        "%" APR_INT64_T_FMT " bytes.",
                        entry->name, limits->max_unpacked);
    }
    *ptotal += entry->size;
    if (entry->size > VSO_ZIP_RATIO_FROM &&
        entry->size / packed >= limits->max_ratio) {
        return vso_fail(window->res, VSO_P_ZIP_BOMB, entry->name,
                        "\"%s\" unpacks to more than %d times its size.",
                        entry->name, limits->max_ratio);
    }
    return APR_SUCCESS;
}

/** All bytes of the record at this offset; NULL: that is none. */
static const unsigned char *record_bytes(vso_zip_window_t *window,
                                         apr_int64_t offset, apr_size_t *plen)
{
    const unsigned char *data = vso_zip_bytes(window, offset, CENTRAL_LEN);

    if (!data) {
        return NULL;
    }
    if (vso_zip_u32(data) != CENTRAL) {
        vso_zip_bad(window, NULL, "has a central directory that is damaged");
        return NULL;
    }
    *plen = (apr_size_t)CENTRAL_LEN + vso_zip_u16(data + 28) +
            vso_zip_u16(data + 30) + vso_zip_u16(data + 32);
    return vso_zip_bytes(window, offset, *plen);
}

/** Fill in a record that has its name. @return NULL, or what is wrong */
static const char *fill_record(const vso_zip_window_t *window,
                               const unsigned char *data,
                               vso_zip_record_t *record)
{
    apr_uint64_t most = (apr_uint64_t)window->blob->size;
    apr_size_t name_len = vso_zip_u16(data + 28);
    vso_zip_numbers_t numbers;
    const char *wrong;

    record->flags = vso_zip_u16(data + 8);
    record->method = vso_zip_u16(data + 10);
    record->crc = vso_zip_u32(data + 16);
    numbers.packed = vso_zip_u32(data + 20);
    numbers.size = vso_zip_u32(data + 24);
    numbers.offset = vso_zip_u32(data + 42);
    wrong = vso_zip_extra(data + CENTRAL_LEN + name_len, vso_zip_u16(data + 30),
                          record->entry.name, name_len, 0, &numbers);
    if (wrong) {
        return wrong;
    }
    if (vso_zip_u16(data + 34) != 0 || numbers.size > APR_INT64_MAX ||
        numbers.packed > most || numbers.offset > most) {
        return "has sizes that cannot be";
    }
    record->entry.size = (apr_int64_t)numbers.size;
    record->entry.packed = (apr_int64_t)numbers.packed;
    record->offset = (apr_int64_t)numbers.offset;
    return record_wrong(record, vso_zip_u32(data + 38));
}

/** Read the record at *poffset and move there to the next. */
static vso_zip_record_t *read_record(vso_zip_window_t *window,
                                     apr_int64_t *poffset)
{
    vso_zip_record_t *record = apr_pcalloc(window->p, sizeof(*record));
    apr_size_t len = 0;
    const unsigned char *data = record_bytes(window, *poffset, &len);
    const char *name;
    const char *wrong;

    if (!data) {
        return NULL;
    }
    name = (const char *)data + CENTRAL_LEN;
    if (vso_zip_name_check(name, vso_zip_u16(data + 28), window->res,
                           window->p) != APR_SUCCESS) {
        return NULL;
    }
    record->entry.name =
        apr_pstrmemdup(window->p, name, vso_zip_u16(data + 28));
    wrong = fill_record(window, data, record);
    if (wrong) {
        vso_zip_bad(window, record->entry.name, wrong);
        return NULL;
    }
    *poffset += (apr_int64_t)len;
    return record;
}

static apr_status_t read_directory(vso_zip_window_t *window,
                                   const vso_zip_limits_t *limits,
                                   const directory_t *dir,
                                   apr_array_header_t *records)
{
    apr_int64_t at = (apr_int64_t)dir->offset;
    apr_int64_t end = at + (apr_int64_t)dir->size;
    apr_int64_t total = 0;
    apr_uint64_t i;

    for (i = 0; i < dir->count; i++) {
        vso_zip_record_t *record = read_record(window, &at);

        if (!record) {
            return APR_EGENERAL;
        }
        if (at > end) {
            return vso_zip_bad(window, NULL,
                               "has a central directory that is cut");
        }
        if (check_bounds(window, limits, &record->entry, &total) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        record->entry.index = i;
        APR_ARRAY_PUSH(records, vso_zip_record_t *) = record;
    }
    return at == end ? APR_SUCCESS
                     : vso_zip_bad(window, NULL,
                                   "has more entries than its end record "
                                   "says");
}

apr_status_t vso_zip_walk(const vso_blob_t *blob, const char *what,
                          const vso_zip_limits_t *limits,
                          apr_array_header_t **precords, vso_result_t *res,
                          apr_pool_t *p)
{
    directory_t dir = {0, 0, 0};
    apr_array_header_t *records;
    vso_zip_window_t *window;
    apr_pool_t *work;
    apr_status_t rv;
    int i;

    apr_pool_create(&work, p);
    window = vso_zip_window(blob, what, res, work);
    rv = find_directory(window, limits, &dir);
    if (rv != APR_SUCCESS) {
        goto leave;
    }
    records = apr_array_make(p, (int)dir.count, sizeof(vso_zip_record_t *));
    window->p = p;
    rv = read_directory(window, limits, &dir, records);
    window->p = work;
    if (rv == APR_SUCCESS) {
        rv = vso_zip_check_locals(window, (apr_int64_t)dir.offset, records);
    }
    if (rv == APR_SUCCESS) {
        const char **names =
            apr_palloc(work, (apr_size_t)records->nelts * sizeof(*names) + 1);

        for (i = 0; i < records->nelts; i++) {
            names[i] =
                APR_ARRAY_IDX(records, i, vso_zip_record_t *)->entry.name;
        }
        rv = vso_zip_names_sort(names, records->nelts, res, work);
    }
    if (rv == APR_SUCCESS) {
        *precords = records;
    }

leave:
    apr_pool_destroy(work);
    return rv;
}
