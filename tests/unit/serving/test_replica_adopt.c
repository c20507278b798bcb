/* SPDX-License-Identifier: Apache-2.0 */
/* Another file is the node's: who has the one of before open takes it up, and
 * no handshake waits for that. */
#include "replica_util.h"

#include <sys/inotify.h>

#include "base/worker.h"

/* What a look-up may take, on a busy machine. Without a lock: microseconds. */
#define SOON apr_time_from_sec(2)

/* More than are needed where each of them waited or opened something. */
#define LOOKS 100

static void look_often(vso_replica_t *replica, apr_int64_t version)
{
    apr_time_t until = vso_worker_now() + SOON;
    int i;

    for (i = 0; i < LOOKS; i++) {
        ck_assert_int_eq(version_of(replica), version);
        ck_assert_int_lt(vso_worker_now(), until);
    }
}

/* It is seen within so long, as the last try may be just over. */
static void wait_for(vso_replica_t *replica, apr_int64_t version)
{
    apr_time_t until = vso_worker_now() + 10 * SOON;

    while (version_of(replica) != version) {
        ck_assert_int_lt(vso_worker_now(), until);
        apr_sleep(apr_time_from_msec(10));
    }
}

START_TEST(nobody_waits_for_the_lock_to_see_it)
{
    vso_replica_t *reader = open_with(ring);
    vso_replica_txn_t *txn;
    vso_replica_t *writer;

    put_something(reader, 1, 1);
    unlink(path);
    writer = open_with(ring);
    put_something(writer, 2, 2);
    txn = begin_for(writer, KEYSTORE, LINEAGE);
    look_often(reader, 1);
    vso_replica_abort(txn);
    ck_assert_int_eq(version_of(reader), 2);
}
END_TEST

/* How often what stands at the path was opened. */
static int opened(int watch)
{
    union {
        struct inotify_event event;
        char room[64 * 1024];
    } read_;
    ssize_t len = read(watch, &read_, sizeof(read_));
    ssize_t at;
    int count = 0;

    for (at = 0; at < len;) {
        struct inotify_event event;

        memcpy(&event, read_.room + at, sizeof(event));
        count += (event.mask & IN_OPEN) != 0;
        at += (ssize_t)(sizeof(event) + event.len);
    }
    return count;
}

START_TEST(one_that_cannot_be_opened_is_tried_now_and_then)
{
    vso_replica_t *reader = open_with(ring);
    int watch = inotify_init1(IN_NONBLOCK);

    put_something(reader, 1, 1);
    unlink(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_gt(inotify_add_watch(watch, path, IN_OPEN | IN_CLOSE), 0);
    vso_shared_file_replaced(shared);
    look_often(reader, 1);
    ck_assert_int_ge(opened(watch), 1);
    look_often(reader, 1);
    ck_assert_int_le(opened(watch), 2);
    close(watch);
    ck_assert_int_eq(rmdir(path), 0);
    put_something(open_with(ring), 2, 2);
    wait_for(reader, 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("replica adopt");
    TCase *tc = replica_case(s, "replica adopt");

    tcase_add_test(tc, nobody_waits_for_the_lock_to_see_it);
    tcase_add_test(tc, one_that_cannot_be_opened_is_tried_now_and_then);
    return s;
}
