/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/tls.h"

#include <string.h>

#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <http_ssl.h>
#include <mod_ssl.h>
#include <openssl/ssl.h>

#include "base/limits.h"
#include "base/log.h"
#include "httpd/tls/bootstrap.h"
#include "httpd/config.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/serving.h"
#include "httpd/tls/choice.h"
#include "httpd/tls/loaded.h"
#include "httpd/tls/pin.h"
#include "httpd/tls/resume.h"
#include "httpd/tls/staple.h"
#include "x509/cert.h"
#include "x509/key.h"
#include "x509/ossl.h"

APLOG_USE_MODULE(vsocert);

/* apache2-dev lacks mod_ssl_openssl.h, which declares this hook. The hook is
 * optional: registering it links to nothing of mod_ssl. */
APR_DECLARE_EXTERNAL_HOOK(ssl, SSL, int, init_server,
                          (server_rec * s, apr_pool_t *p, int is_proxy,
                           SSL_CTX *ctx))

/** A TLS server, as mod_ssl initialised it. */
typedef struct tls_server_t {
    const server_rec *s;
    vsocert_choice_t choice;
    vsocert_bootstrap_t *bootstrap; /**< NULL: it has certificate files */
    vso_trial_profile_t *profile;
    apr_array_header_t *loaded; /**< vsocert_served_t: what mod_ssl loaded */
    struct tls_server_t *next;
} tls_server_t;

typedef void info_fn(const SSL *ssl, int where, int ret);

/* mod_ssl's own, the same for all its contexts. */
static info_fn *next_info;

/* Servers with VSOCertEngine on; rebuilt in pconf at each (re)start. */
static tls_server_t *servers;

/* For API calls where no server has VSOCertEngine on. */
static vso_trial_profile_t *default_profile;

static tls_server_t *find(const server_rec *s)
{
    tls_server_t *server;

    for (server = servers; server && server->s != s; server = server->next) {
    }
    return server;
}

static apr_status_t forget_servers(void *baton)
{
    (void)baton;
    servers = NULL;
    return APR_SUCCESS;
}

static tls_server_t *enlist(const server_rec *s, apr_pool_t *p)
{
    tls_server_t *server = find(s);

    if (!server) {
        if (!servers) {
            apr_pool_cleanup_register(p, NULL, forget_servers,
                                      apr_pool_cleanup_null);
        }
        server = apr_pcalloc(p, sizeof(*server));
        server->s = s;
        server->choice.entry = vsocert_config_entry(s);
        server->choice.by_name = vsocert_config_by_name(s);
        server->next = servers;
        servers = server;
    }
    return server;
}

/* Of another server that it serves alike. */
static vsocert_bootstrap_t *shared_bootstrap(const server_rec *s)
{
    const tls_server_t *server;

    for (server = servers; server; server = server->next) {
        if (server->bootstrap && vsocert_config_alike(server->s, s)) {
            return server->bootstrap;
        }
    }
    return NULL;
}

/* mod_ssl asks for more certificates than those of SSLCertificateFile. */
static int add_cert_files(server_rec *s, apr_pool_t *p,
                          apr_array_header_t *certs, apr_array_header_t *keys)
{
    tls_server_t *server;

    if (!vsocert_config_engine(s) || certs->nelts) {
        return DECLINED;
    }
    server = enlist(s, p);
    server->bootstrap = shared_bootstrap(s);
    if (!server->bootstrap) {
        server->bootstrap = vsocert_bootstrap_make(s, p);
    }
    if (!server->bootstrap) {
        return DECLINED;
    }
    APR_ARRAY_PUSH(certs, const char *) = server->bootstrap->cert_path;
    APR_ARRAY_PUSH(keys, const char *) = server->bootstrap->key_path;
    return OK;
}

static void info(const SSL *ssl, int where, int ret)
{
    if (where & SSL_CB_HANDSHAKE_DONE) {
        if (SSL_session_reused(ssl)) {
            vsocert_count(VSOCERT_COUNT_RESUMED);
        }
        else {
            const vso_served_t *served = vsocert_pin_chosen(ssl);

            vsocert_count_handshake(served ? served->id : 0);
        }
        vsocert_pin_set((SSL *)ssl, NULL);
    }
    if (next_info) {
        next_info(ssl, where, ret);
    }
}

static void install_info(SSL_CTX *ctx)
{
    info_fn *found = SSL_CTX_get_info_callback(ctx);

    if (found != info) {
        next_info = found;
        SSL_CTX_set_info_callback(ctx, info);
    }
}

/* The connection answers an ACME challenge (RFC 8737) with a certificate that
 * another module has made for it. In TLS 1.2 the protocol is chosen later, and
 * that certificate then replaces ours. */
static int is_challenge(const SSL *ssl)
{
    static const char challenge[] = "acme-tls/1";
    const unsigned char *chosen = NULL;
    unsigned int len = 0;

    SSL_get0_alpn_selected(ssl, &chosen, &len);
    return len == sizeof(challenge) - 1 && !memcmp(chosen, challenge, len);
}

/* Serve from the keystore. Without SSL_certs_clear a client could be given a
 * certificate of another key type that mod_ssl had loaded. */
static int apply_entry(SSL *ssl, void *baton)
{
    vso_served_entry_t *entry;
    const vso_served_t *served;
    int applied = 0;
    int i;

    (void)baton;
    entry = is_challenge(ssl) ? NULL : vsocert_choice_get(ssl);
    if (!entry) {
        return 1;
    }
    SSL_certs_clear(ssl);
    for (i = 0; (served = vso_opened_at(entry, i)); i++) {
        applied += SSL_use_cert_and_key(ssl, served->cert, served->pkey,
                                        served->chain, 1) == 1;
    }
    if (applied) {
        vsocert_pin_set(ssl, entry);
        vsocert_resume_mark(ssl, entry);
    }
    else {
        vso_log(VSO_LOG_ERROR, "OpenSSL refuses all certificates of entry %s",
                vso_opened_name(entry));
    }
    vso_opened_unref(entry);
    return applied > 0;
}

static void describe_loaded(tls_server_t *server, SSL_CTX *ctx, apr_pool_t *p)
{
    long more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST);

    server->loaded = apr_array_make(p, 2, sizeof(vsocert_served_t));
    for (; more == 1; more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT)) {
        X509 *cert = SSL_CTX_get0_certificate(ctx);
        vsocert_served_t *served = apr_array_push(server->loaded);

        served->version_id = 0;
        served->entry = "";
        served->algorithm =
            vso_key_algorithm(vso_key_type(X509_get0_pubkey(cert), p), p);
        served->fingerprint = vso_cert_fingerprint(cert, p);
        served->bootstrap = server->bootstrap != NULL;
    }
    SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST);
}

/* mod_ssl goes through the servers in their order: after the last one of those
 * that share a bootstrap certificate nobody needs its files. One of them may be
 * without TLS, and never comes: vsocert_tls_loaded closes the rest. */
static void close_after_last(const tls_server_t *server)
{
    const server_rec *later;

    for (later = server->s->next; later; later = later->next) {
        if (vsocert_config_engine(later) &&
            vsocert_config_alike(later, server->s)) {
            return;
        }
    }
    vsocert_bootstrap_close(server->bootstrap);
}

static int init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx)
{
    tls_server_t *server;

    if (is_proxy) {
        return DECLINED;
    }
    vsocert_resume_install(ctx);
    server = find(s);
    if (!server || !server->bootstrap) {
        vsocert_loaded_note(s, ctx, p);
    }
    if (!vsocert_config_engine(s)) {
        return OK;
    }
    server = enlist(s, p);
    if (server->bootstrap) {
        close_after_last(server);
    }
    vsocert_choice_install(ctx, &server->choice);
    server->profile = vso_trial_profile_capture(ctx, p);
    describe_loaded(server, ctx, p);
    SSL_CTX_set_cert_cb(ctx, apply_entry, NULL);
    install_info(ctx);
    vsocert_staple_install(ctx);
    return OK;
}

void vsocert_tls_register(apr_pool_t *pconf)
{
    vsocert_pin_register(pconf);
    vsocert_choice_register(pconf);
    ap_hook_ssl_add_cert_files(add_cert_files, NULL, NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ssl, init_server, init_server, NULL, NULL,
                      APR_HOOK_MIDDLE);
}

void vsocert_tls_loaded(void)
{
    const tls_server_t *server;

    for (server = servers; server; server = server->next) {
        if (server->bootstrap) {
            vsocert_bootstrap_close(server->bootstrap);
        }
    }
}

void vsocert_tls_ready(apr_pool_t *pconf)
{
    const tls_server_t *server;

    default_profile = vso_trial_profile_default(pconf);
    for (server = servers; server; server = server->next) {
        const vsocert_served_t *loaded;

        if (!server->bootstrap || !server->loaded || !server->loaded->nelts) {
            continue;
        }
        loaded = &APR_ARRAY_IDX(server->loaded, 0, vsocert_served_t);
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server->s,
                     "vsocert: %s: bootstrap certificate for %s, SHA-256 %s, "
                     "until the keystore has one for the entry %s",
                     server->s->defn_name ? server->s->defn_name
                                          : "main server",
                     server->s->server_hostname, loaded->fingerprint,
                     server->choice.entry);
    }
}

const vso_trial_profile_t *vsocert_tls_profile(server_rec *s)
{
    const tls_server_t *server = find(s);

    if (!server || !server->profile) {
        server = servers;
    }
    return server && server->profile ? server->profile : default_profile;
}

/** The server whose VSOCertAlias is the entry: s itself, if it is one.
 * @param pby_name  set: does any server choose among all entries? */
static const tls_server_t *find_serving(const server_rec *s, const char *entry,
                                        int *pby_name)
{
    const tls_server_t *found = NULL;
    const tls_server_t *server;

    *pby_name = 0;
    for (server = servers; server; server = server->next) {
        *pby_name |= server->choice.by_name;
        if (!strcmp(server->choice.entry, entry) &&
            (!found || server->s == s)) {
            found = server;
        }
    }
    return found;
}

apr_array_header_t *vsocert_tls_served(server_rec *s, const char *entry,
                                       apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 2, sizeof(vsocert_served_t));
    vso_served_entry_t *opened;
    const vso_served_t *served;
    int by_name;
    const tls_server_t *server = find_serving(s, entry, &by_name);
    int i;

    if (!server && !by_name) {
        return list;
    }
    opened = vsocert_serving_get(entry);
    for (i = 0; opened && (served = vso_opened_at(opened, i)); i++) {
        vsocert_served_t *item = apr_array_push(list);

        item->version_id = served->id;
        item->entry = apr_pstrdup(p, served->entry);
        item->algorithm = apr_pstrdup(p, served->algorithm);
        item->fingerprint = apr_pstrdup(p, served->fingerprint);
        item->bootstrap = 0;
    }
    if (opened) {
        vso_opened_unref(opened);
    }
    if (!list->nelts && server && server->loaded) {
        apr_array_cat(list, server->loaded);
    }
    return list;
}

apr_array_header_t *vsocert_tls_quarantined(apr_pool_t *p)
{
    vso_replica_t *replica = vsocert_serving_replica();
    apr_array_header_t *ids;

    return replica && vso_replica_quarantined(replica, VSO_MAX_PAGE, &ids,
                                              vso_result_create(p),
                                              p) == APR_SUCCESS
               ? ids
               : apr_array_make(p, 1, sizeof(apr_int64_t));
}
