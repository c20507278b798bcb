/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/spool.h"

#include "base/limits.h"
#include "base/worker.h"
#include "httpd/config.h"
#include "httpd/shared/spool_room.h"

struct vsocert_spool_t {
    apr_file_t *file;
    vsocert_spool_room_t *room;
    apr_time_t until; /**< by vso_worker_now; its body is in by then */
};

apr_status_t vsocert_spool_make(const server_rec *s, vsocert_spool_t **pspool,
                                vso_result_t *res, apr_pool_t *p)
{
    vsocert_spool_t *spool = apr_pcalloc(p, sizeof(*spool));

    /* before the file: it is gone when the room is given back */
    spool->room = vsocert_spool_room_make(
        VSO_MAX_SPOOLED * vsocert_config_max_package(s), p);
    if (vso_blob_spool(&spool->file, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    spool->until = vso_worker_now() + apr_time_from_sec(VSO_SPOOL_SEC);
    *pspool = spool;
    return APR_SUCCESS;
}

apr_status_t vsocert_spool_append(void *baton, const char *bytes,
                                  apr_size_t len, vso_result_t *res)
{
    vsocert_spool_t *spool = baton;

    if (vso_worker_now() > spool->until) {
        return vso_fail(res, VSO_P_TIMEOUT, "body",
                        "The body was not there after %d minutes, and others "
                        "wait for the room that it takes.",
                        VSO_SPOOL_SEC / 60);
    }
    return vsocert_spool_room_grow(spool->room, len, res) == APR_SUCCESS
               ? vso_blob_append(spool->file, bytes, len, res)
               : APR_EGENERAL;
}

apr_file_t *vsocert_spool_file(const vsocert_spool_t *spool)
{
    return spool->file;
}
