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

/** When whoever calls signed in at the page, in seconds by the database's
 * clock, of a request that brings a session; 0: it brings none. Whether the
 * user of the request is the session's is mod_auth_form's to say. */
apr_int64_t vsocert_session_signed_in(request_rec *r);

/** 1: user and password of this request come from a session, not from whoever
 * sent it. */
int vsocert_session_opened(request_rec *r);

/** The session's user or password is right no more: it ends. */
void vsocert_session_drop(request_rec *r);

/** Register the hooks of mod_session. Without it, or where it is loaded after
 * this module, there are none, and nobody can sign in at the console. */
void vsocert_session_register(void);

#endif
