/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which requests are the console's and the API's.
 */
#ifndef VSOCERT_REQUEST_PAGES_H
#define VSOCERT_REQUEST_PAGES_H

#include <httpd.h>

/** Handlers of mod_auth_form. */
#define VSOCERT_LOGIN_HANDLER  "form-login-handler"
#define VSOCERT_LOGOUT_HANDLER "form-logout-handler"

/** 1 for requests of the console and the API, and for locations whose
 * SetHandler is one of ours. Works before authentication. */
int vsocert_pages_ours(request_rec *r);

/** 1 for the console's pages that sign in and out, once httpd knows the
 * handler. */
int vsocert_pages_sign_in(const request_rec *r);

#endif
