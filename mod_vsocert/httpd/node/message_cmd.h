/* SPDX-License-Identifier: Apache-2.0 */
/**
 * VSOCertMessageCmd: a program that is told what happened. The poller's thread
 * starts it and does not wait for it.
 */
#ifndef VSOCERT_NODE_MESSAGE_CMD_H
#define VSOCERT_NODE_MESSAGE_CMD_H

#include <httpd.h>

#include "store/store.h"

/** In a new child: which program, or that there is none. */
void vsocert_message_cmd_setup(server_rec *main_server, apr_pool_t *pchild);

/** At a start: log where the kernel cannot confine it. */
void vsocert_message_cmd_judge(server_rec *main_server);

/** After a start, or with an older database: events that happened before are
 * not told, unless the fleet told of earlier ones only. */
void vsocert_message_cmd_begin(vso_store_t *store, const vso_state_t *state,
                               apr_pool_t *p);

/** Tell what the audit trail has that nobody told of, and of certificates
 * that are about to expire. For the holder of the poll lease. */
apr_status_t vsocert_message_cmd_tell(vso_store_t *store,
                                      const vso_state_t *state, apr_time_t now,
                                      vso_result_t *res, apr_pool_t *p);

/** Tell an event of this node: "database-lost", "database-back". */
void vsocert_message_cmd_node(const char *event, apr_pool_t *p);

/** Collect programs that ended, and kill those that run too long. */
void vsocert_message_cmd_reap(void);

#endif
