/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/staple.h"

#include <pthread.h>
#include <string.h>

#include <apr_strings.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/worker.h"
#include "httpd/shared/board.h"
#include "httpd/shared/db_clock.h"
#include "httpd/dbd.h"
#include "httpd/tls/opened.h"
#include "httpd/tls/ocsp_http.h"
#include "httpd/tls/pin.h"
#include "service/certificate/snapshot.h"
#include "service/certificate/staples.h"
#include "x509/ocsp.h"

#define LOOK_INTERVAL apr_time_from_sec(VSO_OCSP_RETRY_SEC)
#define WAIT_INTERVAL apr_time_from_sec(1)

typedef int status_fn(SSL *ssl, void *arg);

/** A response that this child staples. */
typedef struct {
    char fingerprint[65]; /**< of the certificate */
    apr_int64_t next_update_sec;
    apr_size_t len;
    unsigned char *der; /* malloc */
} kept_t;

static status_fn *next_status; /* mod_ssl's own, the same for all contexts */
static int wanted;             /* SSLUseStapling is on for a server of ours */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept_t *kept; /* under the lock; malloc */
static int kept_count;

static vso_worker_t *worker; /* of this child */

/* Handshakes */

static int staple(SSL *ssl, const char *fingerprint)
{
    apr_int64_t now_sec = vsocert_db_clock_now_sec();
    int found = 0;
    int i;

    pthread_mutex_lock(&lock);
    for (i = 0; !found && i < kept_count; i++) {
        unsigned char *copy;

        if (!strcmp(kept[i].fingerprint, fingerprint) &&
            kept[i].next_update_sec > now_sec &&
            (copy = OPENSSL_memdup(kept[i].der, kept[i].len))) {
            SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)kept[i].len);
            found = 1;
        }
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static int status(SSL *ssl, void *arg)
{
    const vso_served_t *served = vsocert_pin_chosen(ssl);

    if (!served) {
        return next_status ? next_status(ssl, arg) : SSL_TLSEXT_ERR_NOACK;
    }
    return staple(ssl, served->fingerprint) ? SSL_TLSEXT_ERR_OK
                                            : SSL_TLSEXT_ERR_NOACK;
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

/* Responses */

static void keep(const apr_array_header_t *staples, apr_pool_t *p)
{
    kept_t *made = calloc((size_t)staples->nelts + 1, sizeof(*made));
    kept_t *old;
    int old_count;
    int count = 0;
    int i;

    for (i = 0; made && i < staples->nelts; i++) {
        const vso_staple_t *staple = &APR_ARRAY_IDX(staples, i, vso_staple_t);
        vso_secret_t *der;

        if (vso_base64_decode(staple->response, strlen(staple->response), &der,
                              p) == APR_SUCCESS &&
            (made[count].der = malloc(der->len))) {
            memcpy(made[count].der, der->data, der->len);
            made[count].len = der->len;
            made[count].next_update_sec = staple->next_update_sec;
            apr_cpystrn(made[count].fingerprint, staple->fingerprint,
                        sizeof(made[count].fingerprint));
            count++;
        }
    }
    pthread_mutex_lock(&lock);
    old = kept;
    old_count = kept_count;
    kept = made;
    kept_count = made ? count : 0;
    pthread_mutex_unlock(&lock);
    for (i = 0; i < old_count; i++) {
        free(old[i].der);
    }
    free(old);
}

static apr_status_t fetch(vso_store_t *store, const vso_served_t *served,
                          const char *url, vso_result_t *res, apr_pool_t *p)
{
    const vso_ocsp_subject_t subject = {served->cert, served->issuer,
                                        vsocert_db_clock_now_sec()};
    vso_staple_t staple = {.fingerprint = served->fingerprint};
    const unsigned char *request;
    const unsigned char *der = NULL;
    apr_size_t len = 0;
    int revoked = 0;

    request = vso_ocsp_request(served->cert, served->issuer, &len, p);
    if (!request ||
        vsocert_ocsp_http_ask(url, request, len, &der, &len, res, p) !=
            APR_SUCCESS ||
        vso_ocsp_check(&subject, der, len, &staple.next_update_sec, &revoked,
                       res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (revoked) {
        vso_log(VSO_LOG_ERROR,
                "the CA says that the certificate of version %" APR_INT64_T_FMT
                " of entry %s is revoked: replace it",
                served->id, served->entry);
    }
    staple.response = vso_base64_encode(der, len, p);
    if (vso_staple_put(store, &staple, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_board_staples_changed();
    return APR_SUCCESS;
}

/** Ask responders for responses that are missing or to be renewed. */
static void renew(vso_store_t *store, const apr_array_header_t *staples,
                  apr_int64_t now_sec, apr_pool_t *p)
{
    vso_snapshot_t *serving = vsocert_opened_get();
    const vso_served_t *served;
    const char *url;
    int i;

    for (i = 0; serving && !vso_worker_ends(worker) &&
                (served = vso_snapshot_at(serving, i));
         i++) {
        vso_result_t *res = vso_result_create(p);

        url = served->issuer ? vso_ocsp_url(served->cert, p) : NULL;
        if (url && vso_staple_is_due(staples, served->fingerprint, now_sec) &&
            fetch(store, served, url, res, p) != APR_SUCCESS) {
            vso_log(VSO_LOG_WARNING,
                    "no OCSP response for version %" APR_INT64_T_FMT
                    " of entry %s: %s",
                    served->id, served->entry,
                    res->detail ? res->detail : "OpenSSL fails");
        }
    }
    if (serving) {
        vso_snapshot_unref(serving);
    }
}

static void look(apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    apr_array_header_t *staples;
    apr_int64_t now_sec = 0;
    vso_store_t *store;

    if (vsocert_dbd_store_for(p, &store, res) == APR_SUCCESS &&
        vso_staples_list(store, &staples, &now_sec, res, p) == APR_SUCCESS) {
        renew(store, staples, now_sec, p);
        if (vso_staples_list(store, &staples, &now_sec, res, p) ==
            APR_SUCCESS) {
            keep(staples, p);
        }
    }
}

/* The thread */

static void run(vso_worker_t *thread, apr_pool_t *p)
{
    apr_int64_t edition = -1;
    apr_int64_t staples = -1;
    apr_time_t looked = 0;

    worker = thread;
    do {
        apr_time_t now = vso_worker_now();

        if (edition != vsocert_board_edition() ||
            staples != vsocert_board_staples() ||
            now - looked >= LOOK_INTERVAL) {
            edition = vsocert_board_edition();
            staples = vsocert_board_staples();
            looked = now;
            look(p);
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
