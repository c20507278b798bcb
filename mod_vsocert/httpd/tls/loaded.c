/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/loaded.h"

#include <strings.h>

#include "x509/ossl.h"

/** Of a server. */
typedef struct loading_t {
    const server_rec *s;
    apr_array_header_t *pairs; /**< vsocert_loaded_t */
    struct loading_t *next;
} loading_t;

/* In the order of the configuration; rebuilt in pconf at each (re)start. */
static loading_t *first;
static loading_t *last;

static apr_status_t forget(void *baton)
{
    (void)baton;
    first = last = NULL;
    return APR_SUCCESS;
}

/* Of the certificate that is current; mod_ssl itself puts chains of older
 * directives where all certificates share them. */
static apr_array_header_t *chain_of(SSL_CTX *ctx, apr_pool_t *p)
{
    apr_array_header_t *chain = apr_array_make(p, 4, sizeof(X509 *));
    STACK_OF(X509) *stack = NULL;
    int i;

    SSL_CTX_get0_chain_certs(ctx, &stack);
    if (!stack) {
        SSL_CTX_get_extra_chain_certs(ctx, &stack);
    }
    for (i = 0; stack && i < sk_X509_num(stack); i++) {
        APR_ARRAY_PUSH(chain, X509 *) =
            vso_x509_ref(sk_X509_value(stack, i), p);
    }
    return chain;
}

void vsocert_loaded_note(const server_rec *s, SSL_CTX *ctx, apr_pool_t *pconf)
{
    loading_t *loading = apr_pcalloc(pconf, sizeof(*loading));
    long more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST);

    loading->s = s;
    loading->pairs = apr_array_make(pconf, 2, sizeof(vsocert_loaded_t));
    for (; more == 1; more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT)) {
        X509 *cert = SSL_CTX_get0_certificate(ctx);
        EVP_PKEY *pkey = SSL_CTX_get0_privatekey(ctx);

        if (cert && pkey) {
            vsocert_loaded_t *pair = apr_array_push(loading->pairs);

            pair->cert = vso_x509_ref(cert, pconf);
            pair->pkey = vso_pkey_ref(pkey, pconf);
            pair->chain = chain_of(ctx, pconf);
        }
    }
    SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST);
    if (!loading->pairs->nelts) {
        return;
    }
    if (last) {
        last->next = loading;
    }
    else {
        first = loading;
        apr_pool_cleanup_register(pconf, NULL, forget, apr_pool_cleanup_null);
    }
    last = loading;
}

static int listed(const apr_array_header_t *names, const char *host)
{
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        if (!strcasecmp(APR_ARRAY_IDX(names, i, const char *), host)) {
            return 1;
        }
    }
    return 0;
}

static int is_called(const server_rec *s, const char *host)
{
    return (s->server_hostname && !strcasecmp(s->server_hostname, host)) ||
           listed(s->names, host) || listed(s->wild_names, host);
}

const apr_array_header_t *vsocert_loaded_find(const char *host,
                                              const server_rec **ps)
{
    const loading_t *loading;

    for (loading = first; loading; loading = loading->next) {
        if (is_called(loading->s, host)) {
            *ps = loading->s;
            return loading->pairs;
        }
    }
    return NULL;
}
