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
    apr_int64_t age_sec; /**< since then, by the database's clock */
    int live;            /**< seen lately */
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

/** Delete nodes that were not seen for VSO_NODE_KEEP_SEC. */
apr_status_t vso_nodes_purge(vso_store_t *store, vso_result_t *res,
                             apr_pool_t *p);

/** 1 if the node serves this generation completely. */
int vso_node_serves(const vso_node_t *node, apr_int64_t generation);

#endif
