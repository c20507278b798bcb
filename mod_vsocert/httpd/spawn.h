/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Starts a program. It inherits no descriptor but its standard ones: input is
 * empty, and its messages go to httpd's standard error, mostly the error log.
 * No signal is blocked or ignored in it, whatever httpd does. It leads a
 * process group of its own, so that it can be ended with all that it started.
 */
#ifndef VSOCERT_SPAWN_H
#define VSOCERT_SPAWN_H

#include <sys/types.h>

/** For output: where standard error goes. */
#define VSOCERT_SPAWN_STDERR 2

/**
 * Start argv[0], an absolute path.
 * @param ppid    the program, and its process group; the caller waits for it
 * @param argv    ends with NULL
 * @param env     its whole environment: "NAME=VALUE", ends with NULL
 * @param output  descriptor that its standard output goes to
 * @return 0, or an errno
 */
int vsocert_spawn(pid_t *ppid, char *const *argv, char *const *env, int output);

#endif
