/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/resume.h"

#include <string.h>

#include "httpd/shared/serving.h"
#include "httpd/tls/choice.h"

#define ID_LEN sizeof(((vso_served_t *)0)->key_id)

/* One key of each algorithm. */
#define MAX_IDS 4

/* A mark: its format, the length of the entry's name, the name, the ids. */
#define MARK_FORMAT 1
#define MARK_HEAD   2
#define MAX_MARK    (MARK_HEAD + VSO_MAX_ENTRY + MAX_IDS * ID_LEN)

typedef SSL_SESSION *get_session_fn(SSL *ssl, const unsigned char *id,
                                    int id_len, int *copy);

/* mod_ssl's own, the same for all its contexts. */
static get_session_fn *next_get_session;

void vsocert_resume_mark(SSL *ssl, const vso_served_entry_t *entry)
{
    const char *name = vso_opened_name(entry);
    size_t len = MARK_HEAD + strlen(name);
    SSL_SESSION *session = SSL_get_session(ssl);
    unsigned char mark[MAX_MARK];
    const vso_served_t *served;
    int i;

    if (!session || SSL_session_reused(ssl) ||
        len > MARK_HEAD + VSO_MAX_ENTRY) {
        return;
    }
    mark[0] = MARK_FORMAT;
    mark[1] = (unsigned char)strlen(name);
    memcpy(mark + MARK_HEAD, name, strlen(name));
    for (i = 0; i < MAX_IDS && (served = vso_opened_at(entry, i)); i++) {
        memcpy(mark + len, served->key_id, ID_LEN);
        len += ID_LEN;
    }
    SSL_SESSION_set1_ticket_appdata(session, mark, len);
}

/** Is it a session of this entry, and do its keys exist? */
static int is_good(const unsigned char *mark, size_t len, const char *entry)
{
    vso_replica_t *replica = vsocert_serving_replica();
    size_t name_len = strlen(entry);
    size_t at = MARK_HEAD + name_len;
    int live = 1;

    if (len < at || mark[0] != MARK_FORMAT || mark[1] != name_len ||
        memcmp(mark + MARK_HEAD, entry, name_len)) {
        return 0;
    }
    for (; live && replica && at + ID_LEN <= len; at += ID_LEN) {
        live = vso_replica_key_live(replica, mark + at, entry);
    }
    return live;
}

/* A session without a mark has another certificate than the keystore's: that of
 * a file, or the bootstrap one. */
static int may_resume(SSL *ssl, SSL_SESSION *session)
{
    vso_served_entry_t *served;
    vsocert_choice_name_t name;
    const char *entry = vsocert_choice_ahead(ssl, name);
    void *mark = NULL;
    size_t len = 0;

    if (SSL_SESSION_get0_ticket_appdata(session, &mark, &len) == 1 && len) {
        return entry && is_good(mark, len, entry);
    }
    served = entry ? vsocert_serving_get(entry) : NULL;
    if (served) {
        vso_opened_unref(served);
    }
    return !served;
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
    (void)key_name;
    (void)key_name_len;
    (void)baton;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    if (!may_resume(ssl, session)) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE
                                        : SSL_TICKET_RETURN_USE_RENEW;
}

static SSL_SESSION *get_session(SSL *ssl, const unsigned char *id, int id_len,
                                int *copy)
{
    SSL_SESSION *session = next_get_session(ssl, id, id_len, copy);

    if (session && !may_resume(ssl, session)) {
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
