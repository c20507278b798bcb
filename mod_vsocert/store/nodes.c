/* SPDX-License-Identifier: Apache-2.0 */
#include "store/nodes.h"

#include "base/limits.h"
#include "store/rows.h"

static const vso_member_t members[] = {
    VSO_MEMBER(vso_node_t, node),
    VSO_MEMBER(vso_node_t, instance),
    VSO_MEMBER(vso_node_t, pid),
    VSO_MEMBER(vso_node_t, version),
    VSO_MEMBER(vso_node_t, generation),
    VSO_MEMBER(vso_node_t, quarantined),
    VSO_MEMBER(vso_node_t, sealed),
    VSO_MEMBER(vso_node_t, served),
    VSO_MEMBER(vso_node_t, poll_msec),
    VSO_MEMBER(vso_node_t, started_sec),
    VSO_MEMBER(vso_node_t, last_seen_sec),
    VSO_MEMBER(vso_node_t, configured),
    VSO_MEMBER(vso_node_t, by_name),
    VSO_MEMBER(vso_node_t, entries),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {"vmo_node", sizeof(vso_node_t), members};

static apr_status_t insert(vso_db_t *db, const vso_node_t *node,
                           apr_int64_t now_sec, vso_result_t *res,
                           apr_pool_t *p)
{
    vso_node_t row = *node;

    row.started_sec = now_sec;
    row.last_seen_sec = now_sec;
    return vso_db_exec(db, VSO_SQL_NODE_INSERT, vso_row_args(&record, &row, p),
                       NULL, res, p);
}

static apr_status_t update(vso_db_t *db, const vso_node_t *node, int full,
                           const char *now, int *paffected, vso_result_t *res,
                           apr_pool_t *p)
{
    const char *args[] = {
        vso_db_number(node->pid, p),
        node->version,
        vso_db_number(node->generation, p),
        vso_db_number(node->quarantined, p),
        node->sealed ? "1" : "0",
        node->served,
        vso_db_number(node->poll_msec, p),
        node->configured ? node->configured : "",
        node->by_name ? "1" : "0",
        vso_db_number(node->entries, p),
        now,
        node->node,
        node->instance,
    };

    return full ? vso_db_exec(db, VSO_SQL_NODE_UPDATE, args, paffected, res, p)
                : vso_db_exec(db, VSO_SQL_NODE_TOUCH, args + 10, paffected, res,
                              p);
}

apr_status_t vso_node_beat(vso_store_t *store, const vso_node_t *node, int full,
                           int *ptaken, vso_result_t *res, apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    const char *now;
    apr_int64_t now_sec;
    apr_status_t rv;
    int affected = 0;
    int removed = 0;

    if ((rv = vso_db_now(db, &now_sec, res, p)) != APR_SUCCESS) {
        return rv;
    }
    now = vso_db_number(now_sec, p);
    rv = update(db, node, full, now, &affected, res, p);
    if (rv == APR_SUCCESS && !affected) {
        rv = vso_db_exec(db, VSO_SQL_NODE_DELETE, (const char *[]){node->node},
                         &removed, res, p);
        if (rv == APR_SUCCESS) {
            rv = insert(db, node, now_sec, res, p);
        }
    }
    if (rv == APR_SUCCESS) {
        *ptaken = removed > 0;
    }
    return rv;
}

apr_status_t vso_nodes_list(vso_store_t *store, apr_array_header_t **pnodes,
                            vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *nodes = NULL;
    apr_int64_t now_sec = 0;
    apr_status_t rv;
    int i;

    rv = vso_rows_list(vso_store_db(store), VSO_SQL_NODE_LIST, NULL, &record,
                       &nodes, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_db_now(vso_store_db(store), &now_sec, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < nodes->nelts; i++) {
        vso_node_t *node = &APR_ARRAY_IDX(nodes, i, vso_node_t);
        apr_int64_t slow_sec = 3 * node->poll_msec / 1000;

        node->age_sec = now_sec - node->last_seen_sec;
        node->live =
            node->age_sec <
            (slow_sec > VSO_NODE_LIVE_SEC ? slow_sec : VSO_NODE_LIVE_SEC);
    }
    *pnodes = nodes;
    return APR_SUCCESS;
}

static apr_status_t add_configured(void *baton, const vso_row_t *row,
                                   vso_result_t *res)
{
    vso_nodes_configured_t *configured = apr_array_push(baton);

    (void)res;
    configured->configured = vso_row_text(row, 0);
    configured->by_name = vso_row_int(row, 1) != 0;
    return APR_SUCCESS;
}

apr_status_t vso_nodes_configured(vso_store_t *store, apr_int64_t now_sec,
                                  apr_array_header_t **pconfigured,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *rows =
        apr_array_make(p, 4, (int)sizeof(vso_nodes_configured_t));
    const char *args[] = {vso_db_number(now_sec - VSO_NODE_LIVE_SEC, p),
                          vso_db_number(now_sec, p)};
    apr_status_t rv =
        vso_db_select(vso_store_db(store), VSO_SQL_NODE_CONFIGURED, args,
                      add_configured, rows, res, p);

    if (rv == APR_SUCCESS) {
        *pconfigured = rows;
    }
    return rv;
}

apr_status_t vso_nodes_purge(vso_store_t *store, vso_result_t *res,
                             apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    const char *args[1];
    apr_int64_t now_sec = 0;
    apr_status_t rv;

    rv = vso_db_now(db, &now_sec, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = vso_db_number(now_sec - VSO_NODE_KEEP_SEC, p);
    return vso_db_exec(db, VSO_SQL_NODE_PURGE, args, NULL, res, p);
}

int vso_node_serves(const vso_node_t *node, apr_int64_t generation)
{
    return node->generation >= generation && !node->quarantined;
}
