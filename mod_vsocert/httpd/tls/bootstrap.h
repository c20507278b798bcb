/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The bootstrap certificate: self-signed, made in memory at each start, never
 * stored. mod_ssl loads it, so that a server without a certificate starts and
 * can be managed over TLS. It is served only while the keystore has nothing for
 * that server.
 */
#ifndef VSOCERT_TLS_BOOTSTRAP_H
#define VSOCERT_TLS_BOOTSTRAP_H

#include <httpd.h>
#include <apr_tables.h>

/** One for all hosts that serve the same: mod_ssl answers 421 (HTTP/2
 * connections that are shared) where the paths of two hosts' certificates
 * differ. */
typedef struct {
    const char *cert_path; /**< /proc/self/fd/N of a memory file, PEM */
    const char *key_path;
    apr_array_header_t *fds; /**< empty when they are closed */
} vsocert_bootstrap_t;

/**
 * Make key and certificate with the names of all servers that serve the same as
 * s. The files are closed when p goes, at the latest.
 * @return NULL: what went wrong is logged
 */
vsocert_bootstrap_t *vsocert_bootstrap_make(server_rec *s, apr_pool_t *p);

/** Close the memory files once mod_ssl has read them, so that no child inherits
 * a plaintext key. */
void vsocert_bootstrap_close(vsocert_bootstrap_t *bootstrap);

#endif
