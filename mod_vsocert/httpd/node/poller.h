/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Learns of changes that other nodes committed. Every child has a poller
 * thread; in each interval one of them, the holder of the poll lease, asks the
 * database, and does the chores: scheduled activations, this node's row,
 * messages, expired rows, the daily log line with the head of the audit trail.
 */
#ifndef VSOCERT_NODE_POLLER_H
#define VSOCERT_NODE_POLLER_H

#include <httpd.h>

/** In a new child, after mod_dbd's child_init: start the thread. The first
 * child after a (re)start asks the database before it accepts a connection. */
void vsocert_poller_start(apr_pool_t *pchild, server_rec *main_server);

#endif
