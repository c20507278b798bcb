/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/scheduled.h"

#include <http_main.h>

#include "base/log.h"
#include "httpd/shared/board.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/shared/serving.h"
#include "httpd/config.h"
#include "httpd/tls/tls.h"
#include "service/certificate/entry_versions.h"
#include "store/schedule.h"

/* On behalf of the user who scheduled it. */
static void activate(vso_store_t *store, const vso_scheduled_t *scheduled,
                     apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    vso_context_clock_t clock = {0};
    vso_context_t ctx = {.store = store, .clock = &clock, .p = p};
    vso_outcome_t outcome = {0};
    vso_replica_head_t head;
    vso_version_t *version;
    int done = 0;

    if (vso_versions_get(store, scheduled->version_id, &version, res, p) !=
        APR_SUCCESS) {
        return;
    }
    ctx.entry = version->entry;
    ctx.actor = scheduled->actor;
    ctx.address = scheduled->address;
    ctx.hosts = vsocert_config_hosts(ap_server_conf, ctx.entry, p);
    ctx.profile = vsocert_tls_profile(ap_server_conf);
    vsocert_serving_head(&head, p);
    ctx.served = &head;
    if (vso_entry_versions_activate_due(&ctx, version->id, &done, &outcome,
                                        res) != APR_SUCCESS &&
        res->detail) {
        vso_log(VSO_LOG_DEBUG, "scheduled activation: %s", res->detail);
    }
    vsocert_serving_apply(&outcome, res);
    if (done) {
        vso_log(VSO_LOG_NOTICE,
                "version %" APR_INT64_T_FMT
                " of entry %s is active, as scheduled by %s",
                version->number, version->entry, scheduled->actor);
    }
}

/* What is to be run, and when; NULL: it is not to be believed, which is said
 * once and keeps no other chore from its work. */
static apr_status_t read_schedule(vso_store_t *store,
                                  apr_array_header_t **pscheduled,
                                  vso_result_t *res, apr_pool_t *p)
{
    static int told;
    vso_result_t *cause = vso_result_create(p);

    if (vso_schedule_whole(store, pscheduled, cause, p) == APR_SUCCESS) {
        told = 0;
        return APR_SUCCESS;
    }
    if (cause->problem != VSO_P_INTEGRITY && cause->problem != VSO_P_SEALED) {
        return vso_fail_as(res, cause);
    }
    if (!told) {
        told = 1;
        vso_log(VSO_LOG_ERROR, "no scheduled activation is run: %s",
                cause->detail);
    }
    *pscheduled = NULL;
    return APR_SUCCESS;
}

apr_status_t vsocert_scheduled_run(vso_store_t *store, const vso_state_t *state,
                                   vso_result_t *res, apr_pool_t *p)
{
    vsocert_poll_notes_t *notes = vsocert_poll_lease_notes();
    vsocert_board_status_t board;
    apr_array_header_t *scheduled = NULL;
    apr_int64_t now_sec = 0;
    int i;

    if (vso_store_sealed(store)) {
        return APR_SUCCESS;
    }
    if (!notes->scheduled && notes->schedule_read == state->generation) {
        return APR_SUCCESS;
    }
    if (read_schedule(store, &scheduled, res, p) != APR_SUCCESS ||
        vso_store_now(store, &now_sec, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!scheduled) {
        return APR_SUCCESS;
    }
    /* To schedule more is a change, with a generation of its own. */
    notes->schedule_read = state->generation;
    notes->scheduled = scheduled->nelts;
    vsocert_board_status(&board);
    if (board.restored) {
        return APR_SUCCESS;
    }
    for (i = 0; i < scheduled->nelts; i++) {
        const vso_scheduled_t *one =
            APR_ARRAY_IDX(scheduled, i, const vso_scheduled_t *);

        if (one->at_sec <= now_sec) {
            activate(store, one, p);
            /* The next one waits for the next poll: what is served has changed.
             */
            break;
        }
    }
    return APR_SUCCESS;
}
