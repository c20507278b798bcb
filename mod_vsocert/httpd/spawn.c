/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

static int set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
                                            POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETPGROUP);
    if (!rc) {
        rc = posix_spawnattr_setsigmask(attr, &none);
    }
    if (!rc) {
        rc = posix_spawnattr_setsigdefault(attr, &all);
    }
    return rc ? rc : posix_spawnattr_setpgroup(attr, 0);
}

/* Not all of httpd's descriptors close on exec, and httpd may have inherited
 * some itself, such as the lock of conf/run.sh. */
static int set_files(posix_spawn_file_actions_t *files, int output)
{
    int rc;

    rc = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null",
                                          O_RDONLY, 0);
    if (!rc) {
        rc = posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
    }
    return rc ? rc
              : posix_spawn_file_actions_addclosefrom_np(files,
                                                         STDERR_FILENO + 1);
}

int vsocert_spawn(pid_t *ppid, char *const *argv, char *const *env, int output)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    int rc;

    if ((rc = posix_spawnattr_init(&attr))) {
        return rc;
    }
    if (!(rc = posix_spawn_file_actions_init(&files))) {
        if (!(rc = set_attributes(&attr)) &&
            !(rc = set_files(&files, output))) {
            rc = posix_spawn(ppid, argv[0], &files, &attr, argv, env);
        }
        posix_spawn_file_actions_destroy(&files);
    }
    posix_spawnattr_destroy(&attr);
    return rc;
}
