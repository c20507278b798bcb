/* SPDX-License-Identifier: Apache-2.0 */
/* /nodes */
#include <string.h>

#include <apr_strings.h>

#include "httpd/api/routes.h"
#include "httpd/node/node.h"
#include "store/nodes.h"

/** "ENTRY ID ALGORITHM FINGERPRINT" of each line, as GET /status has it. */
static void shape_served(vso_json_t *obj, const char *served, apr_pool_t *p)
{
    vso_json_t *array = vso_json_add_array(obj, "fingerprints");
    char *lines;
    char *line;

    for (line = apr_strtok(apr_pstrdup(p, served), "\n", &lines); line;
         line = apr_strtok(NULL, "\n", &lines)) {
        char *words;
        const char *entry = apr_strtok(line, " ", &words);
        const char *id = apr_strtok(NULL, " ", &words);
        const char *algorithm = apr_strtok(NULL, " ", &words);
        const char *fingerprint = apr_strtok(NULL, " ", &words);

        if (fingerprint) {
            vso_json_t *item = vso_json_push_object(array);

            vso_json_set_string(item, "entry", entry);
            vso_json_set_int(item, "versionId", apr_atoi64(id));
            vso_json_set_string(item, "algorithm", algorithm);
            vso_json_set_string(item, "fingerprint", fingerprint);
        }
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
    apr_array_header_t *nodes;
    vso_state_t state;
    vso_json_t *items;
    int i;

    if (vso_nodes_list(call->ctx.store, &nodes, call->res, call->r->pool) !=
            APR_SUCCESS ||
        vso_state_read(call->ctx.store, &state, call->res, call->r->pool) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_int(call->response, "generation", state.generation);
    items = vso_json_add_array(call->response, "items");
    for (i = 0; i < nodes->nelts; i++) {
        shape_node(vso_json_push_object(items),
                   &APR_ARRAY_IDX(nodes, i, vso_node_t), state.generation,
                   call->r->pool);
    }
    vso_json_set_null(call->response, "next");
    return APR_SUCCESS;
}
