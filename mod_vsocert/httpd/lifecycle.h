/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What happens when httpd starts, in order: configuration is read, the parent
 * prepares as root, children begin.
 */
#ifndef VSOCERT_LIFECYCLE_H
#define VSOCERT_LIFECYCLE_H

#include <httpd.h>

/** Hooks. prepare: after mod_dbd's and before mod_ssl's post_config. */
int vsocert_lifecycle_prepare(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp, server_rec *s);
/** Right after mod_ssl's, before other modules fork. */
int vsocert_lifecycle_loaded(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s);
/** The last one. */
int vsocert_lifecycle_ready(apr_pool_t *pconf, apr_pool_t *plog,
                            apr_pool_t *ptemp, server_rec *s);

/** After privileges were dropped (mod_unixd), in children and in the daemons of
 * other modules that do so, such as mod_cgid's: with CoreDumpDirectory these
 * dump core, and what dumps core can be read by every process of its user. Both
 * end here, unless VSOCertCoreDumps is on. */
int vsocert_lifecycle_privileges(apr_pool_t *pchild, server_rec *s);
void vsocert_lifecycle_child(apr_pool_t *pchild, server_rec *s);

#endif
