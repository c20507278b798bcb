/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/sessions.h"

#include <mod_session.h>

#include "httpd/board.h"
#include "httpd/config.h"

/* A session that was decoded here already: mod_session does so each time that
 * somebody asks for it. */
#define SEEN "vsocert-seen"

/* Not there without mod_session. */
#pragma weak ap_hook_session_encode
#pragma weak ap_hook_session_decode

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

void vsocert_sessions_register(void)
{
    static const char *const session[] = {"mod_session.c", NULL};

    /* It writes z->expiry down first, and reads it last. */
    if (ap_hook_session_encode && ap_hook_session_decode) {
        ap_hook_session_encode(encode, NULL, session, APR_HOOK_REALLY_FIRST);
        ap_hook_session_decode(decoded, session, NULL, APR_HOOK_REALLY_LAST);
    }
}
