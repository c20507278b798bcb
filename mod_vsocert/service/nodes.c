/* SPDX-License-Identifier: Apache-2.0 */
#include "service/nodes.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"

const char *vso_nodes_served_text(const vso_snapshot_t *serving, apr_pool_t *p)
{
    apr_array_header_t *lines = apr_array_make(p, 4, sizeof(const char *));
    const vso_served_t *served;
    const char *text;
    int i;

    for (i = 0; (served = vso_snapshot_at(serving, i)); i++) {
        APR_ARRAY_PUSH(lines, const char *) =
            apr_psprintf(p, "%s %" APR_INT64_T_FMT " %s %s", served->entry,
                         served->id, served->algorithm, served->fingerprint);
    }
    text = apr_array_pstrcat(p, lines, '\n');
    return strlen(text) <= VSO_MAX_VALUE ? text : "";
}

apr_array_header_t *vso_nodes_served_parse(const char *column, apr_pool_t *p)
{
    apr_array_header_t *all = apr_array_make(p, 4, sizeof(vso_node_served_t));
    char *lines;
    char *line;

    for (line = apr_strtok(apr_pstrdup(p, column), "\n", &lines); line;
         line = apr_strtok(NULL, "\n", &lines)) {
        char *words;
        const char *entry = apr_strtok(line, " ", &words);
        const char *id = apr_strtok(NULL, " ", &words);
        const char *algorithm = apr_strtok(NULL, " ", &words);
        const char *fingerprint = apr_strtok(NULL, " ", &words);

        if (fingerprint) {
            vso_node_served_t *served = apr_array_push(all);

            served->entry = entry;
            served->version_id = apr_atoi64(id);
            served->algorithm = algorithm;
            served->fingerprint = fingerprint;
        }
    }
    return all;
}

apr_status_t vso_fleet_read(const vso_context_t *ctx, vso_fleet_t *fleet,
                            vso_result_t *res)
{
    vso_state_t state;

    if (vso_nodes_list(ctx->store, &fleet->nodes, res, ctx->p) != APR_SUCCESS ||
        vso_store_read_state(ctx->store, &state, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    fleet->generation = state.generation;
    return APR_SUCCESS;
}

void vso_fleet_count(const apr_array_header_t *nodes, apr_int64_t generation,
                     const char *self, vso_fleet_count_t *count)
{
    int i;

    count->nodes = nodes->nelts;
    count->live = count->serving = self != NULL;
    for (i = 0; i < nodes->nelts; i++) {
        const vso_node_t *node = &APR_ARRAY_IDX(nodes, i, vso_node_t);

        if (node->live && (!self || strcmp(node->node, self))) {
            count->live += 1;
            count->serving += vso_node_serves(node, generation);
        }
    }
}

apr_status_t vso_fleet_ask(vso_store_t *store, apr_int64_t generation,
                           const char *self, vso_fleet_count_t *count,
                           vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *nodes;

    if (vso_nodes_list(store, &nodes, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_fleet_count(nodes, generation, self, count);
    return APR_SUCCESS;
}
