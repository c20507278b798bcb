/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/held.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include <httpd.h>
#include <http_config.h>

/* A lock belongs to a process, and all its threads: which places this one has
 * taken is known here. (Locks of open files would need a file opened for each
 * take, by way of /proc, which is not there below a ChrootDir.) The descriptor
 * is never closed: that would give all places back. */
static int file = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char taken[VSOCERT_HELD_END];

apr_status_t vsocert_held_setup(void)
{
    static const char name[] = "vsocert-held-1";
    int *kept = ap_retained_data_get(name);

    if (!kept) {
        int made = memfd_create("vsocert.held", MFD_CLOEXEC);

        if (made < 0) {
            return errno;
        }
        kept = ap_retained_data_create(name, sizeof(*kept));
        *kept = made;
    }
    file = *kept;
    return APR_SUCCESS;
}

/** @return 0, or an errno; for F_GETLK the type found is left in *ptype */
static int lock(int command, int place, short *ptype)
{
    struct flock range = {
        .l_type = *ptype, .l_whence = SEEK_SET, .l_start = place, .l_len = 1};
    int rc;

    do {
        rc = fcntl(file, command, &range) ? errno : 0;
    } while (rc == EINTR);
    *ptype = range.l_type;
    return rc;
}

int vsocert_held_take(int place)
{
    short type = F_WRLCK;
    int got;

    pthread_mutex_lock(&mutex);
    got = !taken[place] && !lock(F_SETLK, place, &type);
    if (got) {
        taken[place] = 1;
    }
    pthread_mutex_unlock(&mutex);
    return got;
}

void vsocert_held_give(int place)
{
    short type = F_UNLCK;

    pthread_mutex_lock(&mutex);
    lock(F_SETLK, place, &type);
    taken[place] = 0;
    pthread_mutex_unlock(&mutex);
}

int vsocert_held_by_any(int place)
{
    short type = F_WRLCK;
    int held;

    pthread_mutex_lock(&mutex);
    held = taken[place] || (!lock(F_GETLK, place, &type) && type != F_UNLCK);
    pthread_mutex_unlock(&mutex);
    return held;
}
