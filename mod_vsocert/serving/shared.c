/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/shared.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/lock.h"
#include "serving/gone.h"

/* Processes of one node. Those that find no place are not watched. */
#define MAX_MARKS   1024
#define BEING_TAKEN -1 /* instead of a pid */

/** A process; about a cache line of its own. The memory is lent: nothing in it
 * may ask for more alignment than malloc gives. */
typedef struct {
    atomic_int pid;        /**< 0: the place is free */
    atomic_int inside;     /**< threads */
    atomic_ullong started; /**< when, as the system counts; a pid comes
                                again */
    char room[48];
} mark_t;

struct vso_shared_t {
    atomic_llong edition;
    atomic_llong file;
    atomic_llong unpublished; /**< generation; 0: none */
    atomic_int died;
    atomic_int damaged;
    int unwatched;
    dev_t device; /**< of the file; under `writing` */
    ino_t inode;
    pthread_mutex_t writing;
    pthread_mutex_t listing; /**< for `destroyed`, when it is written */
    vso_gone_t destroyed;
    mark_t marks[MAX_MARKS];
};

/* Of this process: where it stands among the marks of `own_shared`. */
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t claiming = PTHREAD_MUTEX_INITIALIZER;
static vso_shared_t *_Atomic own_shared;
static mark_t *_Atomic own_mark;
static mark_t nowhere; /**< where all places are taken */

apr_size_t vso_shared_size(void)
{
    return sizeof(vso_shared_t);
}

apr_status_t vso_shared_init(void *memory)
{
    vso_shared_t *shared = memory;
    int rc = vso_lock_init(&shared->writing);

    if (!rc) {
        rc = vso_lock_init(&shared->listing);
    }
    if (atomic_load(&own_shared) == shared) {
        atomic_store(&own_shared, NULL); /* the memory was another node's */
    }
    atomic_store(&shared->edition, 1);
    atomic_store(&shared->file, 1);
    return rc;
}

apr_int64_t vso_shared_edition(const vso_shared_t *shared)
{
    return atomic_load(&shared->edition);
}

void vso_shared_bump(vso_shared_t *shared)
{
    atomic_fetch_add(&shared->edition, 1);
}

apr_status_t vso_shared_lock(vso_shared_t *shared, apr_interval_time_t timeout)
{
    return vso_lock_take_within(&shared->writing, timeout) ? APR_SUCCESS
                                                           : APR_TIMEUP;
}

void vso_shared_unlock(vso_shared_t *shared)
{
    vso_lock_give(&shared->writing);
}

/* The file */

apr_int64_t vso_shared_file(const vso_shared_t *shared)
{
    return atomic_load(&shared->file);
}

void vso_shared_file_replaced(vso_shared_t *shared)
{
    atomic_store(&shared->died, 0);
    atomic_store(&shared->damaged, 0);
    atomic_fetch_add(&shared->file, 1);
}

void vso_shared_file_seen(vso_shared_t *shared, const struct stat *file)
{
    int known = shared->inode != 0;

    if (shared->device == file->st_dev && shared->inode == file->st_ino) {
        return;
    }
    shared->device = file->st_dev;
    shared->inode = file->st_ino;
    if (known) {
        vso_shared_file_replaced(shared);
    }
}

/* Changes that are not published */

int vso_shared_unpublished(const vso_shared_t *shared)
{
    return atomic_load(&shared->unpublished) != 0;
}

static void raise_to(atomic_llong *number, apr_int64_t value)
{
    long long seen = atomic_load(number);

    while (seen < value &&
           !atomic_compare_exchange_weak(number, &seen, value)) {
    }
}

/* Zero where it is not above value. */
static void settle(atomic_llong *number, apr_int64_t value)
{
    long long seen = atomic_load(number);

    while (seen && seen <= value &&
           !atomic_compare_exchange_weak(number, &seen, 0)) {
    }
}

void vso_shared_set_unpublished(vso_shared_t *shared, apr_int64_t generation)
{
    raise_to(&shared->unpublished, generation);
}

/* Keys that are destroyed */

int vso_shared_destroy(vso_shared_t *shared, const char *entry,
                       apr_int64_t generation, const unsigned char (*kept)[32],
                       int count)
{
    int noted;

    vso_lock_take(&shared->listing);
    noted = vso_gone_note(&shared->destroyed, entry, generation, kept, count);
    vso_lock_give(&shared->listing);
    return noted;
}

int vso_shared_destroyed(const vso_shared_t *shared, const char *entry,
                         const unsigned char key_id[32])
{
    return vso_gone_has(&shared->destroyed, entry, key_id);
}

void vso_shared_entry_put(vso_shared_t *shared, const char *entry,
                          apr_int64_t generation)
{
    if (!vso_gone_is_empty(&shared->destroyed)) {
        vso_lock_take(&shared->listing);
        vso_gone_forget(&shared->destroyed, entry, generation);
        vso_lock_give(&shared->listing);
    }
}

void vso_shared_published(vso_shared_t *shared, apr_int64_t generation)
{
    settle(&shared->unpublished, generation);
    if (!vso_gone_is_empty(&shared->destroyed)) {
        vso_lock_take(&shared->listing);
        if (vso_gone_forget(&shared->destroyed, NULL, generation)) {
            vso_shared_bump(shared);
        }
        vso_lock_give(&shared->listing);
    }
}

/* Who is inside */

/* When a process started, in the system's ticks; 0: there is none, or it is
 * dead and nobody has asked why yet. */
static apr_uint64_t started(int pid)
{
    unsigned long long when = 0;
    char path[32];
    char text[1024];
    const char *at;
    size_t len;
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    in = fopen(path, "re");
    if (!in) {
        /* no /proc: whoever is there counts as the one who was */
        return kill(pid, 0) && errno == ESRCH ? 0 : 1;
    }
    len = fread(text, 1, sizeof(text) - 1, in);
    fclose(in);
    text[len] = '\0';
    at = strrchr(text, ')'); /* a name may have anything in it */
    if (!at || at[1] != ' ' || strchr("ZXx", at[2]) ||
        sscanf(at + 2,
               "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
               "%*d %*d %*d %*d %llu",
               &when) != 1) {
        return 0;
    }
    return when ? when : 1;
}

static int is_dead(const mark_t *mark)
{
    return started(atomic_load(&mark->pid)) != atomic_load(&mark->started);
}

/* After a fork the child is another process. */
static void forked(void)
{
    atomic_store(&own_shared, NULL);
    pthread_mutex_init(&claiming, NULL);
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forked);
}

/* Take the place of `was`: 0, or a process that is dead. */
static int take_place(mark_t *mark, int was, int pid, apr_uint64_t when)
{
    if (!atomic_compare_exchange_strong(&mark->pid, &was, BEING_TAKEN)) {
        return 0;
    }
    atomic_store(&mark->started, when);
    atomic_store(&mark->pid, pid);
    return 1;
}

/* The place that this process has already, a free one, or else one of a process
 * that went in peace. */
static mark_t *claim(vso_shared_t *shared)
{
    apr_uint64_t when = started((int)getpid());
    int pid = (int)getpid();
    int round;
    int i;

    for (round = 0; round < 3; round++) {
        for (i = 0; i < MAX_MARKS; i++) {
            mark_t *mark = &shared->marks[i];
            int was = atomic_load(&mark->pid);

            if (round == 0 && was == pid &&
                atomic_load(&mark->started) == when) {
                return mark;
            }
            if (((round == 1 && !was) ||
                 (round == 2 && was > 0 && !atomic_load(&mark->inside) &&
                  is_dead(mark))) &&
                take_place(mark, was, pid, when)) {
                return mark;
            }
        }
    }
    return &nowhere;
}

static mark_t *own(vso_shared_t *shared)
{
    if (shared->unwatched) {
        return &nowhere;
    }
    if (atomic_load_explicit(&own_shared, memory_order_acquire) != shared) {
        pthread_once(&fork_once, watch_forks);
        pthread_mutex_lock(&claiming);
        if (atomic_load(&own_shared) != shared) {
            atomic_store(&own_mark, claim(shared));
            atomic_store(&own_shared, shared);
        }
        pthread_mutex_unlock(&claiming);
    }
    return atomic_load_explicit(&own_mark, memory_order_acquire);
}

void vso_shared_unwatch(vso_shared_t *shared)
{
    shared->unwatched = 1;
}

void vso_shared_enter(vso_shared_t *shared)
{
    atomic_fetch_add(&own(shared)->inside, 1);
}

void vso_shared_leave(vso_shared_t *shared)
{
    atomic_fetch_sub(&own(shared)->inside, 1);
}

int vso_shared_take_dead(vso_shared_t *shared)
{
    int found = 0;
    int i;

    for (i = 0; i < MAX_MARKS; i++) {
        mark_t *mark = &shared->marks[i];
        int pid = atomic_load(&mark->pid);
        int inside = atomic_load(&mark->inside);

        if (pid <= 0 || !inside || !is_dead(mark)) {
            continue;
        }
        /* whoever takes the threads off has found it */
        if (atomic_compare_exchange_strong(&mark->inside, &inside, 0)) {
            atomic_compare_exchange_strong(&mark->pid, &pid, 0);
            atomic_fetch_add(&shared->died, 1);
            found++;
        }
    }
    return found;
}

int vso_shared_died(const vso_shared_t *shared)
{
    return atomic_load(&shared->died);
}

void vso_shared_set_damaged(vso_shared_t *shared)
{
    atomic_store(&shared->damaged, 1);
}

int vso_shared_damaged(const vso_shared_t *shared)
{
    return atomic_load(&shared->damaged);
}
