/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The fleet: what each node says that it serves.
 */
#ifndef VSO_SERVICE_NODES_H
#define VSO_SERVICE_NODES_H

#include <apr_hash.h>

#include "service/context.h"
#include "serving/opened.h"
#include "store/nodes.h"

/** One certificate that a node serves. */
typedef struct {
    const char *entry;
    apr_int64_t version_id;
    const char *algorithm;   /**< "RSA" or "EC" */
    const char *fingerprint; /**< of the certificate */
} vso_node_served_t;

/** The column `served` of a node: a line for each certificate of the entries
 * that its configuration names. "" where that is over VSO_MAX_VALUE.
 * @param entries  vso_served_entry_t * */
const char *vso_nodes_served_text(const apr_array_header_t *entries,
                                  apr_pool_t *p);

/** The same read: vso_node_served_t. A line that is none is left out. */
apr_array_header_t *vso_nodes_served_parse(const char *column, apr_pool_t *p);

/** An entry that a node's configuration names. */
typedef struct {
    const char *entry;
    const apr_array_header_t *hosts; /**< const char *: names of the virtual
                                          hosts that serve it */
} vso_node_entry_t;

/** The column `configured` of a node: a line for each vso_node_entry_t. Where
 * that is over VSO_MAX_VALUE, without hosts; where even that is, those that
 * come first. */
const char *vso_nodes_configured_text(const apr_array_header_t *entries,
                                      apr_pool_t *p);

/** The same read: vso_node_entry_t. */
apr_array_header_t *vso_nodes_configured_parse(const char *column,
                                               apr_pool_t *p);

/** What virtual hosts of live nodes serve. */
typedef struct {
    apr_hash_t *hosts; /**< entry -> apr_array_header_t * of const char *: the
                            hosts that serve it */
    apr_array_header_t *names; /**< const char *: the entries */
    int by_name; /**< one serves any entry that has a certificate */
} vso_fleet_serving_t;

apr_status_t vso_fleet_serving(const vso_context_t *ctx,
                               vso_fleet_serving_t *serving, vso_result_t *res);

/** Hosts (const char *) that serve an entry; NULL where none does, or hosts
 * that serve by name do. */
const apr_array_header_t *vso_fleet_hosts(const vso_fleet_serving_t *serving,
                                          const char *entry);

/** Does a virtual host of a live node serve this entry?
 * @param active  it has a certificate
 */
int vso_fleet_serves(const vso_fleet_serving_t *serving, const char *entry,
                     int active);

/** All nodes, and what they should serve. */
typedef struct {
    apr_int64_t generation;    /**< of the last change of what is served */
    apr_array_header_t *nodes; /**< vso_node_t, by name */
} vso_fleet_t;

apr_status_t vso_fleet_read(const vso_context_t *ctx, vso_fleet_t *fleet,
                            vso_result_t *res);

/** How far the fleet is. */
typedef struct {
    int nodes;   /**< that are known */
    int live;    /**< that were seen lately */
    int serving; /**< those of them that serve the generation */
} vso_fleet_count_t;

/**
 * Count the nodes that serve a generation.
 * @param nodes  vso_node_t
 * @param self   name of a node that serves it, whatever its row says; NULL:
 *               rows alone say it
 */
void vso_fleet_count(const apr_array_header_t *nodes, apr_int64_t generation,
                     const char *self, vso_fleet_count_t *count);

/** The same of the nodes that the database knows now. */
apr_status_t vso_fleet_ask(vso_store_t *store, apr_int64_t generation,
                           const char *self, vso_fleet_count_t *count,
                           vso_result_t *res, apr_pool_t *p);

#endif
