/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_OTHER_FD (STDERR_FILENO + 1)

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1u << 2)
#endif

/** What is made ready before fork: behind it, locks that other threads held
 * stay locked, and only what takes none may be called. */
typedef struct {
    const vsocert_spawn_t *program;
    int null;   /**< /dev/null */
    int domain; /**< of vsocert_confine_make; -1 */
    int last_fd;
    int report; /**< takes an errno; closed by exec */
} ready_t;

/* Between fork and exec */

static int reset_signals(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;
    int i;

    for (i = 1; i < NSIG; i++) {
        sigaction(i, &usual, NULL); /* some cannot be changed */
    }
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) ? errno : 0;
}

/** Not all of httpd's descriptors close on exec, and httpd may have inherited
 * some itself, such as the lock of conf/run.sh. */
static void close_others(const ready_t *ready)
{
    int fd;

    if (close_range(FIRST_OTHER_FD, ~0u, CLOSE_RANGE_CLOEXEC)) {
        for (fd = FIRST_OTHER_FD; fd <= ready->last_fd; fd++) {
            fcntl(fd, F_SETFD, FD_CLOEXEC);
        }
    }
}

static int set_files(const ready_t *ready)
{
    int input = ready->program->input;

    if (dup2(input >= 0 ? input : ready->null, STDIN_FILENO) < 0 ||
        dup2(ready->program->output, STDOUT_FILENO) < 0) {
        return errno;
    }
    close_others(ready);
    return 0;
}

static int limit(const ready_t *ready)
{
    struct rlimit no_core = {0, 0};

    if (setrlimit(RLIMIT_CORE, &no_core)) {
        return errno;
    }
    return ready->program->confine ? vsocert_confine_enter(ready->domain) : 0;
}

__attribute__((noreturn)) static void become(const ready_t *ready)
{
    int rc = setpgid(0, 0) ? errno : 0;

    if (!rc && !(rc = set_files(ready)) && !(rc = limit(ready)) &&
        !(rc = reset_signals())) {
        execve(ready->program->argv[0], ready->program->argv,
               ready->program->env);
        rc = errno;
    }
    while (write(ready->report, &rc, sizeof(rc)) < 0 && errno == EINTR) {
    }
    _exit(127);
}

/* In httpd */

/** Fork, with all signals blocked: no handler of httpd runs in the program. */
static pid_t fork_quietly(void)
{
    sigset_t all;
    sigset_t before;
    pid_t pid;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = fork();
    rc = errno;
    if (pid) {
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    errno = rc;
    return pid;
}

/** The errno of a program that could not be run; 0: exec closed the pipe. */
static int read_report(int fd)
{
    ssize_t got;
    int rc = 0;

    do {
        got = read(fd, &rc, sizeof(rc));
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof(rc) ? rc : 0;
}

static int start(ready_t *ready, pid_t *ppid)
{
    int ends[2];
    pid_t pid;
    int rc;

    if (pipe2(ends, O_CLOEXEC)) {
        return errno;
    }
    ready->report = ends[1];
    pid = fork_quietly();
    if (pid == 0) {
        become(ready);
    }
    rc = pid < 0 ? errno : 0;
    close(ends[1]);
    if (!rc && (rc = read_report(ends[0]))) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close(ends[0]);
    if (!rc) {
        *ppid = pid;
    }
    return rc;
}

int vsocert_spawn(const vsocert_spawn_t *program, pid_t *ppid, apr_pool_t *p)
{
    ready_t ready = {.program = program, .domain = -1};
    int rc = 0;

    ready.null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (ready.null < 0) {
        return errno;
    }
    ready.last_fd = (int)sysconf(_SC_OPEN_MAX);
    if (program->confine) {
        rc = vsocert_confine_make(program->confine, &ready.domain, p);
    }
    if (!rc) {
        rc = start(&ready, ppid);
    }
    if (ready.domain >= 0) {
        close(ready.domain);
    }
    close(ready.null);
    return rc;
}
