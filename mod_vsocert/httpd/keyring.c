/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/keyring.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <http_log.h>

#include "base/secret.h"
#include "base/worker.h"
#include "httpd/config.h"
#include "httpd/spawn.h"
#include "store/master_key.h"

APLOG_USE_MODULE(vsocert);

/* 32 bytes take 64 as hex; the rest is room for line ends. */
#define MAX_TEXT 128

/* httpd's start waits for the program no longer than this. */
#define EXEC_TIMEOUT apr_time_from_sec(20)
#define EXEC_PAUSE   apr_time_from_msec(10)

static const vso_keyring_t *keyring;
static const vso_keyring_t *session_keys;

/* Read all of file; more than MAX_TEXT bytes are no key. */
static apr_status_t read_all(apr_file_t *file, vso_secret_t **ptext,
                             apr_pool_t *p)
{
    vso_secret_t *text = vso_secret_make(MAX_TEXT, p);
    apr_size_t len = 0;
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && len < MAX_TEXT) {
        apr_size_t n = MAX_TEXT - len;

        rv = apr_file_read(file, text->data + len, &n);
        len += rv == APR_SUCCESS ? n : 0;
    }
    if (!APR_STATUS_IS_EOF(rv)) {
        return rv == APR_SUCCESS ? APR_ENOSPC : rv;
    }
    *ptext = vso_secret_copy(text->data, len, p);
    return APR_SUCCESS;
}

static apr_status_t read_file(const char *path, vso_secret_t **ptext,
                              server_rec *s, apr_pool_t *p)
{
    apr_file_t *file;
    apr_finfo_t finfo;
    apr_status_t rv;

    rv = apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_file_info_get(&finfo, APR_FINFO_PROT, file);
    if (rv == APR_SUCCESS && (finfo.protection & APR_FPROT_WREAD)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "vsocert: the master key %s can be read by everybody: "
                     "chmod 0600 it",
                     path);
    }
    rv = read_all(file, ptext, p);
    apr_file_close(file);
    return rv;
}

/* A program that printed its key but does not end must not block the start, nor
 * must what it started. */
static int wait_for(pid_t pid)
{
    apr_time_t until = vso_worker_now() + EXEC_TIMEOUT;
    int status = 0;
    pid_t found;

    while ((found = waitpid(pid, &status, WNOHANG)) == 0 ||
           (found < 0 && errno == EINTR)) {
        if (vso_worker_now() > until) {
            kill(-pid, SIGKILL);
            until = vso_worker_now() + EXEC_TIMEOUT;
        }
        apr_sleep(EXEC_PAUSE);
    }
    return found == pid ? status : -1;
}

/* The program gets httpd's environment, which may have the address and the
 * credentials of a key service. */
static apr_status_t read_exec(const char *prog, vso_secret_t **ptext,
                              apr_pool_t *p)
{
    char *argv[] = {apr_pstrdup(p, prog), NULL};
    vsocert_spawn_t program = {.argv = argv, .env = environ, .input = -1};
    apr_file_t *in;
    apr_file_t *out;
    apr_status_t rv;
    pid_t pid;

    if ((rv = apr_file_pipe_create(&in, &out, p)) != APR_SUCCESS) {
        return rv;
    }
    apr_os_file_get(&program.output, out);
    rv = vsocert_spawn(&program, &pid, p);
    apr_file_close(out);
    if (rv == APR_SUCCESS) {
        apr_file_pipe_timeout_set(in, EXEC_TIMEOUT);
        rv = read_all(in, ptext, p);
        if (rv != APR_SUCCESS) {
            kill(-pid, SIGKILL);
        }
        if (wait_for(pid) != 0 && rv == APR_SUCCESS) {
            rv = APR_EGENERAL;
        }
    }
    apr_file_close(in);
    return rv;
}

static void load_one(vso_keyring_t *ring, const char *source, server_rec *s,
                     apr_pool_t *ptemp)
{
    const char *name = source + 5;
    vso_secret_t *text = NULL;
    vso_secret_t *key;
    apr_status_t rv;

    rv = strncmp(source, "file:", 5) ? read_exec(name, &text, ptemp)
                                     : read_file(name, &text, s, ptemp);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     "vsocert: cannot read the master key from %s: the "
                     "keystore is sealed until VSOCertMasterKey names a key "
                     "and httpd is restarted",
                     source);
        return;
    }
    key = vso_master_key_decode(text, ptemp);
    if (!key) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     "vsocert: %s holds no master key: it must be 32 raw "
                     "bytes, 64 hex digits, or base64 of 32 bytes",
                     source);
    }
    else if (vso_keyring_add(ring, key) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "vsocert: VSOCertMasterKey %s is the same key as the "
                     "other one: ignored",
                     source);
    }
}

/** A ring of one random key. */
static const vso_keyring_t *random_ring(apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_make(VSO_MASTER_KEY_LEN, p);
    vso_keyring_t *ring = vso_keyring_create(p);

    return apr_generate_random_bytes(key->data, key->len) == APR_SUCCESS &&
                   vso_keyring_add(ring, key) == APR_SUCCESS
               ? ring
               : NULL;
}

void vsocert_keyring_load(server_rec *main_server, apr_pool_t *pconf)
{
    const apr_array_header_t *sources = vsocert_config_master_keys(main_server);
    vso_keyring_t *ring = vso_keyring_create(pconf);
    apr_pool_t *ptemp;
    int i;

    apr_pool_create(&ptemp, pconf);
    for (i = 0; sources && i < sources->nelts; i++) {
        load_one(ring, APR_ARRAY_IDX(sources, i, const char *), main_server,
                 ptemp);
    }
    if (!sources) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main_server,
                     "vsocert: VSOCertMasterKey is not set: the keystore is "
                     "sealed, and nothing can be created or served from it");
    }
    apr_pool_destroy(ptemp);
    keyring = ring;
    session_keys = vso_keyring_size(ring) ? ring : random_ring(pconf);
}

const vso_keyring_t *vsocert_keyring_get(void)
{
    return keyring;
}

const vso_keyring_t *vsocert_keyring_sessions(void)
{
    return session_keys;
}
