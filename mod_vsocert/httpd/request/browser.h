/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Browsers in which somebody signed in: a cookie of 30 days, which only the
 * sign-in page gets. Others who guess that user's password cannot keep them
 * out; what they type themselves is limited as anybody's is. It opens nothing.
 */
#ifndef VSOCERT_REQUEST_BROWSER_H
#define VSOCERT_REQUEST_BROWSER_H

#include <httpd.h>

/** 1: this user signed in with this browser lately. */
int vsocert_browser_is_known(request_rec *r, const char *user);

/** Send the cookie. */
void vsocert_browser_remember(request_rec *r, const char *user);

#endif
