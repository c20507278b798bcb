/* SPDX-License-Identifier: Apache-2.0 */
#include "serving_util.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static vso_shared_t *shared;

static void shared_setup(void)
{
    unit_setup();
    shared = make_shared();
}

static void shared_teardown(void)
{
    munmap(shared, vso_shared_size());
    unit_teardown();
}

/* Run something in a child that ends with SIGKILL. */
static void killed(void (*run)(void))
{
    pid_t pid = fork();
    int status;

    if (!pid) {
        run();
        kill(getpid(), SIGKILL);
    }
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
}

START_TEST(edition_grows_and_is_never_0)
{
    apr_int64_t first = vso_shared_edition(shared);

    ck_assert_int_gt(first, 0);
    vso_shared_bump(shared);
    ck_assert_int_eq(vso_shared_edition(shared), first + 1);
}
END_TEST

START_TEST(memory_may_lie_behind_something_else)
{
    char *memory = calloc(1, 8 + vso_shared_size());
    vso_shared_t *lent = (vso_shared_t *)(void *)(memory + 8);
    struct stat file = {.st_dev = 1, .st_ino = 2};
    apr_int64_t before;

    ck_assert_int_eq(vso_shared_init(lent), APR_SUCCESS);
    before = vso_shared_file(lent);
    vso_shared_file_seen(lent, &file);
    vso_shared_file_seen(lent, &file);
    ck_assert_int_eq(vso_shared_file(lent), before);
    free(memory);
}
END_TEST

static void take_lock(void)
{
    vso_shared_lock(shared, apr_time_from_sec(1));
}

START_TEST(killed_process_does_not_keep_the_lock)
{
    killed(take_lock);
    ck_assert_int_eq(vso_shared_lock(shared, 0), APR_SUCCESS);
    vso_shared_unlock(shared);
    ck_assert_int_eq(vso_shared_lock(shared, 0), APR_SUCCESS);
    vso_shared_unlock(shared);
}
END_TEST

static void *try_lock(void *rv)
{
    *(apr_status_t *)rv = vso_shared_lock(shared, apr_time_from_msec(20));
    return NULL;
}

START_TEST(lock_is_waited_for_so_long)
{
    apr_status_t rv = APR_SUCCESS;
    pthread_t thread;

    take_lock();
    ck_assert_int_eq(pthread_create(&thread, NULL, try_lock, &rv), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(rv, APR_TIMEUP);
    vso_shared_unlock(shared);
}
END_TEST

static const char *entry_of(int number)
{
    return apr_psprintf(pool, "entry%d", number);
}

static void key_of_number(int number, unsigned char id[32])
{
    memset(id, 7, 32);
    memcpy(id, &number, sizeof(number));
}

/* Key 1 of an entry. */
static int is_destroyed(int entry)
{
    unsigned char id[32];

    key_of_number(1, id);
    return vso_shared_destroyed(shared, entry_of(entry), id);
}

/* A change leaves the keys from 1 on. */
static int destroy(int entry, apr_int64_t generation, int left)
{
    unsigned char kept[10][32];
    int i;

    for (i = 0; i < left; i++) {
        key_of_number(i + 1, kept[i]);
    }
    return vso_shared_destroy(shared, entry_of(entry), generation,
                              (const unsigned char(*)[32])kept, left);
}

START_TEST(destroyed_keys_count_until_their_change_is_published)
{
    apr_int64_t edition = vso_shared_edition(shared);

    vso_shared_set_unpublished(shared, 5);
    destroy(1, 5, 0);
    destroy(2, 6, 0);
    destroy(1, 7, 0);
    ck_assert_int_eq(vso_shared_unpublished(shared), 1);
    ck_assert_int_eq(is_destroyed(3), 0);

    vso_shared_published(shared, 6);
    ck_assert_int_eq(vso_shared_unpublished(shared), 0);
    ck_assert_int_eq(is_destroyed(1), 1);
    ck_assert_int_eq(is_destroyed(2), 0);
    ck_assert_int_gt(vso_shared_edition(shared), edition);

    /* a change that was made while the poller caught up with an earlier one */
    vso_shared_set_unpublished(shared, 9);
    vso_shared_published(shared, 8);
    ck_assert_int_eq(vso_shared_unpublished(shared), 1);
    ck_assert_int_eq(is_destroyed(1), 0);
    edition = vso_shared_edition(shared);
    vso_shared_published(shared, 9);
    ck_assert_int_eq(vso_shared_unpublished(shared), 0);
    ck_assert_int_eq(vso_shared_edition(shared), edition);
}
END_TEST

START_TEST(keys_that_a_change_left_exist)
{
    unsigned char id[32];

    destroy(1, 5, 2);
    key_of_number(2, id);
    ck_assert_int_eq(is_destroyed(1), 0);
    ck_assert_int_eq(vso_shared_destroyed(shared, entry_of(1), id), 0);
    key_of_number(3, id);
    ck_assert_int_eq(vso_shared_destroyed(shared, entry_of(1), id), 1);
    ck_assert_int_eq(vso_shared_destroyed(shared, entry_of(2), id), 0);
    destroy(1, 6, 0);
    destroy(1, 5, 2); /* of before */
    ck_assert_int_eq(is_destroyed(1), 1);
    destroy(1, 7, 10);
    ck_assert_int_eq(is_destroyed(1), 0);
    key_of_number(10, id);
    ck_assert_int_eq(vso_shared_destroyed(shared, entry_of(1), id), 1);
}
END_TEST

START_TEST(an_entry_that_was_put_is_forgotten)
{
    destroy(1, 5, 0);
    destroy(2, 5, 0);
    vso_shared_entry_put(shared, entry_of(1), 4);
    ck_assert_int_eq(is_destroyed(1), 1);
    vso_shared_entry_put(shared, entry_of(1), 5);
    ck_assert_int_eq(is_destroyed(1), 0);
    ck_assert_int_eq(is_destroyed(2), 1);
}
END_TEST

START_TEST(without_room_what_is_noted_is_destroyed_and_nothing_else)
{
    int i;

    for (i = 0; i < 4096; i++) {
        ck_assert_int_eq(destroy(i, 1, 0), 1);
    }
    ck_assert_int_eq(destroy(4096, 2, 0), 0);
    ck_assert_int_eq(destroy(4095, 2, 0), 1);
    ck_assert_int_eq(is_destroyed(0), 1);
    ck_assert_int_eq(is_destroyed(4095), 1);
    ck_assert_int_eq(is_destroyed(4096), 0);
    ck_assert_int_eq(is_destroyed(5000), 0);
    vso_shared_published(shared, 1);
    ck_assert_int_eq(is_destroyed(0), 0);
    ck_assert_int_eq(is_destroyed(4095), 1);
    ck_assert_int_eq(destroy(4096, 2, 0), 1);
    vso_shared_published(shared, 2);
    ck_assert_int_eq(is_destroyed(4095), 0);
    ck_assert_int_eq(is_destroyed(4096), 0);
}
END_TEST

static void destroy_for_ever(void)
{
    for (;;) {
        destroy(1, 5, 2);
        destroy(2, 5, 2);
        vso_shared_entry_put(shared, entry_of(2), 5);
    }
}

/* Who is killed in the middle of it leaves less keys, in its entry alone. */
START_TEST(killed_process_takes_no_other_entry_along)
{
    unsigned char other[32];
    int i;

    key_of_number(9, other);
    for (i = 0; i < 20; i++) {
        struct timespec time = {0, 2000000};
        pid_t pid = fork();

        if (!pid) {
            destroy_for_ever();
        }
        nanosleep(&time, NULL);
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        ck_assert_int_eq(is_destroyed(3), 0);
        ck_assert_int_eq(destroy(1, 5, 2), 1);
        ck_assert_int_eq(is_destroyed(1), 0);
        ck_assert_int_eq(vso_shared_destroyed(shared, entry_of(1), other), 1);
    }
}
END_TEST

static void die_inside(void)
{
    vso_shared_enter(shared);
    vso_shared_enter(shared);
    vso_shared_leave(shared);
}

static void die_outside(void)
{
    vso_shared_enter(shared);
    vso_shared_leave(shared);
}

START_TEST(those_who_die_inside_are_found_once)
{
    vso_shared_enter(shared); /* who lives is not among them */
    killed(die_outside);
    ck_assert_int_eq(vso_shared_take_dead(shared), 0);
    killed(die_inside);
    killed(die_inside);
    ck_assert_int_eq(vso_shared_take_dead(shared), 2);
    ck_assert_int_eq(vso_shared_take_dead(shared), 0);
    ck_assert_int_eq(vso_shared_died(shared), 2);
    vso_shared_file_replaced(shared);
    ck_assert_int_eq(vso_shared_died(shared), 0);
    vso_shared_leave(shared);
}
END_TEST

/* One that nobody has asked for yet is dead as well. */
START_TEST(zombies_are_dead)
{
    siginfo_t info;
    pid_t pid = fork();

    if (!pid) {
        vso_shared_enter(shared);
        kill(getpid(), SIGKILL);
    }
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(vso_shared_take_dead(shared), 1);
    waitpid(pid, NULL, 0);
}
END_TEST

/* Places of processes that went are taken again: more than there are. */
START_TEST(places_do_not_run_out)
{
    int i;

    for (i = 0; i < 1100; i++) {
        pid_t pid = fork();

        if (!pid) {
            die_outside();
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
    killed(die_inside);
    ck_assert_int_eq(vso_shared_take_dead(shared), 1);
}
END_TEST

START_TEST(another_file_is_seen)
{
    apr_int64_t first = vso_shared_file(shared);
    struct stat file;

    memset(&file, 0, sizeof(file));
    file.st_dev = 1;
    file.st_ino = 10;
    vso_shared_file_seen(shared, &file);
    vso_shared_file_seen(shared, &file);
    ck_assert_int_eq(vso_shared_file(shared), first);
    file.st_ino = 11;
    vso_shared_file_seen(shared, &file);
    ck_assert_int_eq(vso_shared_file(shared), first + 1);
    vso_shared_file_seen(shared, &file);
    ck_assert_int_eq(vso_shared_file(shared), first + 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("shared");
    TCase *tc = tcase_create("shared");

    tcase_add_checked_fixture(tc, shared_setup, shared_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    tcase_add_test(tc, edition_grows_and_is_never_0);
    tcase_add_test(tc, memory_may_lie_behind_something_else);
    tcase_add_test(tc, killed_process_does_not_keep_the_lock);
    tcase_add_test(tc, lock_is_waited_for_so_long);
    tcase_add_test(tc, destroyed_keys_count_until_their_change_is_published);
    tcase_add_test(tc, keys_that_a_change_left_exist);
    tcase_add_test(tc, an_entry_that_was_put_is_forgotten);
    tcase_add_test(tc,
                   without_room_what_is_noted_is_destroyed_and_nothing_else);
    tcase_add_test(tc, killed_process_takes_no_other_entry_along);
    tcase_add_test(tc, those_who_die_inside_are_found_once);
    tcase_add_test(tc, zombies_are_dead);
    tcase_add_test(tc, places_do_not_run_out);
    tcase_add_test(tc, another_file_is_seen);
    return s;
}
