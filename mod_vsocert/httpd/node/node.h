/* SPDX-License-Identifier: Apache-2.0 */
/**
 * This node among the others: its name, and the row of vmo_node that says
 * what it serves.
 */
#ifndef VSOCERT_NODE_H
#define VSOCERT_NODE_H

#include <httpd.h>

#include "store/store.h"

/** At post_config: name and instance of this node. The instance stays over
 * graceful restarts. */
apr_status_t vsocert_node_setup(server_rec *main_server, apr_pool_t *pconf);

/** VSOCertNode, or HOST:PORT. */
const char *vsocert_node_name(void);

/** Write this node's row if it is due. For the holder of the poll lease. */
apr_status_t vsocert_node_beat(vso_store_t *store, apr_time_t now,
                               vso_result_t *res, apr_pool_t *p);

#endif
