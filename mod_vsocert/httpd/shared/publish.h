/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A change of this node goes to the board, and from there to the cache file.
 */
#ifndef VSOCERT_SHARED_PUBLISH_H
#define VSOCERT_SHARED_PUBLISH_H

#include <httpd.h>

/**
 * Publish what a committed change serves; call it before the response goes
 * out. Every handshake that starts afterwards, in whatever child, serves it.
 * Writes the cache file.
 * @param text        of vso_snapshot_load
 * @param generation  of the change; an older one than the board's is left out
 * @return APR_ENOSPC over VSO_MAX_SERVING; APR_EGENERAL for a text that cannot
 *         be read (logged)
 */
apr_status_t vsocert_publish_change(const char *text, apr_int64_t generation);

#endif
