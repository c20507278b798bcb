/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who signed in from where on this node, in the last 30 days: others who guess
 * cannot keep them out. Lost when httpd stops.
 */
#ifndef VSOCERT_SHARED_LATELY_H
#define VSOCERT_SHARED_LATELY_H

#include <httpd.h>

#define VSOCERT_LATELY_SEC (30 * 24 * 3600)

/** Find the table, or make it (parent, post_config). */
apr_status_t vsocert_lately_setup(void);

/** A user signed in from a network. */
void vsocert_lately_add(const char *user, const char *network);

/** 1 when they did. */
int vsocert_lately_is(const char *user, const char *network);

#endif
