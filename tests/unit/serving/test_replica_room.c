/* SPDX-License-Identifier: Apache-2.0 */
/* A replica that cannot be written, or has no room: on the disk, in its file,
 * in the address space. */
#include "replica_util.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void read_as_nobody(void)
{
    vso_replica_txn_t *txn;
    vso_replica_t *replica;

    ck_assert_int_eq(setgid(65534), 0);
    ck_assert_int_eq(setuid(65534), 0);
    replica = open_with(ring);
    ck_assert_int_eq(version_of(replica), 1);
    assert_refused(vso_replica_begin(replica, &txn, res, pool), VSO_P_INTERNAL);
    ck_assert_int_eq(version_of(replica), 1);
}

START_TEST(file_that_cannot_be_written_is_read)
{
    const char *folder = apr_pstrndup(pool, path, strlen(path) - 14);

    if (getuid() != 0) {
        return;
    }
    put_something(open_with(ring), 1, 1);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(in_child(read_as_nobody), 0);
}
END_TEST

static void fail_to_open(void)
{
    vso_replica_options_t options = {path, shared, ring};
    vso_replica_t *replica = NULL;

    ck_assert_int_eq(setgid(65534), 0);
    ck_assert_int_eq(setuid(65534), 0);
    ck_assert_int_ne(vso_replica_open(&options, &replica, res, pool),
                     APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_INTERNAL);
    ck_assert_ptr_nonnull(strstr(res->detail, "Permission denied"));
}

START_TEST(folder_that_cannot_be_written_is_told)
{
    if (getuid() == 0) {
        ck_assert_int_eq(in_child(fail_to_open), 0);
    }
}
END_TEST

/* Put until it does not go any more. @return how often it went */
static int put_until_full(vso_replica_t *replica)
{
    int i;

    for (i = 1; i < 100000; i++) {
        vso_version_t *row =
            row_for(i, apr_psprintf(pool, "entry%d", i), "DNS:www.example.org");
        vso_record_rows_t rows = rows_of(row->entry, i, row, NULL);
        vso_record_keys_t keys = {ring, KEYSTORE, NULL};
        apr_array_header_t *chains;
        vso_replica_txn_t *txn;
        vso_record_t *record;
        int news = 0;

        assert_ok(
            vso_record_make(&keys, &rows, NULL, &record, &chains, res, pool));
        if (vso_replica_begin(replica, &txn, res, pool) != APR_SUCCESS) {
            break;
        }
        if (vso_replica_side(txn, KEYSTORE, LINEAGE, res) != APR_SUCCESS ||
            vso_replica_put(txn, record, chains, &news, res, pool) !=
                APR_SUCCESS) {
            vso_replica_abort(txn);
            break;
        }
        if (vso_replica_commit(txn, res) != APR_SUCCESS) {
            break;
        }
    }
    ck_assert_int_eq(res->problem, VSO_P_INTERNAL);
    return i - 1;
}

static void check_full(vso_replica_t *replica, int count)
{
    apr_array_header_t *entries;

    ck_assert_int_gt(count, 3);
    vso_result_clear(res);
    assert_ok(vso_replica_list(replica, NULL, 100000, &entries, res, pool));
    ck_assert_int_eq(entries->nelts, count);
    ck_assert_str_ne(name_of(replica, "www.example.org"), "");
}

/* A file system with little room, as far as the test may make one. */
static void fill_a_file_system(void)
{
    const char *folder = apr_pstrndup(pool, path, strlen(path) - 14);
    vso_replica_t *replica;
    FILE *ballast;
    int count;

    if (unshare(CLONE_NEWNS) ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("none", folder, "tmpfs", 0, "size=600k")) {
        _exit(7);
    }
    replica = open_with(ring);
    ballast = fopen(apr_pstrcat(pool, folder, "/ballast", NULL), "w");
    ck_assert_uint_eq(fwrite(apr_pcalloc(pool, 100000), 1, 100000, ballast),
                      100000);
    fclose(ballast);
    count = put_until_full(replica);
    ck_assert_ptr_nonnull(strstr(res->detail, "make room"));
    check_full(replica, count);
    /* it heals */
    unlink(apr_pstrcat(pool, folder, "/ballast", NULL));
    put_something(replica, 1, 1);
    ck_assert_int_eq(version_of(replica), 1);
    ck_assert_int_eq(umount2(folder, MNT_DETACH), 0);
}

START_TEST(full_file_system_heals)
{
    int status = in_child(fill_a_file_system);

    ck_assert(WIFEXITED(status));
    ck_assert(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 7);
}
END_TEST

static void fill_a_limit(void)
{
    struct rlimit limit = {200000, RLIM_INFINITY};
    vso_replica_t *replica = open_with(ring);
    int count;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    count = put_until_full(replica);
    check_full(replica, count);
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    put_something(replica, 1, 1);
    ck_assert_int_eq(version_of(replica), 1);
}

START_TEST(file_that_may_not_grow_heals)
{
    ck_assert_int_eq(in_child(fill_a_limit), 0);
}
END_TEST

/* Chains of this length until there is no room for one, which res says.
 * @return how many had room */
static int fill_with_chains(vso_replica_t *replica, apr_size_t len)
{
    static const unsigned char bytes[1 << 20];
    apr_array_header_t *chains =
        apr_array_make(pool, 1, sizeof(vso_record_chain_t));
    vso_record_chain_t *chain = apr_array_push(chains);
    vso_version_t *row = row_for(1, "server", "DNS:www.example.org");
    vso_record_rows_t rows = rows_of("server", 1, row, NULL);
    vso_record_keys_t keys = {ring, KEYSTORE, NULL};
    apr_array_header_t *none;
    vso_replica_txn_t *txn;
    vso_record_t *record;
    int news = 0;
    int i;

    assert_ok(vso_record_make(&keys, &rows, NULL, &record, &none, res, pool));
    chain->der.data = bytes;
    chain->der.len = len;
    memset(chain->id, (int)len, sizeof(chain->id));
    for (i = 0; i < 10000 && res->problem == VSO_P_NONE; i++) {
        memcpy(chain->id, &i, sizeof(i));
        txn = begin_for(replica, KEYSTORE, LINEAGE);
        if (vso_replica_put(txn, record, chains, &news, res, pool) ==
            APR_SUCCESS) {
            vso_replica_commit(txn, res);
        }
        else {
            vso_replica_abort(txn);
        }
    }
    ck_assert_int_lt(i, 10000);
    return i;
}

static void fill_the_map(void)
{
    struct rlimit limit = {(rlim_t)400 << 20, RLIM_INFINITY};
    vso_replica_t *replica;
    int count;

    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    replica = open_with(ring);
    count = fill_with_chains(replica, 1 << 20);
    ck_assert_int_gt(count, 50);
    ck_assert_int_lt(count, 1000);
    ck_assert_ptr_nonnull(strstr(res->detail, "RLIMIT_AS"));
    vso_result_clear(res);
    ck_assert_int_eq(version_of(replica), 1);
}

/* A map of 16 GiB is not to be had under a limit; a smaller one will do. */
START_TEST(little_address_space_is_enough)
{
    if (!SANITIZED) {
        ck_assert_int_eq(in_child(fill_the_map), 0);
        ck_assert_int_eq(version_of(open_with(ring)), 1);
    }
}
END_TEST

static void end_sessions(vso_replica_t *replica, int count)
{
    vso_replica_txn_t *txn;
    int i;

    assert_ok(vso_replica_begin(replica, &txn, res, pool));
    for (i = 0; i < count; i++) {
        assert_ok(vso_replica_end(txn, apr_psprintf(pool, "session%d", i), 1000,
                                  1, res, pool));
    }
    assert_ok(vso_replica_commit(txn, res));
}

/* Address space that the process has taken. */
static rlim_t taken_now(void)
{
    FILE *in = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    ck_assert_ptr_nonnull(in);
    ck_assert_int_eq(fscanf(in, "%lu", &pages), 1);
    fclose(in);
    return (rlim_t)pages * (rlim_t)getpagesize();
}

static void mend_without_room(void)
{
    struct rlimit limit = {0, RLIM_INFINITY};
    vso_replica_t *replica = open_with(ring);
    vso_replica_t *fresh = NULL;

    put_something(replica, 1, 1);
    end_sessions(replica, 5000);
    limit.rlim_cur = taken_now() + ((rlim_t)200 << 20);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    assert_ok(vso_replica_beside(replica, &fresh, res, pool));
    fill_with_chains(fresh, 1 << 20);
    vso_result_clear(res);
    fill_with_chains(fresh, 3000);
    vso_result_clear(res);
    assert_refused(vso_replica_replace(replica, fresh, res, pool),
                   VSO_P_INTERNAL);
    ck_assert_int_eq(vso_replica_ended(replica, "session4999", 500), 1);
    ck_assert_int_eq(version_of(replica), 1);
}

/* Sessions that were ended are not forgotten because they find no room. */
START_TEST(mend_fails_where_what_is_taken_along_has_no_room)
{
    if (!SANITIZED) {
        ck_assert_int_eq(in_child(mend_without_room), 0);
        unlink(apr_pstrcat(pool, path, ".new", NULL));
        unlink(apr_pstrcat(pool, path, ".new-lock", NULL));
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("replica_room");
    TCase *tc = replica_case(s, "replica_room");

    tcase_add_test(tc, file_that_cannot_be_written_is_read);
    tcase_add_test(tc, folder_that_cannot_be_written_is_told);
    tcase_add_test(tc, full_file_system_heals);
    tcase_add_test(tc, file_that_may_not_grow_heals);
    tcase_add_test(tc, little_address_space_is_enough);
    tcase_add_test(tc, mend_fails_where_what_is_taken_along_has_no_room);
    return s;
}
