/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the main server's DBD directives say. mod_dbd keeps that for itself
 * until it makes a connection: it is read from the configuration as httpd keeps
 * it.
 */
#ifndef VSOCERT_DBD_DIRECTIVES_H
#define VSOCERT_DBD_DIRECTIVES_H

#include <httpd.h>

/** Read them (parent, post_config). */
void vsocert_dbd_directives_read(apr_pool_t *pconf);

/** SQLite's database file (DBDParams); NULL where DBDDriver names another. */
const char *vsocert_dbd_directives_file(void);

/** DBDMax, or mod_dbd's default. */
int vsocert_dbd_directives_max(void);

#endif
