/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/staple_fetch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/log.h"
#include "httpd/dbd.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/serving.h"
#include "httpd/tls/ocsp_http.h"
#include "service/certificate/responders.h"
#include "service/certificate/staples.h"
#include "x509/cert.h"
#include "x509/ocsp.h"

/* Questions to responders at once. */
#define THREADS 4

/* Responses that are fetched before those that became due are looked for. */
#define BATCH 32

/** What is due, for the threads. */
typedef struct {
    vso_worker_t *worker; /**< whose end ends it */
    vso_replica_t *replica;
    const apr_array_header_t *due; /**< vso_replica_staple_t */
    atomic_int next;
    apr_int64_t off_sec[BATCH]; /**< of each: when it is looked at again, as
                                     there is no response; 0: there is */
    atomic_int failed;          /**< 1: the replica cannot be written */
} batch_t;

/** A certificate whose response is due. */
typedef struct {
    const vso_replica_staple_t *due;
    const char *fingerprint; /**< hex */
    apr_int64_t version_id;
    const char *url;
    X509 *cert;
    X509 *issuer;
} subject_t;

static batch_t batch; /* of this process: one thread of a node fetches */

/* Under `asking`; of this process, to which the others are strangers. */
static vso_responders_t responders;
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

/* The certificate, as the replica has it: no key is opened. */

static const vso_record_version_t *find_version(const vso_record_t *record,
                                                const unsigned char *id)
{
    int i;

    for (i = 0; i < record->versions->nelts; i++) {
        const vso_record_version_t *version =
            &APR_ARRAY_IDX(record->versions, i, const vso_record_version_t);

        if (!memcmp(version->fingerprint, id, VSO_RECORD_ID_LEN)) {
            return version;
        }
    }
    return NULL;
}

/* The first certificate of a chain. */
static X509 *issuer_of(const vso_record_version_t *version, vso_result_t *res,
                       apr_pool_t *p)
{
    const unsigned char *at;
    vso_bytes_t chain;
    X509 *issuer = NULL;
    X509 *first;

    if (vso_replica_chain(batch.replica, version->chain, &chain, res, p) !=
        APR_SUCCESS) {
        return NULL;
    }
    at = chain.data;
    first = d2i_X509(NULL, &at, (long)chain.len);
    if (first &&
        vso_cert_parse((const char *)chain.data, (apr_size_t)(at - chain.data),
                       &issuer, res, p) != APR_SUCCESS) {
        issuer = NULL;
    }
    X509_free(first);
    return issuer;
}

/** @return 0: nobody serves it any more, or it has no responder */
static int find_subject(const vso_replica_staple_t *due, subject_t *subject,
                        vso_result_t *res, apr_pool_t *p)
{
    const vso_record_version_t *version;
    vso_record_t *record;

    memset(subject, 0, sizeof(*subject));
    subject->due = due;
    subject->fingerprint = vso_hex(due->fingerprint, VSO_RECORD_ID_LEN, p);
    if (vso_replica_entry(batch.replica, due->entry, &record, res, p) !=
            APR_SUCCESS ||
        !(version = find_version(record, due->fingerprint)) ||
        !*version->ocsp_url) {
        return 0;
    }
    subject->version_id = version->id;
    subject->url = version->ocsp_url;
    subject->issuer = issuer_of(version, res, p);
    return subject->issuer &&
           vso_cert_parse((const char *)version->cert.data, version->cert.len,
                          &subject->cert, res, p) == APR_SUCCESS;
}

/* Into the replica */

static void put(const vso_replica_staple_t *staple, apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    vso_replica_txn_t *txn;

    if (vso_replica_begin(batch.replica, &txn, res, p) != APR_SUCCESS) {
        atomic_store(&batch.failed, 1);
        return;
    }
    if ((staple->due_sec ? vso_replica_staple_put(txn, staple, res, p)
                         : vso_replica_staple_drop(txn, staple->fingerprint,
                                                   res)) != APR_SUCCESS) {
        vso_replica_abort(txn);
        atomic_store(&batch.failed, 1);
        return;
    }
    if (vso_replica_commit(txn, res) != APR_SUCCESS) {
        atomic_store(&batch.failed, 1);
    }
}

static apr_status_t put_fetched(const subject_t *subject,
                                const vso_staple_t *fetched, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_replica_staple_t staple = *subject->due;
    vso_secret_t *der;

    if (vso_base64_decode(fetched->response, strlen(fetched->response), &der,
                          p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DAMAGED, NULL,
                        "The response in the database is no base64.");
    }
    staple.der.data = der->data;
    staple.der.len = der->len;
    staple.valid_sec = fetched->next_update_sec;
    staple.due_sec = vso_staple_due_sec(fetched);
    put(&staple, p);
    return APR_SUCCESS;
}

/* Rows that are put off: what they have stays until it is over. */

static apr_array_header_t *read_off(apr_pool_t *p)
{
    apr_array_header_t *rows =
        apr_array_make(p, BATCH, sizeof(vso_replica_staple_t));
    int i;

    for (i = 0; i < batch.due->nelts; i++) {
        const vso_replica_staple_t *due =
            &APR_ARRAY_IDX(batch.due, i, vso_replica_staple_t);
        vso_replica_staple_t row;

        if (batch.off_sec[i] &&
            vso_replica_staple(batch.replica, due->fingerprint, &row, p) ==
                APR_SUCCESS) {
            row.entry = due->entry;
            row.due_sec = batch.off_sec[i];
            APR_ARRAY_PUSH(rows, vso_replica_staple_t) = row;
        }
    }
    return rows;
}

/* All in one transaction: where a responder hangs, they are many. */
static void put_off(apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    apr_array_header_t *rows = read_off(p);
    apr_status_t rv = APR_SUCCESS;
    vso_replica_txn_t *txn;
    int i;

    if (!rows->nelts) {
        return;
    }
    if (vso_replica_begin(batch.replica, &txn, res, p) != APR_SUCCESS) {
        atomic_store(&batch.failed, 1);
        return;
    }
    for (i = 0; rv == APR_SUCCESS && i < rows->nelts; i++) {
        rv = vso_replica_staple_put(
            txn, &APR_ARRAY_IDX(rows, i, vso_replica_staple_t), res, p);
    }
    if (rv != APR_SUCCESS) {
        vso_replica_abort(txn);
    }
    else {
        rv = vso_replica_commit(txn, res);
    }
    if (rv != APR_SUCCESS) {
        atomic_store(&batch.failed, 1);
    }
}

/* From the database, or from the responder */

/** What some node put there, unless it is due as well. */
static apr_status_t ask_fleet(const subject_t *subject,
                              const vso_staple_t **pstaple, vso_result_t *res,
                              apr_pool_t *p)
{
    const vso_staple_t *staple = NULL;
    vso_store_t *store;

    if (vsocert_dbd_store_for(p, &store, res) != APR_SUCCESS ||
        vso_staple_get(store, subject->fingerprint, &staple, res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pstaple = staple && vso_staple_due_sec(staple) > vsocert_db_clock_now_sec()
                   ? staple
                   : NULL;
    return APR_SUCCESS;
}

static apr_status_t tell_fleet(const vso_staple_t *staple, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_store_t *store;

    return vsocert_dbd_store_for(p, &store, res) == APR_SUCCESS
               ? vso_staple_put(store, staple, res, p)
               : APR_EGENERAL;
}

static apr_status_t ask_now(const subject_t *subject, vso_staple_t *staple,
                            vso_result_t *res, apr_pool_t *p)
{
    const vso_ocsp_subject_t about = {subject->cert, subject->issuer,
                                      vsocert_db_clock_now_sec()};
    const unsigned char *request;
    const unsigned char *der = NULL;
    apr_size_t len = 0;
    int revoked = 0;

    request = vso_ocsp_request(subject->cert, subject->issuer, &len, p);
    if (!request ||
        vsocert_ocsp_http_ask(subject->url, request, len, &der, &len, res, p) !=
            APR_SUCCESS ||
        vso_ocsp_check(&about, der, len, &staple->next_update_sec, &revoked,
                       res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (revoked) {
        vso_log(VSO_LOG_ERROR,
                "the CA says that the certificate of version %" APR_INT64_T_FMT
                " of entry %s is revoked: replace it",
                subject->version_id, subject->due->entry);
    }
    staple->fingerprint = subject->fingerprint;
    staple->response = vso_base64_encode(der, len, p);
    staple->fetched_sec = about.now_sec;
    return APR_SUCCESS;
}

/** @param poff_sec  where it was not asked, as it hangs: how long not */
static apr_status_t ask_responder(const subject_t *subject,
                                  vso_staple_t *staple, apr_int64_t *poff_sec,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_time_t begun = vso_worker_now();
    apr_interval_time_t alone;
    apr_status_t rv;
    int hangs;

    pthread_mutex_lock(&asking);
    alone = vso_responders_wait(&responders, subject->url, begun);
    pthread_mutex_unlock(&asking);
    if (alone) {
        *poff_sec = apr_time_sec(alone) + 1;
        return APR_EGENERAL;
    }
    rv = ask_now(subject, staple, res, p);
    pthread_mutex_lock(&asking);
    hangs = vso_responders_told(&responders, subject->url, begun,
                                vso_worker_now(), rv == APR_SUCCESS);
    pthread_mutex_unlock(&asking);
    if (hangs) {
        vso_log(VSO_LOG_NOTICE,
                "the OCSP responder of %s hangs: it is not asked for other "
                "certificates in the next %d s",
                subject->url, VSO_OCSP_RETRY_SEC);
    }
    return rv;
}

/* No connection to the database is held while a responder is asked. */
static apr_status_t fetch(const subject_t *subject, apr_int64_t *poff_sec,
                          vso_result_t *res, apr_pool_t *p)
{
    const vso_staple_t *known = NULL;
    vso_staple_t fetched = {0};
    apr_status_t rv;
    apr_pool_t *part;

    apr_pool_create(&part, p);
    rv = ask_fleet(subject, &known, res, part);
    if (rv == APR_SUCCESS && known) {
        rv = put_fetched(subject, known, res, part);
    }
    apr_pool_destroy(part);
    if (rv != APR_SUCCESS || known) {
        return rv;
    }
    rv = ask_responder(subject, &fetched, poff_sec, res, p);
    if (rv == APR_SUCCESS) {
        rv = tell_fleet(&fetched, res, p);
    }
    return rv == APR_SUCCESS ? put_fetched(subject, &fetched, res, p) : rv;
}

static void fetch_one(int i, apr_pool_t *p)
{
    const vso_replica_staple_t *due =
        &APR_ARRAY_IDX(batch.due, i, vso_replica_staple_t);
    vso_result_t *res = vso_result_create(p);
    vso_replica_staple_t nothing = *due;
    apr_int64_t off_sec = 0;
    subject_t subject;

    if (!find_subject(due, &subject, res, p)) {
        nothing.due_sec = 0;
        put(&nothing, p);
        return;
    }
    if (fetch(&subject, &off_sec, res, p) == APR_SUCCESS) {
        return;
    }
    if (!off_sec) {
        vso_log(VSO_LOG_WARNING,
                "no OCSP response for version %" APR_INT64_T_FMT
                " of entry %s: %s",
                subject.version_id, due->entry,
                res->detail ? res->detail : "OpenSSL fails");
        off_sec = VSO_OCSP_RETRY_SEC;
    }
    batch.off_sec[i] = vsocert_db_clock_now_sec() + off_sec;
}

/** A vso_worker_fn: one after the other, until none is left. */
static void fetch_some(vso_worker_t *thread, apr_pool_t *p)
{
    int i;

    (void)thread;
    while (!vso_worker_ends(batch.worker) && !atomic_load(&batch.failed) &&
           (i = atomic_fetch_add(&batch.next, 1)) < batch.due->nelts) {
        fetch_one(i, p);
        apr_pool_clear(p);
    }
}

/** @return 1: there may be more */
static int fetch_batch(vso_worker_t *worker, apr_pool_t *p)
{
    vso_result_t *res = vso_result_create(p);
    apr_array_header_t *due;
    apr_pool_t *threads;
    apr_pool_t *own;
    int i;

    batch.worker = worker;
    batch.replica = vsocert_serving_replica();
    if (!batch.replica ||
        vso_replica_staples_due(batch.replica, vsocert_db_clock_now_sec(),
                                BATCH, &due, res, p) != APR_SUCCESS ||
        !due->nelts) {
        return 0;
    }
    batch.due = due;
    memset(batch.off_sec, 0, sizeof(batch.off_sec));
    atomic_store(&batch.next, 0);
    apr_pool_create(&threads, p);
    apr_pool_create(&own, p);
    for (i = 1; i < THREADS && i < due->nelts; i++) {
        if (vso_worker_start(fetch_some, threads) != APR_SUCCESS) {
            break;
        }
    }
    fetch_some(worker, own);
    /* waits for the other threads */
    apr_pool_destroy(threads);
    put_off(own);
    return due->nelts == BATCH && !vso_worker_ends(worker);
}

void vsocert_staple_fetch_due(vso_worker_t *worker, apr_pool_t *p)
{
    static apr_time_t failed;
    apr_time_t now = vso_worker_now();

    if (failed && now - failed < apr_time_from_sec(VSO_OCSP_RETRY_SEC)) {
        return;
    }
    atomic_store(&batch.failed, 0);
    while (fetch_batch(worker, p) && !atomic_load(&batch.failed)) {
        apr_pool_clear(p);
    }
    /* a replica that cannot be written leaves everything due */
    failed = atomic_load(&batch.failed) ? now : 0;
}
