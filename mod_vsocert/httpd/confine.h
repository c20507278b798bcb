/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a program that httpd starts may reach of the file system: a Landlock
 * domain, where the kernel has it (Linux 5.13; landlock(7)). Everything else is
 * refused to the program and all that it starts, whatever the rights of its
 * user are; so is looking into processes outside the domain (/proc/PID/mem,
 * ptrace), and, from Linux 6.12 on, sending them signals.
 *
 * Landlock does not hold: connections to sockets, stat, chmod and utime of the
 * program's own user, and, before Linux 6.2, truncate.
 */
#ifndef VSOCERT_CONFINE_H
#define VSOCERT_CONFINE_H

#include <apr_tables.h>

/** Beside what every program may: read and execute /usr and /etc, read /proc,
 * write /dev/null and its like. Paths, const char *; those that are not there
 * do no harm. */
typedef struct {
    const apr_array_header_t *readable; /**< read and execute; with all below */
    const apr_array_header_t *writable; /**< all of that, and change */
    const apr_array_header_t *hidden;   /**< never, though they lie within one
                                             of the others */
} vsocert_confine_t;

/** The version of the kernel's Landlock; 0: it has none. */
int vsocert_confine_version(void);

/**
 * Before fork: make the domain.
 * @param pfd  the caller closes it; -1 where the kernel has no Landlock
 * @return 0, or an errno
 */
int vsocert_confine_make(const vsocert_confine_t *what, int *pfd,
                         apr_pool_t *p);

/** Between fork and exec: give up all ways to more rights (no_new_privs), and
 * enter the domain. Calls nothing that could wait for another thread.
 * @param fd  of vsocert_confine_make
 * @return 0, or an errno */
int vsocert_confine_enter(int fd);

#endif
