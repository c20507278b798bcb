/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/message_cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "base/worker.h"
#include "httpd/shared/board.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/config.h"
#include "httpd/node/node.h"
#include "httpd/spawn.h"
#include "service/certificate/events.h"
#include "store/claims.h"

#define ENDING_INTERVAL apr_time_from_sec(3600)
#define DAY_SEC         86400
#define USUAL_PATH      "/usr/local/bin:/usr/bin:/bin"

/* A program at work; pid 0: free. Only the watching thread looks here. */
typedef struct {
    pid_t pid;
    apr_time_t deadline; /**< as of vso_worker_now: nobody sets it */
    char what[80];
} worker_t;

static const apr_array_header_t *command; /* NULL: there is none */
static worker_t workers[VSO_MAX_MESSAGES];

void vsocert_message_cmd_setup(server_rec *main_server)
{
    command = vsocert_config_message_cmd(main_server);
}

/* Starting a program */

static worker_t *free_worker(void)
{
    int i;

    for (i = 0; i < VSO_MAX_MESSAGES; i++) {
        if (!workers[i].pid) {
            return &workers[i];
        }
    }
    return NULL;
}

/* Anybody may upload a package, and call it --exec=...: what would be taken for
 * an option is written as a path is. VSOCERT_PACKAGE has it unchanged. */
static char *harmless(const char *subject, apr_pool_t *p)
{
    return apr_pstrcat(p, *subject == '-' ? "./" : "", subject, NULL);
}

static char **arguments(const char *event, const char *subject, apr_pool_t *p)
{
    char **argv =
        apr_pcalloc(p, (apr_size_t)(command->nelts + 3) * sizeof(*argv));
    int i;

    for (i = 0; i < command->nelts; i++) {
        argv[i] = APR_ARRAY_IDX(command, i, char *);
    }
    argv[i++] = apr_pstrdup(p, event);
    argv[i] = harmless(subject, p);
    return argv;
}

/* A variable; what others wrote has no control characters. */
static void set(apr_array_header_t *env, const char *name, const char *value)
{
    char *text = apr_pstrcat(env->pool, "VSOCERT_", name, "=", value, NULL);
    char *at;

    for (at = text; *at; at++) {
        if (apr_iscntrl(*at)) {
            *at = '?';
        }
    }
    APR_ARRAY_PUSH(env, char *) = text;
}

/* Of httpd's own it gets no more than every program needs. */
static apr_array_header_t *environment(const char *event, apr_pool_t *p)
{
    static const char *const kept[] = {"LANG", "LC_ALL", "TZ"};
    apr_array_header_t *env = apr_array_make(p, 20, sizeof(char *));
    const char *path = getenv("PATH");
    const char *value;
    apr_size_t i;

    APR_ARRAY_PUSH(env, char *) =
        apr_pstrcat(p, "PATH=", path && *path ? path : USUAL_PATH, NULL);
    for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if ((value = getenv(kept[i]))) {
            APR_ARRAY_PUSH(env, char *) =
                apr_pstrcat(p, kept[i], "=", value, NULL);
        }
    }
    set(env, "EVENT", event);
    set(env, "NODE", vsocert_node_name());
    return env;
}

static void start(worker_t *worker, const char *event, const char *subject,
                  apr_array_header_t *env, apr_pool_t *p)
{
    char **argv = arguments(event, subject, p);
    pid_t pid;
    int rc;

    APR_ARRAY_PUSH(env, char *) = NULL;
    rc = vsocert_spawn(&pid, argv, (char *const *)env->elts,
                       VSOCERT_SPAWN_STDERR);
    if (rc) {
        vso_log(VSO_LOG_ERROR, "VSOCertMessageCmd: %s cannot be run for %s: %s",
                argv[0], event, strerror(rc));
        return;
    }
    worker->pid = pid;
    worker->deadline = vso_worker_now() + apr_time_from_sec(VSO_MESSAGE_SEC);
    apr_snprintf(worker->what, sizeof(worker->what), "%s %s", event, subject);
}

static void start_event(worker_t *worker, const vso_event_t *event,
                        apr_pool_t *p)
{
    apr_array_header_t *env = environment(event->name, p);

    set(env, "ENTRY", event->entry);
    if (*event->package) {
        set(env, "PACKAGE", event->package);
    }
    if (*event->actor) {
        set(env, "ACTOR", event->actor);
        set(env, "TIME", vso_rfc3339_text(event->at_sec, p));
    }
    if (event->version_id) {
        set(env, "VERSION_ID",
            apr_psprintf(p, "%" APR_INT64_T_FMT, event->version_id));
        set(env, "SUBJECT", event->subject);
    }
    if (event->not_after_sec) {
        apr_int64_t left = event->not_after_sec - vsocert_db_clock_now_sec();

        set(env, "FINGERPRINT", event->fingerprint);
        set(env, "NOT_AFTER", vso_rfc3339_text(event->not_after_sec, p));
        set(env, "DAYS_LEFT",
            apr_psprintf(p, "%" APR_INT64_T_FMT, left / DAY_SEC));
    }
    start(worker, event->name, *event->package ? event->package : event->entry,
          env, p);
}

void vsocert_message_cmd_node(const char *event, apr_pool_t *p)
{
    worker_t *worker = free_worker();

    if (command && worker) {
        start(worker, event, vsocert_node_name(), environment(event, p), p);
    }
}

/* What there is to tell */

void vsocert_message_cmd_begin(vso_store_t *store, const vso_state_t *state,
                               apr_pool_t *p)
{
    vsocert_poll_notes_t *notes = vsocert_poll_lease_notes();
    apr_int64_t last = 0;

    if (!command || (notes->told >= 0 && notes->told <= state->audit_seq)) {
        return;
    }
    if (vso_claim_last(store, &last, vso_result_create(p), p) == APR_SUCCESS) {
        notes->told = last && last < state->audit_seq ? last : state->audit_seq;
    }
}

/** Claim events and tell them. *pall: 0 when there was no worker for the
 * rest. *ptold: audit row up to which all is told. */
static apr_status_t tell(vso_store_t *store, const apr_array_header_t *events,
                         apr_int64_t *ptold, int *pall, vso_result_t *res,
                         apr_pool_t *p)
{
    int i;

    *pall = 0;
    for (i = 0; i < events->nelts; i++) {
        const vso_event_t *event = &APR_ARRAY_IDX(events, i, vso_event_t);
        worker_t *worker = free_worker();
        int mine = 0;

        if (!worker) {
            return APR_SUCCESS;
        }
        if (vso_claim_take(store, event->name, event->version_id, event->seq,
                           vsocert_node_name(), &mine, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (mine) {
            start_event(worker, event, p);
        }
        *ptold = event->seq;
    }
    *pall = 1;
    return APR_SUCCESS;
}

static apr_status_t tell_changes(vso_store_t *store, vso_result_t *res,
                                 apr_pool_t *p)
{
    vsocert_poll_notes_t *notes = vsocert_poll_lease_notes();
    apr_array_header_t *events;
    apr_int64_t last;
    apr_status_t rv;
    int all;

    if (vso_events_since(store, notes->told, &events, &last, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    rv = tell(store, events, &notes->told, &all, res, p);
    if (rv == APR_SUCCESS && all) {
        notes->told = last;
    }
    return rv;
}

apr_status_t vsocert_message_cmd_tell(vso_store_t *store,
                                      const vso_state_t *state, apr_time_t now,
                                      vso_result_t *res, apr_pool_t *p)
{
    vsocert_poll_notes_t *notes = vsocert_poll_lease_notes();
    int news = notes->told >= 0 && notes->told < state->audit_seq;
    apr_array_header_t *events;
    apr_int64_t ignored;
    int all = 1;

    if (!command) {
        return APR_SUCCESS;
    }
    if (news && tell_changes(store, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vsocert_poll_lease_duty(VSOCERT_DUTY_ENDING, now, ENDING_INTERVAL) ||
        news || notes->ending_left) {
        notes->ending_left = 1;
        if (vso_events_ending(store, &events, res, p) != APR_SUCCESS ||
            tell(store, events, &ignored, &all, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        notes->ending_left = !all;
    }
    return APR_SUCCESS;
}

/* Programs at work */

static void report(const worker_t *worker, int status)
{
    const char *program = APR_ARRAY_IDX(command, 0, const char *);

    if (WIFSIGNALED(status)) {
        vso_log(VSO_LOG_ERROR,
                "VSOCertMessageCmd: %s ended with signal %d for %s", program,
                WTERMSIG(status), worker->what);
    }
    else if (WEXITSTATUS(status)) {
        vso_log(VSO_LOG_ERROR,
                "VSOCertMessageCmd: %s ended with status %d for %s", program,
                WEXITSTATUS(status), worker->what);
    }
}

void vsocert_message_cmd_reap(void)
{
    apr_time_t now = vso_worker_now();
    int i;

    for (i = 0; i < VSO_MAX_MESSAGES; i++) {
        worker_t *worker = &workers[i];
        int status = 0;
        pid_t found;

        if (!worker->pid) {
            continue;
        }
        found = waitpid(worker->pid, &status, WNOHANG);
        if (found == worker->pid) {
            report(worker, status);
        }
        if (found == worker->pid || (found < 0 && errno == ECHILD)) {
            worker->pid = 0;
        }
        else if (now > worker->deadline) {
            vso_log(VSO_LOG_ERROR,
                    "VSOCertMessageCmd: no end after %d s for %s: killed",
                    VSO_MESSAGE_SEC, worker->what);
            kill(-worker->pid, SIGKILL);
            worker->deadline = now + apr_time_from_sec(VSO_MESSAGE_SEC);
        }
    }
}
