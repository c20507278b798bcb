/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/call.h"

#include <string.h>

#include "base/limits.h"
#include "httpd/node/node.h"
#include "service/nodes.h"

#define WAIT_PAUSE apr_time_from_msec(50)

apr_status_t vsocert_call_pem(vsocert_call_t *call, const char *filename,
                              const char *pem)
{
    call->download.type = "application/x-pem-file";
    call->download.filename = filename;
    call->download.data = pem;
    call->download.len = strlen(pem);
    return APR_SUCCESS;
}

apr_status_t vsocert_call_check_place(vsocert_call_t *call, int replace,
                                      int beside)
{
    return !replace || !beside
               ? APR_SUCCESS
               : vso_fail(call->res, VSO_P_INVALID, "beside",
                          "\"replace\" turns passive whatever is active, "
                          "\"beside\" only what has a key of the same "
                          "algorithm: set one of them.");
}

static void name_right(vso_json_t *problem, const void *baton)
{
    vso_json_set_string(problem, "right", baton);
}

void vsocert_call_lacks(vsocert_call_t *call, vsocert_right_e right)
{
    call->explain = name_right;
    call->explain_baton = vsocert_right_names[right];
}

apr_status_t vsocert_call_take_slot(vsocert_call_t *call, vsocert_slot_e kind)
{
    return call->slots[kind] == VSOCERT_NO_SLOT
               ? vsocert_slot_take(kind, &call->slots[kind], call->res)
               : APR_SUCCESS;
}

void vsocert_call_give_slots(vsocert_call_t *call)
{
    int i;

    for (i = 0; i < VSOCERT_SLOT_KINDS; i++) {
        vsocert_slot_give(&call->slots[i]);
    }
}

void vsocert_call_wait(vsocert_call_t *call)
{
    apr_time_t begin = apr_time_now();
    apr_interval_time_t waited = 0;
    vso_fleet_count_t count = {.live = 1, .serving = 1};
    vso_json_t *obj;
    apr_pool_t *p;
    int known;

    if (!call->outcome.generation || !call->waits) {
        return;
    }
    apr_pool_create(&p, call->r->pool);
    for (;;) {
        /* this node serves the change, whatever its row says */
        known =
            vso_fleet_ask(call->ctx.store,
                          call->outcome.changes ? call->outcome.generation : 0,
                          vsocert_node_name(), &count, vso_result_create(p),
                          p) == APR_SUCCESS;
        waited = apr_time_now() - begin;
        if ((known && count.serving == count.live) || waited < 0 ||
            waited >= apr_time_from_sec(VSO_FLEET_WAIT_SEC)) {
            break;
        }
        apr_sleep(WAIT_PAUSE);
        apr_pool_clear(p);
    }
    apr_pool_destroy(p);
    obj = vso_json_add_object(call->response, "fleet");
    vso_json_set_int(obj, "serving", count.serving);
    vso_json_set_int(obj, "live", count.live);
    vso_json_set_int(obj, "waited", apr_time_as_msec(waited));
    vso_json_set_bool(obj, "complete", known && count.serving == count.live);
}
