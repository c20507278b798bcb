/* SPDX-License-Identifier: Apache-2.0 */
#include "package/zip_local.h"

#include <stdlib.h>
#include <string.h>

/* Signatures and fixed length of 4.3.7 and 4.3.9. */
#define LOCAL      0x04034b50
#define LOCAL_LEN  30
#define DESCRIPTOR 0x08074b50

/** What differs between a local header and its record; NULL: nothing. */
static const char *local_differs(const unsigned char *data,
                                 const vso_zip_record_t *record)
{
    const char *name = record->entry.name;
    apr_size_t name_len = strlen(name);
    apr_uint32_t crc = vso_zip_u32(data + 14);
    vso_zip_numbers_t numbers = {vso_zip_u32(data + 22), vso_zip_u32(data + 18),
                                 0};
    const char *wrong;

    if (vso_zip_u16(data + 26) != name_len ||
        memcmp(data + LOCAL_LEN, name, name_len)) {
        return "has another name in its local header";
    }
    if (((vso_zip_u16(data + 6) ^ record->flags) & ~VSO_ZIP_LEVEL) ||
        vso_zip_u16(data + 8) != record->method) {
        return "has other flags or another method in its local header";
    }
    wrong = vso_zip_extra(data + LOCAL_LEN + name_len, vso_zip_u16(data + 28),
                          name, name_len, 1, &numbers);
    if (wrong) {
        return wrong;
    }
    /* where a descriptor follows, they may be left empty here */
    if ((record->flags & VSO_ZIP_DESCRIPTOR) && crc == 0 && numbers.size == 0 &&
        numbers.packed == 0) {
        return NULL;
    }
    if (crc != record->crc ||
        numbers.size != (apr_uint64_t)record->entry.size ||
        numbers.packed != (apr_uint64_t)record->entry.packed) {
        return "has another size or checksum in its local header";
    }
    return NULL;
}

/** The data descriptor (4.3.9) fills the gap up to what comes next; with and
 * without signature, with 32 and 64 bits. */
static const char *descriptor_differs(const unsigned char *data, apr_size_t len,
                                      const vso_zip_record_t *record)
{
    static const char differs[] = "has a data descriptor that differs";
    apr_uint64_t packed;
    apr_uint64_t size;

    if (len == 16 || len == 24) {
        if (vso_zip_u32(data) != DESCRIPTOR) {
            return differs;
        }
        data += 4;
        len -= 4;
    }
    if (len == 12) {
        packed = vso_zip_u32(data + 4);
        size = vso_zip_u32(data + 8);
    }
    else {
        packed = vso_zip_u64(data + 4);
        size = vso_zip_u64(data + 12);
    }
    if (vso_zip_u32(data) != record->crc ||
        packed != (apr_uint64_t)record->entry.packed ||
        size != (apr_uint64_t)record->entry.size) {
        return differs;
    }
    return NULL;
}

/** Check what lies from a record's offset up to `next`: local header, data,
 * descriptor, nothing else. */
static apr_status_t check_local(vso_zip_window_t *window,
                                const vso_zip_record_t *record,
                                apr_int64_t next)
{
    const char *name = record->entry.name;
    const unsigned char *data;
    const char *wrong;
    apr_int64_t at = record->offset;
    apr_int64_t gap;
    apr_size_t len;

    data = vso_zip_bytes(window, at, LOCAL_LEN);
    if (!data) {
        return APR_EGENERAL;
    }
    if (vso_zip_u32(data) != LOCAL) {
        return vso_zip_bad(window, name, "has no local header");
    }
    len =
        (apr_size_t)LOCAL_LEN + vso_zip_u16(data + 26) + vso_zip_u16(data + 28);
    data = vso_zip_bytes(window, at, len);
    if (!data) {
        return APR_EGENERAL;
    }
    wrong = local_differs(data, record);
    if (wrong) {
        return vso_zip_bad(window, name, wrong);
    }
    at += (apr_int64_t)len;
    gap = next - at - record->entry.packed;
    if (gap < 0) {
        return vso_zip_bad(window, name, "overlaps what follows it");
    }
    if (!(record->flags & VSO_ZIP_DESCRIPTOR)) {
        return gap == 0
                   ? APR_SUCCESS
                   : vso_zip_bad(window, name, "has stray bytes behind it");
    }
    if (gap != 12 && gap != 16 && gap != 20 && gap != 24) {
        return vso_zip_bad(window, name,
                           "has no data descriptor, or stray bytes behind it");
    }
    data = vso_zip_bytes(window, next - gap, (apr_size_t)gap);
    wrong = data ? descriptor_differs(data, (apr_size_t)gap, record) : NULL;
    return wrong ? vso_zip_bad(window, name, wrong)
                 : (data ? APR_SUCCESS : APR_EGENERAL);
}

static int by_offset(const void *a, const void *b)
{
    const vso_zip_record_t *one = *(const vso_zip_record_t *const *)a;
    const vso_zip_record_t *two = *(const vso_zip_record_t *const *)b;

    return (one->offset > two->offset) - (one->offset < two->offset);
}

apr_status_t vso_zip_check_locals(vso_zip_window_t *window,
                                  apr_int64_t directory,
                                  const apr_array_header_t *records)
{
    apr_array_header_t *sorted = apr_array_copy(window->p, records);
    apr_status_t rv = APR_SUCCESS;
    apr_int64_t first = directory;
    int i;

    qsort(sorted->elts, (size_t)sorted->nelts, sizeof(vso_zip_record_t *),
          by_offset);
    if (sorted->nelts) {
        first = APR_ARRAY_IDX(sorted, 0, vso_zip_record_t *)->offset;
    }
    if (first != 0) {
        return vso_zip_bad(window, NULL, "has stray bytes in front");
    }
    for (i = 0; rv == APR_SUCCESS && i < sorted->nelts; i++) {
        apr_int64_t next =
            i + 1 < sorted->nelts
                ? APR_ARRAY_IDX(sorted, i + 1, vso_zip_record_t *)->offset
                : directory;

        rv = check_local(window, APR_ARRAY_IDX(sorted, i, vso_zip_record_t *),
                         next);
    }
    return rv;
}
