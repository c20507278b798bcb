/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/pin.h"

static int place = -1;

static void drop(void *parent, void *entry, CRYPTO_EX_DATA *data, int index,
                 long argl, void *argp)
{
    (void)parent;
    (void)data;
    (void)index;
    (void)argl;
    (void)argp;
    if (entry) {
        vso_opened_unref(entry);
    }
}

/* OpenSSL would go on calling what is no longer there. */
static apr_status_t unregister(void *baton)
{
    (void)baton;
    CRYPTO_free_ex_index(CRYPTO_EX_INDEX_SSL, place);
    place = -1;
    return APR_SUCCESS;
}

void vsocert_pin_register(apr_pool_t *pconf)
{
    place = SSL_get_ex_new_index(0, NULL, NULL, NULL, drop);
    apr_pool_cleanup_register(pconf, NULL, unregister, apr_pool_cleanup_null);
}

void vsocert_pin_set(SSL *ssl, vso_served_entry_t *entry)
{
    vso_served_entry_t *before = SSL_get_ex_data(ssl, place);

    if (SSL_set_ex_data(ssl, place, entry) == 1) {
        if (entry) {
            vso_opened_ref(entry);
        }
        if (before) {
            vso_opened_unref(before);
        }
    }
}

/* Which of them that is depends on the client's algorithms. */
const vso_served_t *vsocert_pin_chosen(const SSL *ssl)
{
    const vso_served_entry_t *entry = SSL_get_ex_data(ssl, place);
    const X509 *cert = SSL_get_certificate(ssl);
    const vso_served_t *served;
    int i;

    for (i = 0; entry && (served = vso_opened_at(entry, i)); i++) {
        if (served->cert == cert) {
            return served;
        }
    }
    return NULL;
}
