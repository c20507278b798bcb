/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Starting a program. It gets no file of httpd's but its standard ones: input
 * is empty, and what it says goes to httpd's standard error, mostly the error
 * log. httpd's threads block signals and httpd ignores some: it gets neither.
 * It leads a process group of its own, to be ended with all that it starts.
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
 * @param env     "NAME=VALUE", ends with NULL: all that it has
 * @param output  descriptor that its standard output goes to
 * @return 0, or an errno
 */
int vsocert_spawn(pid_t *ppid, char *const *argv, char *const *env, int output);

#endif
