/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Forms outside of the sign-in page. Below a location with AuthType Form,
 * mod_auth_form takes any POST of one for a sign-in: they are refused before
 * anybody is authenticated, unless they go to a call that takes a file.
 */
#ifndef VSOCERT_FORMS_H
#define VSOCERT_FORMS_H

#include <httpd.h>

/** Register the hook (MEDIA_TYPE). */
void vsocert_forms_register(void);

#endif
