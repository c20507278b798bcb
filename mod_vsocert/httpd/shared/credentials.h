/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Credentials that were right within the last minute, on this node: they need
 * no derivation, which costs some 50 ms of processor time at bcrypt's usual
 * cost. What is kept is a digest under a secret of this start. A password that
 * was changed, or a user who was removed, is refused a minute later at the
 * latest, and at once after a graceful restart.
 *
 * Of calls that bring the same credentials at once, one has them judged, and
 * the others wait for it.
 */
#ifndef VSOCERT_SHARED_CREDENTIALS_H
#define VSOCERT_SHARED_CREDENTIALS_H

#include <httpd.h>

#include "httpd/shared/places.h"

/** For so long they are remembered. */
#define VSOCERT_CREDENTIALS_SEC 60

/** Find the table, or make it (parent, post_config). */
apr_status_t vsocert_credentials_setup(void);

/**
 * Ask for credentials.
 * @param texts   user and password, the list of users that they are looked up
 *                in, and where they come from: others elsewhere find out
 * nothing
 * @param digest  for vsocert_credentials_end
 * @return 1: they were right lately; 0: have them judged, then call
 *         vsocert_credentials_end
 */
int vsocert_credentials_begin(const char *const texts[4],
                              vsocert_digest_t *digest);

/** They were judged. @param right  1: remember them */
void vsocert_credentials_end(const vsocert_digest_t *digest, int right);

#endif
