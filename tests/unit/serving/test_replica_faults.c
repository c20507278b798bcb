/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb_util.h"
#include "replica_util.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "serving/replica_impl.h"

/* What stands at path and a suffix. @return its length, -1: nothing */
static long size_of(const char *suffix)
{
    struct stat file;

    return stat(apr_pstrcat(pool, path, suffix, NULL), &file) ? -1
                                                              : file.st_size;
}

static void write_file(const char *text)
{
    FILE *out = fopen(path, "w");

    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
}

/* Files */

START_TEST(removed_file_is_made_anew)
{
    vso_replica_t *reader = open_with(ring);
    vso_replica_t *writer = open_with(ring);

    put_something(writer, 1, 1);
    ck_assert_int_eq(version_of(reader), 1);
    unlink(path);
    ck_assert_int_eq(version_of(reader), 1); /* it is in memory */
    put_something(writer, 2, 2);
    ck_assert_int_eq(version_of(writer), 2);
    ck_assert_int_eq(version_of(reader), 2);
    ck_assert_int_eq(version_of(open_with(ring)), 2);
}
END_TEST

START_TEST(removed_file_is_seen_by_who_opens_it)
{
    vso_replica_t *reader = open_with(ring);

    put_something(reader, 1, 1);
    unlink(path);
    put_something(open_with(ring), 2, 2);
    ck_assert_int_eq(version_of(reader), 2);
}
END_TEST

START_TEST(cut_file_is_set_aside)
{
    vso_replica_t *replica = open_with(ring);
    long size;

    put_something(replica, 1, 1);
    size = size_of("") / 4096 * 4096;
    ck_assert_int_eq(truncate(path, _i ? 3 * 4096 : 4096 * 5 / 2), 0);
    replica = open_with(ring);
    ck_assert_int_eq(version_of(replica), 0);
    ck_assert_int_lt(size_of(".damaged"), size);
    ck_assert_ptr_nonnull(strstr(logged, "is set aside as"));
    ck_assert_ptr_nonnull(strstr(logged, _i ? "cut short" : "damaged"));
    put_something(replica, 2, 2);
    ck_assert_int_eq(version_of(open_with(ring)), 2);
}
END_TEST

/* Written and not closed: nothing is lost where nobody cut anything. */
START_TEST(whole_file_is_not_taken_for_a_cut_one)
{
    vso_replica_t *replica = open_with(ring);
    int i;

    for (i = 1; i < 200; i++) {
        put_something(replica, i, i);
        replica = i % 10 ? replica : open_with(ring);
        ck_assert_int_eq(version_of(replica), i);
    }
    ck_assert_str_eq(logged, "");
}
END_TEST

static void read_cut(void)
{
    vso_replica_t *replica = open_with(ring);

    signal(SIGBUS, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    ck_assert_int_eq(truncate(path, 8192), 0);
    version_of(replica);
}

/* Who reads it then dies of SIGBUS; who starts after it does not. */
START_TEST(file_that_is_cut_in_use_is_set_aside)
{
    int status;

    put_something(open_with(ring), 1, 1);
    status = in_child(read_cut);
    ck_assert(WIFSIGNALED(status) || SANITIZED);
    ck_assert_int_eq(version_of(open_with(ring)), 0);
    ck_assert_ptr_nonnull(strstr(logged, "cut short"));
    ck_assert_int_eq(vso_shared_died(shared), 0);
}
END_TEST

START_TEST(foreign_file_is_set_aside)
{
    static const char *const texts[] = {"ServerName www.example.org\n", "x"};

    write_file(texts[_i]);
    ck_assert_int_eq(version_of(open_with(ring)), 0);
    ck_assert_int_eq(size_of(".foreign"), (long)strlen(texts[_i]));
    ck_assert_ptr_nonnull(strstr(logged, "no file of LMDB"));
}
END_TEST

START_TEST(empty_file_is_filled)
{
    write_file("");
    put_something(open_with(ring), 1, 1);
    ck_assert_int_eq(version_of(open_with(ring)), 1);
    ck_assert_str_eq(logged, "");
}
END_TEST

static void make_directory(void)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

START_TEST(folder_is_refused)
{
    vso_replica_options_t options = {path, shared, ring};
    vso_replica_t *replica = NULL;

    make_directory();
    assert_refused(vso_replica_open(&options, &replica, res, pool),
                   VSO_P_INTERNAL);
    ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* Another format than this module's. */
static const struct {
    const char *number;
    const char *suffix;
} formats[] = {{"\0\0\0\1", ".older"}, {"\0\0\0\3", ".newer"}};

static int format;

static void make_other_format(void)
{
    put_something(open_with(ring), 1, 1);
    write_meta(path, "meta", "format", formats[format].number, 4);
}

START_TEST(file_of_another_format_is_set_aside_untouched)
{
    const char *suffix = formats[_i].suffix;
    long size;

    format = _i;
    ck_assert_int_eq(in_child(make_other_format), 0);
    size = size_of("");
    ck_assert_int_eq(version_of(open_with(ring)), 0);
    ck_assert_int_eq(size_of(suffix), size);
    ck_assert_ptr_nonnull(
        strstr(logged, apr_pstrcat(pool, "serving-2.mdb", suffix, NULL)));
}
END_TEST

static void make_foreign_mdb(void)
{
    write_meta(path, "users", "somebody", "1", 1);
}

START_TEST(another_programs_database_is_set_aside)
{
    ck_assert_int_eq(in_child(make_foreign_mdb), 0);
    ck_assert_int_eq(version_of(open_with(ring)), 0);
    ck_assert_int_gt(size_of(".foreign"), 0);
}
END_TEST

static void damage_head(void)
{
    put_something(open_with(ring), 1, 1);
    write_meta(path, "meta", "head", "nothing", 7);
}

/* Reading says so; the next who fills it begins anew. */
START_TEST(damaged_head_heals)
{
    vso_replica_head_t head;
    vso_replica_t *replica;

    ck_assert_int_eq(in_child(damage_head), 0);
    replica = open_with(ring);
    assert_refused(vso_replica_head(replica, &head, res, pool), VSO_P_DAMAGED);
    put_something(replica, 2, 2);
    ck_assert_int_eq(version_of(replica), 2);
}
END_TEST

/* Who has read a head goes on with it, and writes it again. */
START_TEST(damaged_head_is_known_to_who_read_it)
{
    vso_replica_t *replica = open_with(ring);
    vso_replica_head_t head;

    put_something(replica, 1, 1);
    ck_assert_int_eq(version_of(replica), 1);
    spoil_head(path, _i);
    ck_assert_int_eq(vso_replica_suspect(replica), 0);
    ck_assert_int_eq(version_of(replica), 1);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "server");
    ck_assert_int_eq(vso_replica_suspect(replica), 1);
    ck_assert_ptr_nonnull(strstr(logged, "cannot be read"));
    assert_refused(vso_replica_head(open_with(ring), &head, res, pool),
                   VSO_P_DAMAGED);
    put_one(replica, "other", 2, row_for(2, "other", "DNS:b.example.org"));
    replica = open_with(ring);
    ck_assert_int_eq(version_of(replica), 1);
    ck_assert_str_eq(name_of(replica, "b.example.org"), "other");
}
END_TEST

/* Master keys */

START_TEST(file_of_another_master_key_stays_and_is_sealed)
{
    vso_replica_t *replica = open_with(ring);
    vso_replica_staple_t staple;
    unsigned char id[32] = {0};
    vso_replica_txn_t *txn;
    vso_replica_head_t head;
    vso_record_t *record;

    put_something(replica, 1, 1);
    replica = open_with(ring_of("x"));
    assert_refused(vso_replica_entry(replica, "server", &record, res, pool),
                   VSO_P_SEALED);
    assert_refused(vso_replica_head(replica, &head, res, pool), VSO_P_SEALED);
    assert_refused(vso_replica_begin(replica, &txn, res, pool), VSO_P_SEALED);
    ck_assert_int_eq(vso_replica_key_live(replica, id, NULL), 1);
    ck_assert_int_eq(vso_replica_staple(replica, id, &staple, pool),
                     APR_EGENERAL);
    ck_assert_int_eq(vso_replica_ended(replica, "session", 1), 0);
    ck_assert_str_eq(name_of(replica, "www.example.org"), "");

    replica = open_with(ring_of("xa"));
    ck_assert_int_eq(version_of(replica), 1);
    put_something(replica, 2, 2);
    ck_assert_int_eq(version_of(open_with(ring_of("xa"))), 2);
    ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(another_keystore_is_filled_beside)
{
    vso_replica_t *replica = open_with(ring);
    vso_replica_txn_t *txn;
    vso_replica_head_t head;

    put_something(replica, 1, 1);
    txn = begin_for(replica, "another keystore", LINEAGE);
    assert_ok(vso_replica_commit(txn, res));
    assert_ok(vso_replica_head(replica, &head, res, pool));
    ck_assert_str_eq(head.keystore_id, KEYSTORE);
    ck_assert_int_eq(head.filling, 1);
    ck_assert_int_eq(version_of(replica), 1);
}
END_TEST

/* Errors */

/* The databases of the side that is served do not answer. */
static void lose_dbs(vso_replica_t *replica)
{
    int i;

    for (i = 0; i < VSO_DB_SIDED; i++) {
        replica->open->sided[0][i] = 999;
    }
    replica->open->staples = replica->open->ended = 999;
}

START_TEST(error_is_not_taken_for_nothing)
{
    vso_replica_t *replica = open_with(ring);
    unsigned char id[VSO_RECORD_ID_LEN] = {0};
    apr_array_header_t *due;
    vso_replica_staple_t staple;
    char entry[VSO_MAX_ENTRY + 1];

    put_something(replica, 1, 1);
    ck_assert_int_eq(vso_replica_tag(replica, "other", id, res, pool),
                     APR_NOTFOUND);
    ck_assert_int_eq(vso_replica_by_name(replica, "b.example.org", 1, entry),
                     APR_NOTFOUND);
    ck_assert_int_eq(vso_replica_staple(replica, id, &staple, pool),
                     APR_NOTFOUND);
    ck_assert_int_eq(vso_replica_key_live(replica, id, NULL), 0);
    ck_assert_int_eq(vso_replica_ended(replica, "one", 1), 0);
    ck_assert_str_eq(logged, "");

    lose_dbs(replica);
    assert_refused(vso_replica_tag(replica, "server", id, res, pool),
                   VSO_P_INTERNAL);
    ck_assert_int_eq(vso_replica_by_name(replica, "www.example.org", 1, entry),
                     APR_EGENERAL);
    ck_assert_ptr_nonnull(strstr(logged, "cannot be read"));
    start_log();
    ck_assert_int_eq(vso_replica_by_name(replica, "www.example.org", 1, entry),
                     APR_EGENERAL);
    ck_assert_str_eq(logged, ""); /* said once */
    ck_assert_int_eq(vso_replica_staple(replica, id, &staple, pool),
                     APR_EGENERAL);
    assert_refused(vso_replica_staples_due(replica, 1, 1, &due, res, pool),
                   VSO_P_INTERNAL);
    ck_assert_int_eq(vso_replica_key_live(replica, id, NULL), 1);
    ck_assert_int_eq(vso_replica_ended(replica, "one", 1), 1);
}
END_TEST

/* LMDB writes its first pages through a descriptor of their own: have that
 * fail. */
static void break_commits(vso_replica_t *replica)
{
    int data = -1;
    int broken = open(path, O_RDONLY | O_CLOEXEC);
    struct stat file;
    int found = 0;
    int fd;

    ck_assert_int_ge(broken, 0);
    ck_assert_int_eq(mdb_env_get_fd(replica->open->env, &data), 0);
    for (fd = 3; fd < 1024; fd++) {
        if (fd != data && fd != broken && fstat(fd, &file) == 0 &&
            file.st_dev == replica->open->device &&
            file.st_ino == replica->open->inode) {
            ck_assert_int_eq(dup2(broken, fd), fd);
            found++;
        }
    }
    ck_assert_int_eq(found, 1);
    close(broken);
}

START_TEST(failed_commit_does_not_end_reading_and_writing)
{
    vso_replica_t *replica = open_with(ring);
    vso_record_rows_t rows;
    vso_replica_txn_t *txn;

    put_something(replica, 1, 1);
    break_commits(replica);
    txn = begin_for(replica, KEYSTORE, LINEAGE);
    rows =
        rows_of("server", 2, row_for(2, "server", "DNS:www.example.org"), NULL);
    put_rows(txn, &rows);
    assert_refused(vso_replica_commit(txn, res), VSO_P_INTERNAL);
    if (_i) {
        put_something(replica, 3, 3);
    }
    ck_assert_int_eq(version_of(replica), _i ? 3 : 1);
    ck_assert_int_eq(vso_replica_suspect(replica), 1);
    put_something(replica, 4, 4);
    ck_assert_int_eq(version_of(replica), 4);
    ck_assert_int_eq(version_of(open_with(ring)), 4);
}
END_TEST

/* Descriptors, owners */

START_TEST(programs_do_not_inherit_it)
{
    int found = 0;
    int fd;

    open_with(ring);
    for (fd = 0; fd < 1024; fd++) {
        const char *link = apr_psprintf(pool, "/proc/self/fd/%d", fd);
        char target[1024];
        ssize_t len = readlink(link, target, sizeof(target) - 1);

        if (len > 0 && len >= (ssize_t)strlen(path) &&
            !strncmp(target, path, strlen(path))) {
            found++;
            ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        }
    }
    ck_assert_int_ge(found, 2);
}
END_TEST

static const char *expected;

static void own_it(void)
{
    const char *why;

    ck_assert_int_eq(vso_replica_own(path, &why, pool), APR_SUCCESS);
    ck_assert_str_eq(why ? why : "", expected);
}

START_TEST(one_httpd_owns_it)
{
    const char *why;
    apr_pool_t *p;

    apr_pool_create(&p, pool);
    ck_assert_int_eq(vso_replica_own(path, &why, p), APR_SUCCESS);
    ck_assert_ptr_null(why);
    expected = "another httpd uses it";
    ck_assert_int_eq(in_child(own_it), 0);
    apr_pool_destroy(p);
    expected = "";
    ck_assert_int_eq(in_child(own_it), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("replica_faults");
    TCase *tc = replica_case(s, "replica_faults");

    tcase_add_test(tc, removed_file_is_made_anew);
    tcase_add_test(tc, removed_file_is_seen_by_who_opens_it);
    tcase_add_loop_test(tc, cut_file_is_set_aside, 0, 2);
    tcase_add_test(tc, whole_file_is_not_taken_for_a_cut_one);
    tcase_add_test(tc, file_that_is_cut_in_use_is_set_aside);
    tcase_add_loop_test(tc, foreign_file_is_set_aside, 0, 2);
    tcase_add_test(tc, empty_file_is_filled);
    tcase_add_test(tc, folder_is_refused);
    tcase_add_loop_test(tc, file_of_another_format_is_set_aside_untouched, 0,
                        2);
    tcase_add_test(tc, another_programs_database_is_set_aside);
    tcase_add_test(tc, damaged_head_heals);
    tcase_add_loop_test(tc, damaged_head_is_known_to_who_read_it, 0, 2);
    tcase_add_test(tc, file_of_another_master_key_stays_and_is_sealed);
    tcase_add_test(tc, another_keystore_is_filled_beside);
    tcase_add_test(tc, error_is_not_taken_for_nothing);
    tcase_add_loop_test(tc, failed_commit_does_not_end_reading_and_writing, 0,
                        2);
    tcase_add_test(tc, programs_do_not_inherit_it);
    tcase_add_test(tc, one_httpd_owns_it);
    return s;
}
