/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Connections of mod_dbd, and the keystore on them: always of the main server's
 * database, also where a virtual host has another one.
 *
 * mod_dbd reports each new connection: its schema is ensured then.
 */
#ifndef VSOCERT_DBD_H
#define VSOCERT_DBD_H

#include <httpd.h>

#include "base/result.h"
#include "store/store.h"

/** Register for mod_dbd's new connections (called with the other hooks). */
void vsocert_dbd_register(void);

/** At post_config: remember the main server. @return 0 when mod_dbd is missing
 * (logged: what to do) */
int vsocert_dbd_setup(server_rec *main_server);

/**
 * The keystore for the time of a request. The connection goes back when
 * r->pool does.
 * @param res  DATABASE, NEWER_SCHEMA; a sealed keystore is no failure here
 */
apr_status_t vsocert_dbd_store(request_rec *r, vso_store_t **pstore,
                               vso_result_t *res);

/** The same outside requests: the connection goes back when p does. */
apr_status_t vsocert_dbd_store_for(apr_pool_t *p, vso_store_t **pstore,
                                   vso_result_t *res);

/** What a client who is not signed in is told when the database is away. */
extern const char vsocert_dbd_unreachable[];

/** Most connections of a child (DBDMax); 0 before its first connection. */
int vsocert_dbd_max(void);

/** "sqlite3"; NULL before the first connection of this child. */
const char *vsocert_dbd_driver(void);

#endif
