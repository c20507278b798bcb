/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the replica when processes are killed, and when bits of its
 * file change. */
#include "replica_util.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "serving/replica_impl.h"

#define ENTRIES 20

static pid_t start(void (*run)(void))
{
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (!pid) {
        run();
        _exit(0);
    }
    ck_assert_int_gt(pid, 0);
    return pid;
}

static int wait_for(pid_t pid)
{
    int status = -1;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void pause_msec(int msec)
{
    struct timespec time = {0, (long)msec * 1000000};

    nanosleep(&time, NULL);
}

/* Rows of an entry, made before children are: which has one of two names. */
static vso_version_t *choices[2];

static const char *entry_at(int i)
{
    return apr_psprintf(pool, "entry%d", i);
}

/* A record that has the same in each place: id, as_of and name go together. */
static void put_choice(vso_replica_t *replica, int i, apr_int64_t as_of)
{
    vso_record_keys_t keys = {ring, KEYSTORE, NULL};
    vso_record_rows_t rows =
        rows_of(entry_at(i), as_of, choices[as_of & 1], NULL);
    apr_array_header_t *names = apr_array_make(pool, 1, sizeof(char *));
    apr_array_header_t *chains;
    vso_replica_txn_t *txn;
    vso_record_t *record;
    int news = 0;

    rows.entry = "server";
    assert_ok(vso_record_make(&keys, &rows, NULL, &record, &chains, res, pool));
    record->entry = entry_at(i);
    APR_ARRAY_PUSH(names, const char *) =
        apr_psprintf(pool, "%s%d.example.org", as_of & 1 ? "odd" : "even", i);
    APR_ARRAY_IDX(record->versions, 0, vso_record_version_t).names = names;
    txn = begin_for(replica, KEYSTORE, LINEAGE);
    assert_ok(vso_replica_put(txn, record, chains, &news, res, pool));
    assert_ok(vso_replica_commit(txn, res));
}

static void make_choices(void)
{
    choices[0] = row_for(2, "server", "DNS:even.example.org");
    choices[1] = row_for(1, "server", "DNS:odd.example.org");
}

/* Names and keys are those of the record. */
static void check_entry(vso_replica_t *replica, int i)
{
    const vso_record_version_t *version;
    vso_record_t *record;
    int odd;

    assert_ok(vso_replica_entry(replica, entry_at(i), &record, res, pool));
    version = version_at(record, 0);
    odd = (int)(record->as_of & 1);
    ck_assert_int_eq(version->id, odd ? 1 : 2);
    ck_assert_int_eq(
        vso_replica_key_live(replica, version->key_id, entry_at(i)), 1);
}

static void check_names(vso_replica_t *replica)
{
    int i;

    for (i = 0; i < ENTRIES; i++) {
        vso_record_t *record;
        const char *odd = apr_psprintf(pool, "odd%d.example.org", i);
        const char *even = apr_psprintf(pool, "even%d.example.org", i);

        assert_ok(vso_replica_entry(replica, entry_at(i), &record, res, pool));
        ck_assert_str_eq(name_of(replica, odd),
                         record->as_of & 1 ? entry_at(i) : "");
        ck_assert_str_eq(name_of(replica, even),
                         record->as_of & 1 ? "" : entry_at(i));
    }
}

/* Marks of its own: what is killed in the middle of a write is not the file's
 * doing here, and happens often. */
static void write_on(void)
{
    apr_int64_t as_of = (apr_int64_t)getpid() * 1000;
    vso_replica_t *replica;

    shared = make_shared();
    replica = open_with(ring);
    for (;;) {
        as_of++;
        put_choice(replica, (int)(as_of % ENTRIES), as_of);
    }
}

START_TEST(killed_writers_leave_nothing_torn)
{
    vso_replica_t *replica;
    int round;
    int i;

    make_choices();
    replica = open_with(ring);
    for (i = 0; i < ENTRIES; i++) {
        put_choice(replica, i, 1);
    }
    for (round = 0; round < 15; round++) {
        pid_t one = start(write_on);
        pid_t other = start(write_on);

        for (i = 0; i < 5 + round; i++) {
            check_entry(replica, i % ENTRIES);
            pause_msec(1);
        }
        kill(one, SIGKILL);
        kill(other, SIGKILL);
        wait_for(one);
        wait_for(other);
        check_names(replica);
        /* no lock is left behind */
        put_choice(replica, round % ENTRIES, APR_INT64_MAX / 2 + round);
        check_names(replica);
    }
    ck_assert_int_eq(vso_shared_died(shared), 0);
}
END_TEST

static void read_and_stop(void)
{
    vso_replica_t *replica;
    vso_replica_look_t look;

    shared = make_shared();
    replica = open_with(ring);
    assert_ok(vso_replica_look_begin(replica, &look, res, pool));
    kill(getpid(), SIGKILL);
}

/* A reader that died would keep all pages that were written since. */
START_TEST(dead_readers_do_not_let_the_file_grow)
{
    vso_replica_t *replica;
    MDB_envinfo info;
    int i;

    make_choices();
    replica = open_with(ring);
    for (i = 0; i < 1000; i++) {
        if (i % 100 == 0) {
            ck_assert(WIFSIGNALED(wait_for(start(read_and_stop))));
        }
        put_choice(replica, i % ENTRIES, i + 1);
    }
    ck_assert_int_eq(mdb_env_info(replica->open->env, &info), 0);
    ck_assert_uint_lt(info.me_last_pgno, 200);
}
END_TEST

/* Marks */

static void die_inside(void)
{
    vso_replica_t *replica = open_with(ring);
    vso_replica_look_t look;

    assert_ok(vso_replica_look_begin(replica, &look, res, pool));
    kill(getpid(), SIGKILL);
}

START_TEST(file_in_which_three_died_is_set_aside)
{
    vso_replica_t *reader = open_with(ring);
    int i;

    put_one(reader, "server", 1, row_for(1, "server", "DNS:a.example.org"));
    ck_assert_int_eq(vso_replica_suspect(reader), 0);
    for (i = 0; i < 3; i++) {
        ck_assert(WIFSIGNALED(wait_for(start(die_inside))));
        ck_assert_int_eq(version_of(reader), 1);
        ck_assert_int_eq(vso_replica_suspect(reader), 1);
    }
    start_log();
    put_one(open_with(ring), "server", 2,
            row_for(2, "server", "DNS:a.example.org"));
    ck_assert_ptr_nonnull(strstr(logged, "processes died while they read it"));
    ck_assert_int_eq(vso_replica_suspect(reader), 0);
    ck_assert_int_eq(version_of(reader), 2);
}
END_TEST

/* Fill a fresh file with one version. */
static void fill(vso_replica_t *fresh, apr_int64_t id, apr_int64_t generation)
{
    vso_position_t from = {0, ""};
    vso_position_t to = {generation + 1, ""};
    vso_replica_txn_t *txn;

    put_one(fresh, "server", generation,
            row_for(id, "server", "DNS:a.example.org"));
    txn = begin_for(fresh, KEYSTORE, LINEAGE);
    assert_ok(vso_replica_move(txn, &from, &to, 1, res));
    assert_ok(vso_replica_commit(txn, res));
}

START_TEST(suspect_file_is_replaced_when_another_is_filled)
{
    apr_int64_t edition = vso_shared_edition(shared);
    vso_replica_t *replica = open_with(ring);
    vso_replica_t *reader = open_with(ring);
    vso_replica_t *fresh = NULL;
    vso_replica_txn_t *txn;

    fill(replica, 1, 5);
    txn = begin_for(replica, KEYSTORE, LINEAGE);
    assert_ok(vso_replica_end(txn, "session", 1000, 1, res, pool));
    assert_ok(vso_replica_commit(txn, res));
    ck_assert(WIFSIGNALED(wait_for(start(die_inside))));
    ck_assert_int_eq(vso_replica_suspect(reader), 1);

    assert_ok(vso_replica_beside(replica, &fresh, res, pool));
    fill(fresh, 2, 4);
    ck_assert_int_eq(version_of(reader), 1);
    ck_assert_int_eq(vso_replica_replace(replica, fresh, res, pool),
                     APR_EAGAIN);
    ck_assert_int_eq(version_of(reader), 1);
    fill(fresh, 3, 5);
    assert_ok(vso_replica_replace(replica, fresh, res, pool));

    ck_assert_int_eq(vso_replica_suspect(reader), 0);
    ck_assert_int_gt(vso_shared_edition(shared), edition);
    ck_assert_int_eq(version_of(replica), 3);
    ck_assert_int_eq(version_of(reader), 3);
    ck_assert_int_eq(vso_replica_ended(reader, "session", 500), 1);
    put_one(reader, "server", 9, row_for(4, "server", "DNS:a.example.org"));
    ck_assert_int_eq(version_of(replica), 4);
    ck_assert_int_eq(version_of(open_with(ring)), 4);
}
END_TEST

/* Somebody began another one at the path: what was filled is not there. */
START_TEST(file_that_was_not_filled_takes_no_place)
{
    vso_replica_t *replica = open_with(ring);
    vso_replica_t *reader = open_with(ring);
    vso_replica_t *fresh = NULL;
    vso_replica_t *other = NULL;

    fill(replica, 1, 5);
    vso_shared_set_damaged(shared);
    assert_ok(vso_replica_beside(replica, &fresh, res, pool));
    fill(fresh, 2, 5);
    assert_ok(vso_replica_beside(replica, &other, res, pool));
    ck_assert_int_eq(vso_replica_replace(replica, fresh, res, pool),
                     APR_EAGAIN);
    ck_assert_int_eq(version_of(replica), 1);
    ck_assert_int_eq(version_of(reader), 1);
    fill(fresh, 3, 5);
    assert_ok(vso_replica_replace(replica, fresh, res, pool));
    ck_assert_int_eq(version_of(reader), 3);
}
END_TEST

/* Bits */

/* The file's bytes. */
static unsigned char *read_file(long *plen)
{
    FILE *in = fopen(path, "r");
    unsigned char *data = apr_palloc(pool, 16 << 20);

    ck_assert_ptr_nonnull(in);
    *plen = (long)fread(data, 1, 16 << 20, in);
    fclose(in);
    return data;
}

static void flip(long at, unsigned char bit)
{
    int fd = open(path, O_RDWR);
    unsigned char byte = 0;

    ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
    byte ^= bit;
    ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* Flip a bit wherever these bytes stand. */
static void flip_all(const void *bytes, size_t len)
{
    long size = 0;
    unsigned char *data = read_file(&size);
    long at;
    int n = 0;

    for (at = 0; at + (long)len <= size; at++) {
        if (!memcmp(data + at, bytes, len)) {
            flip(at + (long)len / 2, 4);
            n++;
        }
    }
    ck_assert_int_gt(n, 0);
}

START_TEST(changed_record_is_not_used_and_heals)
{
    vso_replica_t *replica = open_with(ring);
    vso_record_t *record;

    put_one(replica, "server", 1, row_for(1, "server", "DNS:a.example.org"));
    assert_ok(vso_replica_entry(replica, "server", &record, res, pool));
    flip_all(version_at(record, 0)->cert.data, 40);
    ck_assert_int_eq(vso_replica_suspect(replica), 0);
    assert_refused(vso_replica_entry(replica, "server", &record, res, pool),
                   VSO_P_DAMAGED);
    ck_assert_int_eq(vso_replica_suspect(replica), 1);
    put_one(replica, "server", 1, row_for(2, "server", "DNS:b.example.org"));
    ck_assert_int_eq(version_of(replica), 2);
    ck_assert_str_eq(name_of(replica, "b.example.org"), "server");
}
END_TEST

START_TEST(changed_name_is_not_used)
{
    vso_replica_t *replica = open_with(ring);

    put_one(replica, "one", 1, row_for(1, "one", "DNS:a.example.org"));
    put_one(replica, "two", 2, row_for(2, "two", "DNS:b.example.org"));
    flip_all("a.example.org\0\x7f\xff\xff", 17); /* 'l' of a.example.org */
    ck_assert_str_eq(name_of(replica, "a.example.org"), "");
    ck_assert_str_eq(name_of(replica, "b.example.org"), "two");
    ck_assert_int_eq(vso_replica_suspect(replica), 0);
    /* when it was activated: 1002 */
    flip_all("\x7f\xff\xff\xff\xff\xff\xfc\x15two", 11);
    ck_assert_str_eq(name_of(replica, "b.example.org"), "");
    ck_assert_int_eq(vso_replica_suspect(replica), 1);
}
END_TEST

static unsigned int seed;

static void read_everything(void)
{
    vso_replica_options_t options = {path, shared, ring};
    vso_replica_t *replica = NULL;
    vso_replica_txn_t *txn;
    int i;

    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    if (vso_replica_open(&options, &replica, res, pool) != APR_SUCCESS) {
        _exit(1);
    }
    for (i = 0; i < ENTRIES; i++) {
        vso_record_t *record;

        vso_replica_entry(replica, entry_at(i), &record, res, pool);
        name_of(replica, apr_psprintf(pool, "odd%d.example.org", i));
    }
    if (vso_replica_begin(replica, &txn, res, pool) == APR_SUCCESS) {
        vso_replica_abort(txn);
    }
    _exit(0);
}

/* Whatever bits of a page's head change: at the latest the fourth process that
 * opens the file lives and finds a sound one. */
START_TEST(changed_pages_end_no_more_than_three_processes)
{
    vso_replica_t *replica;
    long size = 0;
    int deaths = 0;
    int i;

    make_choices();
    replica = open_with(ring);
    for (i = 0; i < ENTRIES; i++) {
        put_choice(replica, i, 1);
    }
    read_file(&size);
    srand(seed = (unsigned int)_i + 1);
    for (i = 0; i < 12; i++) {
        long page = 2 + rand() % (size / 4096 < 40 ? size / 4096 - 2 : 38);

        flip(page * 4096 + 8 + rand() % 40, (unsigned char)(1 << rand() % 8));
    }
    while (WIFSIGNALED(wait_for(start(read_everything)))) {
        ck_assert_int_le(++deaths, 3);
    }
}
END_TEST

/* Threads */

static vso_replica_t *all_read;
static atomic_int stop;

static void *read_on(void *baton)
{
    apr_pool_t *p;
    int *failed = baton;
    int i;

    apr_pool_create(&p, NULL);
    for (i = 0; !atomic_load(&stop); i++) {
        vso_result_t *own = vso_result_create(p);
        const char *entry = apr_psprintf(p, "entry%d", i % ENTRIES);
        vso_record_t *record;

        *failed |=
            vso_replica_entry(all_read, entry, &record, own, p) != APR_SUCCESS;
        apr_pool_clear(p);
    }
    apr_pool_destroy(p);
    return NULL;
}

START_TEST(threads_read_while_one_writes)
{
    pthread_t threads[4];
    int failed[4] = {0};
    int i;

    make_choices();
    all_read = open_with(ring);
    for (i = 0; i < ENTRIES; i++) {
        put_choice(all_read, i, 1);
    }
    for (i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, read_on, &failed[i]);
    }
    for (i = 0; i < 200; i++) {
        put_choice(all_read, i % ENTRIES, i + 2);
    }
    atomic_store(&stop, 1);
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(failed[i], 0);
    }
    check_names(all_read);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("replica_kill");
    TCase *tc = replica_case(s, "replica_kill");

    tcase_add_test(tc, killed_writers_leave_nothing_torn);
    tcase_add_test(tc, dead_readers_do_not_let_the_file_grow);
    tcase_add_test(tc, file_in_which_three_died_is_set_aside);
    tcase_add_test(tc, suspect_file_is_replaced_when_another_is_filled);
    tcase_add_test(tc, file_that_was_not_filled_takes_no_place);
    tcase_add_test(tc, changed_record_is_not_used_and_heals);
    tcase_add_test(tc, changed_name_is_not_used);
    tcase_add_loop_test(tc, changed_pages_end_no_more_than_three_processes, 0,
                        30);
    tcase_add_test(tc, threads_read_while_one_writes);
    return s;
}
