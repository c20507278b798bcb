/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The sealed cache file: what the board shows, for a start while the database
 * is away. One line "vsocert-cache 1 MAC", then the serving text; its keys are
 * sealed, and the MAC is keyed by the master key.
 */
#ifndef VSOCERT_SHARED_CACHE_H
#define VSOCERT_SHARED_CACHE_H

#include <httpd.h>

/** Remember where the cache is, and make its folder (0700, owned by User) where
 * it is missing (parent, post_config). */
apr_status_t vsocert_cache_setup(server_rec *main_server, apr_pool_t *pconf);

/** Put the file's text on the board, unless the board has a newer one. A file
 * that cannot be used is logged. */
void vsocert_cache_read(void);

/** Write what the board shows, atomically. A failure is logged once until a
 * write succeeds. */
void vsocert_cache_write(void);

#endif
