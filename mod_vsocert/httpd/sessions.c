/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/sessions.h"

#include <apr_strings.h>
#include <http_core.h>
#include <mod_session.h>

#include "httpd/board.h"
#include "httpd/config.h"
#include "httpd/sign_in.h"

/* A session that was decoded here already: mod_session does so each time that
 * somebody asks for it. */
#define SEEN "vsocert-seen"

/* Not there without mod_session. */
#pragma weak ap_hook_session_encode
#pragma weak ap_hook_session_decode
#pragma weak ap_hook_session_save

/* From the database's time to that of this node. */
static int decoded(request_rec *r, session_rec *z)
{
    (void)r;
    if (z->expiry && !apr_table_get(z->entries, SEEN)) {
        z->expiry -= vsocert_board_clock_behind();
    }
    apr_table_setn(z->entries, SEEN, "1");
    return OK;
}

/* And back, before it is written. */
static int encode(request_rec *r, session_rec *z)
{
    (void)r;
    if (z->expiry) {
        z->expiry += vsocert_board_clock_behind();
    }
    apr_table_unset(z->entries, SEEN);
    return OK;
}

/* Is somebody signed in with it? The name is where mod_auth_form puts it. */
static int has_user(const request_rec *r, const session_rec *z)
{
    const char *realm = ap_auth_name((request_rec *)r);

    return realm &&
           apr_table_get(z->entries, apr_pstrcat(r->pool, realm,
                                                 "-" MOD_SESSION_USER, NULL));
}

/* In front of mod_session_dbd, which stores whatever was opened: a row for each
 * request that brings an invented cookie. */
static int save(request_rec *r, session_rec *z)
{
    if (!vsocert_sign_in_ours(r) || has_user(r, z)) {
        return DECLINED;
    }
    if (!z->uuid || !z->dirty) {
        return OK;
    }
    /* signed out: without a text the row is deleted, and the cookie ends */
    z->encoded = NULL;
    z->maxage = -1;
    return DECLINED;
}

void vsocert_sessions_register(void)
{
    static const char *const session[] = {"mod_session.c", NULL};

    /* It writes z->expiry down first, and reads it last. */
    if (ap_hook_session_encode && ap_hook_session_decode &&
        ap_hook_session_save) {
        ap_hook_session_encode(encode, NULL, session, APR_HOOK_REALLY_FIRST);
        ap_hook_session_decode(decoded, session, NULL, APR_HOOK_REALLY_LAST);
        ap_hook_session_save(save, NULL, NULL, APR_HOOK_FIRST);
    }
}
