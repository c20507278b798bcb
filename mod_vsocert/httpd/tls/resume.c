/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/resume.h"

#include <string.h>

#include "httpd/tls/opened.h"

#define ID_LEN sizeof(((vso_served_t *)0)->key_id)

/* One key of each algorithm. */
#define MAX_IDS 4

typedef SSL_SESSION *get_session_fn(SSL *ssl, const unsigned char *id,
                                    int id_len, int *copy);

/* mod_ssl's own, the same for all its contexts. */
static get_session_fn *next_get_session;

void vsocert_resume_mark(SSL *ssl, const vso_snapshot_t *serving,
                         const char *entry)
{
    unsigned char ids[MAX_IDS * ID_LEN];
    SSL_SESSION *session = SSL_get_session(ssl);
    const vso_served_t *served;
    size_t len = 0;
    int i;

    if (!session || SSL_session_reused(ssl)) {
        return;
    }
    for (i = 0; i < MAX_IDS && (served = vso_snapshot_get(serving, entry, i));
         i++) {
        memcpy(ids + len, served->key_id, ID_LEN);
        len += ID_LEN;
    }
    SSL_SESSION_set1_ticket_appdata(session, ids, len);
}

/* A session without a mark has another certificate than the keystore's. */
static int may_resume(SSL_SESSION *session)
{
    vso_snapshot_t *serving;
    void *ids = NULL;
    size_t len = 0;
    size_t at;
    int live = 1;

    if (SSL_SESSION_get0_ticket_appdata(session, &ids, &len) != 1 || !len) {
        return 1;
    }
    serving = vsocert_opened_get();
    if (!serving) {
        return 1;
    }
    for (at = 0; live && at + ID_LEN <= len; at += ID_LEN) {
        live = vso_snapshot_key_live(serving, (const unsigned char *)ids + at);
    }
    vso_snapshot_unref(serving);
    return live;
}

static int ticket_made(SSL *ssl, void *baton)
{
    (void)ssl;
    (void)baton;
    return 1;
}

static SSL_TICKET_RETURN ticket_opened(SSL *ssl, SSL_SESSION *session,
                                       const unsigned char *key_name,
                                       size_t key_name_len,
                                       SSL_TICKET_STATUS status, void *baton)
{
    (void)ssl;
    (void)key_name;
    (void)key_name_len;
    (void)baton;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    if (!may_resume(session)) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE
                                        : SSL_TICKET_RETURN_USE_RENEW;
}

static SSL_SESSION *get_session(SSL *ssl, const unsigned char *id, int id_len,
                                int *copy)
{
    SSL_SESSION *session = next_get_session(ssl, id, id_len, copy);

    if (session && !may_resume(session)) {
        if (!*copy) {
            SSL_SESSION_free(session);
        }
        session = NULL;
    }
    return session;
}

void vsocert_resume_install(SSL_CTX *ctx)
{
    get_session_fn *found = SSL_CTX_sess_get_get_cb(ctx);

    SSL_CTX_set_session_ticket_cb(ctx, ticket_made, ticket_opened, NULL);
    if (found && found != get_session) {
        next_get_session = found;
        SSL_CTX_sess_set_get_cb(ctx, get_session);
    }
}
