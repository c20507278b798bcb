/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The sessions of mod_session end by the clock of the node that looks. What
 * is stored of them says when they end by the database's clock, so that they
 * hold on every node of a fleet. One without a user is never stored. Signing in
 * or out answers 503 where the database did not take it.
 */
#ifndef VSOCERT_REQUEST_SESSION_H
#define VSOCERT_REQUEST_SESSION_H

#include <httpd.h>

/** Register the hooks of mod_session. Without it, or where it is loaded after
 * this module, there are none, the clock of each node decides, and any cookie
 * that is sent gets a row. */
void vsocert_session_register(void);

#endif
