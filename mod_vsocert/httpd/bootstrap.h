/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The bootstrap certificate: self-signed, made in memory at each start, never
 * stored. mod_ssl loads it, so that a server without any certificate comes up
 * with TLS and can be managed; it is on the wire only while the keystore has
 * nothing for that server.
 */
#ifndef VSOCERT_BOOTSTRAP_H
#define VSOCERT_BOOTSTRAP_H

#include <httpd.h>
#include <apr_tables.h>

/**
 * Make key and certificate with the server's names, and hand them over as
 * /proc/self/fd paths of memory files.
 * @param pfds  set to the memory files; also closed when p goes
 * @return APR_SUCCESS; what went wrong is logged
 */
apr_status_t vsocert_bootstrap_make(server_rec *s, apr_array_header_t *certs,
                                    apr_array_header_t *keys,
                                    apr_array_header_t **pfds, apr_pool_t *p);

/** Close the memory files as soon as mod_ssl has read them, so that no child
 * inherits a key in the clear. */
void vsocert_bootstrap_close(apr_array_header_t *fds);

#endif
