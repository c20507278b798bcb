/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/limits.h"
#include "bomb.h"
#include "package/zip.h"
#include "zip_make.h"

#define MIB (1024 * 1024)

static apr_array_header_t *parts_of(const char *name, const vso_blob_t *content)
{
    apr_array_header_t *parts = apr_array_make(pool, 4, sizeof(vso_zip_part_t));
    vso_zip_part_t *part = apr_array_push(parts);

    part->name = name;
    part->content = content;
    return parts;
}

static void add_part(apr_array_header_t *parts, const char *name,
                     const vso_blob_t *content)
{
    vso_zip_part_t *part = apr_array_push(parts);

    part->name = name;
    part->content = content;
}

static vso_blob_t *written(const apr_array_header_t *parts)
{
    vso_blob_t *blob;
    apr_file_t *out;

    assert_ok(vso_blob_spool(&out, res, pool));
    assert_ok(vso_zip_write(parts, out, res, pool));
    assert_ok(vso_blob_file(out, &blob, res, pool));
    return blob;
}

static vso_blob_t *zeros(apr_size_t len)
{
    return vso_blob_memory(apr_pcalloc(pool, len), len, pool);
}

static apr_status_t open_blob(const vso_blob_t *blob, vso_zip_t **pzip)
{
    return vso_zip_open(blob, "upload", &vso_zip_limits, pzip, res, pool);
}

START_TEST(test_refuses_a_bomb_by_ratio)
{
    vso_zip_t *zip;

    /* what is small does no harm */
    assert_ok(open_blob(written(parts_of("small", zeros(MIB))), &zip));
    ck_assert_int_ne(open_blob(bomb_zip("large", MIB + 1, res, pool), &zip),
                     APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_ZIP_BOMB);
    ck_assert_str_eq(res->field, "large");
}
END_TEST

START_TEST(test_refuses_a_bomb_by_total)
{
    static const vso_zip_limits_t limits = {10, 3 * 512 * 1024, 200};
    apr_array_header_t *parts = parts_of("a", zeros(MIB / 2));
    vso_zip_t *zip;

    add_part(parts, "b", zeros(MIB / 2));
    add_part(parts, "c", zeros(MIB / 2));
    assert_ok(vso_zip_open(written(parts), "upload", &limits, &zip, res, pool));
    add_part(parts, "d", zeros(1));
    assert_refused(
        vso_zip_open(written(parts), "upload", &limits, &zip, res, pool),
        VSO_P_ZIP_BOMB);
}
END_TEST

static zip_made_t many(apr_size_t count)
{
    zip_item_t *items = apr_pcalloc(pool, count * sizeof(*items));
    apr_size_t i;

    for (i = 0; i < count; i++) {
        items[i].name =
            apr_psprintf(pool, "elements/%" APR_SIZE_T_FMT "/info", i);
        items[i].data = "";
    }
    return make_zip(items, count, 0, pool);
}

/** 100,000 are more than a zip without zip64 can count. */
START_TEST(test_refuses_a_bomb_by_count)
{
    static const apr_size_t counts[] = {VSO_MAX_ZIP_ENTRIES,
                                        VSO_MAX_ZIP_ENTRIES + 1, 100000};
    zip_made_t made = many(counts[_i]);
    vso_blob_t *blob = vso_blob_memory(made.data, made.len, pool);
    vso_zip_t *zip;

    if (_i == 0) {
        assert_ok(open_blob(blob, &zip));
        ck_assert_int_eq(vso_zip_entries(zip)->nelts, VSO_MAX_ZIP_ENTRIES);
        ck_assert_ptr_nonnull(vso_zip_find(zip, "elements/31415/info"));
    }
    else {
        assert_refused(open_blob(blob, &zip), VSO_P_ZIP_BOMB);
    }
}
END_TEST

/** Few entries, whose extra fields fill memory. */
START_TEST(test_refuses_a_bomb_by_directory)
{
    zip_item_t items[300];
    char *extra = apr_pcalloc(pool, 65535);
    zip_made_t made;
    vso_zip_t *zip;
    int i;

    zip_put16(extra, 0x9999);
    zip_put16(extra + 2, 65531);
    memset(items, 0, sizeof(items));
    for (i = 0; i < 300; i++) {
        items[i].name = apr_psprintf(pool, "%d", i);
        items[i].data = "";
        items[i].extra = extra;
        items[i].extra_len = 65535;
    }
    made = make_zip(items, 300, 0, pool);
    assert_refused(open_blob(vso_blob_memory(made.data, made.len, pool), &zip),
                   VSO_P_ZIP_BOMB);
}
END_TEST

/** A deflated file that unpacks to more, or less, than it says. */
START_TEST(test_sizes_are_enforced)
{
    vso_blob_t *blob = written(parts_of("f", zeros(50000)));
    char *data;
    vso_zip_t *zip;
    apr_size_t len = (apr_size_t)blob->size;

    assert_ok(vso_blob_load(blob, MIB, "f", &data, res, pool));
    zip_put32(data + 22, 50000 + (_i ? 1 : -1));
    zip_put32(data + len - 22 - 47 + 24, 50000 + (_i ? 1 : -1));
    assert_ok(open_blob(vso_blob_memory(data, len, pool), &zip));
    assert_refused(
        vso_zip_load(zip, vso_zip_find(zip, "f"), MIB, &data, res, pool),
        VSO_P_BAD_ZIP);
}
END_TEST

static const char *digest(const apr_array_header_t *parts)
{
    const char *hex;

    assert_ok(vso_blob_sha256(written(parts), &hex, res, pool));
    return hex;
}

/** The same bytes whatever the clock, the zone and the source are: all are of
 * 1980-01-01, 00:00. */
START_TEST(test_writes_the_same_bytes)
{
    apr_size_t len = 300000;
    char *data = apr_palloc(pool, len);
    apr_array_header_t *parts;
    apr_array_header_t *again;
    const char *first;
    apr_file_t *file;
    vso_blob_t *blob;
    apr_size_t i;

    for (i = 0; i < len; i++) {
        data[i] = (char)(i * i >> 7);
    }
    assert_ok(vso_blob_spool(&file, res, pool));
    apr_file_write_full(file, data, len, NULL);
    assert_ok(vso_blob_file(file, &blob, res, pool));
    parts = parts_of("dunes-meta-inf", vso_blob_memory("m", 1, pool));
    add_part(parts, "elements/\xc3\xa4/data", vso_blob_memory(data, len, pool));
    add_part(parts, "empty", vso_blob_memory("", 0, pool));
    again = parts_of("dunes-meta-inf", vso_blob_memory("m", 1, pool));
    add_part(again, "elements/\xc3\xa4/data", blob);
    add_part(again, "empty", vso_blob_memory("", 0, pool));
    setenv("TZ", "Pacific/Auckland", 1);
    first = digest(parts);
    setenv("TZ", "America/New_York", 1);
    ck_assert_str_eq(digest(again), first);
    unsetenv("TZ");
    assert_ok(vso_blob_load(written(parts), MIB, "zip", &data, res, pool));
    ck_assert_mem_eq(data + 10, "\0\0\x21\0", 4);
}
END_TEST

START_TEST(test_reads_what_it_writes)
{
    static const char *const names[] = {"b", "a/\xc3\xa4", "a/b/c", "B2"};
    apr_size_t len = 200000;
    char *data = apr_palloc(pool, len);
    apr_array_header_t *parts = parts_of("z", vso_blob_memory("", 0, pool));
    const apr_array_header_t *entries;
    vso_zip_t *zip;
    apr_size_t i;
    char *read;

    for (i = 0; i < len; i++) {
        data[i] = (char)(i ^ i >> 9);
    }
    for (i = 0; i < 4; i++) {
        add_part(parts, names[i], vso_blob_memory(data + i, len - 7 * i, pool));
    }
    assert_ok(open_blob(written(parts), &zip));
    entries = vso_zip_entries(zip);
    ck_assert_int_eq(entries->nelts, 5);
    for (i = 0; i < 4; i++) {
        const vso_zip_entry_t *entry =
            APR_ARRAY_IDX(entries, i + 1, vso_zip_entry_t *);

        ck_assert_str_eq(entry->name, names[i]);
        ck_assert_int_eq(entry->size, (apr_int64_t)(len - 7 * i));
        assert_ok(vso_zip_load(zip, entry, len, &read, res, pool));
        ck_assert_mem_eq(read, data + i, len - 7 * i);
    }
}
END_TEST

START_TEST(test_writes_no_bad_names)
{
    apr_array_header_t *parts = parts_of("a", zeros(1));
    apr_file_t *out;

    assert_ok(vso_blob_spool(&out, res, pool));
    add_part(parts, "A", zeros(1));
    assert_refused(vso_zip_write(parts, out, res, pool), VSO_P_DUPLICATE_NAME);
    parts = parts_of("../a", zeros(1));
    assert_refused(vso_zip_write(parts, out, res, pool), VSO_P_UNSAFE_NAME);
}
END_TEST

static apr_status_t read_never(const vso_blob_t *blob, apr_int64_t offset,
                               char *buf, apr_size_t len, vso_result_t *why)
{
    (void)blob;
    (void)offset;
    (void)buf;
    (void)len;
    return vso_fail(why, VSO_P_DATABASE, NULL, "gone");
}

START_TEST(test_writing_reports_what_a_source_reports)
{
    static const vso_blob_t gone = {100, read_never, NULL};
    apr_array_header_t *parts = parts_of("a", zeros(10));
    apr_file_t *out;

    add_part(parts, "b", &gone);
    assert_ok(vso_blob_spool(&out, res, pool));
    assert_refused(vso_zip_write(parts, out, res, pool), VSO_P_DATABASE);
}
END_TEST

START_TEST(test_a_full_disk_is_reported)
{
    apr_file_t *out;

    ck_assert_int_eq(apr_file_open(&out, "/dev/full", APR_FOPEN_WRITE, 0, pool),
                     APR_SUCCESS);
    ck_assert_int_ne(
        vso_zip_write(parts_of("a", zeros(100000)), out, res, pool),
        APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_INTERNAL);
    ck_assert_ptr_nonnull(strstr(res->detail, "full"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("zip bounds");
    TCase *tc = unit_case(s, "bombs");

    tcase_add_test(tc, test_refuses_a_bomb_by_ratio);
    tcase_add_test(tc, test_refuses_a_bomb_by_total);
    tcase_add_loop_test(tc, test_refuses_a_bomb_by_count, 0, 3);
    tcase_add_test(tc, test_refuses_a_bomb_by_directory);
    tcase_add_loop_test(tc, test_sizes_are_enforced, 0, 2);
    tc = unit_case(s, "writing");
    tcase_add_test(tc, test_writes_the_same_bytes);
    tcase_add_test(tc, test_reads_what_it_writes);
    tcase_add_test(tc, test_writes_no_bad_names);
    tcase_add_test(tc, test_writing_reports_what_a_source_reports);
    tcase_add_test(tc, test_a_full_disk_is_reported);
    return s;
}
