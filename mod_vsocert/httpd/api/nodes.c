/* SPDX-License-Identifier: Apache-2.0 */
/* /nodes, and waiting for them */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/api/api.h"
#include "httpd/node/node.h"
#include "store/nodes.h"

#define WAIT_PAUSE apr_time_from_msec(50)

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
    vso_json_set_int(call->reply, "generation", state.generation);
    items = vso_json_add_array(call->reply, "items");
    for (i = 0; i < nodes->nelts; i++) {
        shape_node(vso_json_push_object(items),
                   &APR_ARRAY_IDX(nodes, i, vso_node_t), state.generation,
                   call->r->pool);
    }
    vso_json_set_null(call->reply, "next");
    return APR_SUCCESS;
}

apr_status_t vsocert_api_wait_check(vsocert_call_t *call)
{
    const char *wait = apr_table_get(call->query, "wait");

    if (wait && strcmp(wait, "fleet")) {
        return vso_fail(call->res, VSO_P_MALFORMED, "wait",
                        "\"wait\" knows one value: fleet.");
    }
    return APR_SUCCESS;
}

/** How far the fleet is. This node serves the change already, whatever its
 * row says. */
static apr_status_t count(const vsocert_call_t *call, int *plive, int *pserving,
                          apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    apr_array_header_t *nodes;
    int i;

    if (vso_nodes_list(call->ctx.store, &nodes, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *plive = *pserving = 1;
    for (i = 0; i < nodes->nelts; i++) {
        const vso_node_t *node = &APR_ARRAY_IDX(nodes, i, vso_node_t);

        if (node->live && strcmp(node->node, vsocert_node_name())) {
            *plive += 1;
            *pserving += vso_node_serves(node, call->outcome.generation);
        }
    }
    return APR_SUCCESS;
}

void vsocert_api_wait(vsocert_call_t *call)
{
    apr_time_t begin = apr_time_now();
    apr_interval_time_t waited = 0;
    int serving = 1;
    int live = 1;
    vso_json_t *obj;
    apr_pool_t *p;
    int known;

    if (!call->outcome.serving || !apr_table_get(call->query, "wait")) {
        return;
    }
    apr_pool_create(&p, call->r->pool);
    for (;;) {
        known = count(call, &live, &serving, p) == APR_SUCCESS;
        waited = apr_time_now() - begin;
        if ((known && serving == live) || waited < 0 ||
            waited >= apr_time_from_sec(VSO_FLEET_WAIT_SEC)) {
            break;
        }
        apr_sleep(WAIT_PAUSE);
        apr_pool_clear(p);
    }
    apr_pool_destroy(p);
    obj = vso_json_add_object(call->reply, "fleet");
    vso_json_set_int(obj, "serving", serving);
    vso_json_set_int(obj, "live", live);
    vso_json_set_int(obj, "waited", apr_time_as_msec(waited));
    vso_json_set_bool(obj, "complete", known && serving == live);
}
