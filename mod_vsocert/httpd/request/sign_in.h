/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signing in and out, before mod_auth_form, which accepts more than we want:
 * with AuthType Form any POST of a form is a sign-in, and the form may name the
 * page to go to afterwards. Here only one page takes the form, only from pages
 * of this server, and uses only its name and password.
 */
#ifndef VSOCERT_REQUEST_SIGN_IN_H
#define VSOCERT_REQUEST_SIGN_IN_H

#include <httpd.h>

/** 1 for a body that mod_auth_form takes for its form: it compares the
 * beginning of the type only. */
int vsocert_sign_in_is_form(const request_rec *r);

/** Register the hook that judges sign-in and sign-out. */
void vsocert_sign_in_register(void);

#endif
