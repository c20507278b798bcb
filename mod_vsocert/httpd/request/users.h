/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The authn provider "vsocert" (AuthBasicProvider vsocert, AuthFormProvider
 * vsocert): the one place that all ways to a password lead through. It asks the
 * providers that VSOCertUsers names, remembers for a minute what was right,
 * limits guesses, and lets a user who is not there take as long as one who is.
 *
 * A provider can say no more than yes or no: who guessed too often hears it
 * from the hooks here (Basic) and in sign_in.h (the form), which have the
 * credentials judged before httpd's modules do.
 */
#ifndef VSOCERT_REQUEST_USERS_H
#define VSOCERT_REQUEST_USERS_H

#include <httpd.h>
#include <mod_auth.h>

#include "base/result.h"

/**
 * Judge what somebody typed. The provider answers the same for this request.
 * @param res  SLOW_DOWN: too many guesses, nobody was asked; Retry-After is set
 * @return APR_SUCCESS also where user and password do not fit
 */
apr_status_t vsocert_users_judge(request_rec *r, const char *user,
                                 const char *password, vso_result_t *res);

/**
 * Somebody whom vsocert_users_judge judged is about to begin a session, if user
 * and password were right: each takes a change of the database.
 * @param res  SLOW_DOWN: this user did so too often; Retry-After is set
 */
apr_status_t vsocert_users_sign_in(request_rec *r, vso_result_t *res);

/** Warn, once in a process, where a user was let in past the provider: by an
 * earlier configuration, for example. */
void vsocert_users_warn(request_rec *r);

/** Register provider and hook. */
void vsocert_users_register(apr_pool_t *p);

#endif
