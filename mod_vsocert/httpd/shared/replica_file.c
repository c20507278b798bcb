/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/replica_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <mpm_common.h>
#include <unixd.h>

#include "httpd/config.h"
#include "serving/old_cache.h"
#include "serving/replica.h"

APLOG_USE_MODULE(vsocert);

/* What this module wrote before it had a replica, beside the default name. */
#define OLD_NAME "serving.cache"

/* Folders of private files: one for each httpd, by the id of its parent. */
#define PRIVATE_PREFIX "vsocert-"
#define PRIVATE_NAME   "serving-2.mdb"

static const char *const suffixes[] = {"", "-lock"};

/** Of this configuration. */
typedef struct {
    const char *path;
    const char *private_path;
    const char *why;
    const char *old;
} replica_file_t;

static replica_file_t file;

static void say(server_rec *s, apr_status_t rv, const char *path,
                const char *what)
{
    ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, "vsocert: %s: %s", path,
                 what);
}

/* To httpd's children. */
static void give(server_rec *s, const char *path)
{
    if (geteuid() == 0 &&
        lchown(path, ap_unixd_config.user_id, ap_unixd_config.group_id) < 0 &&
        errno != ENOENT) {
        say(s, errno, path, "it cannot be given to User");
    }
}

/* Make a folder for httpd's children; one that is there stays as it is. */
static apr_status_t make_folder(server_rec *s, const char *folder)
{
    if (mkdir(folder, 0700) < 0) {
        return errno == EEXIST ? APR_SUCCESS : errno;
    }
    give(s, folder);
    return APR_SUCCESS;
}

static const char *folder_of(const char *path, apr_pool_t *p)
{
    const char *slash = strrchr(path, '/');

    return slash && slash != path
               ? apr_pstrmemdup(p, path, (apr_size_t)(slash - path))
               : "/";
}

/* A cache file of the format before: where VSOCertCache names it, it makes room
 * for the replica. */
static void find_old(server_rec *s, apr_pool_t *p)
{
    const char *beside =
        apr_pstrcat(p, folder_of(file.path, p), "/" OLD_NAME, NULL);
    const char *aside = apr_pstrcat(p, file.path, ".before", NULL);

    if (vso_old_cache_is(file.path) && rename(file.path, aside) < 0) {
        say(s, errno, file.path, "the cache file cannot be renamed");
    }
    if (vso_old_cache_is(aside)) {
        file.old = aside;
    }
    else if (strcmp(beside, file.path) && vso_old_cache_is(beside)) {
        file.old = beside;
    }
}

/* Files of the folder of a private replica, and the folder. */
static void remove_private(const char *folder, apr_pool_t *p)
{
    apr_size_t i;

    for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        unlink(apr_pstrcat(p, folder, "/" PRIVATE_NAME, suffixes[i], NULL));
    }
    rmdir(folder);
}

/* Those of an httpd that was killed. */
static void sweep(const char *runtime, apr_pool_t *p)
{
    apr_finfo_t info;
    apr_dir_t *dir;

    if (apr_dir_open(&dir, runtime, p) != APR_SUCCESS) {
        return;
    }
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        const char *id = info.name + strlen(PRIVATE_PREFIX);
        long pid;

        if (strncmp(info.name, PRIVATE_PREFIX, strlen(PRIVATE_PREFIX)) ||
            (pid = strtol(id, NULL, 10)) <= 0 || kill((pid_t)pid, 0) == 0 ||
            errno != ESRCH) {
            continue;
        }
        remove_private(apr_pstrcat(p, runtime, "/", info.name, NULL), p);
    }
    apr_dir_close(dir);
}

/* A private file outlives graceful restarts, as what is served does. */
static apr_status_t end_private(void *baton)
{
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_EXITING) {
        apr_pool_t *p;

        apr_pool_create(&p, NULL);
        remove_private(baton, p);
        apr_pool_destroy(p);
    }
    return APR_SUCCESS;
}

static void make_private(server_rec *s, apr_pool_t *p)
{
    const char *runtime = ap_runtime_dir_relative(p, "");
    const char *folder;
    apr_status_t rv;

    sweep(runtime, p);
    folder = ap_runtime_dir_relative(
        p, apr_psprintf(p, PRIVATE_PREFIX "%ld", (long)getpid()));
    rv = make_folder(s, folder);
    if (rv != APR_SUCCESS) {
        say(s, rv, folder, "the folder for a private replica cannot be made");
        return;
    }
    file.private_path = apr_pstrcat(p, folder, "/" PRIVATE_NAME, NULL);
    apr_pool_cleanup_register(p, folder, end_private, apr_pool_cleanup_null);
}

/* Why VSOCertCache cannot be used, or NULL. */
static const char *judge_path(server_rec *s, const char *path, apr_pool_t *p)
{
    const char *why = NULL;
    apr_status_t rv = make_folder(s, folder_of(path, p));

    if (rv == APR_SUCCESS) {
        rv = vso_replica_own(path, &why, p);
        give(s, apr_pstrcat(p, path, ".owner", NULL));
    }
    if (rv != APR_SUCCESS && !why) {
        why = apr_psprintf(p, "%pm", &rv);
    }
    return why;
}

apr_status_t vsocert_replica_file_setup(server_rec *main_server,
                                        apr_pool_t *pconf)
{
    const char *path = vsocert_config_cache(main_server);

    memset(&file, 0, sizeof(file));
    make_private(main_server, pconf);
    if (!path) {
        return APR_SUCCESS;
    }
    file.why = judge_path(main_server, path, pconf);
    if (file.why) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main_server,
                     "vsocert: VSOCertCache %s cannot be used: %s. What is "
                     "served is kept in a file that goes when httpd stops: a "
                     "start without the database would serve nothing",
                     path, file.why);
        return APR_SUCCESS;
    }
    file.path = path;
    find_old(main_server, pconf);
    return APR_SUCCESS;
}

const char *vsocert_replica_file_path(void)
{
    return file.path;
}

const char *vsocert_replica_file_private(void)
{
    return file.private_path;
}

const char *vsocert_replica_file_why(void)
{
    return file.why;
}

const char *vsocert_replica_file_old(void)
{
    return file.old;
}
