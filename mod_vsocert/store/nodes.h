/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Nodes: the rows of vmo_node. Each node writes its own row, outside of
 * changes: what it serves, and when it was last seen by the database's clock.
 */
#ifndef VSO_NODES_H
#define VSO_NODES_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/store.h"

/** One row. */
typedef struct {
    const char *node;        /**< name, unique in the fleet */
    const char *instance;    /**< random, of one run of httpd */
    apr_int64_t pid;         /**< of httpd's parent */
    const char *version;     /**< of the module */
    apr_int64_t generation;  /**< that it serves; 0: nothing yet */
    apr_int64_t quarantined; /**< versions that do not open there */
    int sealed;              /**< its master key does not fit */
    const char *served;      /**< a line for each certificate: entry, version
                                  id, algorithm, fingerprint, with blanks */
    apr_int64_t poll_msec;   /**< how often it asks the database */
    apr_int64_t started_sec;
    apr_int64_t last_seen_sec;
    const char *configured; /**< a line for each entry that its configuration
                                 names, with the hosts that serve it: see
                                 service/nodes.h; NULL: none */
    int by_name;            /**< a virtual host serves whichever entry fits the
                                 name that a client asks for */
    apr_int64_t entries;    /**< that it has */
    apr_int64_t age_sec;    /**< since then, by the database's clock */
    int live;               /**< seen lately */
} vso_node_t;

/**
 * Write this node's row, or its time.
 * @param node    all but started_sec, last_seen_sec, age_sec and live
 * @param full    0: nothing changed since the last time but the time
 * @param ptaken  1 when another instance had the name: a run of before, or
 *                another node
 */
apr_status_t vso_node_beat(vso_store_t *store, const vso_node_t *node, int full,
                           int *ptaken, vso_result_t *res, apr_pool_t *p);

/** All nodes by name: vso_node_t. */
apr_status_t vso_nodes_list(vso_store_t *store, apr_array_header_t **pnodes,
                            vso_result_t *res, apr_pool_t *p);

/** What the configurations of some live nodes name. */
typedef struct {
    const char *configured; /**< as in vso_node_t */
    int by_name;            /**< one of them, at least */
} vso_nodes_configured_t;

/** What the configurations of all live nodes name: vso_nodes_configured_t,
 * once for all nodes that name the same. */
apr_status_t vso_nodes_configured(vso_store_t *store, apr_int64_t now_sec,
                                  apr_array_header_t **pconfigured,
                                  vso_result_t *res, apr_pool_t *p);

/** Delete nodes that were not seen for VSO_NODE_KEEP_SEC. */
apr_status_t vso_nodes_purge(vso_store_t *store, vso_result_t *res,
                             apr_pool_t *p);

/** 1 if the node serves this generation completely. */
int vso_node_serves(const vso_node_t *node, apr_int64_t generation);

#endif
