/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/staple.h"

#include "base/lock.h"
#include "base/log.h"
#include "base/worker.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/memory.h"
#include "httpd/shared/serving.h"
#include "httpd/tls/pin.h"
#include "httpd/tls/staple_fetch.h"

#define WAIT_INTERVAL apr_time_from_sec(1)

typedef int status_fn(SSL *ssl, void *arg);

static status_fn *next_status; /* mod_ssl's own, the same for all contexts */
static int wanted;             /* SSLUseStapling is on for a server of ours */

/* Whoever holds it asks responders; in shared memory. */
static pthread_mutex_t *lease;

static apr_status_t init(void *memory)
{
    return vso_lock_init(memory);
}

apr_status_t vsocert_staple_setup(void)
{
    void *memory = NULL;
    apr_status_t rv = vsocert_memory_get("vsocert-staple-lease-1",
                                         sizeof(*lease), init, &memory);

    lease = memory;
    return rv;
}

/* Handshakes */

static int staple(SSL *ssl, const X509 *cert)
{
    vso_replica_t *replica = vsocert_serving_replica();
    unsigned char id[VSO_RECORD_ID_LEN];
    vso_replica_staple_t found;
    unsigned char *copy = NULL;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    if (replica && X509_digest(cert, EVP_sha256(), id, NULL) == 1 &&
        vso_replica_staple(replica, id, &found, p) == APR_SUCCESS &&
        found.valid_sec > vsocert_db_clock_now_sec() && found.der.len) {
        copy = OPENSSL_memdup(found.der.data, found.der.len);
    }
    if (copy) {
        SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)found.der.len);
    }
    apr_pool_destroy(p);
    return copy != NULL;
}

static int status(SSL *ssl, void *arg)
{
    const vso_served_t *served = vsocert_pin_chosen(ssl);

    if (!served) {
        return next_status ? next_status(ssl, arg) : SSL_TLSEXT_ERR_NOACK;
    }
    return staple(ssl, served->cert) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void vsocert_staple_install(SSL_CTX *ctx)
{
    status_fn *found = NULL;

    SSL_CTX_get_tlsext_status_cb(ctx, &found);
    if (found && found != status) {
        next_status = found;
        wanted = 1;
        SSL_CTX_set_tlsext_status_cb(ctx, status);
    }
}

/* The thread */

static void run(vso_worker_t *worker, apr_pool_t *p)
{
    do {
        if (vso_lock_take_within(lease, 0)) {
            vsocert_staple_fetch_due(worker, p);
            vso_lock_give(lease);
            apr_pool_clear(p);
        }
    } while (!vso_worker_wait(worker, WAIT_INTERVAL));
}

void vsocert_staple_start(apr_pool_t *pchild)
{
    if (wanted && vso_worker_start(run, pchild) != APR_SUCCESS) {
        vso_log(VSO_LOG_ERROR, "cannot start the thread for OCSP responses");
    }
}
