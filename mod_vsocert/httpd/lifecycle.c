/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/lifecycle.h"

#include <errno.h>
#include <sys/prctl.h>

#include <apr_allocator.h>
#include <apr_thread_mutex.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <ap_mpm.h>
#include <mpm_common.h>

#include "base/limits.h"
#include "base/log.h"
#include "httpd/shared/board.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/credentials.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/decoys.h"
#include "httpd/shared/failures.h"
#include "httpd/shared/guesses.h"
#include "httpd/shared/lately.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/shared/refusals.h"
#include "httpd/shared/replica_file.h"
#include "httpd/shared/serving.h"
#include "httpd/shared/signed_out.h"
#include "httpd/shared/slots.h"
#include "httpd/shared/spool_room.h"
#include "httpd/config.h"
#include "httpd/dbd.h"
#include "httpd/dbd_directives.h"
#include "httpd/keyring.h"
#include "httpd/node/message_cmd.h"
#include "httpd/node/node.h"
#include "httpd/sqlite_file.h"
#include "httpd/tls/staple.h"
#include "httpd/tls/tls.h"
#include "httpd/node/poller.h"
#include "x509/ossl.h"

APLOG_USE_MODULE(vsocert);

static const int levels[] = {
    [VSO_LOG_ERROR] = APLOG_ERR,
    [VSO_LOG_WARNING] = APLOG_WARNING,
    [VSO_LOG_NOTICE] = APLOG_NOTICE,
    [VSO_LOG_DEBUG] = APLOG_DEBUG,
};

static void log_line(void *baton, vso_log_level_e level, const char *text)
{
    ap_log_error(APLOG_MARK, levels[level], 0, (server_rec *)baton,
                 "vsocert: %s", text);
}

/* httpd reads its configuration twice at a start, `apachectl -t` reads it once:
 * only the last pass of a start may change anything outside memory. */
static int rehearsal(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG ||
           ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_NORMAL;
}

static void judge_openssl(server_rec *s, apr_pool_t *ptemp)
{
    const char *version = vso_ossl_unsound(ptemp);

    if (version) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "vsocert: OpenSSL %s is older than " VSO_SOUND_OPENSSL
                     ", which fixed memory errors in reading encrypted "
                     "messages: upgrade libssl3, and restart httpd",
                     version);
    }
}

/* Requests that wait for their clients hold a connection each. */
static void judge_connections(server_rec *s)
{
    int max = vsocert_dbd_directives_max();
    int threads = 0;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) == APR_SUCCESS &&
        max <= threads) {
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, s,
            "vsocert: DBDMax %d is not more than ThreadsPerChild %d: "
            "requests that wait for their clients can keep all others, "
            "and the thread that looks for changes, from the database. "
            "Set DBDMax to %d or more",
            max, threads, threads + 1);
    }
}

static apr_status_t setup_shared(server_rec *s, apr_pool_t *pconf)
{
    static apr_status_t (*const setups[])(void) = {
        vsocert_board_setup,       vsocert_poll_lease_setup,
        vsocert_db_clock_setup,    vsocert_counters_setup,
        vsocert_signed_out_setup,  vsocert_guesses_setup,
        vsocert_credentials_setup, vsocert_lately_setup,
        vsocert_decoys_setup,      vsocert_failures_setup,
        vsocert_refusals_setup,    vsocert_slots_setup,
        vsocert_spool_room_setup,  vsocert_sqlite_file_setup,
        vsocert_serving_setup,     vsocert_staple_setup};
    apr_status_t rv = vsocert_replica_file_setup(s, pconf);
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(setups) / sizeof(setups[0]);
         i++) {
        rv = setups[i]();
    }
    return rv;
}

int vsocert_lifecycle_prepare(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp, server_rec *s)
{
    apr_status_t rv;

    (void)plog;
    if (!vsocert_dbd_setup(s)) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (rehearsal()) {
        return OK;
    }
    vso_log_set_sink(log_line, s);
    judge_openssl(s, ptemp);
    vsocert_dbd_directives_read(pconf);
    judge_connections(s);
    vsocert_message_cmd_judge(s);
    rv = setup_shared(s, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s,
                     "vsocert: cannot make shared memory");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    rv = vsocert_node_setup(s, pconf);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s,
                     "vsocert: the system gives no random numbers");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    vsocert_keyring_load(s, pconf);
    vsocert_board_set_needs_full_check(1);
    return OK;
}

int vsocert_lifecycle_loaded(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    (void)s;
    vsocert_tls_loaded();
    return OK;
}

int vsocert_lifecycle_ready(apr_pool_t *pconf, apr_pool_t *plog,
                            apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    (void)s;
    if (!rehearsal()) {
        vsocert_tls_ready(pconf);
    }
    return OK;
}

int vsocert_lifecycle_privileges(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    if (ap_coredumpdir_configured && !vsocert_config_core_dumps(s) &&
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, errno, s,
                     "vsocert: the memory of this child, with the master key, "
                     "can be read by every process of its user: remove "
                     "CoreDumpDirectory");
    }
    return OK;
}

/* The prefork MPM expects one thread per child: all pools of a child, also
 * those of mod_dbd's connections and of requests, share an allocator without a
 * lock. Our threads would use it at the same time. The lock is recursive,
 * because this MPM ends its children from within a signal handler. */
static apr_status_t lock_allocator(apr_pool_t *pchild)
{
    apr_allocator_t *allocator = apr_pool_allocator_get(pchild);
    apr_thread_mutex_t *mutex;
    apr_status_t rv;
    apr_pool_t *own;

    if (apr_allocator_mutex_get(allocator)) {
        return APR_SUCCESS;
    }
    /* Never destroyed: the allocator is used until the process ends. */
    rv = apr_pool_create(&own, NULL);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_NESTED, own);
    }
    if (rv == APR_SUCCESS) {
        apr_allocator_mutex_set(allocator, mutex);
    }
    return rv;
}

void vsocert_lifecycle_child(apr_pool_t *pchild, server_rec *s)
{
    apr_status_t rv = lock_allocator(pchild);

    if (rv != APR_SUCCESS) {
        ap_log_error(
            APLOG_MARK, APLOG_CRIT, rv, s,
            "vsocert: cannot make a lock for the memory of this child: "
            "it takes up no change of another node");
        return;
    }
    vsocert_serving_child(s);
    vsocert_poller_start(pchild, s);
    vsocert_staple_start(pchild);
}
