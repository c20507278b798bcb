/* SPDX-License-Identifier: Apache-2.0 */
#include "store/nodes.h"

#include "base/limits.h"
#include "store/dialect.h"

static apr_status_t insert(vso_db_t *db, const vso_node_t *node,
                           const char *now, vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {
        node->node,
        node->instance,
        vso_db_number(node->pid, p),
        node->version,
        vso_db_number(node->generation, p),
        vso_db_number(node->quarantined, p),
        node->sealed ? "1" : "0",
        node->served,
        vso_db_number(node->poll_msec, p),
        now,
        now,
    };

    return vso_db_exec(db, VSO_SQL_NODE_INSERT, args, NULL, res, p);
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
        now,
        node->node,
        node->instance,
    };

    return full ? vso_db_exec(db, VSO_SQL_NODE_UPDATE, args, paffected, res, p)
                : vso_db_exec(db, VSO_SQL_NODE_TOUCH, args + 7, paffected, res,
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
            rv = insert(db, node, now, res, p);
        }
    }
    if (rv == APR_SUCCESS) {
        *ptaken = removed > 0;
    }
    return rv;
}

static apr_status_t collect(void *baton, const vso_row_t *row,
                            vso_result_t *res)
{
    vso_node_t *node = apr_array_push(baton);

    (void)res;
    node->node = vso_row_text(row, 0);
    node->instance = vso_row_text(row, 1);
    node->pid = vso_row_int(row, 2);
    node->version = vso_row_text(row, 3);
    node->generation = vso_row_int(row, 4);
    node->quarantined = vso_row_int(row, 5);
    node->sealed = vso_row_int(row, 6) != 0;
    node->served = vso_row_text(row, 7);
    node->poll_msec = vso_row_int(row, 8);
    node->started_sec = vso_row_int(row, 9);
    node->last_seen_sec = vso_row_int(row, 10);
    return APR_SUCCESS;
}

apr_status_t vso_nodes_list(vso_store_t *store, apr_array_header_t **pnodes,
                            vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *nodes = apr_array_make(p, 4, sizeof(vso_node_t));
    apr_int64_t now_sec = 0;
    apr_status_t rv;
    int i;

    rv = vso_db_select(vso_store_db(store), VSO_SQL_NODE_LIST, NULL, collect,
                       nodes, res, p);
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
