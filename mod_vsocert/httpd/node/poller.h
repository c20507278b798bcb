/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Learns of changes that other nodes committed: a thread per child, one of
 * which asks the database in each interval. Also does what is due now and
 * then: this node's row, what is to be told, expired
 * sessions, the daily line with the audit
 * trail's head.
 */
#ifndef VSOCERT_NODE_POLLER_H
#define VSOCERT_NODE_POLLER_H

#include <httpd.h>

/** In a new child, after mod_dbd's child_init: the first one after a (re)start
 * asks the database before any connection is accepted; then the thread. */
void vsocert_poller_start(apr_pool_t *pchild, server_rec *main_server);

#endif
