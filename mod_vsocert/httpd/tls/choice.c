/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/choice.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <arpa/inet.h>

#include "httpd/shared/db_clock.h"
#include "httpd/shared/serving.h"

/* RFC 6066, 3: the extension's list, of which there is one host name. */
#define SNI_HEAD 5

static int place = -1;

/* OpenSSL would go on using what is no longer there. */
static apr_status_t unregister(void *baton)
{
    (void)baton;
    CRYPTO_free_ex_index(CRYPTO_EX_INDEX_SSL_CTX, place);
    place = -1;
    return APR_SUCCESS;
}

void vsocert_choice_register(apr_pool_t *pconf)
{
    place = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    apr_pool_cleanup_register(pconf, NULL, unregister, apr_pool_cleanup_null);
}

void vsocert_choice_install(SSL_CTX *ctx, const vsocert_choice_t *choice)
{
    SSL_CTX_set_ex_data(ctx, place, (void *)(uintptr_t)choice);
}

/* That of the virtual host that mod_ssl chose by the ClientHello. */
static const vsocert_choice_t *choice_of(const SSL *ssl)
{
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), place);
}

/** A name as certificates have it: in lower case, without a trailing dot.
 * @return 0 where it is none: too long, or an address */
static int normalise(const char *sent, apr_size_t len,
                     char name[VSO_UB_DNS_NAME + 1])
{
    unsigned char address[sizeof(struct in_addr)];
    apr_size_t i;

    if (len && sent[len - 1] == '.') {
        len--;
    }
    if (!len || len > VSO_UB_DNS_NAME) {
        return 0;
    }
    for (i = 0; i < len; i++) {
        if (sent[i] <= ' ' || sent[i] > '~' || sent[i] == ':') {
            return 0;
        }
        name[i] = (char)apr_tolower(sent[i]);
    }
    name[len] = '\0';
    return inet_pton(AF_INET, name, address) != 1;
}

/* The entry that has certificates for a name. */
static int find(const char *sent, apr_size_t len, char *entry)
{
    vso_replica_t *replica = vsocert_serving_replica();
    char name[VSO_UB_DNS_NAME + 1];

    return replica && normalise(sent, len, name) &&
           vso_replica_by_name(replica, name, vsocert_db_clock_now_sec(),
                               entry) == APR_SUCCESS;
}

vso_served_entry_t *vsocert_choice_get(SSL *ssl)
{
    const vsocert_choice_t *choice = choice_of(ssl);
    const char *sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    vso_served_entry_t *served = NULL;
    vsocert_choice_name_t entry;

    if (!choice) {
        return NULL;
    }
    if (choice->by_name && sent && find(sent, strlen(sent), entry)) {
        served = vsocert_serving_get(entry);
    }
    return served ? served : vsocert_serving_get(choice->entry);
}

/** The host name in the ClientHello. @return its length, 0: none */
static apr_size_t sent_name(SSL *ssl, const char **psent)
{
    const unsigned char *ext = NULL;
    apr_size_t len = 0;
    apr_size_t named;

    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &ext, &len) !=
            1 ||
        len < SNI_HEAD || ext[2] != TLSEXT_NAMETYPE_host_name) {
        return 0;
    }
    named = (apr_size_t)ext[3] << 8 | ext[4];
    *psent = (const char *)ext + SNI_HEAD;
    return named <= len - SNI_HEAD ? named : 0;
}

const char *vsocert_choice_ahead(SSL *ssl, vsocert_choice_name_t name)
{
    const vsocert_choice_t *choice = choice_of(ssl);
    const char *sent = NULL;
    apr_size_t len;

    if (!choice) {
        return NULL;
    }
    len = choice->by_name ? sent_name(ssl, &sent) : 0;
    if (!len || !find(sent, len, name)) {
        apr_cpystrn(name, choice->entry, sizeof(vsocert_choice_name_t));
    }
    return name;
}
