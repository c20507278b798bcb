/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signing in and out, in front of mod_auth_form. Its own ways are wider than
 * ours: with AuthType Form a POST of a form is a sign-in wherever it goes,
 * and the form may name the place to go to afterwards. Here one page takes
 * that form, from this server's own pages only, and nothing but a name and a
 * password of it.
 */
#ifndef VSOCERT_REQUEST_SIGN_IN_H
#define VSOCERT_REQUEST_SIGN_IN_H

#include <httpd.h>

/** 1 for requests of the console and the API, and where SetHandler gives a
 * location to one of our handlers. Can be asked before authentication. */
int vsocert_sign_in_ours(request_rec *r);

/** 1 for the console's pages that sign in and out, once httpd knows the
 * handler. */
int vsocert_sign_in_page(const request_rec *r);

/** 1 for a body that mod_auth_form takes for its form: it looks no further than
 * the beginning of the type. */
int vsocert_sign_in_is_form(const request_rec *r);

/** Register the hook: sign-in and sign-out are for our own pages. */
void vsocert_sign_in_register(void);

#endif
