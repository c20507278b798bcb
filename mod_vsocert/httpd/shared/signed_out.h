/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sessions that were signed out on this node, or that it heard of: in shared
 * memory, over graceful restarts, for as long as a session may live. A row of
 * one that comes back, by a restored backup or by hand, opens nothing.
 */
#ifndef VSOCERT_SHARED_SIGNED_OUT_H
#define VSOCERT_SHARED_SIGNED_OUT_H

#include <httpd.h>

/** Find the shared memory, or make it (parent, post_config). */
apr_status_t vsocert_signed_out_setup(void);

/** Remember that a session ended. @param id  the key of its row */
void vsocert_signed_out_add(const char *id);

/** 1 when it did. */
int vsocert_signed_out_is(const char *id);

#endif
