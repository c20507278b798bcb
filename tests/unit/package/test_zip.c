/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/limits.h"
#include "package/zip.h"
#include "zip_make.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static apr_status_t open_bytes(const char *data, apr_size_t len,
                               vso_zip_t **pzip)
{
    /* of its own, so that a read past the end is seen */
    return vso_zip_open(
        vso_blob_memory(apr_pmemdup(pool, data, len), len, pool), "upload",
        &vso_zip_limits, pzip, res, pool);
}

static apr_status_t open_made(const zip_made_t *made, vso_zip_t **pzip)
{
    return open_bytes(made->data, made->len, pzip);
}

static void assert_holds(vso_zip_t *zip, const char *name, const char *content)
{
    const vso_zip_entry_t *entry = vso_zip_find(zip, name);
    char *data;

    ck_assert_ptr_nonnull(entry);
    assert_ok(vso_zip_load(zip, entry, 1000, &data, res, pool));
    ck_assert_str_eq(data, content);
}

/** Two files, the second with what the test wants. */
static zip_made_t two(zip_item_t *items, int zip64)
{
    items[0].name = "first";
    items[0].data = "one";
    items[0].len = 3;
    items[1].name = "second";
    items[1].data = "two!";
    items[1].len = 4;
    return make_zip(items, 2, zip64, pool);
}

/** What real writers do: no descriptor, and each form of one. */
START_TEST(test_reads_every_descriptor)
{
    static const int forms[] = {0, 12, 16, 20, 24};
    zip_item_t items[2] = {{0}};
    zip_made_t made;
    vso_zip_t *zip;

    items[0].descriptor = forms[_i];
    made = two(items, 0);
    assert_ok(open_made(&made, &zip));
    ck_assert_int_eq(vso_zip_entries(zip)->nelts, 2);
    assert_holds(zip, "first", "one");
    assert_holds(zip, "second", "two!");
    ck_assert_ptr_null(vso_zip_find(zip, "First"));
    ck_assert_ptr_null(vso_zip_find(zip, "third"));
}
END_TEST

START_TEST(test_leaves_folders_out)
{
    zip_item_t items[] = {
        {.name = "a/"},
        {.name = "a/b/", .local_extra = "\xfe\xca\0\0", .local_extra_len = 4},
        {.name = "a/b/c", .data = "x", .len = 1}};
    zip_made_t made = make_zip(items, 3, 0, pool);
    vso_zip_t *zip;

    assert_ok(open_made(&made, &zip));
    ck_assert_int_eq(vso_zip_entries(zip)->nelts, 1);
    assert_holds(zip, "a/b/c", "x");
}
END_TEST

START_TEST(test_reads_an_empty_archive)
{
    zip_made_t made = make_zip(NULL, 0, 0, pool);
    vso_zip_t *zip;

    assert_ok(open_made(&made, &zip));
    ck_assert_int_eq(vso_zip_entries(zip)->nelts, 0);
    ck_assert_ptr_null(vso_zip_find(zip, "a"));
}
END_TEST

/** Sizes in the zip64 field, and the zip64 end record, though not needed. */
START_TEST(test_reads_zip64)
{
    static const char extra[] = "\1\0\x10\0\3\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0";
    zip_item_t items[2] = {{0}};
    zip_made_t made;
    vso_zip_t *zip;

    items[0].extra = items[0].local_extra = extra;
    items[0].extra_len = items[0].local_extra_len = 20;
    made = two(items, 1);
    zip_put32(made.data + items[0].central_at + 20, 0xffffffff);
    zip_put32(made.data + items[0].central_at + 24, 0xffffffff);
    zip_put32(made.data + items[0].local_at + 18, 0xffffffff);
    zip_put32(made.data + items[0].local_at + 22, 0xffffffff);
    assert_ok(open_made(&made, &zip));
    assert_holds(zip, "first", "one");
}
END_TEST

/** Where a lie is written. */
typedef enum { LOCAL, CENTRAL, SECOND_LOCAL, SECOND, END, END64 } where_e;

/** One lie in an archive that is fine otherwise. */
typedef struct {
    const char *what;
    where_e where;
    int offset;
    int bytes;
    apr_uint32_t value;
} lie_t;

static const lie_t lies[] = {
    {"encrypted", CENTRAL, 8, 2, 0x0001},
    {"encrypted, strong", CENTRAL, 8, 2, 0x0041},
    {"headers masked", CENTRAL, 8, 2, 0x2000},
    {"patched data", CENTRAL, 8, 2, 0x0020},
    {"bzip2", CENTRAL, 10, 2, 12},
    {"AES", CENTRAL, 10, 2, 99},
    {"deflated, locally stored", CENTRAL, 10, 2, 8},
    {"a symbolic link", CENTRAL, 38, 4, 0xa1ff0000},
    {"a pipe", CENTRAL, 38, 4, 0x11ff0000},
    {"a device", CENTRAL, 38, 4, 0x61ff0000},
    {"a folder that is a file", CENTRAL, 38, 4, 0x41ff0000},
    {"another CRC", CENTRAL, 16, 4, 1},
    {"another packed size", CENTRAL, 20, 4, 2},
    {"another size", CENTRAL, 24, 4, 2},
    {"a size of 4 GiB", CENTRAL, 24, 4, 0xffffffff},
    {"a packed size of 4 GiB", CENTRAL, 20, 4, 0xffffffff},
    {"a longer name", CENTRAL, 28, 2, 6},
    {"a shorter name", CENTRAL, 28, 2, 4},
    {"an extra field that is none", CENTRAL, 30, 2, 7},
    {"a long comment", CENTRAL, 32, 2, 0xffff},
    {"on another disk", CENTRAL, 34, 2, 1},
    {"begins elsewhere", CENTRAL, 42, 4, 1},
    {"no record", CENTRAL, 0, 4, 0x02014b51},
    {"no local header", LOCAL, 0, 4, 0x04034b51},
    {"another local name", LOCAL, 30, 1, 'F'},
    {"local flags", LOCAL, 6, 2, 0x0800},
    {"a local descriptor", LOCAL, 6, 2, 0x0008},
    {"local method", LOCAL, 8, 2, 8},
    {"local CRC", LOCAL, 14, 4, 1},
    {"local packed size", LOCAL, 18, 4, 2},
    {"local size", LOCAL, 22, 4, 4},
    {"local size of 4 GiB", LOCAL, 22, 4, 0xffffffff},
    {"local name's length", LOCAL, 26, 2, 4},
    {"local extra field's length", LOCAL, 28, 2, 1},
    {"the same bytes as the first", SECOND, 42, 4, 0},
    {"within the first", SECOND, 42, 4, 20},
    {"behind the end", SECOND, 42, 4, 0x7fffffff},
    {"in the central directory", SECOND, 42, 4, 80},
    {"no second local header", SECOND_LOCAL, 0, 4, 0},
    {"another disk", END, 4, 2, 1},
    {"the directory on another disk", END, 6, 2, 1},
    {"two counts", END, 8, 2, 1},
    {"a directory one byte shorter", END, 12, 4, 102},
    {"a directory one byte longer", END, 12, 4, 104},
    {"a huge directory", END, 12, 4, 0x00ffffff},
    {"a directory that begins earlier", END, 16, 4, 1},
    {"a directory behind the end", END, 16, 4, 0x7fffffff},
    {"a zip64 directory that is none", END, 16, 4, 0xffffffff},
    {"a comment that is cut", END, 20, 2, 1},
    {"zip64: another count", END64, 32, 4, 3},
    {"zip64: another count on this disk", END64, 24, 4, 1},
    {"zip64: another size", END64, 40, 4, 1},
    {"zip64: a huge size", END64, 44, 4, 1},
    {"zip64: another offset", END64, 48, 4, 0},
    {"zip64: no record", END64, 0, 4, 0},
    {"zip64: a longer record", END64, 4, 4, 45},
    {"zip64: another disk", END64, 16, 4, 1},
    {"zip64: the locator points elsewhere", END64, 64, 4, 0},
    {"zip64: the locator points far away", END64, 68, 4, 0xffffffff},
    {"zip64: two disks", END64, 72, 4, 2},
};

START_TEST(test_refuses_lies)
{
    const lie_t *lie = &lies[_i];
    zip_item_t items[2] = {{0}};
    zip_made_t made = two(items, lie->where == END64);
    vso_zip_t *zip = NULL;
    apr_size_t at = 0;

    switch (lie->where) {
    case LOCAL:
        at = items[0].local_at;
        break;
    case CENTRAL:
        at = items[0].central_at;
        break;
    case SECOND_LOCAL:
        at = items[1].local_at;
        break;
    case SECOND:
        at = items[1].central_at;
        break;
    case END:
        at = made.end_at;
        break;
    case END64:
        at = made.end64_at;
        break;
    }
    at += (apr_size_t)lie->offset;
    if (lie->bytes == 1) {
        made.data[at] = (char)lie->value;
    }
    else if (lie->bytes == 2) {
        zip_put16(made.data + at, lie->value);
    }
    else {
        zip_put32(made.data + at, lie->value);
    }
    ck_assert_msg(open_made(&made, &zip) != APR_SUCCESS, "%s: accepted",
                  lie->what);
    ck_assert_msg(res->problem == VSO_P_BAD_ZIP, "%s: %s", lie->what,
                  vso_problem_slug(res->problem));
    ck_assert_ptr_nonnull(res->field);
    ck_assert_ptr_null(zip);
}
END_TEST

/** Both counts say another number than there are. */
START_TEST(test_refuses_wrong_counts)
{
    static const unsigned counts[] = {0, 1, 3, 0xffff};
    zip_item_t items[2] = {{0}};
    zip_made_t made = two(items, 0);
    vso_zip_t *zip;

    zip_put16(made.data + made.end_at + 8, counts[_i]);
    zip_put16(made.data + made.end_at + 10, counts[_i]);
    assert_refused(open_made(&made, &zip), VSO_P_BAD_ZIP);
}
END_TEST

/** Every length but the whole is refused. */
START_TEST(test_refuses_what_is_cut)
{
    zip_item_t items[2] = {{0}};
    zip_made_t made;
    vso_zip_t *zip;
    apr_size_t len;

    items[0].descriptor = 16;
    made = two(items, _i);
    for (len = 0; len < made.len; len++) {
        assert_refused(open_bytes(made.data, len, &zip), VSO_P_BAD_ZIP);
    }
}
END_TEST

/** Bytes that belong to nothing, at every seam. */
START_TEST(test_refuses_stray_bytes)
{
    zip_item_t items[2] = {{0}};
    zip_made_t made;
    vso_zip_t *zip;
    apr_size_t seam;
    char *more;

    items[0].descriptor = _i ? 16 : 0;
    made = two(items, 0);
    more = apr_palloc(pool, made.len + 1);
    for (seam = 0; seam <= made.len; seam++) {
        memcpy(more, made.data, seam);
        more[seam] = 0;
        memcpy(more + seam + 1, made.data + seam, made.len - seam);
        assert_refused(open_bytes(more, made.len + 1, &zip), VSO_P_BAD_ZIP);
    }
}
END_TEST

/** A comment is fine, another archive in it is not: readers that look from
 * the front and those that look from the back would see two. */
START_TEST(test_a_comment_hides_nothing)
{
    zip_item_t items[2] = {{0}};
    zip_made_t made = two(items, 0);
    char *more = apr_pcalloc(pool, made.len + 100);
    vso_zip_t *zip;

    memcpy(more, made.data, made.len);
    zip_put16(more + made.end_at + 20, 100);
    memset(more + made.len, 'c', 100);
    assert_ok(open_bytes(more, made.len + 100, &zip));
    assert_holds(zip, "first", "one");
    memcpy(more + made.len + 30, made.data + made.end_at, 22);
    assert_refused(open_bytes(more, made.len + 100, &zip), VSO_P_BAD_ZIP);
}
END_TEST

/** A second name in the Info-ZIP field, which some readers prefer. */
START_TEST(test_refuses_a_second_name)
{
    static const char same[] = "\x75\x70\x0a\0\1\0\0\0\0first";
    static const char other[] = "\x75\x70\x0a\0\1\0\0\0\0other";
    zip_item_t items[2] = {{0}};
    zip_made_t made;
    vso_zip_t *zip;

    items[0].extra = _i ? other : same;
    items[0].extra_len = sizeof(same) - 1;
    made = two(items, 0);
    if (_i) {
        assert_refused(open_made(&made, &zip), VSO_P_BAD_ZIP);
    }
    else {
        assert_ok(open_made(&made, &zip));
    }
}
END_TEST

START_TEST(test_refuses_bad_extra_fields)
{
    static const struct {
        const char *data;
        apr_size_t len;
    } extras[] = {
        {"\1", 1},                          /* cut header */
        {"\1\0\5\0abc", 7},                 /* cut content */
        {"\1\0\0\0\1\0\0\0", 8},            /* two zip64 fields */
        {"\x99\0\0\0\1\0\4\0abcd\0\0", 14}, /* stray bytes behind */
    };
    zip_item_t items[2] = {{0}};
    zip_made_t made;
    vso_zip_t *zip;

    if (_i % 2) {
        items[0].extra = extras[_i / 2].data;
        items[0].extra_len = extras[_i / 2].len;
    }
    else {
        items[0].local_extra = extras[_i / 2].data;
        items[0].local_extra_len = extras[_i / 2].len;
    }
    made = two(items, 0);
    assert_refused(open_made(&made, &zip), VSO_P_BAD_ZIP);
}
END_TEST

/** A zip64 field that is too short, or says other sizes. */
START_TEST(test_refuses_zip64_lies)
{
    static const struct {
        const char *extra;
        apr_size_t len;
    } fields[] = {
        {"\1\0\4\0\3\0\0\0", 8},
        {"\1\0\x10\0\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0", 20},
        {"\1\0\x10\0\3\0\0\0\0\0\0\0\3\0\0\0\0\0\0\x80", 20},
        {"\1\0\x10\0\xff\xff\xff\xff\xff\xff\xff\xff\3\0\0\0\0\0\0\0", 20},
        {"\1\0\x10\0\xff\xff\xff\xff\xff\xff\xff\x7f\3\0\0\0\0\0\0\0", 20},
    };
    zip_item_t items[2] = {{0}};
    zip_made_t made;
    vso_zip_t *zip;

    items[0].extra = fields[_i].extra;
    items[0].extra_len = fields[_i].len;
    made = two(items, 0);
    zip_put32(made.data + items[0].central_at + 20, 0xffffffff);
    zip_put32(made.data + items[0].central_at + 24, 0xffffffff);
    assert_refused(open_made(&made, &zip), VSO_P_BAD_ZIP);
}
END_TEST

START_TEST(test_refuses_a_false_descriptor)
{
    static const int fields[] = {0, 4, 8, 12};
    zip_item_t items[2] = {{0}};
    zip_made_t made;
    vso_zip_t *zip;

    items[0].descriptor = 16;
    made = two(items, 0);
    made.data[items[1].local_at - 16 + (apr_size_t)fields[_i]] ^= 1;
    assert_refused(open_made(&made, &zip), VSO_P_BAD_ZIP);
}
END_TEST

static const struct {
    const char *name;
    apr_size_t len;
} unsafe[] = {
    {"", 0},           {"/etc/passwd", 0},  {"../a", 0},
    {"a/../b", 0},     {"a/..", 0},         {"..", 0},
    {".", 0},          {"./a", 0},          {"a//b", 0},
    {"a/./b", 0},      {"a\\b", 0},         {"..\\a", 0},
    {"C:/a", 0},       {"c:a", 0},          {"//server/a", 0},
    {"a\0b", 3},       {"a\nb", 0},         {"a\rb", 0},
    {"a\x1b[2J", 0},   {"a\x7f", 0},        {"\xff\xfe", 0},
    {"\xc0\xae/a", 0}, {"\xed\xa0\x80", 0}, {"a/../", 0},
    {"/", 0},          {"a//", 0},
};

START_TEST(test_refuses_unsafe_names)
{
    zip_item_t item = {.name = unsafe[_i].name, .name_len = unsafe[_i].len};
    zip_made_t made = make_zip(&item, 1, 0, pool);
    const char *c;
    vso_zip_t *zip;

    ck_assert_int_ne(open_made(&made, &zip), APR_SUCCESS);
    ck_assert_msg(res->problem == VSO_P_UNSAFE_NAME, "%s: %s", unsafe[_i].name,
                  vso_problem_slug(res->problem));
    /* logs and terminals get it made harmless */
    for (c = res->detail; *c; c++) {
        ck_assert_uint_ge((unsigned char)*c, 0x20);
    }
}
END_TEST

START_TEST(test_names_have_a_cap)
{
    char *name = apr_pcalloc(pool, VSO_MAX_ZIP_NAME + 2);
    zip_item_t item = {.name = name};
    zip_made_t made;
    vso_zip_t *zip;

    memset(name, 'n', VSO_MAX_ZIP_NAME);
    made = make_zip(&item, 1, 0, pool);
    assert_ok(open_made(&made, &zip));
    name[VSO_MAX_ZIP_NAME] = 'n';
    made = make_zip(&item, 1, 0, pool);
    assert_refused(open_made(&made, &zip), VSO_P_UNSAFE_NAME);
}
END_TEST

START_TEST(test_accepts_real_names)
{
    static const char *const names[] = {
        "certificates/CN=vCO Plug-in SDK Archetype,O=vCO Plug-in SDK.cer",
        "a..b",
        "...",
        ".hidden",
        "ab:c",
        "\xc3\xa4/\xe2\x9c\x93",
        "elements/1$2/data",
    };
    zip_item_t item = {.name = names[_i], .data = "x", .len = 1};
    zip_made_t made = make_zip(&item, 1, 0, pool);
    vso_zip_t *zip;

    assert_ok(open_made(&made, &zip));
    assert_holds(zip, names[_i], "x");
}
END_TEST

static const struct {
    const char *a;
    const char *b;
    int refused;
} pairs[] = {
    {"a", "a", 1},
    {"a", "A", 1},
    {"elements/x/data", "Elements/X/DATA", 1},
    {"\xc3\xa4", "\xc3\x84", 1},         /* Latin */
    {"\xd0\xb6", "\xd0\x96", 1},         /* Cyrillic */
    {"\xcf\x89.cer", "\xce\xa9.cer", 1}, /* Greek */
    {"a", "a/", 1},
    {"a", "a/b", 1},
    {"a", "A/b/c", 1},
    {"a/", "A/", 1},
    {"a/b/", "a/b/c", 0},
    {"a", "ab", 0},
    {"a!", "a/b", 0},
    {"a/b", "a/c", 0},
};

START_TEST(test_refuses_duplicates)
{
    zip_item_t items[] = {{.name = "z"},
                          {.name = pairs[_i].a},
                          {.name = "a-"},
                          {.name = pairs[_i].b}};
    zip_made_t made = make_zip(items, 4, 0, pool);
    vso_zip_t *zip;

    if (pairs[_i].refused) {
        assert_refused(open_made(&made, &zip), VSO_P_DUPLICATE_NAME);
    }
    else {
        assert_ok(open_made(&made, &zip));
    }
}
END_TEST

/** Damage in the data shows when it is read, with the file's name. */
START_TEST(test_checks_content)
{
    zip_item_t items[2] = {{0}};
    zip_made_t made = two(items, 0);
    vso_zip_t *zip;
    char *data;

    made.data[items[1].local_at + 30 + 6] ^= 1;
    assert_ok(open_made(&made, &zip));
    assert_holds(zip, "first", "one");
    ck_assert_int_ne(
        vso_zip_load(zip, vso_zip_find(zip, "second"), 1000, &data, res, pool),
        APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_BAD_ZIP);
    ck_assert_str_eq(res->field, "second");
}
END_TEST

START_TEST(test_loads_up_to_the_cap)
{
    zip_item_t items[2] = {{0}};
    zip_made_t made = two(items, 0);
    const vso_zip_entry_t *entry;
    vso_zip_t *zip;
    char *data;

    assert_ok(open_made(&made, &zip));
    entry = vso_zip_find(zip, "second");
    assert_ok(vso_zip_load(zip, entry, 4, &data, res, pool));
    assert_refused(vso_zip_load(zip, entry, 3, &data, res, pool),
                   VSO_P_TOO_LARGE);
}
END_TEST

/** A source that fails after some reads, as a database does. */
typedef struct {
    const char *data;
    int left;
} failing_t;

static apr_status_t read_failing(const vso_blob_t *blob, apr_int64_t offset,
                                 char *buf, apr_size_t len, vso_result_t *why)
{
    failing_t *failing = blob->baton;

    if (failing->left-- <= 0) {
        return vso_fail(why, VSO_P_DATABASE, NULL, "gone");
    }
    memcpy(buf, failing->data + offset, len);
    return APR_SUCCESS;
}

/** Wherever the source fails, its own problem is what is reported. */
START_TEST(test_reports_what_the_source_reports)
{
    zip_item_t items[2] = {{0}};
    zip_made_t made = two(items, 0);
    failing_t failing = {made.data, 0};
    vso_blob_t blob = {(apr_int64_t)made.len, read_failing, &failing};
    vso_zip_t *zip;
    int reads = 0;
    char *data;

    for (;;) {
        failing.left = reads++;
        if (vso_zip_open(&blob, "upload", &vso_zip_limits, &zip, res, pool) ==
                APR_SUCCESS &&
            vso_zip_load(zip, vso_zip_find(zip, "first"), 9, &data, res,
                         pool) == APR_SUCCESS) {
            break;
        }
        ck_assert_int_eq(res->problem, VSO_P_DATABASE);
        vso_result_clear(res);
    }
    ck_assert_int_ge(reads, 3);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("zip");
    TCase *tc = unit_case(s, "reading");

    tcase_add_loop_test(tc, test_reads_every_descriptor, 0, 5);
    tcase_add_test(tc, test_leaves_folders_out);
    tcase_add_test(tc, test_reads_an_empty_archive);
    tcase_add_test(tc, test_reads_zip64);
    tcase_add_test(tc, test_checks_content);
    tcase_add_test(tc, test_loads_up_to_the_cap);
    tcase_add_test(tc, test_reports_what_the_source_reports);
    tc = unit_case(s, "structure");
    tcase_add_loop_test(tc, test_refuses_lies, 0, (int)COUNT(lies));
    tcase_add_loop_test(tc, test_refuses_wrong_counts, 0, 4);
    tcase_add_loop_test(tc, test_refuses_what_is_cut, 0, 2);
    tcase_add_loop_test(tc, test_refuses_stray_bytes, 0, 2);
    tcase_add_test(tc, test_a_comment_hides_nothing);
    tcase_add_loop_test(tc, test_refuses_a_second_name, 0, 2);
    tcase_add_loop_test(tc, test_refuses_bad_extra_fields, 0, 8);
    tcase_add_loop_test(tc, test_refuses_zip64_lies, 0, 5);
    tcase_add_loop_test(tc, test_refuses_a_false_descriptor, 0, 4);
    tc = unit_case(s, "names");
    tcase_add_loop_test(tc, test_refuses_unsafe_names, 0, (int)COUNT(unsafe));
    tcase_add_test(tc, test_names_have_a_cap);
    tcase_add_loop_test(tc, test_accepts_real_names, 0, 7);
    tcase_add_loop_test(tc, test_refuses_duplicates, 0, (int)COUNT(pairs));
    return s;
}
