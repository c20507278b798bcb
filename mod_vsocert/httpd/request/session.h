/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sessions of mod_session. mod_session compares a session's end with the clock
 * of the node; stored is the end by the database's clock, so that a session is
 * valid on every node of a fleet. A session without a user is never stored.
 * Signing in or out answers 503 if the database could not be written.
 */
#ifndef VSOCERT_REQUEST_SESSION_H
#define VSOCERT_REQUEST_SESSION_H

#include <httpd.h>

/** Register hooks of mod_session. If it is missing, or loaded after this
 * module, there are none: the clock of each node decides, and every cookie that
 * a client sends gets a row. */
void vsocert_session_register(void);

#endif
