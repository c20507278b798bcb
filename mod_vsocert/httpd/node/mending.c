/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/mending.h"

#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "httpd/shared/board.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/shared/serving.h"
#include "serving/mend.h"

int vsocert_mending_wanted(const vso_store_t *store)
{
    vso_replica_t *replica = vsocert_serving_replica();

    return replica && !vso_store_sealed(store) && vso_replica_suspect(replica);
}

static int is_done_by_another(pid_t mender)
{
    return mender && mender != getpid() && kill(mender, 0) == 0;
}

int vsocert_mending_run(vso_store_t *store, const vso_sync_how_t *how,
                        int *pmore, apr_pool_t *p)
{
    static vso_replica_t *fresh;
    vsocert_poll_notes_t *notes = vsocert_poll_lease_notes();
    vso_result_t *res = vso_result_create(p);
    apr_status_t rv;

    *pmore = 0;
    if (is_done_by_another(notes->mender)) {
        return 1;
    }
    rv =
        vso_mend_replica(store, vsocert_serving_replica(), how, &fresh, res, p);
    *pmore = rv == APR_EINTR;
    notes->mender = rv == APR_SUCCESS ? 0 : getpid();
    if (rv == APR_SUCCESS) {
        vso_log(VSO_LOG_NOTICE,
                "the replica was filled anew: processes died while they read "
                "it, or something in it was damaged");
    }
    else if (rv != APR_EINTR && rv != APR_EAGAIN &&
             vsocert_board_set_failing(1)) {
        vso_log(VSO_LOG_ERROR, "the replica cannot be filled anew: %s",
                res->detail);
    }
    return rv == APR_SUCCESS || res->problem != VSO_P_INTERNAL;
}
