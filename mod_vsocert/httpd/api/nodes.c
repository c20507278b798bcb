/* SPDX-License-Identifier: Apache-2.0 */
/* /nodes */
#include <string.h>

#include <apr_strings.h>

#include "httpd/api/routes.h"
#include "httpd/node/node.h"
#include "service/nodes.h"

/** As GET /status has it. */
static void shape_served(vso_json_t *obj, const char *column, apr_pool_t *p)
{
    apr_array_header_t *all = vso_nodes_served_parse(column, p);
    vso_json_t *array = vso_json_add_array(obj, "fingerprints");
    int i;

    for (i = 0; i < all->nelts; i++) {
        const vso_node_served_t *one =
            &APR_ARRAY_IDX(all, i, vso_node_served_t);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_string(item, "entry", one->entry);
        vso_json_set_int(item, "versionId", one->version_id);
        vso_json_set_string(item, "algorithm", one->algorithm);
        vso_json_set_string(item, "fingerprint", one->fingerprint);
    }
}

static void shape_node(vso_json_t *obj, const vso_node_t *node,
                       apr_int64_t generation, apr_pool_t *p)
{
    vso_json_set_string(obj, "node", node->node);
    vso_json_set_string(obj, "version", node->version);
    vso_json_set_int(obj, "pid", node->pid);
    vso_json_set_int(obj, "generation", node->generation);
    vso_json_set_bool(obj, "serves", vso_node_serves(node, generation));
    vso_json_set_int(obj, "quarantined", node->quarantined);
    vso_json_set_bool(obj, "sealed", node->sealed);
    shape_served(obj, node->served, p);
    vso_json_set_time(obj, "started", node->started_sec);
    vso_json_set_time(obj, "lastSeen", node->last_seen_sec);
    vso_json_set_int(obj, "ageSeconds", node->age_sec);
    vso_json_set_bool(obj, "live", node->live);
    vso_json_set_bool(obj, "self", !strcmp(node->node, vsocert_node_name()));
}

apr_status_t vsocert_api_nodes(vsocert_call_t *call)
{
    vso_fleet_t fleet;
    vso_json_t *items;
    int i;

    if (vso_fleet_read(&call->ctx, &fleet, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_int(call->response, "generation", fleet.generation);
    items = vso_json_add_array(call->response, "items");
    for (i = 0; i < fleet.nodes->nelts; i++) {
        shape_node(vso_json_push_object(items),
                   &APR_ARRAY_IDX(fleet.nodes, i, vso_node_t), fleet.generation,
                   call->r->pool);
    }
    vso_json_set_null(call->response, "next");
    return APR_SUCCESS;
}
