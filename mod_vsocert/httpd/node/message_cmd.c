/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/message_cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* first: clang takes APR's macros for ours otherwise */
#include <httpd.h>
#include <apr_lib.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "base/worker.h"
#include "httpd/shared/board.h"
#include "httpd/shared/db_clock.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/config.h"
#include "httpd/confine.h"
#include "httpd/dbd_directives.h"
#include "httpd/node/node.h"
#include "httpd/spawn.h"
#include "service/certificate/events.h"
#include "store/claims.h"

#define ENDING_INTERVAL apr_time_from_sec(3600)
#define DAY_SEC         86400
#define USUAL_PATH      "/usr/local/bin:/usr/bin:/bin"
#define FILE_KEY        "file:"

/** A program that runs. Only the poller's thread uses these. */
typedef struct {
    pid_t pid;           /**< 0: free */
    apr_time_t deadline; /**< by vso_worker_now */
    char event[80];      /**< and its subject, for the log */
} program_t;

static const apr_array_header_t *command; /* NULL: there is none */
static const vsocert_confine_t *confine;  /* NULL: it is not confined */
static program_t programs[VSO_MAX_MESSAGES];

/* What the program may reach */

static void push(apr_array_header_t *paths, const char *path)
{
    if (path) {
        APR_ARRAY_PUSH(paths, const char *) = path;
    }
}

static void push_folder(apr_array_header_t *paths, const char *file)
{
    push(paths, file ? ap_make_dirstr_parent(paths->pool, file) : NULL);
}

/** The program, its folder, and that of the file that a link leads to. */
static apr_array_header_t *readable(apr_pool_t *p)
{
    apr_array_header_t *paths = apr_array_make(p, 4, sizeof(const char *));
    const char *program = APR_ARRAY_IDX(command, 0, const char *);
    char *real = realpath(program, NULL);

    push(paths, program);
    push_folder(paths, program);
    push_folder(paths, real ? apr_pstrdup(p, real) : NULL);
    free(real);
    return paths;
}

/** Paths among its arguments, and where any program keeps what it needs
 * meanwhile. */
static apr_array_header_t *writable(apr_pool_t *p)
{
    apr_array_header_t *paths = apr_array_make(p, 8, sizeof(const char *));
    int i;

    push(paths, "/tmp");
    push(paths, "/var/tmp");
    for (i = 1; i < command->nelts; i++) {
        const char *word = APR_ARRAY_IDX(command, i, const char *);

        push(paths, *word == '/' ? word : NULL);
    }
    return paths;
}

/** The keystore, the copy of what is served, and the master key. */
static apr_array_header_t *hidden(const server_rec *s, apr_pool_t *p)
{
    apr_array_header_t *paths = apr_array_make(p, 4, sizeof(const char *));
    const apr_array_header_t *keys = vsocert_config_master_keys(s);
    int i;

    push_folder(paths, vsocert_dbd_directives_file());
    push_folder(paths, vsocert_config_cache(s));
    for (i = 0; keys && i < keys->nelts; i++) {
        const char *key = APR_ARRAY_IDX(keys, i, const char *);

        push(paths, strncmp(key, FILE_KEY, strlen(FILE_KEY))
                        ? NULL
                        : key + strlen(FILE_KEY));
    }
    return paths;
}

void vsocert_message_cmd_setup(server_rec *main_server, apr_pool_t *pchild)
{
    vsocert_confine_t *made;

    command = vsocert_config_message_cmd(main_server);
    confine = NULL;
    if (command && vsocert_config_confine(main_server)) {
        made = apr_pcalloc(pchild, sizeof(*made));
        made->readable = readable(pchild);
        made->writable = writable(pchild);
        made->hidden = hidden(main_server, pchild);
        confine = made;
    }
}

void vsocert_message_cmd_judge(server_rec *main_server)
{
    if (!vsocert_config_message_cmd(main_server) ||
        !vsocert_config_confine(main_server)) {
        return;
    }
    if (vsocert_confine_version()) {
        vso_log(VSO_LOG_NOTICE,
                "VSOCertMessageCmd: the program runs confined: it reads /usr, "
                "/etc and what its arguments name, writes /tmp and what they "
                "name, and gets no new privileges. \"VSOCertConfine off\" "
                "lifts that.");
        return;
    }
    vso_log(VSO_LOG_WARNING,
            "VSOCertMessageCmd: this kernel has no Landlock (Linux 5.13, "
            "lsm=landlock): the program can write whatever httpd's User can, "
            "the database file of SQLite among it. \"VSOCertConfine off\" "
            "accepts that.");
}

/* Starting a program */

static program_t *free_program(void)
{
    int i;

    for (i = 0; i < VSO_MAX_MESSAGES; i++) {
        if (!programs[i].pid) {
            return &programs[i];
        }
    }
    return NULL;
}

/* A package can have any name, such as --exec=...: what a program would take
 * for an option is passed as a path. VSOCERT_PACKAGE has the name unchanged. */
static char *as_argument(const char *subject, apr_pool_t *p)
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
    argv[i] = as_argument(subject, p);
    return argv;
}

/* Control characters in what others wrote become '?'. */
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

/* Of httpd's environment the program gets only what every program needs. */
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

static void start(program_t *program, const char *event, const char *subject,
                  apr_array_header_t *env, apr_pool_t *p)
{
    char **argv = arguments(event, subject, p);
    vsocert_spawn_t what = {.argv = argv,
                            .input = -1,
                            .output = VSOCERT_SPAWN_STDERR,
                            .confine = confine};
    pid_t pid;
    int rc;

    APR_ARRAY_PUSH(env, char *) = NULL;
    what.env = (char *const *)env->elts;
    rc = vsocert_spawn(&what, &pid, p);
    if (rc) {
        vso_log(VSO_LOG_ERROR,
                "VSOCertMessageCmd: %s cannot be run for %s: %s%s", argv[0],
                event, strerror(rc),
                rc == EACCES && confine
                    ? ". What interprets it has to lie in /usr, /etc or its "
                      "own folder, unless VSOCertConfine is off"
                    : "");
        return;
    }
    program->pid = pid;
    program->deadline = vso_worker_now() + apr_time_from_sec(VSO_MESSAGE_SEC);
    apr_snprintf(program->event, sizeof(program->event), "%s %s", event,
                 subject);
}

static void start_event(program_t *program, const vso_event_t *event,
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
    start(program, event->name, *event->package ? event->package : event->entry,
          env, p);
}

void vsocert_message_cmd_node(const char *event, apr_pool_t *p)
{
    program_t *program = free_program();

    if (command && program) {
        start(program, event, vsocert_node_name(), environment(event, p), p);
    }
}

/* Events */

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

/** Claim events, and start a program for each.
 * @param ptold  audit row up to which all events are told
 * @param pall   0: no program was free for the rest */
static apr_status_t tell(vso_store_t *store, const apr_array_header_t *events,
                         apr_int64_t *ptold, int *pall, vso_result_t *res,
                         apr_pool_t *p)
{
    int i;

    *pall = 0;
    for (i = 0; i < events->nelts; i++) {
        const vso_event_t *event = &APR_ARRAY_IDX(events, i, vso_event_t);
        program_t *program = free_program();
        int mine = 0;

        if (!program) {
            return APR_SUCCESS;
        }
        if (vso_claim_take(store, event->name, event->version_id, event->seq,
                           vsocert_node_name(), &mine, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (mine) {
            start_event(program, event, p);
        }
        *ptold = event->seq;
    }
    *pall = 1;
    return APR_SUCCESS;
}

/** Each name of an entry once. */
static apr_array_header_t *entries_of(const apr_array_header_t *events,
                                      apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 4, sizeof(const char *));
    apr_hash_t *seen = apr_hash_make(p);
    int i;

    for (i = 0; i < events->nelts; i++) {
        const char *name = APR_ARRAY_IDX(events, i, vso_event_t).entry;

        if (*name && !apr_hash_get(seen, name, APR_HASH_KEY_STRING)) {
            apr_hash_set(seen, name, APR_HASH_KEY_STRING, name);
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
    return names;
}

/** @param pnames  entries that changed: one that is imported may be about to
 *                 end */
static apr_status_t tell_changes(vso_store_t *store,
                                 apr_array_header_t **pnames, vso_result_t *res,
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
    *pnames = entries_of(events, p);
    return rv;
}

apr_status_t vsocert_message_cmd_tell(vso_store_t *store,
                                      const vso_state_t *state, apr_time_t now,
                                      vso_result_t *res, apr_pool_t *p)
{
    vsocert_poll_notes_t *notes = vsocert_poll_lease_notes();
    apr_array_header_t *names = apr_array_make(p, 1, sizeof(const char *));
    apr_array_header_t *events;
    apr_int64_t ignored;
    int whole;
    int all = 1;

    if (!command) {
        return APR_SUCCESS;
    }
    if (notes->told >= 0 && notes->told < state->audit_seq &&
        tell_changes(store, &names, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    whole =
        vsocert_poll_lease_duty(VSOCERT_DUTY_ENDING, now, ENDING_INTERVAL) ||
        notes->ending_left;
    if (whole || names->nelts) {
        notes->ending_left = 1;
        if (vso_events_ending(store, whole ? NULL : names, &events, res, p) !=
                APR_SUCCESS ||
            tell(store, events, &ignored, &all, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        notes->ending_left = !all;
    }
    return APR_SUCCESS;
}

/* Programs that run */

static void report(const program_t *program, int status)
{
    const char *path = APR_ARRAY_IDX(command, 0, const char *);

    if (WIFSIGNALED(status)) {
        vso_log(VSO_LOG_ERROR,
                "VSOCertMessageCmd: %s ended with signal %d for %s", path,
                WTERMSIG(status), program->event);
    }
    else if (WEXITSTATUS(status)) {
        vso_log(VSO_LOG_ERROR,
                "VSOCertMessageCmd: %s ended with status %d for %s", path,
                WEXITSTATUS(status), program->event);
    }
}

void vsocert_message_cmd_reap(void)
{
    apr_time_t now = vso_worker_now();
    int i;

    for (i = 0; i < VSO_MAX_MESSAGES; i++) {
        program_t *program = &programs[i];
        int status = 0;
        pid_t found;

        if (!program->pid) {
            continue;
        }
        found = waitpid(program->pid, &status, WNOHANG);
        if (found == program->pid) {
            report(program, status);
        }
        if (found == program->pid || (found < 0 && errno == ECHILD)) {
            program->pid = 0;
        }
        else if (now > program->deadline) {
            vso_log(VSO_LOG_ERROR,
                    "VSOCertMessageCmd: the program for %s ran longer than %d "
                    "s: killed",
                    program->event, VSO_MESSAGE_SEC);
            kill(-program->pid, SIGKILL);
            program->deadline = now + apr_time_from_sec(VSO_MESSAGE_SEC);
        }
    }
}
