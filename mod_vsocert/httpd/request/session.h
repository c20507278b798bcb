/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The console's sessions: mod_session asks here for what mod_auth_form keeps
 * in them (store/sessions.h). A session begins at the sign-in page alone, with
 * a new cookie whatever was sent, and only with a user. It is renewed only
 * while its row is there: a request that runs while its session is signed out
 * does not bring it back. One that was signed out stays so, even where its row
 * comes back. A database that does not answer is 503, not a sign-out.
 */
#ifndef VSOCERT_REQUEST_SESSION_H
#define VSOCERT_REQUEST_SESSION_H

#include <httpd.h>

/** Register the hooks of mod_session. Without it, or where it is loaded after
 * this module, there are none, and nobody can sign in at the console. */
void vsocert_session_register(void);

#endif
