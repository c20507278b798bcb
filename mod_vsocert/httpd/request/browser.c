/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/browser.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <util_cookies.h>

#include "httpd/keyring.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/lately.h"

#define COOKIE     "__Secure-vsocert-browser"
#define ATTRIBUTES "path=/vsocert/login;HttpOnly;Secure;SameSite=Strict"

/* Label of the key that is derived from a master key. */
#define LABEL "known browser"

/** "TIME-MAC": until when, by the database's clock, and of whom.
 * @param i  the key of the ring; NULL: there is none */
static const char *make(int i, apr_int64_t until_sec, const char *user,
                        apr_pool_t *p)
{
    const char *text =
        apr_psprintf(p, "%" APR_INT64_T_FMT " %s", until_sec, user);
    const char *mac = vso_keyring_mac(vsocert_keyring_sessions(), i, LABEL,
                                      text, strlen(text), p);

    return mac ? apr_psprintf(p, "%" APR_INT64_T_FMT "-%s", until_sec, mac)
               : NULL;
}

int vsocert_browser_is_known(request_rec *r, const char *user)
{
    const char *cookie = NULL;
    const char *made;
    apr_int64_t until_sec;
    int i;

    ap_cookie_read(r, COOKIE, &cookie, 0);
    if (!cookie || !vsocert_keyring_sessions()) {
        return 0;
    }
    until_sec = strtoll(cookie, NULL, 10);
    for (i = 0; (made = make(i, until_sec, user, r->pool)); i++) {
        if (!strcmp(made, cookie)) {
            return until_sec > vsocert_db_clock_now_sec();
        }
    }
    return 0;
}

void vsocert_browser_remember(request_rec *r, const char *user)
{
    const char *cookie =
        make(0, vsocert_db_clock_now_sec() + VSOCERT_LATELY_SEC, user, r->pool);

    if (cookie) {
        ap_cookie_write(r, COOKIE, cookie, ATTRIBUTES, VSOCERT_LATELY_SEC,
                        r->err_headers_out, NULL);
    }
}
