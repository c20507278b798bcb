/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sessions that were signed out on this node, or that it heard of: in the
 * replica, for as long as a session may live, also over a restart of httpd. A
 * row of one that comes back, by a restored backup or by hand, opens nothing.
 * While the replica cannot be written they are in shared memory.
 */
#ifndef VSOCERT_SHARED_SIGNED_OUT_H
#define VSOCERT_SHARED_SIGNED_OUT_H

#include <httpd.h>

/** Find the shared memory, or make it (parent, post_config). */
apr_status_t vsocert_signed_out_setup(void);

/** Remember that sessions ended. @param ids  const char *: keys of their rows
 */
void vsocert_signed_out_add(const apr_array_header_t *ids);

/** 1 when it did. */
int vsocert_signed_out_is(const char *id);

#endif
