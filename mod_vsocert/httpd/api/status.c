/* SPDX-License-Identifier: Apache-2.0 */
/* /status and /countries */
#include <openssl/crypto.h>

#include "httpd/api/routes.h"
#include "httpd/shared/board.h"
#include "httpd/shared/serving.h"
#include "httpd/dbd.h"
#include "httpd/node/node.h"
#include "httpd/tls/tls.h"
#include "base/build.h"
#include "x509/name.h"

/** What the database says by itself; a problem here is part of the answer. */
static void shape_database(vsocert_call_t *call,
                           const vsocert_board_status_t *board)
{
    vso_json_t *obj = vso_json_add_object(call->response, "database");
    vso_result_t *found = vso_result_create(call->r->pool);
    vso_state_t state = {0};
    int available;

    available =
        vsocert_dbd_store(call->r, &call->ctx.store, found) == APR_SUCCESS &&
        vso_store_read_state(call->ctx.store, &state, found, call->r->pool) ==
            APR_SUCCESS;
    vso_json_set_string(obj, "driver", vsocert_dbd_driver());
    vso_json_set_bool(obj, "available", available);
    vso_json_set_time(
        obj, "since",
        apr_time_sec(available ? board->db_up_since : board->db_down_since));
    vso_json_set_string(obj, "problem",
                        available ? NULL : vso_problem_slug(found->problem));
    if (available) {
        vso_json_set_int(obj, "generation", state.generation);
        vso_json_set_string(obj, "keystore", state.keystore_id);
    }
    else {
        vso_json_set_int(obj, "generation", board->db_generation);
        vso_json_set_null(obj, "keystore");
        call->ctx.store = NULL;
    }
}

/** What this caller may do (VSOCertAllow). */
static void shape_rights(vsocert_call_t *call)
{
    vso_json_t *array = vso_json_add_array(call->response, "rights");
    int i;

    for (i = 0; i < VSOCERT_RIGHTS; i++) {
        if (vsocert_config_allowed(call->r, (vsocert_right_e)i)) {
            vso_json_push_string(array, vsocert_right_names[i]);
        }
    }
}

/** Of the entry that the call names, else of this virtual host's. */
static void shape_served(vsocert_call_t *call)
{
    vso_json_t *array = vso_json_add_array(call->response, "served");
    const apr_array_header_t *served =
        vsocert_tls_served(call->r->server, call->ctx.entry, call->r->pool);
    int i;

    for (i = 0; i < served->nelts; i++) {
        const vsocert_served_t *one =
            &APR_ARRAY_IDX(served, i, vsocert_served_t);
        vso_json_t *obj = vso_json_push_object(array);

        vso_json_set_string(obj, "entry", one->entry);
        vso_json_set_int(obj, "versionId", one->version_id);
        vso_json_set_string(obj, "algorithm", one->algorithm);
        vso_json_set_string(obj, "fingerprint", one->fingerprint);
        vso_json_set_bool(obj, "bootstrap", one->bootstrap);
    }
}

static void shape_quarantined(vsocert_call_t *call)
{
    vso_json_t *array = vso_json_add_array(call->response, "quarantined");
    const apr_array_header_t *ids = vsocert_tls_quarantined(call->r->pool);
    int i;

    for (i = 0; i < ids->nelts; i++) {
        vso_json_set_int(vso_json_push_object(array), "versionId",
                         APR_ARRAY_IDX(ids, i, apr_int64_t));
    }
}

/** This node's own copy of what is served. */
static void shape_replica(vsocert_call_t *call, const vso_replica_head_t *head)
{
    vso_json_t *obj = vso_json_add_object(call->response, "replica");

    vso_json_set_int(obj, "entries", head->entries);
    vso_json_set_int(obj, "quarantined", head->quarantined);
    vso_json_set_bool(obj, "filling", head->filling);
    vso_json_set_bool(obj, "published", !vsocert_serving_behind());
    vso_json_set_string(obj, "problem",
                        vsocert_serving_why_private(call->r->pool));
}

apr_status_t vsocert_api_status(vsocert_call_t *call)
{
    vsocert_board_status_t board;
    vso_replica_head_t head;
    const char *sealed;

    vsocert_board_status(&board);
    vsocert_serving_head(&head, call->r->pool);
    vso_json_set_string(call->response, "version", VSO_VERSION);
    vso_json_set_string(call->response, "server", ap_get_server_description());
    vso_json_set_string(call->response, "openssl",
                        OpenSSL_version(OPENSSL_VERSION));
    vso_json_set_string(call->response, "node", vsocert_node_name());
    vso_json_set_string(call->response, "user", call->ctx.actor);
    vso_json_set_string(call->response, "entry", call->ctx.entry);
    shape_rights(call);
    shape_database(call, &board);
    sealed = call->ctx.store ? vso_store_sealed(call->ctx.store) : NULL;
    vso_json_set_bool(call->response, "sealed", sealed != NULL);
    vso_json_set_string(call->response, "sealedReason", sealed);
    vso_json_set_bool(call->response, "restored", board.restored);
    vso_json_set_int(call->response, "generation", head.generation);
    vso_json_set_time(call->response, "lastPoll",
                      apr_time_sec(board.last_poll));
    shape_replica(call, &head);
    shape_served(call);
    shape_quarantined(call);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_countries(vsocert_call_t *call)
{
    vso_json_t *items = vso_json_add_array(call->response, "items");
    int i;

    for (i = 0; vso_countries[i]; i++) {
        vso_json_push_string(items, vso_countries[i]);
    }
    vso_json_set_null(call->response, "next");
    return APR_SUCCESS;
}
