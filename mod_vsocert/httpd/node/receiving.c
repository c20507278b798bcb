/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/receiving.h"

#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/worker.h"
#include "httpd/dbd.h"
#include "service/package/import.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* As many as the fleet takes at a time; 0: free. Under the lock. */
static apr_int64_t ids[VSO_MAX_IMPORTS];

static void replace(apr_int64_t from, apr_int64_t to)
{
    int i;

    pthread_mutex_lock(&lock);
    for (i = 0; i < VSO_MAX_IMPORTS; i++) {
        if (ids[i] == from) {
            ids[i] = to;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

void vsocert_receiving_add(apr_int64_t import_id)
{
    replace(0, import_id);
}

void vsocert_receiving_remove(apr_int64_t import_id)
{
    replace(import_id, 0);
}

static int copy_ids(apr_int64_t *to)
{
    int count = 0;
    int i;

    pthread_mutex_lock(&lock);
    for (i = 0; i < VSO_MAX_IMPORTS; i++) {
        if (ids[i]) {
            to[count++] = ids[i];
        }
    }
    pthread_mutex_unlock(&lock);
    return count;
}

void vsocert_receiving_renew(apr_pool_t *p)
{
    static apr_time_t last; /* of this child's one thread */
    apr_int64_t mine[VSO_MAX_IMPORTS];
    vso_result_t *res;
    vso_store_t *store;
    int count;

    if (vso_worker_now() - last < apr_time_from_sec(VSO_IMPORT_BEAT_SEC)) {
        return;
    }
    count = copy_ids(mine);
    if (!count) {
        return;
    }
    res = vso_result_create(p);
    last = vso_worker_now();
    if (vsocert_dbd_store_for(p, &store, res) != APR_SUCCESS ||
        vso_import_renew(store, mine, count, res, p) != APR_SUCCESS) {
        vso_log(VSO_LOG_DEBUG, "uploads in progress are not renewed: %s",
                res->detail);
    }
}
