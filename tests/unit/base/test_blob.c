/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_portable.h>

#include "base/blob.h"

/** Bytes that a sink got; fails after `until` of them. */
typedef struct {
    char *data;
    apr_size_t len;
    apr_size_t until;
} taken_t;

static apr_status_t take(void *baton, const char *data, apr_size_t len,
                         vso_result_t *why)
{
    taken_t *taken = baton;

    if (taken->len + len > taken->until) {
        return vso_fail(why, VSO_P_DATABASE, NULL, "full");
    }
    memcpy(taken->data + taken->len, data, len);
    taken->len += len;
    return APR_SUCCESS;
}

static char *pattern(apr_size_t len)
{
    char *data = apr_palloc(pool, len);
    apr_size_t i;

    for (i = 0; i < len; i++) {
        data[i] = (char)(i * 7 + i / 251);
    }
    return data;
}

static vso_blob_t *spooled(const char *data, apr_size_t len)
{
    apr_file_t *file;
    vso_blob_t *blob;

    assert_ok(vso_blob_spool(&file, res, pool));
    assert_ok(vso_blob_append(file, data, len, res));
    assert_ok(vso_blob_file(file, &blob, res, pool));
    return blob;
}

/** A window of a window, over several buffers, from every kind of source. */
START_TEST(test_reads_the_same_from_everywhere)
{
    apr_size_t len = 100000;
    char *data = pattern(len);
    vso_blob_t *whole =
        _i ? spooled(data, len) : vso_blob_memory(data, len, pool);
    vso_blob_t *part =
        vso_blob_part(vso_blob_part(whole, 10, 90000, pool), 5, 80000, pool);
    taken_t taken = {apr_palloc(pool, len), 0, len};
    char some[100];
    char *loaded;

    ck_assert_int_eq(whole->size, (apr_int64_t)len);
    assert_ok(vso_blob_copy(part, take, &taken, res));
    ck_assert_uint_eq(taken.len, 80000);
    ck_assert_mem_eq(taken.data, data + 15, 80000);
    assert_ok(vso_blob_read(part, 79900, some, 100, res));
    ck_assert_mem_eq(some, data + 15 + 79900, 100);
    assert_ok(vso_blob_load(part, 80000, "part", &loaded, res, pool));
    ck_assert_mem_eq(loaded, data + 15, 80000);
    ck_assert_int_eq(loaded[80000], '\0');
}
END_TEST

START_TEST(test_never_reads_outside)
{
    vso_blob_t *blob = vso_blob_memory("0123456789", 10, pool);
    vso_blob_t *part = vso_blob_part(blob, 2, 4, pool);
    char buf[16];

    assert_refused(vso_blob_read(part, 3, buf, 2, res), VSO_P_INTERNAL);
    assert_refused(vso_blob_read(part, -1, buf, 1, res), VSO_P_INTERNAL);
    assert_refused(vso_blob_read(part, 5, buf, 0, res), VSO_P_INTERNAL);
    assert_refused(vso_blob_read(part, 0, buf, (apr_size_t)-1, res),
                   VSO_P_INTERNAL);
    assert_ok(vso_blob_read(part, 4, buf, 0, res));
}
END_TEST

START_TEST(test_loads_up_to_the_cap)
{
    vso_blob_t *blob = vso_blob_memory("0123456789", 10, pool);
    char *data;

    assert_ok(vso_blob_load(blob, 10, "ten", &data, res, pool));
    ck_assert_str_eq(data, "0123456789");
    ck_assert_int_ne(vso_blob_load(blob, 9, "ten", &data, res, pool),
                     APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_TOO_LARGE);
    ck_assert_str_eq(res->field, "ten");
}
END_TEST

START_TEST(test_a_sink_that_fails_ends_it)
{
    char *data = pattern(100000);
    taken_t taken = {apr_palloc(pool, 100000), 0, 50000};

    assert_refused(
        vso_blob_copy(vso_blob_memory(data, 100000, pool), take, &taken, res),
        VSO_P_DATABASE);
    ck_assert_uint_le(taken.len, 50000);
}
END_TEST

START_TEST(test_hashes)
{
    const char *hex;

    assert_ok(
        vso_blob_sha256(vso_blob_memory("abc", 3, pool), &hex, res, pool));
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223"
                          "b00361a396177a9cb410ff61f20015ad");
    assert_ok(vso_blob_sha256(vso_blob_memory("", 0, pool), &hex, res, pool));
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb924"
                          "27ae41e4649b934ca495991b7852b855");
}
END_TEST

/** Nobody else can open it, and it leaves nothing behind. */
START_TEST(test_a_spool_file_is_private)
{
    apr_file_t *file;
    apr_os_file_t fd;
    apr_pool_t *own;
    struct stat st;

    apr_pool_create(&own, pool);
    assert_ok(vso_blob_spool(&file, res, own));
    apr_os_file_get(&fd, file);
    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_uint_eq(st.st_nlink, 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    apr_pool_destroy(own);
    ck_assert_int_eq(fstat(fd, &st), -1);
}
END_TEST

/** httpd sets a file aside for as long as a slow client takes: it is closed
 * with the pool that it went to. */
START_TEST(test_a_spool_file_that_is_set_aside_is_closed)
{
    apr_file_t *aside;
    apr_file_t *file;
    apr_os_file_t fd;
    apr_pool_t *client;
    apr_pool_t *own;
    struct stat st;

    apr_pool_create(&own, pool);
    apr_pool_create(&client, pool);
    assert_ok(vso_blob_spool(&file, res, own));
    ck_assert_int_eq(apr_file_setaside(&aside, file, client), APR_SUCCESS);
    apr_pool_destroy(own);
    apr_os_file_get(&fd, aside);
    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    apr_pool_destroy(client);
    ck_assert_int_eq(fstat(fd, &st), -1);
}
END_TEST

/** What the disk did not keep is an error, not zeros. */
START_TEST(test_a_file_that_shrank_is_an_error)
{
    vso_blob_t *blob = spooled("0123456789", 10);
    char buf[10];

    apr_file_trunc(blob->baton, 5);
    assert_refused(vso_blob_read(blob, 0, buf, 10, res), VSO_P_INTERNAL);
    apr_file_close(blob->baton);
    assert_refused(vso_blob_append(blob->baton, buf, 10, res), VSO_P_INTERNAL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("blob");
    TCase *tc = unit_case(s, "blob");

    tcase_add_loop_test(tc, test_reads_the_same_from_everywhere, 0, 2);
    tcase_add_test(tc, test_never_reads_outside);
    tcase_add_test(tc, test_loads_up_to_the_cap);
    tcase_add_test(tc, test_a_sink_that_fails_ends_it);
    tcase_add_test(tc, test_hashes);
    tcase_add_test(tc, test_a_spool_file_is_private);
    tcase_add_test(tc, test_a_spool_file_that_is_set_aside_is_closed);
    tcase_add_test(tc, test_a_file_that_shrank_is_an_error);
    return s;
}
