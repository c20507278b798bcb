/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Anonymous memory that the parent and all children of this httpd share. It
 * belongs to httpd's process pool and outlives graceful restarts.
 */
#ifndef VSOCERT_SHARED_MEMORY_H
#define VSOCERT_SHARED_MEMORY_H

#include <httpd.h>

/** Fill new memory, which is all zeros. */
typedef apr_status_t vsocert_memory_init_fn(void *memory);

/**
 * Find the memory of this name, or make it (parent, post_config).
 * @param name  with the version of its layout: after an upgrade of the module
 *              and a graceful restart the old memory is not found
 * @param init  for new memory only; NULL: zeros will do
 * @return APR_EINVAL: what has this name is smaller
 */
apr_status_t vsocert_memory_get(const char *name, apr_size_t size,
                                vsocert_memory_init_fn *init, void **pmemory);

#endif
