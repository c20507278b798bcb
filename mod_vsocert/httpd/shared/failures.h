/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Failed sign-ins of this node that the audit trail has not been told of: it
 * gets one row a minute at most, with numbers and the names of users that
 * exist. What somebody typed in place of a user may be a password.
 */
#ifndef VSOCERT_SHARED_FAILURES_H
#define VSOCERT_SHARED_FAILURES_H

#include <httpd.h>

/** Users that are told by name. */
#define VSOCERT_FAILURES_USERS 4

/** How a sign-in failed. */
typedef enum {
    VSOCERT_FAILED_PASSWORD, /**< of a user that exists */
    VSOCERT_FAILED_UNKNOWN,  /**< there is no such user */
    VSOCERT_FAILED_LIMIT,    /**< too many guesses: nobody looked at it */
    VSOCERT_FAILED_WAYS
} vsocert_failure_e;

/** A user, and wrong passwords. */
typedef struct {
    char name[64];    /**< cut; "": none */
    char address[64]; /**< where the last came from */
    int count;
} vsocert_failed_user_t;

/** Failures since they were last taken. */
typedef struct {
    int counts[VSOCERT_FAILED_WAYS];
    vsocert_failed_user_t users[VSOCERT_FAILURES_USERS];
} vsocert_failures_t;

/** Find the memory, or make it (parent, post_config). */
apr_status_t vsocert_failures_setup(void);

/** A sign-in failed. */
void vsocert_failures_add(vsocert_failure_e how, const char *user,
                          const char *address);

/** Is there anything to tell? */
int vsocert_failures_any(void);

/** Take what there is; nothing is left. */
void vsocert_failures_take(vsocert_failures_t *failures);

/** Put back what could not be told. */
void vsocert_failures_put_back(const vsocert_failures_t *failures);

#endif
