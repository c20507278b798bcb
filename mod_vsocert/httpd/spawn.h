/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Starts a program. It inherits no descriptor but its standard ones, and its
 * messages go to httpd's standard error, mostly the error log. No signal is
 * blocked or ignored in it, whatever httpd does, and it dumps no core. It leads
 * a process group of its own, so that it can be ended with all that it started.
 */
#ifndef VSOCERT_SPAWN_H
#define VSOCERT_SPAWN_H

#include <sys/types.h>

#include "httpd/confine.h"

/** For output: where standard error goes. */
#define VSOCERT_SPAWN_STDERR 2

/** A program. */
typedef struct {
    char *const *argv; /**< ends with NULL; argv[0]: an absolute path */
    char *const *env;  /**< its whole environment: "NAME=VALUE", ends with
                            NULL */
    int input;         /**< descriptor of its standard input; -1: empty */
    int output;        /**< descriptor that its standard output goes to */
    const vsocert_confine_t *confine; /**< what it may reach; it then gains no
                                           rights from setuid either. NULL: what
                                           its user may */
} vsocert_spawn_t;

/**
 * Start a program. Returns when it runs, or cannot.
 * @param ppid  the program, and its process group; the caller waits for it
 * @param p     for the time of the call
 * @return 0, or an errno
 */
int vsocert_spawn(const vsocert_spawn_t *program, pid_t *ppid, apr_pool_t *p);

#endif
