/* SPDX-License-Identifier: Apache-2.0 */
#include "service/nodes.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"

static void add_lines(const vso_served_entry_t *entry,
                      apr_array_header_t *lines, apr_pool_t *p)
{
    const vso_served_t *served;
    int i;

    for (i = 0; (served = vso_opened_at(entry, i)); i++) {
        APR_ARRAY_PUSH(lines, const char *) =
            apr_psprintf(p, "%s %" APR_INT64_T_FMT " %s %s", served->entry,
                         served->id, served->algorithm, served->fingerprint);
    }
}

const char *vso_nodes_served_text(const apr_array_header_t *entries,
                                  apr_pool_t *p)
{
    apr_array_header_t *lines = apr_array_make(p, 4, sizeof(const char *));
    const char *text;
    int i;

    for (i = 0; i < entries->nelts; i++) {
        add_lines(APR_ARRAY_IDX(entries, i, const vso_served_entry_t *), lines,
                  p);
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

/** As many lines as a value has room for.
 * @param with_hosts  0: without them
 * @param pall        1 where that is all */
static const char *configured_lines(const apr_array_header_t *entries,
                                    int with_hosts, int *pall, apr_pool_t *p)
{
    apr_array_header_t *lines = apr_array_make(p, 4, sizeof(const char *));
    apr_size_t used = 0;
    int i;

    for (i = 0; i < entries->nelts; i++) {
        const vso_node_entry_t *one =
            &APR_ARRAY_IDX(entries, i, vso_node_entry_t);
        const char *line = one->entry;

        if (with_hosts && one->hosts->nelts) {
            line = apr_pstrcat(p, line, " ",
                               apr_array_pstrcat(p, one->hosts, ' '), NULL);
        }
        used += strlen(line) + 1;
        if (used > VSO_MAX_VALUE) {
            break;
        }
        APR_ARRAY_PUSH(lines, const char *) = line;
    }
    *pall = i == entries->nelts;
    return apr_array_pstrcat(p, lines, '\n');
}

const char *vso_nodes_configured_text(const apr_array_header_t *entries,
                                      apr_pool_t *p)
{
    int all;
    const char *text = configured_lines(entries, 1, &all, p);

    return all ? text : configured_lines(entries, 0, &all, p);
}

apr_array_header_t *vso_nodes_configured_parse(const char *column,
                                               apr_pool_t *p)
{
    apr_array_header_t *entries =
        apr_array_make(p, 4, (int)sizeof(vso_node_entry_t));
    char *lines;
    char *line;

    for (line = apr_strtok(apr_pstrdup(p, column), "\n", &lines); line;
         line = apr_strtok(NULL, "\n", &lines)) {
        char *words;
        const char *word = apr_strtok(line, " ", &words);
        apr_array_header_t *hosts = apr_array_make(p, 2, sizeof(const char *));

        if (word) {
            vso_node_entry_t *one = apr_array_push(entries);

            one->entry = word;
            one->hosts = hosts;
        }
        while (word && (word = apr_strtok(NULL, " ", &words)) != NULL) {
            APR_ARRAY_PUSH(hosts, const char *) = word;
        }
    }
    return entries;
}

/** Put a text in its place, in the order of strcmp, unless it is there. Which
 * node comes first is the database's order. */
static void list_in_order(apr_array_header_t *texts, const char *text)
{
    int at = texts->nelts;
    int i;

    while (at > 0 &&
           strcmp(APR_ARRAY_IDX(texts, at - 1, const char *), text) >= 0) {
        at--;
    }
    if (at < texts->nelts &&
        !strcmp(APR_ARRAY_IDX(texts, at, const char *), text)) {
        return;
    }
    apr_array_push(texts);
    for (i = texts->nelts - 1; i > at; i--) {
        APR_ARRAY_IDX(texts, i, const char *) =
            APR_ARRAY_IDX(texts, i - 1, const char *);
    }
    APR_ARRAY_IDX(texts, at, const char *) = text;
}

/** Add what a node serves to what others do. */
static void add_serving(vso_fleet_serving_t *serving,
                        const vso_node_entry_t *one, apr_pool_t *p)
{
    apr_array_header_t *hosts =
        apr_hash_get(serving->hosts, one->entry, APR_HASH_KEY_STRING);
    int i;

    if (!hosts) {
        hosts = apr_array_make(p, 2, sizeof(const char *));
        apr_hash_set(serving->hosts, one->entry, APR_HASH_KEY_STRING, hosts);
        APR_ARRAY_PUSH(serving->names, const char *) = one->entry;
    }
    for (i = 0; i < one->hosts->nelts; i++) {
        list_in_order(hosts, APR_ARRAY_IDX(one->hosts, i, const char *));
    }
}

apr_status_t vso_fleet_serving(const vso_context_t *ctx,
                               vso_fleet_serving_t *serving, vso_result_t *res)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv = vso_nodes_configured(ctx->store, vso_context_now(ctx),
                                           &rows, res, ctx->p);
    int i;
    int j;

    serving->hosts = apr_hash_make(ctx->p);
    serving->names = apr_array_make(ctx->p, 8, sizeof(const char *));
    serving->by_name = 0;
    for (i = 0; rv == APR_SUCCESS && i < rows->nelts; i++) {
        const vso_nodes_configured_t *row =
            &APR_ARRAY_IDX(rows, i, vso_nodes_configured_t);
        apr_array_header_t *entries =
            vso_nodes_configured_parse(row->configured, ctx->p);

        for (j = 0; j < entries->nelts; j++) {
            add_serving(serving, &APR_ARRAY_IDX(entries, j, vso_node_entry_t),
                        ctx->p);
        }
        serving->by_name |= row->by_name;
    }
    return rv;
}

const apr_array_header_t *vso_fleet_hosts(const vso_fleet_serving_t *serving,
                                          const char *entry)
{
    return apr_hash_get(serving->hosts, entry, APR_HASH_KEY_STRING);
}

int vso_fleet_serves(const vso_fleet_serving_t *serving, const char *entry,
                     int active)
{
    return (active && serving->by_name) || vso_fleet_hosts(serving, entry);
}

apr_status_t vso_fleet_read(const vso_context_t *ctx, vso_fleet_t *fleet,
                            vso_result_t *res)
{
    vso_state_t state;

    if (vso_nodes_list(ctx->store, &fleet->nodes, res, ctx->p) != APR_SUCCESS ||
        vso_store_read_state(ctx->store, &state, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    fleet->generation = state.serving_generation;
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
