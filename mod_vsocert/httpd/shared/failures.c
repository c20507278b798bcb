/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/failures.h"

#include <string.h>

#include <apr_strings.h>

#include "base/lock.h"
#include "httpd/shared/memory.h"

typedef struct {
    pthread_mutex_t lock;
    vsocert_failures_t failures;
} shared_t;

static shared_t *shared;

static apr_status_t init(void *memory)
{
    return vso_lock_init(&((shared_t *)memory)->lock);
}

apr_status_t vsocert_failures_setup(void)
{
    void *memory = NULL;
    apr_status_t rv = vsocert_memory_get("vsocert-failures-1", sizeof(*shared),
                                         init, &memory);

    shared = memory;
    return rv;
}

/** Whoever comes first has a place; those for whom none is left are in the
 * numbers alone. */
static void add_user(vsocert_failures_t *to, const char *name,
                     const char *address, int count)
{
    int i;

    for (i = 0; i < VSOCERT_FAILURES_USERS; i++) {
        vsocert_failed_user_t *user = &to->users[i];

        if (!*user->name) {
            apr_cpystrn(user->name, name, sizeof(user->name));
        }
        if (!strncmp(user->name, name, sizeof(user->name) - 1)) {
            apr_cpystrn(user->address, address, sizeof(user->address));
            user->count += count;
            return;
        }
    }
}

void vsocert_failures_add(vsocert_failure_e how, const char *user,
                          const char *address)
{
    vso_lock_take(&shared->lock);
    shared->failures.counts[how]++;
    if (how == VSOCERT_FAILED_PASSWORD && *user) {
        add_user(&shared->failures, user, address, 1);
    }
    vso_lock_give(&shared->lock);
}

int vsocert_failures_any(void)
{
    int any = 0;
    int i;

    vso_lock_take(&shared->lock);
    for (i = 0; i < VSOCERT_FAILED_WAYS; i++) {
        any |= shared->failures.counts[i] > 0;
    }
    vso_lock_give(&shared->lock);
    return any;
}

void vsocert_failures_take(vsocert_failures_t *failures)
{
    vso_lock_take(&shared->lock);
    *failures = shared->failures;
    memset(&shared->failures, 0, sizeof(shared->failures));
    vso_lock_give(&shared->lock);
}

void vsocert_failures_put_back(const vsocert_failures_t *failures)
{
    int i;

    vso_lock_take(&shared->lock);
    for (i = 0; i < VSOCERT_FAILED_WAYS; i++) {
        shared->failures.counts[i] += failures->counts[i];
    }
    for (i = 0; i < VSOCERT_FAILURES_USERS; i++) {
        const vsocert_failed_user_t *user = &failures->users[i];

        if (*user->name) {
            add_user(&shared->failures, user->name, user->address, user->count);
        }
    }
    vso_lock_give(&shared->lock);
}
