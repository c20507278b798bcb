/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Connections of mod_dbd, and the keystore on them. Always the main server's
 * database, whatever a virtual host says.
 *
 * mod_dbd tells of each new connection: there the schema is ensured, and the
 * statements that mod_session_dbd looks for are prepared. Were they
 * DBDPrepareSQL lines, an empty database would refuse every connection.
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

/**
 * Before a session is read from the database: the connection that this request
 * will use is asked, and replaced where it died in the pool.
 * @param res  DATABASE where SQLite's file is not in its place; a connection
 *             that cannot be had is left to whoever asks for it
 */
apr_status_t vsocert_dbd_wake(request_rec *r, vso_result_t *res);

/** What anybody may hear of a database that does not answer. */
extern const char vsocert_dbd_unreachable[];

/** Connections that a child has at the most (DBDMax), for all of its threads;
 * 0 before the first one. */
int vsocert_dbd_max(void);

/** "sqlite3"; NULL before the first connection of this child. */
const char *vsocert_dbd_driver(void);

#endif
